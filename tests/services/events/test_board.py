"""What the organisers of an event are shown: what waits, what is visible, what was rejected, and by whom it came."""

import pytest

from services import access, events, sharing
from services.errors import NotFound
from services.models import Arrival, Asset, Item
from tests.services.events.household import Party, pids, sees

pytestmark = pytest.mark.db


def test_each_state_by_itself_with_who_brought_it(party: Party) -> None:
    event = party.event()
    lou, mia = party.guest(event), party.guest(event, "Mia")
    party.join(event, party.ben)
    first, second = party.drop(lou), party.drop(mia)
    events.contribute_items(party.ben, event.pid, [item.pid for item in party.items["ben"]])
    board = events.board(party.anna, event.pid)
    assert [each.described.item for each in board.arrived] == [first, second, *party.items["ben"]]
    assert [each.by for each in board.arrived] == ["Lou", "Mia", "Ben", "Ben"]
    assert board.people == [("Ben", 2), ("Lou", 1), ("Mia", 1)]
    assert (board.counts, board.more) == ({"pending": 4, "approved": 0, "rejected": 0}, False)
    approvals = [each.approval for each in board.arrived]
    events.decide(party.anna, event.pid, approvals[:2], "approve")
    events.decide(party.anna, event.pid, approvals[2:3], "reject")
    for state, found in (("approved", [first, second]), ("rejected", party.items["ben"][:1])):
        board = events.board(party.anna, event.pid, state)  # type: ignore[arg-type]  # one of the states
        assert [each.described.item for each in board.arrived] == found
        assert board.counts == {"pending": 1, "approved": 2, "rejected": 1}


