"""What guests of an event see of one's own: for whoever is there, and nothing of what others brought."""

import pytest

from services import catalogue, events, sharing
from services.errors import AccessDenied, NotFound
from services.models import Collection
from services.viewers import Viewer
from tests.services.events.household import Party


def shown(viewer: Viewer, pid: str) -> list[int]:
    found = events.preview(viewer, pid)
    assert found.total == len(found.items)
    return sorted(item.id for item in found.items)


def test_each_sees_what_of_theirs_is_shown(party: Party) -> None:
    event = party.event()
    party.join(event, party.ben)
    hers, his = party.items["anna"][0], party.items["ben"]
    events.contribute_items(party.anna, event.pid, [hers.pid])
    events.contribute_items(party.ben, event.pid, [item.pid for item in his])
    assert (shown(party.anna, event.pid), shown(party.ben, event.pid)) == ([hers.id], []), "his waits"
    collection = Collection.get_by_id(event.collection_id).pid
    events.decide(party.anna, event.pid, [f"in.{collection}.{his[0].pid}"], "approve")
    assert (shown(party.anna, event.pid), shown(party.ben, event.pid)) == ([hers.id], [his[0].id])
    guest = party.guest(event).viewer
    assert {item.id for item in catalogue.page(guest).items} == {hers.id, his[0].id}
    sharing.withdraw(party.ben, [his[0].pid])
    assert shown(party.ben, event.pid) == []


def test_what_is_called_private_is_counted(party: Party) -> None:
    event = party.event()
    for item in party.items["anna"]:
        catalogue.edit(party.anna, item.pid, {"labels": ["private"]})
    assert events.private_seen(party.anna, event.pid) == 0
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    assert events.private_seen(party.anna, event.pid) == 1


def test_a_childs_own_is_not_shown_to_guests(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.kim)
    events.contribute_items(party.kim, event.pid, [party.items["kim"][0].pid])
    assert shown(party.kim, event.pid) == []


@pytest.mark.parametrize("how", ["drop", "over"])
def test_where_guests_see_nothing_nothing_is_shown(party: Party, how: str) -> None:
    event = party.event(guests="drop") if how == "drop" else party.event()
    events.contribute_items(party.anna, event.pid, [party.items["anna"][0].pid])
    if how == "over":
        party.events.close(party.anna, event.pid)
    assert shown(party.anna, event.pid) == []


def test_who_is_not_there_is_told_nothing(party: Party) -> None:
    event = party.event()
    guest = party.guest(event).viewer
    for viewer, pid in ((party.ben, event.pid), (party.anna, "nothing"), (guest, event.pid)):
        for ask in (events.preview, events.private_seen):
            with pytest.raises((NotFound, AccessDenied)):
                ask(viewer, pid)
