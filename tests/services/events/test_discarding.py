"""What a guest took back goes to the trash of its storage, once, and whatever else happens."""

import pytest

from services import events
from services.errors import Unavailable
from services.events import DISCARD, Discarding
from services.events.discarding import REASON
from services.filing.trashing import Trashing
from services.jobs import LANES, Run
from services.models import File, Item, Job, Storage, Trash
from services.sharing import Visit
from tests.services.events.household import Party, run, sees

pytestmark = pytest.mark.db


def taken_back(party: Party) -> tuple[Visit, Item]:
    visit = party.guest(party.event(approval="none"))
    item = party.drop(visit)
    events.take_back(visit.viewer, [item.pid], party.jobs)
    return visit, item


def discard(party: Party) -> dict[str, object]:
    return run(party.jobs, DISCARD, Discarding(party.filing).run)


def test_its_bytes_are_in_the_trash_of_the_organiser(party: Party) -> None:
    _, item = taken_back(party)
    assert discard(party) == {"item": item.pid}
    entry = Trash.get()
    assert (entry.item, entry.reason, entry.owner_id) == (item, REASON, party.anna.user_id)
    assert Item.get_by_id(item.id).trashed_at is not None
    assert entry.size == 10
    assert party.disk.stat(entry.place).size == 10
    assert events.discard_due(party.jobs) == 0


def test_what_its_owner_brings_back_stays_and_is_hers_alone(party: Party) -> None:
    visit, item = taken_back(party)
    discard(party)
    trashing = Trashing(party.filing._hands, 30)
    trashing.restore(party.anna, Trash.get().pid)
    assert Item.get_by_id(item.id).trashed_at is None
    assert events.discard_due(party.jobs) == 0
    events.dropping.enqueue_discard(party.jobs, item.id)
    assert discard(party) == {}
    assert item.pid in sees(party.anna)
    assert sees(visit.viewer) == set()


def test_a_storage_that_is_away_is_waited_for(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    _, item = taken_back(party)

    def away(path: str) -> object:
        raise Unavailable("The disk is not there.")

    with monkeypatch.context() as patch:
        patch.setattr(party.disk, "stat", away)
        with pytest.raises(Unavailable):
            Discarding(party.filing).run(_claimed(party))
    Job.delete().execute()  # as when its tries are used up
    assert events.discard_due(party.jobs) == 1
    assert discard(party) == {"item": item.pid}


def test_what_may_not_be_touched_stays_hidden(party: Party) -> None:
    visit, item = taken_back(party)
    Storage.update(writable=False).execute()
    assert discard(party) == {}
    assert Item.get_by_id(item.id).trashed_at is None
    assert sees(visit.viewer) == set()
    Storage.update(writable=True).execute()
    assert events.discard_due(party.jobs) == 1
    assert discard(party) == {"item": item.pid}


def test_what_is_not_found_is_looked_for_again(party: Party) -> None:
    """Something else moved it: it is back, or wherever a scan finds it."""
    _, item = taken_back(party)
    party.disk.delete(item.name, trash=False)
    assert discard(party) == {}
    party.disk.put(item.name, b"x" * 10, mtime_ns=0)
    assert events.discard_due(party.jobs) == 1
    assert discard(party) == {"item": item.pid}


def test_what_was_changed_or_only_looks_like_it_stays(party: Party) -> None:
    _, item = taken_back(party)
    File.update(sent=False).execute()
    assert discard(party) == {}
    assert party.disk.stat(item.name).size == 10


def test_what_no_storage_has_is_done(party: Party) -> None:
    _, item = taken_back(party)
    File.update(presence="missing", absent_since=1).execute()
    assert discard(party) == {}
    Item.delete().where(Item.id == item.id).execute()
    events.dropping.enqueue_discard(party.jobs, item.id)
    assert discard(party) == {}


def test_nothing_else_of_the_owners_goes(party: Party) -> None:
    """The job says which item; it goes only if its guest took it back."""
    visit = party.guest(party.event(approval="none"))
    item = party.drop(visit)
    events.dropping.enqueue_discard(party.jobs, item.id)
    assert discard(party) == {}
    assert Item.get_by_id(item.id).trashed_at is None


def _claimed(party: Party) -> Run:
    held = party.jobs.claim(Job.get().id, "test", LANES)
    assert held is not None
    return Run(party.jobs, held)