def test_it_comes_in_pages(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    items = [party.drop(lou) for _ in range(3)]
    first = events.board(party.anna, event.pid, limit=2)
    rest = events.board(party.anna, event.pid, offset=2, limit=2)
    assert [each.described.item for each in (*first.arrived, *rest.arrived)] == items
    assert (first.more, rest.more) == (True, False)


def test_nobody_else_sees_or_decides(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    party.join(event, party.ben)
    item = party.drop(lou)
    approval = f"in.{event.collection.pid}.{item.pid}"
    for viewer in (party.ben, party.kim, lou.viewer):
        with pytest.raises(NotFound):
            events.board(viewer, event.pid)
        with pytest.raises(NotFound):
            events.decide(viewer, event.pid, [approval], "approve")
        with pytest.raises(NotFound):
            sharing.decide(viewer, [approval], "approve")
    assert Arrival.get().state == "pending"


def test_who_organises_no_more_decides_no_more(party: Party) -> None:
    event = party.event()
    item = party.drop(party.guest(event))
    events.name_organiser(party.anna, event.pid, "ben")
    assert [each.item for each in sharing.waiting(party.ben)] == [item]
    undo = sharing.decide(party.ben, [f"in.{event.collection.pid}.{item.pid}"], "approve")
    events.leave(party.ben, event.pid)
    with pytest.raises(NotFound):
        sharing.decide(party.ben, [f"in.{event.collection.pid}.{item.pid}"], "reject")
    with pytest.raises(NotFound):
        sharing.undo(party.ben, undo)
    party.join(event, party.ben)
    with pytest.raises(NotFound):
        sharing.decide(party.ben, [f"in.{event.collection.pid}.{item.pid}"], "reject")
    assert (sharing.waiting(party.ben), Arrival.get().state) == ([], "approved")


def test_what_is_gone_is_not_on_it_nor_counted(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    party.join(event, party.ben)
    taken, stays = party.drop(lou), party.drop(lou)
    bens = party.items["ben"]
    events.contribute_items(party.ben, event.pid, [item.pid for item in bens])
    assert events.get(party.anna, event.pid).waiting == 4
    events.take_back(lou.viewer, [taken.pid], party.jobs)
    sharing.withdraw(party.ben, [bens[0].pid])
    events.withdraw_items(party.ben, event.pid, [bens[1].pid])
    board = events.board(party.anna, event.pid)
    assert [each.described.item for each in board.arrived] == [stays]
    assert board.counts["pending"] == events.get(party.anna, event.pid).waiting == 1
    assert board.people == [("Lou", 1)]


def test_what_the_event_shows_already_is_marked(party: Party) -> None:
    event = party.event()
    lou, mia = party.guest(event), party.guest(event, "Mia")
    first, again, other = party.drop(lou), party.drop(mia), party.drop(mia)
    same = Asset.get(Asset.item == first.id).sha256
    Asset.update(scan_hash=same).where(Asset.item.in_([first.id, again.id])).execute()
    waiting = {each.described.item: each for each in events.board(party.anna, event.pid).arrived}
    assert not any(each.twin for each in waiting.values()), "none of them is shown yet"
    events.decide(party.anna, event.pid, [waiting[first].approval], "approve")
    twins = {each.described.item: each.twin for each in events.board(party.anna, event.pid).arrived}
    assert twins == {again: True, other: False}


def test_a_second_organiser_sees_and_decides_the_same(party: Party) -> None:
    event = party.event()
    lou = party.guest(event)
    events.name_organiser(party.anna, event.pid, "ben")
    items = [party.drop(lou), party.drop(lou)]
    approvals = [each.approval for each in events.board(party.ben, event.pid).arrived]
    events.decide(party.ben, event.pid, approvals[:1], "reject")
    rejected = events.board(party.ben, event.pid, "rejected")
    assert [each.described.item for each in rejected.arrived] == items[:1]
    assert items[0].pid not in sees(party.ben), "what was rejected is on the board alone"
    events.decide(party.ben, event.pid, approvals[:1], "approve")
    assert items[0].pid in sees(party.ben)


@pytest.mark.parametrize("why", ["withdrawn_at", "taken_back_at", "trashed_at"])
def test_what_the_event_shows_no_more_marks_nothing(party: Party, why: str) -> None:
    """As what a guest took back, and dropped again."""
    event = party.event(approval="none")
    visit = party.guest(event)
    first, again = party.drop(visit), party.drop(visit)
    Asset.update(sha256=Asset.get(Asset.item == first.id).sha256).where(Asset.item == again.id).execute()
    board = events.board(party.anna, event.pid, "approved").arrived
    assert [each.twin for each in board] == [True, True]
    values = {why: 1} | ({"withdrawn_at": 1} if why == "taken_back_at" else {})
    Item.update(**values).where(Item.id == first.id).execute()
    (shown,) = events.board(party.anna, event.pid, "approved").arrived
    assert (shown.described.item.id, shown.twin) == (again.id, False)


class TestWhatTheOrganiserThrewAway:
    """A guest drops what its owner has in the trash: she alone decides to show it."""

    def test_others_who_organise_neither_see_nor_show_it(self, party: Party) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        events.name_organiser(party.anna, event.pid, "ben")
        item = party.drop(lou, thrown_away=True)
        assert sees(mia.viewer) == set()
        assert events.board(party.ben, event.pid).arrived == []
        assert events.get(party.ben, event.pid).waiting == 0
        assert sharing.waiting(party.ben) == []
        with pytest.raises(NotFound):
            access.get_item(party.ben, item.pid)
        approval = f"in.{event.collection.pid}.{item.pid}"
        with pytest.raises(NotFound):
            events.decide(party.ben, event.pid, [approval], "approve")
        (waits,) = events.board(party.anna, event.pid).arrived
        assert (waits.approval, waits.by) == (approval, "Lou")
        events.decide(party.anna, event.pid, [approval], "approve")
        assert sees(mia.viewer) == pids(item)
        assert item.pid in sees(party.ben)

    def test_others_who_organise_may_stop_showing_it_and_not_begin_again(self, party: Party) -> None:
        event = party.event()
        lou, mia = party.guest(event), party.guest(event, "Mia")
        events.name_organiser(party.anna, event.pid, "ben")
        item = party.drop(lou, thrown_away=True)
        approval = f"in.{event.collection.pid}.{item.pid}"
        events.decide(party.anna, event.pid, [approval], "approve")
        undo = events.decide(party.ben, event.pid, [approval], "reject")
        assert sees(mia.viewer) == set()
        with pytest.raises(NotFound):
            sharing.undo(party.ben, undo)
        assert sees(mia.viewer) == set()
        assert item.pid not in sees(party.ben)

    @pytest.mark.parametrize("asks", [True, False])
    def test_its_guest_sees_no_difference(self, party: Party, asks: bool) -> None:
        event = party.event(approval="organiser" if asks else "none")
        lou = party.guest(event)
        items = [party.drop(lou), party.drop(lou, thrown_away=True)]
        assert sees(lou.viewer) == pids(*items)
        told = events.own_items(lou.viewer)
        assert told == [(item, "pending" if asks else "approved") for item in reversed(items)]
        approval = f"in.{event.collection.pid}.{items[1].pid}"
        events.decide(party.anna, event.pid, [approval], "reject")
        assert events.own_items(lou.viewer)[0] == (items[1], "rejected")
        assert events.take_back(lou.viewer, [items[1].pid], party.jobs) == 1
