"""What others pass on of an owner's: who is told of it, how it is counted, and that she ends it alone."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from services import access, clock, collections, sharing
from services.errors import NotFound
from services.models import (
    Audit,
    Collection,
    Event,
    EventPerson,
    Grant,
    Item,
    Passing,
    Screen,
    Share,
    User,
    counters,
    database,
)  # fmt: skip
from services.revocations import Journal
from services.sharing import Openings, Passed, Terms
from services.viewers import Viewer
from tests.factories import Make
from tests.statements import noted

pytestmark = pytest.mark.db


@dataclass
class House:
    """Anna lets Ben pass on her Lake; he has put one of its two pictures into his Mine, with one of his own."""

    make: Make
    anna: Viewer
    ben: Viewer
    cleo: Viewer
    lake: Collection
    mine: Collection
    items: list[Item]
    his: Item
    given: Grant

    def pass_on(self, to: str = "cleo", **terms: object) -> Grant:
        share = sharing.offer(self.ben, self.mine.pid, {"user": to}, Terms(**terms))  # type: ignore[arg-type]
        return Grant.get(Grant.share == share)

    def told(self) -> list[Passed]:
        (line,) = sharing.ledger(self.anna)
        (offered,) = sharing.offers(self.anna)
        assert offered.lines == (line,)
        return list(line.passed)

    def sees(self, viewer: Viewer) -> set[int]:
        return {item.id for item in access.visible_items(viewer)}


@pytest.fixture
def house(make: Make) -> House:
    anna, ben, cleo = (make.user(name) for name in ("anna", "ben", "cleo"))
    items = [make.item(anna, taken=n) for n in (1, 2)]
    his = make.item(ben, taken=3)
    lake, mine = (
        make.collection(anna, "Lake", items=items),
        make.collection(ben, "Mine", items=[items[0], his]),
    )
    a, b, c = (make.viewer(user) for user in (anna, ben, cleo))
    share = sharing.offer(a, lake.pid, {"user": "ben"}, Terms(reshare=True))
    return House(make, a, b, c, lake, mine, items, his, Grant.get(Grant.share == share))


def test_an_owner_is_told_to_whom_it_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert house.told() == []
    later = clock.now() + clock.MINUTE
    monkeypatch.setattr(clock, "source", lambda: later / 1_000_000)
    grant = house.pass_on(download=False, expires=later + clock.HOUR)
    (passed,) = house.told()
    assert passed == Passed(
        "ben", grant.pid, "user", "cleo", "", "Lake", house.given.pid, 1, False, True, later, later + clock.HOUR,
        0, None,
    )  # fmt: skip
    assert "Mine" not in str(passed), "what it is called there is his"
    assert sharing.passed_to(house.anna, "Cleo") == [passed]
    assert sharing.passed_to(house.anna, "ben") == sharing.passed_to(house.anna, "nobody") == []
    assert sharing.passed_to(house.cleo, "cleo") == []
    (line,) = sharing.ledger(house.ben)
    assert line.passed == ()


def test_the_sooner_end_of_both_is_told(house: House) -> None:
    house.pass_on()
    end = clock.now() + clock.DAY
    sharing.change(house.anna, house.given.share.pid, {"expires": end})
    assert [passed.until for passed in house.told()] == [end]


@pytest.mark.parametrize("why", ["put in", "no right", "withdrawn", "taken out", "ended", "hers"])
def test_nobody_is_named_who_sees_nothing(house: House, why: str) -> None:
    if why == "hers":
        house.pass_on("anna")
        assert house.told() == []
        return
    grant = house.pass_on()
    assert house.sees(house.cleo) == {house.items[0].id, house.his.id}
    if why == "put in":
        collections.remove(house.ben, house.mine.pid, [house.items[0].pid])
    elif why == "no right":
        sharing.change(house.anna, house.given.share.pid, {"rights": ["view"]})
    elif why == "withdrawn":
        sharing.withdraw(house.anna, [house.items[0].pid])
    elif why == "taken out":
        collections.remove(house.anna, house.lake.pid, [house.items[0].pid])
    else:
        sharing.revoke(house.ben, {"grant": grant.pid})
    assert house.told() == []
    with pytest.raises(NotFound):
        sharing.revoke(house.anna, {"grant": grant.pid})
    assert not Passing.select().exists()


def test_what_is_opened_is_counted_of_the_owners_alone(house: House) -> None:
    house.pass_on()
    openings = Openings()
    openings.note(house.cleo, house.his)
    openings.note(house.ben, house.items[0])
    assert [passed.opened for passed in house.told()] == [0]
    openings.note(house.cleo, house.items[0])
    (passed,) = house.told()
    assert (passed.opened, passed.opened_at is not None) == (1, True)
    Openings().note(house.cleo, house.items[0])
    assert [passed.opened for passed in house.told()] == [2]
    assert Grant.get(Grant.pid == passed.grant).opened == 3, "of his line all of it"


def test_it_ends_alone(house: House) -> None:
    grant = house.pass_on()
    epoch = counters.read(counters.POLICY_EPOCH)
    receipt = sharing.revoke(house.anna, {"grant": grant.pid})
    assert (receipt.grants, receipt.people) == (1, ("cleo",))
    assert counters.read(counters.POLICY_EPOCH) > epoch
    last = sharing.latest(house.anna)
    assert last is not None
    assert (last.grants, last.people) == (1, ("cleo",))
    assert Audit.select().order_by(Audit.id.desc()).get().action == "revoked"
    assert house.sees(house.cleo) == {house.his.id}
    assert house.sees(house.ben) == {house.items[0].id, house.items[1].id, house.his.id}
    assert house.told() == []
    with pytest.raises(NotFound):
        sharing.revoke(house.anna, {"grant": grant.pid})
    sharing.revoke(house.ben, {"grant": grant.pid})
    house.pass_on()
    assert [passed.to for passed in house.told()] == ["cleo"], "shared anew it is another right, and told of"


def test_of_several_owners_each_ends_their_own(house: House) -> None:
    dora = house.make.user("dora")
    hers = house.make.item(dora)
    sharing.offer(
        house.make.viewer(dora), house.make.collection(dora, items=[hers]).pid, {"user": "ben"}, Terms(reshare=True)
    )  # fmt: skip
    house.make.member(house.mine, hers)
    grant = house.pass_on()
    sharing.revoke(house.anna, {"grant": grant.pid})
    assert house.sees(house.cleo) == {hers.id, house.his.id}


def test_nothing_of_it_comes_by_another_collection_of_hers(house: House) -> None:
    more = house.make.collection(User.get(User.login == "anna"), "More", items=[house.items[0]])
    sharing.offer(house.anna, more.pid, {"user": "ben"}, Terms(reshare=True))
    grant = house.pass_on()
    assert {each.collection for line in sharing.ledger(house.anna) for each in line.passed} == {
        "Lake",
        "More",
    }
    sharing.revoke(house.anna, {"grant": grant.pid})
    assert house.sees(house.cleo) == {house.his.id}


def test_who_comes_back_to_a_group_has_it_no_more(house: House) -> None:
    group = sharing.make_group(house.ben, "Family").pid
    for login in ("cleo", "dora"):
        if login == "dora":
            house.make.user("dora")
        sharing.join_group(house.ben, group, login)
    sharing.offer(house.ben, house.mine.pid, {"group": group}, Terms())
    told = house.told()
    assert [(each.to, each.group) for each in told] == [("cleo", "Family"), ("dora", "Family")]
    sharing.revoke(house.anna, {"grant": told[0].grant})
    assert [each.to for each in house.told()] == ["dora"]
    sharing.leave_group(house.ben, group, "cleo")
    sharing.join_group(house.ben, group, "cleo")
    assert house.sees(house.cleo) == {house.his.id}
    assert [each.to for each in house.told()] == ["dora"]


def outside(house: House, kind: str) -> tuple[Grant, Viewer]:
    """Ben passes it on to nobody by name: the grant, and who looks by it."""
    share = house.make.share(house.mine, kind=kind)
    if kind == "link":
        return house.make.grant(share), Viewer(0, "", "", kind="guest", share_id=share.id)
    if kind == "screen":
        screen = Screen.create(pid="TV", name="TV", created_at=1)
        return house.make.grant(share, screen=screen), Viewer(0, "", "", kind="screen", screen_id=screen.id)
    event = Event.create(
        pid="E", owner=house.ben.user_id, collection=house.mine, name="Secret", guests="view", may_download=True,
        created_at=1,
    )  # fmt: skip
    return house.make.grant(share, event=event), Viewer(0, "", "", kind="guest", event_id=event.id)


@pytest.mark.parametrize("kind", ["link", "screen", "event"])
def test_who_has_no_name_is_told_of_too(house: House, kind: str) -> None:
    grant, looking = outside(house, kind)
    (passed,) = house.told()
    assert (passed.kind, passed.to) == (kind, "TV" if kind == "screen" else "")
    assert "Secret" not in str(passed)
    Openings().note(looking, house.items[0])
    assert [each.opened for each in house.told()] == [1]
    receipt = sharing.revoke(house.anna, {"grant": grant.pid})
    assert receipt.people == (("TV",) if kind == "screen" else ())
    assert house.sees(looking) == {house.his.id}
    assert house.told() == []


@pytest.mark.parametrize("kind", ["link", "event", "screen"])
def test_a_childs_pictures_stay_inside(house: House, kind: str) -> None:
    User.update(role="child").where(User.login == "anna").execute()
    _, looking = outside(house, kind)
    assert (house.items[0].id in house.sees(looking)) == bool(house.told()) == (kind == "screen")


def test_a_screen_whose_time_is_over_is_not_told_of(house: House) -> None:
    outside(house, "screen")
    Screen.update(expires_at=1).execute()
    assert house.told() == []


def test_who_takes_part_is_somebody(house: House) -> None:
    """Guests see nothing at this event, its organisers do."""
    outside(house, "event")
    Event.update(guests="drop").execute()
    assert house.told() == []
    EventPerson.create(event=Event.get(), user=house.cleo.user_id, role="organiser", joined_at=1)
    assert [each.kind for each in house.told()] == ["event"]


def test_only_its_owner_ends_it(house: House) -> None:
    grant = house.pass_on()
    for viewer in (house.cleo, house.make.viewer(house.make.user("eve"))):
        with pytest.raises(NotFound):
            sharing.revoke(viewer, {"grant": grant.pid})
    assert house.items[0].id in house.sees(house.cleo)


def test_a_page_takes_one_question_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.pass_on()
    for n in range(5):
        more = house.make.collection(User.get(User.login == "anna"), f"More {n}", items=[house.items[0]])
        sharing.offer(house.anna, more.pid, {"user": "ben"}, Terms(reshare=True))
    asked = noted(monkeypatch)
    assert [len(line.passed) for line in sharing.ledger(house.anna)] == [1] * 6
    assert sum("passing" in sql for sql in asked) == 1
    many = len(asked)
    Share.update(may_reshare=False).execute()
    asked.clear()
    assert [len(line.passed) for line in sharing.ledger(house.anna)] == [0] * 6
    assert len(asked) == many - 1, "where nothing may be passed on nothing is asked"


@pytest.mark.skipif("HYPOMOS_TEST_DATABASE_URL" in os.environ, reason="a file is put in place of another")
@pytest.mark.parametrize("to", ["user", "link"])
def test_an_older_catalogue_does_not_pass_it_on_again(house: House, data: Path, to: str) -> None:
    grant, looking = (house.pass_on(), house.cleo) if to == "user" else outside(house, "link")
    database.proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    older = shutil.copy(data / database.FILE_NAME, data / "older.db")
    sharing.revoke(house.anna, {"grant": grant.pid})
    assert Journal(data).replay() == 0
    database.close()
    for suffix in ("-wal", "-shm"):
        (data / f"{database.FILE_NAME}{suffix}").unlink(missing_ok=True)
    shutil.copy(older, data / database.FILE_NAME)
    database.connect("", data)
    assert house.items[0].id in house.sees(looking)
    assert Journal(data).replay() == 1
    assert house.sees(looking) == {house.his.id}
    assert Journal(data).replay() == 0
