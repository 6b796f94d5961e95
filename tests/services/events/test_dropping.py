"""Files that guests drop: where they go, who sees them when, and how they go back."""

from pathlib import Path

import pytest

from services import access, clock, collections, events, matching, sharing
from services.collections import Draft
from services.errors import AccessDenied, Conflict, NotFound
from services.matching import stored
from services.models import (
    Arrival,
    Collection,
    CollectionItem,
    Guest,
    Item,
    Job,
    Storage,
    Upload,
    transaction,
)
from services.revocations import Journal
from services.storages.patterns import is_path_skipped
from tests.services.events.household import Party, grants_into, older, pids, sees

pytestmark = pytest.mark.db


class TestWhere:
    def test_a_folder_of_the_organisers_for_each_guest(self, party: Party) -> None:
        event = party.event(name="Our/wedding", max_bytes=100)
        visit = party.guest(event, "../Lou")
        target = events.target(visit.viewer)
        assert (target.guest, target.user, target.event) == (visit.viewer.guest_id, None, event.id)
        assert target.storage == party.storage
        assert ".." not in target.folder.split("/")
        assert target.folder.count("/") == 1
        assert target.most_bytes == 100

    @pytest.mark.parametrize("name", ["x.part", "._x", "@eaDir", "con", ".hidden", "a/b"])
    def test_no_name_makes_a_folder_that_scans_pass_over(self, party: Party, name: str) -> None:
        event = party.event(name=name)
        folder = events.target(party.guest(event, name).viewer).folder
        assert folder.count("/") == 1
        assert not is_path_skipped(folder)
        assert "." not in {part[0] for part in folder.split("/")}

    def test_the_folder_that_was_chosen(self, party: Party) -> None:
        visit = party.guest(party.event(folder="/Events/Wedding/"))
        assert events.target(visit.viewer).folder == "Events/Wedding/Lou"

    def test_nowhere_when_the_event_takes_none(self, party: Party) -> None:
        for given in ({"guests": "view"}, {"storage": None}):
            event = party.event(**given)
            assert not events.takes_files(event)
            with pytest.raises(AccessDenied):
                events.target(party.guest(event).viewer)

    def test_nowhere_when_the_storage_closed_or_went(self, party: Party) -> None:
        visit = party.guest(party.event())
        Storage.update(writable=False).execute()
        with pytest.raises(AccessDenied):
            events.target(visit.viewer)
        Storage.update(writable=True, removed_at=1).execute()
        with pytest.raises(AccessDenied):
            events.target(visit.viewer)

    def test_not_for_persons_nor_guests_of_links_nor_who_left(self, party: Party) -> None:
        visit = party.guest(party.event())
        Guest.update(ended_at=1).execute()
        for viewer in (party.ben, visit.viewer):
            with pytest.raises(NotFound):
                events.target(viewer)

    def test_so_many_and_so_much_and_no_more(self, party: Party) -> None:
        event = party.event(max_files=2, max_bytes=100)
        visit, other = party.guest(event), party.guest(event, "Mia")
        party.drop(visit, size=60)
        assert events.target(visit.viewer).most_bytes == 40
        Upload.update(state="refused").execute()
        assert events.target(visit.viewer).most_bytes == 100
        party.drop(visit, size=10)
        party.drop(visit, size=10)
        with pytest.raises(AccessDenied):
            events.target(visit.viewer)
        assert events.target(other.viewer)
        party.drop(other, size=100)
        with pytest.raises(AccessDenied):
            events.target(other.viewer)

    def test_not_when_it_is_over(self, party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
        event = party.event(expires=clock.now() + clock.HOUR)
        visit = party.guest(event)
        monkeypatch.setattr(clock, "source", lambda: event.expires_at / 1_000_000)
        with pytest.raises(AccessDenied):
            events.target(visit.viewer)


class TestWhoSees:
    def test_nobody_but_its_guest_and_the_organiser_until_it_is_approved(self, party: Party) -> None:
        event = party.event()
        lou, mia = party.guest(event), party.guest(event, "Mia")
        party.join(event, party.ben)
        item = party.drop(lou)
        assert sees(lou.viewer) == pids(item)
        assert sees(mia.viewer) == set()
        assert item.pid not in sees(party.ben)
        assert item.pid in sees(party.anna)
        assert item.contributed_by_id == lou.viewer.guest_id
        assert events.own_items(lou.viewer) == [(item, "pending")]
        (waits,) = events.board(party.anna, event.pid).arrived
        assert (waits.by, waits.twin) == ("Lou", False)
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        assert sees(mia.viewer) == pids(item)
        assert item.pid in sees(party.ben)
        assert events.own_items(lou.viewer) == [(item, "approved")]

    def test_it_is_shown_at_once_where_nobody_is_asked(self, party: Party) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        item = party.drop(lou)
        assert sees(mia.viewer) == pids(item)

    def test_a_second_file_waits_too(self, party: Party) -> None:
        event = party.event()
        lou, mia = party.guest(event), party.guest(event, "Mia")
        party.drop(lou)
        party.drop(lou)
        assert sees(mia.viewer) == set()
        assert {state for (state,) in Arrival.select(Arrival.state).tuples()} == {"pending"}

    def test_in_a_drop_box_guests_see_their_own_only(self, party: Party) -> None:
        event = party.event(guests="drop", approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        first, second = party.drop(lou), party.drop(mia)
        assert sees(lou.viewer) == pids(first)
        assert sees(mia.viewer) == pids(second)

    def test_what_comes_after_all_of_guests_was_ended_comes_in(self, party: Party) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        first = party.drop(lou)
        (ended,) = grants_into(event)
        sharing.revoke(party.anna, {"grant": ended.pid})
        assert sees(mia.viewer) == set()
        item = party.drop(lou)
        arrival = party.arrival(event, item)
        assert arrival is not None
        assert (arrival.grant_id != ended.id, arrival.state) == (True, "approved")
        assert sees(mia.viewer) == pids(item)
        assert first.pid not in sees(mia.viewer)

    def test_nothing_lands_at_an_event_that_is_over(self, party: Party) -> None:
        event = party.event(approval="none")
        lou = party.guest(event)
        party.events.close(party.anna, event.pid)
        item = party.drop(lou)
        assert party.arrival(event, item) is None
        assert item.pid in sees(party.anna)

    @pytest.mark.parametrize("way", ["left", "dismissed", "closed"])
    def test_what_is_still_on_its_way_comes_in_no_more_but_says_whose_it_is(
        self, party: Party, way: str
    ) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        if way == "left":
            events.leave_event(lou.viewer, party.jobs)
        elif way == "dismissed":
            events.dismiss(party.anna, event.pid, lou.pid)
        else:
            party.events.close(party.anna, event.pid)
        item = party.drop(lou)
        assert party.arrival(event, item) is None
        assert item.contributed_by_id == lou.viewer.guest_id
        assert item.pid in sees(party.anna)
        assert sees(mia.viewer) == sees(lou.viewer) == set()

    def test_what_a_person_uploads_is_contributed_by_them(self, party: Party) -> None:
        event = party.event(approval="none")
        visit = party.guest(event)
        party.join(event, party.ben)
        upload = Upload.create(
            pid="up",
            storage=party.storage,
            node="here",
            user=party.ben.user_id,
            event=event.id,
            name="a.jpg",
            size=1,
            created_at=clock.now(),
            expires_at=1,
        )
        assert events.landed(upload, party.items["ben"][0], False) == ""
        assert sees(visit.viewer) == pids(party.items["ben"][0])
        assert Item.get_by_id(party.items["ben"][0].id).contributed_by_id is None


class TestGoingBack:
    def test_it_is_hidden_from_everybody_at_once_and_its_bytes_go_to_the_trash(self, party: Party) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        item, other = party.drop(lou), party.drop(mia)
        with pytest.raises(NotFound):
            events.take_back(lou.viewer, [item.pid, other.pid], party.jobs)
        with pytest.raises(NotFound):
            events.take_back(party.anna, [item.pid], party.jobs)
        assert sees(mia.viewer) == pids(item, other)
        assert events.take_back(lou.viewer, [item.pid], party.jobs) == 1
        assert sees(mia.viewer) == pids(other)
        assert sees(lou.viewer) == pids(other)
        assert events.own_items(lou.viewer) == []
        job = Job.get(Job.kind == "discard")
        assert job.payload == {"item": item.id}

    def test_its_owner_does_not_bring_it_back_to_others(self, party: Party) -> None:
        event = party.event(approval="none")
        lou = party.guest(event)
        item = party.drop(lou)
        events.take_back(lou.viewer, [item.pid], party.jobs)
        with pytest.raises(Conflict):
            sharing.unwithdraw(party.anna, [item.pid])
        sharing.revoke(party.anna, {"storage": party.storage.pid})
        sharing.release(party.anna, party.storage.pid)
        assert Item.get_by_id(item.id).withdrawn_at is not None

    def test_leaving_takes_all_of_it_back(self, party: Party) -> None:
        event = party.event(approval="none")
        lou, mia = party.guest(event), party.guest(event, "Mia")
        party.drop(lou)
        party.drop(lou)
        other = party.drop(mia)
        assert events.leave_event(lou.viewer, party.jobs) == 2
        assert sees(mia.viewer) == pids(other)
        assert not access.holds(lou.viewer)
        assert Job.select().where(Job.kind == "discard").count() == 2
        with pytest.raises(NotFound):
            events.leave_event(lou.viewer, party.jobs)


class TestQueries:
    """Anna's dynamic collections take in what is hers; what a guest left with her is not, before it is let in."""

    def family(self, party: Party, **more: object) -> Collection:
        made = collections.create(
            party.anna, Draft("Family", query="type:photo"), {"require_labelled": False, **more}
        )
        sharing.offer(party.anna, made.pid, {"user": "ben"}, sharing.Terms())
        return made

    def inside(self, party: Party, family: Collection) -> set[str]:
        """What Ben finds in it; it is the same that its query finds when it is held over all items."""
        shown = collections.page(party.ben, collections.get(party.ben, family.pid)).items
        matching.evaluate(family.id)
        after = collections.page(party.ben, collections.get(party.ben, family.pid)).items
        assert [item.pid for item in shown] == [item.pid for item in after]
        return {item.pid for item in shown}

    def test_what_waits_or_was_rejected_is_in_none(self, party: Party) -> None:
        event, family = party.event(), self.family(party)
        mine = pids(*party.items["anna"])
        dropped = party.drop(party.guest(event))
        assert self.inside(party, family) == mine
        assert dropped.pid not in sees(party.ben)
        (waits,) = events.board(party.anna, event.pid).arrived
        undo = events.decide(party.anna, event.pid, [waits.approval], "approve")
        assert self.inside(party, family) == mine | pids(dropped)
        sharing.undo(party.anna, undo)
        assert self.inside(party, family) == mine
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        events.decide(party.anna, event.pid, [waits.approval], "reject")
        assert self.inside(party, family) == mine

    def test_before_a_query_is_kept_it_finds_nothing_that_waits(self, party: Party) -> None:
        event, family = party.event(), self.family(party)
        dropped = party.drop(party.guest(event))
        (query,) = (q for q in stored.every() if q.id == family.id)
        assert {item.pid for item in matching.found(query)} == pids(*party.items["anna"])
        (waits,) = events.board(party.anna, event.pid).arrived
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        assert {item.pid for item in matching.found(query)} == pids(*party.items["anna"], dropped)

    def test_many_that_are_decided_at_once(self, party: Party) -> None:
        event, family = party.event(), self.family(party)
        visit = party.guest(event)
        dropped = [party.drop(visit) for _ in range(3)]
        waiting = [each.approval for each in events.board(party.anna, event.pid).arrived]
        sharing.decide(party.anna, waiting, "approve")
        assert self.inside(party, family) == pids(*party.items["anna"], *dropped)

    def test_a_second_organiser_lets_it_in_as_well(self, party: Party) -> None:
        event, family = party.event(), self.family(party)
        party.join(event, party.ben)
        events.name_organiser(party.anna, event.pid, "ben")
        dropped = party.drop(party.guest(event))
        (waits,) = events.board(party.ben, event.pid).arrived
        assert self.inside(party, family) == pids(*party.items["anna"])
        events.decide(party.ben, event.pid, [waits.approval], "approve")
        assert self.inside(party, family) == pids(*party.items["anna"], dropped)

    def test_where_nobody_is_asked_it_is_in_them_at_once(self, party: Party) -> None:
        event, family = party.event(approval="none"), self.family(party)
        dropped = party.drop(party.guest(event))
        assert self.inside(party, family) == pids(*party.items["anna"], dropped)

    def test_what_she_threw_away_is_in_none_before_she_says_so(self, party: Party) -> None:
        event, family = party.event(approval="none"), self.family(party)
        dropped = party.drop(party.guest(event), thrown_away=True)
        assert self.inside(party, family) == pids(*party.items["anna"])
        (waits,) = events.board(party.anna, event.pid).arrived
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        assert self.inside(party, family) == pids(*party.items["anna"], dropped)

    def test_her_own_hand_is_her_word(self, party: Party) -> None:
        event, family = party.event(), self.family(party)
        dropped = party.drop(party.guest(event))
        collections.decide_rule(party.anna, family.pid, dropped.pid, "always")
        assert self.inside(party, family) == pids(*party.items["anna"], dropped)
        collections.decide_rule(party.anna, family.pid, dropped.pid, "")
        assert self.inside(party, family) == pids(*party.items["anna"])

    def test_what_was_rejected_stays_out_when_an_older_catalogue_comes_back(
        self, party: Party, data: Path
    ) -> None:
        event, family = party.event(), self.family(party)
        dropped = party.drop(party.guest(event))
        (waits,) = events.board(party.anna, event.pid).arrived
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        back, rows = older(), list(CollectionItem.select())
        events.decide(party.anna, event.pid, [waits.approval], "reject")
        back()
        with transaction():
            for row in rows:
                row.save(force_insert=False)
        assert dropped.pid in sees(party.ben)
        assert Journal(data).replay() == 1
        assert dropped.pid not in sees(party.ben)
        assert family.id in matching.due()
        assert self.inside(party, family) == pids(*party.items["anna"])

    def test_nobody_is_asked_to_let_it_out(self, party: Party) -> None:
        event = party.event()
        self.family(party, approval="owner")
        before = sharing.count_waiting(party.anna)
        party.drop(party.guest(event))
        assert sharing.count_waiting(party.anna) == before + 1  # at the event

    @pytest.mark.parametrize("approved", [True, False])
    def test_when_it_is_over_it_stays_as_it_was_decided(self, party: Party, approved: bool) -> None:
        event, family = party.event(), self.family(party)
        dropped = party.drop(party.guest(event))
        (waits,) = events.board(party.anna, event.pid).arrived
        if approved:
            events.decide(party.anna, event.pid, [waits.approval], "approve")
        party.events.close(party.anna, event.pid)
        let_in = pids(dropped) if approved else set()
        assert self.inside(party, family) == pids(*party.items["anna"]) | let_in

    def test_nor_does_it_go_on_to_another_event(self, party: Party) -> None:
        """By a query that is contributed there."""
        event, other = party.event(), party.event(name="Party", approval="none")
        party.join(other, party.ben)
        family = self.family(party)
        events.contribute_collection(party.anna, other.pid, family.pid)
        dropped = party.drop(party.guest(event))
        assert party.arrival(other, dropped) is None
        assert dropped.pid not in sees(party.ben)
        (waits,) = events.board(party.anna, event.pid).arrived
        events.decide(party.anna, event.pid, [waits.approval], "approve")
        assert dropped.pid in sees(party.ben)
