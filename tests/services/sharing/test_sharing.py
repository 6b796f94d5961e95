"""Sharing: offers to people, groups and collections, how each right ends, decisions, the ledger, the journal."""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services import access, catalogue, clock, collections, sharing
from services.collections import Draft
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import (
    Arrival,
    Audit,
    Collection,
    CollectionItem,
    Grant,
    Item,
    ItemLabel,
    Label,
    Share,
    Storage,
    User,
    counters,
    database,
    transaction,
)  # fmt: skip
from services.revocations import NAME, Journal
from services.sharing import Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@dataclass
class House:
    """Anna with a collection of two pictures; Ben, Cleo and Dora (a child) with nothing."""

    make: Make
    journal: Journal
    people: dict[str, Viewer]
    collection: Collection
    items: list[Item]

    def __getattr__(self, name: str) -> Viewer:
        return self.people[name]

    def sees(self, name: str) -> list[str]:
        return sorted(i.pid for i in access.visible_items(self.people[name]))

    def share(self, to: str = "ben", **terms: Any) -> Share:
        return sharing.offer(self.anna, self.collection.pid, {"user": to}, Terms(**terms))

    @property
    def pids(self) -> list[str]:
        return sorted(i.pid for i in self.items)


@pytest.fixture
def house(make: Make, data: Path) -> House:
    roles = {"anna": "adult", "ben": "adult", "cleo": "adult", "dora": "child"}
    users = {name: make.user(name, role=role) for name, role in roles.items()}
    items = [make.item(users["anna"], taken=n) for n in (1, 2)]
    collection = make.collection(users["anna"], "Lake", items=items)
    viewers = {name: make.viewer(user) for name, user in users.items()}
    return House(make, Journal(data), viewers, collection, items)


def test_a_share_is_a_right_and_its_end_is_the_end_of_it(house: House) -> None:
    share = house.share()
    assert house.sees("ben") == house.pids
    assert house.sees("cleo") == house.sees("dora") == []
    epoch = counters.read(counters.POLICY_EPOCH)
    receipt = sharing.revoke_share(house.anna, share.pid)
    assert (receipt.grants, receipt.people) == (1, ("ben",))
    assert house.sees("ben") == []
    assert counters.read(counters.POLICY_EPOCH) > epoch
    assert {row.action for row in Audit.select()} == {"shared", "revoked"}
    again = house.share()
    assert house.sees("ben") == house.pids
    assert again.pid != share.pid


def test_rights_are_what_the_terms_say(house: House) -> None:
    share = house.share(download=False, place=False)
    assert access.rights(house.ben, house.items[0]) == access.Rights()
    sharing.change(house.anna, share.pid, {"rights": ["view", "download", "reshare"], "place": True})
    assert access.rights(house.ben, house.items[0]) == access.Rights(
        download=True, reshare=True, place=True, whole=True
    )


