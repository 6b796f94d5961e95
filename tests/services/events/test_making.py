"""Events are made, changed, closed and archived: by whom, with what, and what that does to every right by them."""

from pathlib import Path
from typing import Any

import pytest

from services import access, clock, collections, events, sharing
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.events.making import DEFAULT_LIFE
from services.models import Collection, Event, Grant, Guest, Share, counters, transaction
from services.revocations import Journal
from services.sharing import LinkEnded
from tests.services.events.household import Party, grants_into, pids, sees
from tests.services.events.test_doors import secret_of

pytestmark = pytest.mark.db


def test_a_new_event_waits_for_approval_and_ends_in_thirty_days(party: Party) -> None:
    now = clock.now()
    event = party.event()
    assert now + DEFAULT_LIFE <= event.expires_at <= clock.now() + DEFAULT_LIFE
    assert (event.guests, event.state, event.shows_names, event.shows_place) == (
        "contribute",
        "open",
        False,
        False,
    )
    assert Collection.get_by_id(event.collection_id).arrivals == "owner"
    assert [card.event for card in events.cards(party.anna)] == [event]
    assert events.cards(party.ben) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "x" * 121), ("name", 7), ("starts", "tomorrow"), ("ends", 20260230),
        ("expires", 1), ("expires", "soon"), ("guests", "all"), ("approval", "me"), ("download", "yes"), ("names", 1),
        ("max_files", 0), ("max_files", True), ("max_bytes", -1), ("storage", "nowhere"), ("folder", "../secret"),
        ("folder", "x" * 401), ("folder", "a/.hidden"), ("folder", "x.part"), ("folder", "a/@eaDir/b"),
        ("folder", "Thumbs.db"), ("nothing", 1),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(party: Party, field: str, value: Any) -> None:
    with pytest.raises(UsageError) as wrong:
        party.event(**{field: value})
    assert wrong.value.field == field
    assert not Event.select().exists()
    assert not Collection.select().where(Collection.purpose == "event").exists()


def test_it_ends_after_it_begins(party: Party) -> None:
    with pytest.raises(UsageError):
        party.event(starts="2026-07-05", ends="2026-07-04")


def test_the_storage_is_the_owners_and_may_be_written(party: Party) -> None:
    closed = party.make.storage(party.storage.owner, "Closed")
    strange = party.make.storage(party.make.user("zoe"), "Zoe's", writable=True)
    for storage in (closed, strange):
        with pytest.raises(UsageError):
            party.event(storage=storage.pid)


def test_children_and_guests_make_none(party: Party) -> None:
    for viewer in (party.kim, party.guest(party.event()).viewer):
        with pytest.raises(AccessDenied):
            party.events.make(viewer, {"name": "Party"})


def test_what_it_shows_is_for_everybody_at_it(party: Party) -> None:
    event = party.event()
    guest = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    shown = pids(party.items["anna"][0])
    assert sees(guest.viewer) == shown
    assert sees(party.ben) == shown | pids(*party.items["ben"])
    assert sees(party.kim) == pids(*party.items["kim"])
    rights = access.rights(guest.viewer, party.items["anna"][0])
    assert (rights.download, rights.place, rights.reshare) == (True, False, False)
    party.events.change(party.anna, event.pid, {"download": False, "place": True})
    rights = access.rights(guest.viewer, party.items["anna"][0])
    assert (rights.download, rights.place) == (False, True)


