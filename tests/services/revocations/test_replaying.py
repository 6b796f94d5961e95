"""Every way in which a right ends, done in a catalogue that is then replaced by the one before."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from services import access, accounts, clock, collections, screens, sharing
from services.accounts import OPERATOR, Passwords
from services.adapters import Adapters
from services.catalogue.merging import merge
from services.collections import Draft
from services.connecting import Connecting
from services.jobs import Jobs
from services.models import (
    CollectionItem,
    Credential,
    Device,
    Grant,
    Group,
    Item,
    Membership,
    Session,
    Share,
    Storage,
    User,
    database,
    transaction,
)
from services.revocations import Journal
from services.sharing import Links, LinkTerms, Terms
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.skipif(
    "HYPOMOS_TEST_DATABASE_URL" in os.environ, reason="a file is put in place of another"
)


class House:
    """Anna with a picture in a storage, shared with Ben in one way or another."""

    def __init__(self, make: Make, data: Path) -> None:
        self.data, self.journal = data, Journal(data)
        anna, ben = (make.user(name) for name in ("anna", "ben"))
        self.user = {"anna": anna, "ben": ben}
        self.anna, self.ben = make.viewer(anna), make.viewer(ben)
        self.item = make.item(anna, taken=1)
        asset = make.asset(self.item)
        Item.update(cover_id=asset.id).execute()
        self.storage = make.storage(anna)
        make.file(self.storage, asset=asset)
        self.collection = make.collection(anna, "Lake", items=[self.item])
        ticks = iter(range(clock.now() + 1, clock.now() + 10**6))
        self.tick: Callable[[], float] = lambda: next(ticks) / 1_000_000

    def share(self) -> str:
        return str(sharing.offer(self.anna, self.collection.pid, {"user": "ben"}, Terms()).pid)

    def sees(self, viewer: Viewer | None = None) -> bool:
        return access.visible_items(viewer or self.ben).where(Item.id == self.item.id).exists()

    def back(self, older: Path) -> None:
        database.close()
        for suffix in ("-wal", "-shm"):
            (self.data / f"{database.FILE_NAME}{suffix}").unlink(missing_ok=True)
        shutil.copy(older, self.data / database.FILE_NAME)
        database.connect("", self.data)

    def copy(self) -> Path:
        database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return Path(shutil.copy(self.data / database.FILE_NAME, self.data / "older.db"))


@pytest.fixture
def house(make: Make, data: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    house = House(make, data)
    monkeypatch.setattr(clock, "source", house.tick)
    return house


def connecting(data: Path) -> Connecting:
    from config import load

    return Connecting(load(data, {"HYPOMOS_NODE": "here"}), Jobs(lambda lane, job: None, "here"), Adapters())


ENDS: dict[str, Callable[[House], object]] = {
    "share": lambda h: sharing.revoke_share(h.anna, h.share_pid),  # type: ignore[attr-defined]
    "person": lambda h: sharing.revoke(h.anna, {"user": "ben"}),
    "storage": lambda h: sharing.revoke(h.anna, {"storage": h.storage.pid}),
    "item": lambda h: sharing.withdraw(h.anna, [h.item.pid]),
    "left": lambda h: sharing.leave(h.ben, sharing.ledger(h.anna)[0].grant.pid),
    "collection": lambda h: collections.delete(h.anna, h.collection.pid),
    "owner disabled": lambda h: accounts.disable_person(OPERATOR, h.user["anna"].pid),
    "storage removed": lambda h: connecting(h.data).remove(h.anna, h.storage.pid),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_an_older_catalogue_revives_nothing(house: House, end: Callable[[House], object]) -> None:
    house.share_pid = house.share()  # type: ignore[attr-defined]
    older = house.copy()
    assert house.sees()
    end(house)
    assert not house.sees()
    house.back(older)
    assert house.sees()  # it knows nothing of it
    assert house.journal.replay() > 0
    assert not house.sees()
    assert house.journal.replay() == 0


def test_a_storage_that_is_connected_again_is_not_removed_again(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    service = connecting(house.data)
    Storage.update(root=str(folder).encode()).execute()
    house.share()
    service.remove(house.anna, house.storage.pid)
    assert (
        service.add_local(OPERATOR, "Photos", str(folder), owner=house.user["anna"]).pid == house.storage.pid
    )
    assert house.journal.replay() == 0
    assert not house.sees()  # what others saw of it comes back by its owner's word alone
    older = house.copy()
    sharing.unwithdraw(house.anna, [house.item.pid])
    house.back(older)
    assert house.journal.replay() == 0
    assert Storage.get().removed_at is None


def test_what_was_given_back_after_its_storage_was_withheld_stays(house: House) -> None:
    house.share()
    older = house.copy()
    sharing.revoke(house.anna, {"storage": house.storage.pid})
    sharing.unwithdraw(house.anna, [house.item.pid])
    assert house.sees()
    house.back(older)
    assert house.journal.replay() == 1
    assert house.sees()
    assert Storage.get().withheld_at is not None


def test_a_disabled_person_stays_out_until_let_in_again(house: House, data: Path) -> None:
    accounts.add_person(OPERATOR, Passwords(time_cost=1, memory_kib=64), "cleo", password="a lake at dawn!")
    cleo = User.get(User.login == "cleo")
    accounts.create_token(accounts.viewer_for("cleo"), "app")
    Session.create(
        pid="s", secret="s", user=cleo, cred_version=1, created_at=1, seen_at=1, expires_at=clock.now() * 2
    )
    older = house.copy()
    accounts.disable_person(OPERATOR, cleo.pid)
    house.back(older)
    assert house.journal.replay() == 1
    assert not User.get_by_id(cleo.id).active
    assert Session.select().count() == 0
    assert (
        not Credential.select().where((Credential.kind == "app") & Credential.revoked_at.is_null()).exists()
    )
    accounts.enable_person(OPERATOR, cleo.pid)
    assert house.journal.replay() == 0


def test_a_token_stays_revoked(house: House) -> None:
    made = accounts.create_token(accounts.viewer_for("anna"), "app")
    older = house.copy()
    accounts.revoke_token(OPERATOR, made.info.pid)
    house.back(older)
    assert house.journal.replay() == 1
    assert Credential.get(Credential.pid == made.info.pid).revoked_at is not None


def grouped(house: House) -> str:
    pid = sharing.make_group(house.anna, "Family").pid
    sharing.join_group(house.anna, pid, "ben")
    sharing.offer(house.anna, house.collection.pid, {"group": pid}, Terms())
    return pid


def test_who_left_a_group_is_not_in_it_again(house: House) -> None:
    pid = grouped(house)
    older = house.copy()
    sharing.leave_group(house.anna, pid, "ben")
    house.back(older)
    assert house.journal.replay() == 2  # the grant, and being in the group
    assert not house.sees()
    assert Membership.select().count() == 1
    sharing.join_group(house.anna, pid, "ben")
    assert house.journal.replay() == 0


def test_a_dissolved_group_is_gone(house: House) -> None:
    pid = grouped(house)
    older = house.copy()
    sharing.remove_group(house.anna, pid)
    house.back(older)
    assert house.journal.replay() == 3
    assert not house.sees()
    assert Group.get().ended_at is not None
    assert Membership.select().count() == 0
    assert sharing.make_group(house.anna, "Family").people == ("anna",)


def test_what_was_rejected_stays_rejected(house: House, make: Make) -> None:
    asking = make.collection(house.user["anna"], "Asks", approval="owner")
    make.member(asking, house.item, approval="pending")
    sharing.offer(house.anna, asking.pid, {"user": "ben"}, Terms())
    (out,) = sharing.waiting(house.anna)
    sharing.decide(house.anna, [out.pid], "approve")
    older = house.copy()
    undone = sharing.decide(house.anna, [out.pid], "reject")
    house.back(older)
    assert house.sees()
    assert house.journal.replay() == 1
    assert not house.sees()
    sharing.decide(house.anna, [out.pid], "approve")
    assert house.journal.replay() == 0
    assert undone


def test_what_was_let_in_and_then_rejected_stays_out(house: House) -> None:
    his = collections.create(house.ben, Draft("Party"), {"arrivals": "owner"})
    sharing.offer(house.ben, his.pid, {"user": "anna"}, Terms(contribute=True))
    sharing.offer(house.anna, house.collection.pid, {"collection": his.pid}, Terms())
    (came,) = sharing.waiting(house.ben)
    sharing.decide(house.ben, [came.pid], "approve")
    older = house.copy()
    undone = sharing.decide(house.ben, [came.pid], "reject")
    house.back(older)
    assert house.sees()
    assert house.journal.replay() == 1
    assert not house.sees()
    assert undone


def test_an_undone_rejection_is_none(house: House, make: Make) -> None:
    asking = make.collection(house.user["anna"], "Asks", approval="owner")
    make.member(asking, house.item, approval="approved")
    undone = sharing.decide(house.anna, [f"out.{asking.pid}.{house.item.pid}"], "reject")
    sharing.undo(house.anna, undone)
    assert house.journal.replay() == 0


TV = "192.168.1.40", "a4:83:e7:11:22:33"


def televised(house: House) -> str:
    """Anna has let a television in, which shows her collection; answers its device."""
    device = screens.identify(*TV).pid
    screen = screens.approve(house.anna, device, name="Living room")
    sharing.offer(house.anna, house.collection.pid, {"screen": screen.pid}, Terms())
    return device


def shows(house: House) -> bool:
    viewer = screens.identify(*TV).viewer
    return viewer is not None and house.sees(viewer)


@pytest.mark.parametrize("end", [screens.refuse, screens.ask_again])
def test_a_device_that_was_turned_away_stays_out_until_it_is_let_in_again(
    house: House, end: Callable[[Viewer, str], None]
) -> None:
    device = televised(house)
    older = house.copy()
    before = screens.identify(*TV)
    end(house.anna, device)
    house.back(older)
    assert shows(house)
    assert house.journal.replay() == 1
    assert not shows(house)
    assert screens.identify(*TV).version > before.version, "what was signed before is void"
    assert house.journal.replay() == 0
    screens.approve(house.anna, device, screen=screens.cards(house.anna)[0].screen.pid)
    assert house.journal.replay() == 0
    assert shows(house)


def test_a_grant_to_a_screen_is_not_revived(house: House) -> None:
    televised(house)
    older = house.copy()
    sharing.revoke(house.anna, {"grant": Grant.get().pid})
    house.back(older)
    assert shows(house)
    assert house.journal.replay() == 1
    assert not shows(house)


def test_a_screen_that_ended_is_gone_with_all_that_it_showed(house: House) -> None:
    televised(house)
    older = house.copy()
    screens.remove(house.anna, screens.cards(house.anna)[0].screen.pid)
    house.back(older)
    assert shows(house)
    assert house.journal.replay() == 2, "the grant, and the screen with its device"
    assert not shows(house)
    assert screens.cards(house.anna) == []
    assert Device.get().state == "unknown"
    assert Share.get().ended_at is not None
    assert house.journal.replay() == 0


def test_what_an_older_catalogue_alone_shows_there_ends_with_it(house: House) -> None:
    """The journal names what was shown when the screen ended; the catalogue before it may show more."""
    televised(house)
    older = house.copy()
    Grant.delete().execute()
    screens.remove(house.anna, screens.cards(house.anna)[0].screen.pid)
    house.back(older)
    assert house.journal.replay() == 1
    assert Grant.get().state == "revoked"
    assert Share.get().ended_why == "revoked"


def test_what_was_withdrawn_as_one_is_withdrawn_where_it_was_two(house: House, make: Make) -> None:
    """Two items became one, and that was withdrawn: the older catalogue shows the second one by itself."""
    twin = make.item(house.user["anna"], taken=2)
    make.member(house.collection, twin)
    house.share()
    older = house.copy()
    with transaction():
        merge(Item.get_by_id(house.item.id), Item.get_by_id(twin.id))
    sharing.withdraw(house.anna, [house.item.pid])
    house.back(older)
    assert access.visible_items(house.ben).count() == 2
    house.journal.replay()
    assert access.visible_items(house.ben).count() == 0


def test_only_the_pairs_that_were_rejected_are(house: House, make: Make) -> None:
    twin = make.item(house.user["anna"], taken=2)
    others = [make.collection(house.user["anna"], name) for name in ("One", "Two")]
    noted = []
    for place, collection in enumerate(others):
        for number, item in enumerate((house.item, twin)):
            make.member(collection, item, approval="approved", decided_at=1)
            if place == number:
                noted.append(("out", f"{collection.pid} {item.pid}"))
    with house.journal.noting(noted):
        pass
    assert house.journal.replay() == 2
    rejected = CollectionItem.select().where(CollectionItem.approval == "rejected")
    assert {("out", f"{row.collection.pid} {row.item.pid}") for row in rejected} == set(noted)


def test_a_link_keeps_out_whoever_its_new_password_sent_out(house: House) -> None:
    links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    link = links.make(house.anna, house.collection.pid, LinkTerms())
    guest = links.exchange(link.secret or "", ip="203.0.113.7")
    viewer = sharing.visit(guest.pid, guest.secret).viewer
    older = Path(shutil.copy(house.copy(), house.data / "first.db"))
    links.change(house.anna, link.share.pid, {"password": "blue boat"})
    newer = Path(shutil.copy(house.copy(), house.data / "second.db"))
    assert house.journal.replay() == 0
    house.back(older)
    assert house.sees(viewer)
    assert house.journal.replay() == 1  # the link without a password, and with it the guest
    assert not access.holds(viewer)
    assert not house.sees(viewer)
    assert links.get(house.anna, link.share.pid).state == "paused", "its owner may renew it"
    assert house.journal.replay() == 0
    house.back(newer)
    links.change(house.anna, link.share.pid, {"password": None})
    links.change(house.anna, link.share.pid, {"password": None})
    assert house.journal.replay() == 0, "it is to have none again"
    house.back(newer)
    assert house.journal.replay() == 1, "that password is the old one now"


def test_a_guest_who_left_stays_out(house: House) -> None:
    links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    link = links.make(house.anna, house.collection.pid, LinkTerms())
    guest = links.exchange(link.secret or "", ip="203.0.113.7")
    viewer = sharing.visit(guest.pid, guest.secret).viewer
    older = house.copy()
    sharing.leave_visit(viewer)
    house.back(older)
    assert house.journal.replay() == 1
    assert not access.holds(viewer)


def answer(house: House, decision: str) -> str:
    """Ben's answer to what waits for him; answers the id of its undoing."""
    return sharing.decide(house.ben, [o.pid for o in sharing.offered(house.ben)], decision)  # type: ignore[arg-type]