def test_a_share_ends_by_the_clock(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    end = clock.now() + clock.HOUR
    house.share(expires=end)
    assert house.sees("ben") == house.pids
    monkeypatch.setattr(clock, "source", lambda: end / 1_000_000)
    assert house.sees("ben") == []
    assert [line.state for line in sharing.ledger(house.anna)] == ["expired"]
    with transaction():
        counters.raise_clock(end)
    monkeypatch.setattr(clock, "source", lambda: 5.0)  # a clock that was set back
    assert house.sees("ben") == []


def test_an_end_can_be_moved(house: House) -> None:
    share = house.share(expires=clock.now() + clock.HOUR)
    later = clock.now() + clock.DAY
    sharing.change(house.anna, share.pid, {"expires": later})
    assert Grant.get().expires_at == later
    sharing.change(house.anna, share.pid, {"expires": None})
    assert Grant.get().expires_at is None


@pytest.mark.parametrize(
    ("field", "to", "terms"),
    [
        ("to", {"user": "nobody"}, {}),
        ("to", {"user": "anna"}, {}),
        ("to", {"group": "none"}, {}),
        ("to", {"planet": "x"}, {}),
        ("to", {}, {}),
        ("to", {"user": "ben", "group": "x"}, {}),
        ("expires", {"user": "ben"}, {"expires": 1}),
        ("note", {"user": "ben"}, {"note": "x" * 1001}),
    ],
)
def test_bad_offers_say_where(house: House, field: str, to: dict[str, str], terms: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        sharing.offer(house.anna, house.collection.pid, to, Terms(**terms))
    assert caught.value.field == field
    assert (Share.select().count(), Grant.select().count()) == (0, 0)


def test_one_share_for_each(house: House) -> None:
    house.share()
    with pytest.raises(Conflict):
        house.share()


def test_only_ones_own_is_shared(house: House) -> None:
    house.share(reshare=True)
    with pytest.raises(NotFound):
        sharing.offer(house.ben, house.collection.pid, {"user": "cleo"}, Terms())
    share = Share.get()
    acts: list[Callable[[], Any]] = [
        lambda: sharing.change(house.ben, share.pid, {"place": False}),
        lambda: sharing.revoke_share(house.ben, share.pid),
        lambda: sharing.revoke(house.cleo, {"grant": Grant.get().pid}),
        lambda: sharing.leave(house.cleo, Grant.get().pid),
        lambda: sharing.withdraw(house.ben, [house.items[0].pid]),
        lambda: sharing.audience(house.ben, house.items[0].pid),
    ]
    for act in acts:
        with pytest.raises(NotFound):
            act()
    assert house.sees("ben") == house.pids


def test_a_collection_with_a_problem_is_not_shared(house: House) -> None:
    Collection.update(problem="The label it asks for is gone.").execute()
    with pytest.raises(UsageError, match="label it asks for"):
        house.share()


def test_a_disabled_person_shares_nothing(house: House) -> None:
    house.share()
    User.update(active=False).where(User.login == "anna").execute()
    assert house.sees("ben") == []
    with pytest.raises(AccessDenied):
        house.share("cleo")


class TestPassingOn:
    """A re-share needs the owner's word, and ends with it."""

    def passed(self, house: House, **terms: Any) -> Share:
        mine = house.share(**terms)
        his = collections.create(house.ben, Draft("From Anna"))
        collections.add(house.ben, his.pid, [house.items[0].pid])
        sharing.offer(house.ben, his.pid, {"user": "cleo"}, Terms(reshare=True))
        return mine

    def test_without_it_nobody_sees_it(self, house: House) -> None:
        self.passed(house)
        assert house.sees("cleo") == []

    def test_it_ends_with_the_grant_it_came_from(self, house: House) -> None:
        share = self.passed(house, reshare=True)
        assert house.sees("cleo") == [house.items[0].pid]
        assert {w.login: w.via for w in sharing.audience(house.anna, house.items[0].pid)} == {
            "ben": None, "cleo": "ben",
        }  # fmt: skip
        sharing.change(house.anna, share.pid, {"rights": ["view"]})
        assert house.sees("cleo") == []
        sharing.change(house.anna, share.pid, {"rights": ["view", "reshare"]})
        assert house.sees("cleo") == [house.items[0].pid]
        sharing.revoke(house.anna, {"user": "ben"})
        assert house.sees("cleo") == []

    def test_it_goes_no_further(self, house: House) -> None:
        self.passed(house, reshare=True)
        hers = collections.create(house.cleo, Draft("From Ben"))
        collections.add(house.cleo, hers.pid, [house.items[0].pid])
        sharing.offer(house.cleo, hers.pid, {"user": "dora"}, Terms())
        assert house.sees("dora") == []


class TestEnds:
    """Each way a right ends, for whom, and what comes back."""

    def test_one_grant(self, house: House) -> None:
        house.share("ben")
        house.share("cleo")
        grant = Grant.get(Grant.user == house.ben.user_id)
        assert sharing.revoke(house.anna, {"grant": grant.pid}).people == ("ben",)
        assert (house.sees("ben"), house.sees("cleo")) == ([], house.pids)
        assert [s.ended_why for s in Share.select().order_by(Share.id)] == ["revoked", ""]

    def test_everything_to_one_person(self, house: House) -> None:
        other = house.make.collection(User.get(User.login == "anna"), items=[house.items[1]])
        house.share("ben")
        sharing.offer(house.anna, other.pid, {"user": "ben"}, Terms())
        house.share("cleo")
        receipt = sharing.revoke(house.anna, {"user": "ben"})
        assert (receipt.grants, receipt.people) == (2, ("ben",))
        assert (house.sees("ben"), house.sees("cleo")) == ([], house.pids)

    def test_a_recipient_leaves(self, house: House) -> None:
        house.share()
        sharing.leave(house.ben, Grant.get().pid)
        assert house.sees("ben") == []
        assert Grant.get().state == "left"
        with pytest.raises(NotFound):
            sharing.leave(house.ben, Grant.get().pid)

    def test_one_item_and_back(self, house: House) -> None:
        house.share()
        first, second = house.items
        receipt = sharing.withdraw(house.anna, [first.pid])
        assert (receipt.items, receipt.people) == (1, ("ben",))
        assert house.sees("ben") == [second.pid]
        assert house.sees("anna") == house.pids
        assert sharing.unwithdraw(house.anna, [first.pid]) == 1
        assert house.sees("ben") == house.pids

    def test_a_storage_and_what_comes_into_it(self, house: House) -> None:
        house.share()
        storage = house.make.storage(User.get(User.login == "anna"))
        house.make.file(storage, asset=house.make.asset(house.items[0]))
        receipt = sharing.revoke(house.anna, {"storage": storage.pid})
        assert receipt.items == 1
        assert house.sees("ben") == [house.items[1].pid]
        assert Storage.get_by_id(storage.id).withheld_at is not None

    @pytest.mark.parametrize("what", [{}, {"grant": "x"}, {"user": "x"}, {"storage": "x"}, {"planet": "x"}])
    def test_what_is_not_there(self, house: House, what: dict[str, str]) -> None:
        with pytest.raises((NotFound, UsageError)):
            sharing.revoke(house.anna, what)


class TestGroups:
    """What is shared with a group follows who is in it."""

    def family(self, house: House) -> str:
        group = sharing.make_group(house.anna, "Family")
        sharing.join_group(house.anna, group.pid, "ben")
        return group.pid

    def test_who_is_in_it_sees_it(self, house: House) -> None:
        pid = self.family(house)
        sharing.offer(house.anna, house.collection.pid, {"group": pid}, Terms())
        assert (house.sees("ben"), house.sees("cleo")) == (house.pids, [])
        sharing.join_group(house.ben, pid, "cleo")
        assert house.sees("cleo") == house.pids
        assert sharing.leave_group(house.anna, pid, "ben") == 1
        assert (house.sees("ben"), house.sees("cleo")) == ([], house.pids)
        sharing.join_group(house.anna, pid, "ben")
        assert house.sees("ben") == house.pids
        assert [g.people for g in sharing.list_groups(house.dora)] == [("anna", "ben", "cleo")]

    def test_a_group_that_ends(self, house: House) -> None:
        pid = self.family(house)
        sharing.offer(house.anna, house.collection.pid, {"group": pid}, Terms())
        sharing.remove_group(house.ben, pid)
        assert house.sees("ben") == []
        assert sharing.list_groups(house.anna) == []
        sharing.make_group(house.anna, "Family")  # its name is free again

    def test_who_may(self, house: House) -> None:
        pid = self.family(house)
        with pytest.raises(AccessDenied):
            sharing.make_group(house.dora, "Children")
        with pytest.raises(NotFound):
            sharing.join_group(house.cleo, pid, "cleo")
        with pytest.raises(Conflict):
            sharing.make_group(house.cleo, "FAMILY")


class TestContributions:
    """What others give to a collection that asks for it."""

    def given(self, house: House, arrivals: str = "owner") -> Item:
        collections.edit(house.anna, house.collection.pid, {"arrivals": arrivals})
        house.share("ben", contribute=True)
        house.share("cleo")
        item = house.make.item(User.get(User.login == "ben"), taken=9)
        his = house.make.collection(User.get(User.login == "ben"), "For Anna", items=[item])
        sharing.offer(house.ben, his.pid, {"collection": house.collection.pid}, Terms())
        return item

    def test_it_waits_for_the_owner(self, house: House) -> None:
        item = self.given(house)
        assert item.pid not in house.sees("anna") + house.sees("cleo")
        assert access.get_item(house.anna, item.pid).id == item.id  # to decide
        (waits,) = sharing.waiting(house.anna)
        assert (waits.side, waits.item.pid, waits.by) == ("in", item.pid, "ben")
        assert sharing.waiting(house.ben) == sharing.waiting(house.cleo) == []
        undo = sharing.decide(house.anna, [waits.pid], "approve")
        assert item.pid in house.sees("anna")
        assert item.pid in house.sees("cleo")
        assert collections.why(house.anna, house.collection.pid, item.pid)["how"] == "contributed"
        assert sharing.undo(house.anna, undo) == 1
        assert item.pid not in house.sees("cleo")
        assert len(sharing.waiting(house.anna)) == 1

    def test_where_nobody_asks_it_is_in_at_once(self, house: House) -> None:
        item = self.given(house, "none")
        assert item.pid in house.sees("cleo")
        grant = Grant.get(Grant.kind == "collection")
        sharing.revoke(house.ben, {"grant": grant.pid})
        assert item.pid not in house.sees("cleo") + house.sees("anna")

    def test_it_can_be_given_again(self, house: House) -> None:
        item = self.given(house)
        sharing.decide(house.anna, [sharing.waiting(house.anna)[0].pid], "approve")
        grant = Grant.get(Grant.kind == "collection")
        sharing.revoke(house.ben, {"grant": grant.pid})
        assert item.pid not in house.sees("cleo")
        his = Collection.get(Collection.name == "For Anna")
        sharing.offer(house.ben, his.pid, {"collection": house.collection.pid}, Terms())
        assert item.pid in house.sees("cleo")  # as it was decided before

    def test_what_was_rejected_stays_so(self, house: House) -> None:
        item = self.given(house)
        sharing.decide(house.anna, [sharing.waiting(house.anna)[0].pid], "reject")
        assert sharing.waiting(house.anna) == []
        assert item.pid not in house.sees("cleo")
        with transaction():
            assert sharing.arrive(Grant.get(Grant.kind == "collection")) == 0
        assert Arrival.get().state == "rejected"

    def test_who_was_not_asked_gives_nothing(self, house: House) -> None:
        house.share("cleo")
        hers = house.make.collection(User.get(User.login == "cleo"), "For Anna")
        with pytest.raises(AccessDenied):
            sharing.offer(house.cleo, hers.pid, {"collection": house.collection.pid}, Terms())
        with pytest.raises(NotFound):
            sharing.offer(house.ben, house.make.collection(User.get(User.login == "ben")).pid,
                          {"collection": house.collection.pid}, Terms())  # fmt: skip


class TestGoingOut:
    """A collection that asks its owner about each new match."""

    def test_it_waits_and_is_decided(self, house: House) -> None:
        house.share()
        item = house.make.item(User.get(User.login == "anna"), taken=9)
        house.make.member(house.collection, item, approval="pending")
        assert item.pid not in house.sees("ben")
        (waits,) = sharing.waiting(house.anna)
        assert (waits.side, waits.item.pid) == ("out", item.pid)
        sharing.decide(house.anna, [waits.pid], "approve")
        assert item.pid in house.sees("ben")
        sharing.decide(house.anna, [waits.pid], "reject")
        assert item.pid not in house.sees("ben")
        assert CollectionItem.get(CollectionItem.item == item).approval == "rejected"

    @pytest.mark.parametrize("pids", [["nonsense"], ["out.a.b"], ["in.a.b"], [], ["x"] * 1001])
    def test_what_is_not_there_to_decide(self, house: House, pids: list[str]) -> None:
        with pytest.raises((NotFound, UsageError)):
            sharing.decide(house.anna, pids, "approve")

    def test_it_is_not_for_others_to_decide(self, house: House) -> None:
        house.share()
        house.make.member(
            house.collection, house.make.item(User.get(User.login == "anna")), approval="pending"
        )
        (waits,) = sharing.waiting(house.anna)
        with pytest.raises(NotFound):
            sharing.decide(house.ben, [waits.pid], "approve")
        undo = sharing.decide(house.anna, [waits.pid], "approve")
        with pytest.raises(NotFound):
            sharing.undo(house.ben, undo)


class TestLedger:
    """Who has what of mine, and who sees a picture."""

    def test_lines(self, house: House) -> None:
        house.share("ben")
        house.share("cleo")
        lines = sharing.ledger(house.anna)
        assert [(line.to, line.collection, line.state) for line in lines] == [
            ("cleo", "Lake", "active"), ("ben", "Lake", "active"),
        ]  # fmt: skip
        assert [line.to for line in sharing.ledger(house.anna, to="ben")] == ["ben"]
        assert [line.to for line in sharing.ledger(house.anna, before=lines[0].grant.id)] == ["ben"]
        sharing.revoke(house.anna, {"user": "ben"})
        assert [line.to for line in sharing.ledger(house.anna)] == ["cleo"]
        assert [(line.to, line.state) for line in sharing.ledger(house.anna, ended=True)] == [
            ("ben", "revoked")
        ]
        assert sharing.ledger(house.ben) == []

    def test_the_audience_is_who_sees_it(self, house: House) -> None:
        item = house.items[0]
        assert sharing.audience(house.anna, item.pid) == []
        house.share("ben")
        assert [(w.login, w.collection) for w in sharing.audience(house.anna, item.pid)] == [("ben", "Lake")]
        sharing.withdraw(house.anna, [item.pid])
        assert sharing.audience(house.anna, item.pid) == []


class TestJournal:
    """An older catalogue in the place of the newer one revives nothing."""

    def older(self, data: Path) -> Path:
        database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        copy = data / "older.db"
        shutil.copy(data / database.FILE_NAME, copy)
        return copy

    @pytest.mark.skipif(
        "HYPOMOS_TEST_DATABASE_URL" in __import__("os").environ, reason="a file is put in place"
    )
    def test_it_is_replayed(self, house: House, data: Path) -> None:
        share = house.share("ben")
        house.share("cleo")
        copy = self.older(data)
        sharing.revoke_share(house.anna, share.pid)
        sharing.withdraw(house.anna, [house.items[0].pid])
        sharing.withdraw(house.anna, [house.items[1].pid])
        sharing.unwithdraw(house.anna, [house.items[1].pid])
        database.close()
        for suffix in ("-wal", "-shm"):
            (data / f"{database.FILE_NAME}{suffix}").unlink(missing_ok=True)
        shutil.copy(copy, data / database.FILE_NAME)
        database.connect("", data)
        assert house.sees("ben") == house.pids  # the older catalogue knows nothing of it
        assert Journal(data).replay() == 3, "a share, its grant, and a picture"
        assert house.sees("ben") == []
        assert house.sees("cleo") == [house.items[1].pid]
        assert Journal(data).replay() == 0

    def test_what_failed_did_not_end(self, house: House, data: Path) -> None:
        with pytest.raises(RuntimeError), house.journal.noting([("item", house.items[0].pid)]):
            raise RuntimeError
        assert Journal(data).replay() == 0
        assert house.sees("anna") == house.pids

    def test_what_was_noted_and_never_committed_ends(self, house: House, data: Path) -> None:
        """Killed in between: whoever wanted it ended has it ended."""
        house.share()
        line = {"at": 1, "kind": "grant", "id": Grant.get().pid, "what": "ended"}
        (data / NAME).write_text(json.dumps(line) + "\nnonsense\n[]\n")
        assert house.journal.replay() == 1
        assert house.sees("ben") == []

    def test_it_is_nobodys_to_read(self, house: House, data: Path) -> None:
        share = house.share()
        sharing.revoke_share(house.anna, share.pid)
        assert (data / NAME).stat().st_mode & 0o077 == 0


def test_what_is_labelled_private_is_counted_before_it_goes_out(house: House) -> None:
    one, two = house.items
    card = collections.get(house.anna, house.collection.pid)
    catalogue.edit(house.anna, one.pid, {"labels": ["Private"]})
    catalogue.edit(house.anna, two.pid, {"labels": ["privat", "family"]})
    catalogue.edit(
        house.anna, house.make.item(User.get_by_id(house.anna.user_id)).pid, {"labels": ["private"]}
    )
    assert sharing.private_in(house.anna, card) == 2, "one that is not in it does not go out"
    assert sharing.private_seen(house.anna, "ben") == 0
    house.share()
    assert sharing.private_seen(house.anna, "ben") == 2
    house.make.item(User.get_by_id(house.ben.user_id))
    assert sorted(i.pid for i in sharing.preview(house.anna, "ben").items) == house.pids, (
        "Ben's own is not told"
    )
    sharing.withdraw(house.anna, [one.pid])
    assert (sharing.private_in(house.anna, card), sharing.private_seen(house.anna, "ben")) == (1, 1)
    catalogue.edit(house.anna, two.pid, {"labels": []})
    catalogue.edit(house.ben, two.pid, {"labels": ["private"]})
    assert sharing.private_in(house.anna, card) == 0, "what others call it is theirs"
    label = Label.get(Label.name_fold == "private")
    ItemLabel.create(item=two, label=label, source="file", created_at=0)
    assert sharing.private_in(house.anna, card) == 0, "nor did the owner say it"