def test_only_its_organisers_change_it(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    for viewer in (party.ben, party.kim, party.guest(event).viewer):
        for act in (
            lambda v: party.events.change(v, event.pid, {"name": "Mine"}),
            lambda v: party.events.close(v, event.pid),
            lambda v: party.events.archive(v, event.pid),
        ):
            with pytest.raises(NotFound):
                act(viewer)
    assert Event.get_by_id(event.id).name == "Wedding"


def test_its_share_is_changed_with_the_event_only(party: Party) -> None:
    party.event()
    with pytest.raises(UsageError):
        sharing.change(party.anna, Share.get(Share.kind == "event").pid, {"expires": None})


def test_moving_the_end_moves_it_for_everybody(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    event = party.event(expires=clock.now() + clock.DAY)
    party.join(event, party.ben)
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    later = clock.now() + 3 * clock.DAY
    party.events.change(party.anna, event.pid, {"expires": later})
    assert {g.expires_at for g in Grant.select()} == {s.expires_at for s in Share.select()} == {later}
    monkeypatch.setattr(clock, "source", lambda: later / 1_000_000)
    with pytest.raises(Conflict):
        party.events.change(party.anna, event.pid, {"expires": later + clock.DAY})


def test_it_ends_by_the_clock_also_when_that_is_set_back(
    party: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = party.event(expires=clock.now() + clock.HOUR, approval="none")
    guest = party.guest(event)
    party.join(event, party.ben)
    mine, theirs = party.items["anna"][0], party.items["ben"][0]
    events.contribute_items(party.anna, event.pid, [mine.pid])
    events.contribute_items(party.ben, event.pid, [theirs.pid])
    assert sees(guest.viewer) == pids(mine, theirs)
    assert pids(theirs) < sees(party.anna)
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
    assert sees(guest.viewer) == set()
    assert not access.holds(guest.viewer)
    assert sees(party.ben) == pids(*party.items["ben"])
    assert sees(party.anna) == pids(*party.items["anna"])
    with transaction():
        counters.raise_clock(event.expires_at)
    monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000 - 1800)
    assert sees(guest.viewer) == set()
    assert not access.holds(guest.viewer)
    assert sees(party.anna) == pids(*party.items["anna"])


def test_closing_ends_every_right_by_it_for_good(party: Party, data: Path) -> None:
    event = party.event(approval="none")
    guest = party.guest(event)
    party.join(event, party.ben)
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    receipt = party.events.close(party.anna, event.pid)
    assert receipt.grants == 1
    assert sees(guest.viewer) == set()
    assert not access.holds(guest.viewer)
    assert sees(party.anna) == pids(*party.items["anna"])
    assert not Grant.select().where(Grant.ended_at.is_null()).exists()
    assert not Share.select().where(Share.ended_at.is_null()).exists()
    assert [card.state for card in events.cards(party.ben)] == ["over"]
    # as an older catalogue has it
    with transaction():
        Event.update(state="open", closed_at=None).execute()
        Grant.update(state="active", ended_at=None).execute()
        Share.update(ended_at=None, ended_why="").execute()
        Guest.update(ended_at=None).execute()
    assert sees(guest.viewer)
    assert Journal(data).replay() > 0
    assert sees(guest.viewer) == set()
    assert sees(party.anna) == pids(*party.items["anna"])
    assert grants_into(event) == []
    with pytest.raises(LinkEnded):
        sharing.visit(guest.pid, secret_of(party, guest.pid))
    assert Journal(data).replay() == 0


def test_revoking_its_grant_in_the_ledger_closes_it(party: Party) -> None:
    event = party.event()
    guest = party.guest(event)
    (line,) = sharing.ledger(party.anna)
    assert (line.to, line.grant.kind) == ("Wedding", "event")
    sharing.revoke(party.anna, {"grant": line.grant.pid})
    assert Event.get_by_id(event.id).state == "closed"
    assert not access.holds(guest.viewer)


def test_revoking_everything_of_one_event(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    collection = party.make.collection(event.owner, "Mine")
    events.contribute_items(party.ben, event.pid, [party.items["ben"][0].pid])
    assert len(grants_into(event)) == 1
    sharing.revoke(party.ben, {"event": event.pid})
    assert grants_into(event) == []
    assert Event.get_by_id(event.id).state == "open"
    sharing.revoke(party.anna, {"event": event.pid})
    assert Event.get_by_id(event.id).state == "closed"
    assert collection.deleted_at is None
    with pytest.raises(NotFound):
        sharing.revoke(party.anna, {"event": "nothing"})


def test_the_archive_takes_what_is_over(party: Party) -> None:
    event = party.event()
    with pytest.raises(Conflict):
        party.events.archive(party.anna, event.pid)
    party.events.close(party.anna, event.pid)
    party.events.archive(party.anna, event.pid)
    assert events.cards(party.anna) == []
    assert [card.state for card in events.cards(party.anna, archived=True)] == ["archived"]
    party.events.archive(party.anna, event.pid, archived=False)
    assert [card.state for card in events.cards(party.anna)] == ["over"]


def test_its_collection_is_no_collection_of_its_owners(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    pid = Collection.get_by_id(event.collection_id).pid
    for viewer in (party.anna, party.ben):
        assert collections.cards(viewer) == []
    with pytest.raises(NotFound):
        collections.delete(party.anna, pid)


class TestTheEndMoves:
    def brought(self, party: Party, event: Event, expires: int | None = None) -> Grant:
        """A collection that Ben brings; with `expires` until then only."""
        if events.cards(party.ben) == []:
            party.join(event, party.ben)
        made = collections.create(party.ben, collections.Draft(f"Lake {Grant.select().count()}"))
        collections.add(party.ben, made.pid, [party.items["ben"][0].pid])
        grant = events.contribute_collection(party.ben, event.pid, made.pid)
        if expires is not None:
            sharing.change(party.ben, grant.share.pid, {"expires": expires})
        return grant

    def ends(self, grant: Grant) -> tuple[int | None, int | None]:
        found = Grant.get_by_id(grant.id)
        return found.expires_at, found.share.expires_at

    def test_what_was_brought_until_it_is_over_moves_with_it(self, party: Party) -> None:
        event = party.event()
        grant = self.brought(party, event)
        for end in (clock.now() + 90 * clock.DAY, clock.now() + clock.DAY, None, clock.now() + clock.HOUR):
            party.events.change(party.anna, event.pid, {"expires": end})
            assert self.ends(grant) == (end, end)

    def test_what_its_owner_has_end_sooner_is_not_made_to_last_longer(self, party: Party) -> None:
        event, soon = party.event(), clock.now() + 2 * clock.DAY
        grant, other = self.brought(party, event, soon), self.brought(party, event)
        for end in (clock.now() + 90 * clock.DAY, None, clock.now() + 60 * clock.DAY):
            party.events.change(party.anna, event.pid, {"expires": end})
            assert self.ends(grant) == (soon, soon)
            assert self.ends(other) == (end, end)
        sooner = clock.now() + clock.DAY
        party.events.change(party.anna, event.pid, {"expires": sooner})
        assert self.ends(grant) == self.ends(other) == (sooner, sooner)

    def test_another_change_moves_no_end(self, party: Party) -> None:
        event, soon = party.event(), clock.now() + 2 * clock.DAY
        grant = self.brought(party, event, soon)
        party.events.change(party.anna, event.pid, {"name": "Party"})
        assert self.ends(grant) == (soon, soon)
        assert Grant.get(Grant.event == event.id).expires_at == event.expires_at