@pytest.fixture
def offered(house: House) -> House:
    """Ben wants to be asked first, and something waits for him."""
    User.update(ask_first=True).where(User.login == "ben").execute()
    house.share()
    assert not house.sees()
    return house


def test_what_was_declined_does_not_wait_again(offered: House) -> None:
    older = offered.copy()
    answer(offered, "reject")
    offered.back(older)
    assert len(sharing.offered(offered.ben)) == 1  # it knows nothing of it
    assert offered.journal.replay() == 1
    assert (sharing.offered(offered.ben), Grant.get().state) == ([], "declined")
    assert not offered.sees()
    assert offered.journal.replay() == 0


def test_what_was_accepted_since_is_asked_again(offered: House) -> None:
    older = offered.copy()
    answer(offered, "approve")
    assert offered.sees()
    offered.back(older)
    assert offered.journal.replay() == 0
    assert not offered.sees()
    answer(offered, "approve")
    assert offered.sees()


def test_an_acceptance_that_was_taken_back_is_none(offered: House) -> None:
    undo = answer(offered, "approve")
    older = offered.copy()
    sharing.undo(offered.ben, undo)
    offered.back(older)
    assert offered.sees()
    assert offered.journal.replay() == 1
    assert not offered.sees()
    assert len(sharing.offered(offered.ben)) == 1
    assert offered.journal.replay() == 0
    answer(offered, "approve")
    assert offered.journal.replay() == 0
    assert offered.sees()  # the last word holds


def test_what_was_declined_and_taken_back_waits(offered: House) -> None:
    older = offered.copy()
    sharing.undo(offered.ben, answer(offered, "reject"))
    offered.back(older)
    assert offered.journal.replay() == 0
    assert len(sharing.offered(offered.ben)) == 1


def test_what_waits_and_was_revoked_does_not_wait_again(offered: House) -> None:
    older = offered.copy()
    sharing.revoke(offered.anna, {"user": "ben"})
    offered.back(older)
    assert offered.journal.replay() > 0
    assert sharing.offered(offered.ben) == []


def test_what_was_declined_and_ended_for_good_is_not_undone_in_an_older_catalogue(offered: House) -> None:
    undo = answer(offered, "reject")
    older = offered.copy()
    sharing.revoke(offered.anna, {"user": "ben"})
    offered.back(older)
    sharing.undo(offered.ben, undo)  # it knows that it was declined, and not that all was ended
    assert offered.journal.replay() == 1
    assert (sharing.offered(offered.ben), offered.sees()) == ([], False)
