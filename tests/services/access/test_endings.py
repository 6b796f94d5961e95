"""How each right ends, one by one: what is kept in memory, proofs of guests and screens, every link of a path."""

from contextlib import suppress
from typing import Any

import pytest

from services import access, clock
from services.access import ends
from services.catalogue.timeline import recount
from services.errors import NotFound
from services.identifiers import new_pid
from services.models import (
    Arrival,
    CollectionItem,
    Event,
    EventPerson,
    File,
    Grant,
    Guest,
    Item,
    Screen,
    Share,
    User,
    counters,
    database,
    transaction,
)
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class House:
    """Anna shares a picture with Ben, who passes it on to Cleo; she has another one of her own."""

    def __init__(self, make: Make) -> None:
        self.make = make
        self.anna, self.ben, self.cleo = (make.user(name) for name in ("anna", "ben", "cleo"))
        self.item = make.item(self.anna, taken=1, day=20260701)
        self.file = make.file(make.storage(self.anna), asset=make.asset(self.item))
        Item.update(cover_id=self.file.asset_id).where(Item.id == self.item.id).execute()
        self.lake = make.collection(self.anna, items=[self.item])
        self.share = make.share(self.lake, may_reshare=True)

    def give(self, **more: Any) -> Grant:
        with transaction():
            counters.bump_content()
            return self.make.grant(self.share, **{"user": self.ben} | more)

    def pass_on(self) -> None:
        """Ben shares it with Cleo; something else he may pass on by all means."""
        other = self.make.share(self.make.collection(self.anna), may_reshare=True)
        self.make.grant(other, user=self.ben)
        album = self.make.collection(self.ben, items=[self.item])
        self.make.grant(self.make.share(album), user=self.cleo)

    def sees(self, user: User) -> bool:
        viewer = self.make.viewer(user)
        answers = {
            bool([i for i in access.visible_items(viewer, plan=plan) if i.id == self.item.id])
            for plan in ("time", "rights")
        }  # fmt: skip
        try:
            answers.add(access.get_item(viewer, self.item.pid).id == self.item.id)
        except NotFound:
            answers.add(False)
        answers.add(access.may_read(viewer, self.file.id))
        (answer,) = answers
        return answer

    def days(self, user: User) -> list[tuple[int, int, float]]:
        return access.visible_days(self.make.viewer(user))


@pytest.fixture
def house(make: Make) -> House:
    return House(make)


def change(row: Any, **values: Any) -> None:
    with transaction():
        type(row).update(**values).where(type(row).id == row.id).execute()
        counters.bump_policy()


@pytest.mark.parametrize("state", ["pending", "declined", "left", "revoked", "expired"])
def test_only_an_active_grant_is_a_right(house: House, state: str) -> None:
    grant = house.give()
    assert house.sees(house.ben)
    change(grant, state=state, ended_at=None if state == "pending" else 1)
    assert not house.sees(house.ben)


def test_a_grant_ends_by_the_clock_and_does_not_begin_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = clock.now() + clock.HOUR
    house.give(expires_at=end)
    assert house.sees(house.ben)
    assert house.days(house.ben) == [(20260701, 1, house.item.ratio)]
    assert ends.next_end(ends.moment()) == end
    monkeypatch.setattr(clock, "source", lambda: end / clock.SECOND)
    assert not house.sees(house.ben)
    assert house.days(house.ben) == []
    assert ends.next_end(ends.moment()) is None
    with transaction():
        counters.raise_clock(end)
    monkeypatch.setattr(clock, "source", lambda: (end - clock.HOUR) / clock.SECOND)
    assert not house.sees(house.ben)
    assert house.days(house.ben) == []
    assert ends.moment() == end


def test_days_that_were_counted_before_the_clock_was_set_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = clock.now() + clock.HOUR
    house.give(expires_at=end)
    assert house.days(house.ben) != []
    with transaction():
        counters.raise_clock(end)
    assert house.days(house.ben) == [], "somebody else saw a later time"


def test_days_are_counted_anew_after_a_revocation(house: House) -> None:
    grant = house.give()
    for person in (house.ben, house.cleo):  # and these stay
        house.make.grant(house.make.share(house.make.collection(house.anna)), user=person)
    assert house.days(house.ben) == [(20260701, 1, house.item.ratio)]
    assert house.days(house.cleo) == [], "what was counted for somebody else"
    change(grant, state="revoked", ended_at=1)
    assert house.days(house.ben) == []


def test_the_days_of_one_are_nobody_elses(house: House) -> None:
    with transaction():
        recount([(house.anna.id, 20260701)])
        counters.bump_content()
    assert house.days(house.anna) == [(20260701, 1, house.item.ratio)]
    assert house.days(house.ben) == house.days(house.cleo) == []


def test_what_is_kept_off_the_timeline_has_no_days(house: House) -> None:
    house.give(on_timeline=False)
    assert house.days(house.ben) == []
    assert house.sees(house.ben)


def test_a_share_that_has_ended_gives_nothing_by_a_grant_left_over(house: House) -> None:
    house.give()
    house.pass_on()
    change(house.share, ended_at=1, ended_why="revoked")
    assert not house.sees(house.ben)
    assert not house.sees(house.cleo)
    assert house.share.id not in [g.share_id for g in access.live_grants(house.make.viewer(house.ben))]


@pytest.mark.parametrize(
    "values",
    [{"withdrawn_at": 1}, {"trashed_at": 1}, {"missing": True}],
    ids=["withdrawn", "trashed", "missing"],
)
def test_what_is_not_there_is_not_shared(house: House, values: dict[str, Any]) -> None:
    house.give()
    change(house.item, **values)
    assert not house.sees(house.ben)


def test_a_disabled_owner_shares_nothing(house: House) -> None:
    house.give()
    change(house.anna, active=False)
    assert not house.sees(house.ben)


@pytest.mark.parametrize("rule", ["never", "pending"])
def test_what_is_not_shown_is_not_shared(house: House, rule: str) -> None:
    house.give()
    values: dict[str, Any] = {"rule": "never"} if rule == "never" else {"approval": "pending"}
    with transaction():
        CollectionItem.update(shown=False, **values).execute()
        counters.bump_policy()
    assert not house.sees(house.ben)


@pytest.mark.parametrize("end", ["grant", "right", "withdrawn", "member", "person", "clock"])
def test_what_is_passed_on_ends_with_its_owners_word(
    house: House, end: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = clock.now() + clock.HOUR
    grant = house.give(expires_at=until)
    house.pass_on()
    assert house.sees(house.cleo)
    if end == "grant":
        change(grant, state="revoked", ended_at=1)
    elif end == "right":
        change(house.share, may_reshare=False)
    elif end == "withdrawn":
        change(house.item, withdrawn_at=1)
    elif end == "member":
        with transaction():
            CollectionItem.delete().where(CollectionItem.collection == house.lake).execute()
            counters.bump_policy()
    elif end == "person":
        change(house.ben, active=False)
    else:
        monkeypatch.setattr(clock, "source", lambda: until / clock.SECOND)
    assert not house.sees(house.cleo)


def test_a_member_that_is_not_shown_is_not_passed_on(house: House) -> None:
    house.give()
    house.pass_on()
    here = CollectionItem.collection == house.lake.id
    with transaction():
        CollectionItem.update(shown=False, approval="rejected").where(here).execute()
        counters.bump_policy()
    assert not house.sees(house.cleo)


def test_nobody_passes_on_what_was_given_to_another(house: House) -> None:
    """Dora may pass it on; that Ben has it in a collection gives nothing to whom he shares that with."""
    house.make.grant(house.share, user=house.make.user("dora"))
    house.pass_on()
    assert not house.sees(house.cleo)


def test_a_contribution_ends_with_its_grant(house: House) -> None:
    album = house.make.collection(house.ben)
    house.make.grant(house.make.share(album), user=house.cleo)
    offer = house.make.grant(house.make.share(house.lake, "collection"), into=album)
    arrival = Arrival.create(
        collection=album, item=house.item, grant=offer, state="approved", arrived_at=0, decided_at=1
    )
    assert house.sees(house.cleo)
    assert house.sees(house.ben)
    with transaction():
        arrival.state, arrival.decided_at = "pending", None
        arrival.save()
        counters.bump_policy()
    assert not house.sees(house.cleo)
    viewer = house.make.viewer(house.ben)
    assert access.visible_items(viewer).count() == 0
    assert access.visible_items(viewer, waiting=True).count() == 1
    with transaction():
        arrival.state, arrival.decided_at = "approved", 1
        arrival.save()
    change(offer, state="revoked", ended_at=1)
    assert not house.sees(house.cleo)
    assert not house.sees(house.ben)


def guest(house: House, **of: Any) -> Guest:
    return Guest.create(
        pid=new_pid(), name="Gast", secret=new_pid(), created_at=0, seen_at=0,
        expires_at=clock.now() + clock.HOUR, **of,
    )  # fmt: skip


def as_viewer(row: Guest) -> Viewer:
    return Viewer(
        0, "", row.name, kind="guest", guest_id=row.id, event_id=row.event_id, share_id=row.share_id
    )


def test_a_guest_ends(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    link = house.make.share(house.lake, "link")
    house.make.grant(link)
    row = guest(house, share_id=link.id)
    viewer = as_viewer(row)
    assert access.may_read(viewer, house.file.id)
    assert access.holds(viewer)
    Guest.update(ended_at=1).execute()
    assert not access.may_read(viewer, house.file.id)
    assert not access.holds(viewer)
    Guest.update(ended_at=None).execute()
    monkeypatch.setattr(clock, "source", lambda: row.expires_at / clock.SECOND)
    assert not access.may_read(viewer, house.file.id)
    monkeypatch.undo()
    with transaction():
        counters.raise_clock(row.expires_at)
    assert not access.may_read(viewer, house.file.id), "the clock was set back"


def test_a_guest_of_a_link_opens_no_other_share(house: House) -> None:
    grant = house.give()
    viewer = as_viewer(guest(house, share_id=grant.share_id))
    assert access.visible_items(viewer).count() == 0


def test_guests_see_what_they_dropped_and_not_what_others_did(house: House) -> None:
    event = Event.create(
        pid=new_pid(), owner=house.anna, collection=house.make.collection(house.anna), name="Wedding",
        guests="drop", may_download=True, created_at=0,
    )  # fmt: skip
    mine, other = (guest(house, event=event) for _ in range(2))
    change(house.item, contributed_by_id=mine.id)
    assert access.visible_items(as_viewer(mine)).count() == 1
    assert access.visible_items(as_viewer(other)).count() == 0
    Guest.update(ended_at=1).execute()
    assert access.visible_items(as_viewer(mine)).count() == 0


def test_who_leaves_an_event_sees_nothing_of_it(house: House) -> None:
    event = Event.create(
        pid=new_pid(), owner=house.anna, collection=house.lake, name="Wedding", guests="contribute",
        may_download=True, created_at=0,
    )  # fmt: skip
    house.make.grant(house.make.share(house.lake, "event"), event=event)
    EventPerson.create(event=event, user=house.cleo, role="participant", joined_at=0)
    lou = as_viewer(guest(house, event=event))
    with transaction():
        counters.bump_content()
    assert house.sees(house.cleo)
    assert access.visible_items(lou).count() == 1
    with transaction():
        Event.update(guests="drop").execute()
        counters.bump_policy()
    assert not house.sees(house.cleo), "who may only drop"
    assert access.visible_items(lou).count() == 0
    with transaction():
        EventPerson.update(role="organiser").execute()
        counters.bump_content()
    assert house.sees(house.cleo)
    with transaction():
        EventPerson.update(left_at=1).execute()
        counters.bump_policy()
    assert not house.sees(house.cleo)


def test_a_screen_ends_when_it_is_removed(house: House) -> None:
    screen = Screen.create(pid=new_pid(), name="TV", created_at=0)
    house.make.grant(house.make.share(house.lake, "screen"), screen=screen)
    viewer = Viewer(0, "", "TV", kind="screen", screen_id=screen.id)
    assert access.may_read(viewer, house.file.id)
    Screen.update(removed_at=1).execute()
    assert not access.may_read(viewer, house.file.id)
    assert not access.holds(viewer)


def test_what_others_see_is_the_original_and_not_its_sidecar(house: House) -> None:
    house.give()
    sidecar = house.make.asset(house.item, b"<xmp/>", role="sidecar")
    file = house.make.file(house.file.storage, "IMG_1.xmp", asset=sidecar)
    assert not access.may_read(house.make.viewer(house.ben), file.id)
    assert access.may_read(house.make.viewer(house.anna), file.id)


def test_a_removed_storage_gives_nothing(house: House) -> None:
    house.give()
    change(house.file.storage, removed_at=1)
    assert not access.may_read(house.make.viewer(house.ben), house.file.id)


@pytest.mark.parametrize("values", [{"may_download": False}, {"shows_place": False}])
def test_what_may_only_be_looked_at_is_not_read(house: House, values: dict[str, Any]) -> None:
    house.give()
    change(house.share, **values)
    viewer = house.make.viewer(house.ben)
    assert access.get_item(viewer, house.item.pid)
    assert not access.may_read(viewer, house.file.id)
    file = File.get_by_id(house.file.id)
    change(file.asset, masks=[])
    assert access.may_read(viewer, house.file.id) == ("shows_place" in values)


def test_a_share_is_seen_by_who_asked_before(house: House) -> None:
    """That nothing was shared is remembered until anything is written, and only for that person."""
    assert not house.sees(house.ben)
    assert not access.has_paths(house.make.viewer(house.cleo))
    grant = house.give()
    assert house.sees(house.ben)
    assert not access.has_paths(house.make.viewer(house.cleo))
    change(grant, state="left", ended_at=1)
    assert not house.sees(house.ben)


def test_what_was_rolled_back_is_not_remembered(house: House) -> None:
    viewer = house.make.viewer(house.ben)
    house.give()
    with suppress(ZeroDivisionError), transaction():
        Grant.update(state="revoked", ended_at=1).execute()
        assert not access.has_paths(viewer)
        raise ZeroDivisionError
    assert access.has_paths(viewer)
    assert house.sees(house.ben)


def test_who_is_given_nothing_is_asked_about_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = house.make.viewer(house.cleo)
    access.has_paths(viewer)
    asked: list[str] = []
    rows = database.rows

    def counting(sql: str, *values: Any) -> list[tuple[Any, ...]]:
        asked.append(sql)
        return rows(sql, *values)

    monkeypatch.setattr(database, "rows", counting)
    access.visible_items(viewer)
    assert len(asked) == (0 if database.is_sqlite() else 2)


def test_one_collection_is_listed_by_its_own_grants(house: House) -> None:
    house.give()
    other = house.make.collection(house.anna, items=[house.make.item(house.anna)])
    house.make.grant(house.make.share(other), user=house.ben)
    viewer = house.make.viewer(house.ben)
    assert [i.id for i in access.items_through(viewer, house.lake.id)] == [house.item.id]
    assert access.items_through(viewer, other.id).count() == 1
    Share.update(may_download=False).execute()
    assert access.items_through(viewer, house.lake.id).count() == 1


def test_two_ways_do_not_give_together_what_none_gives(house: House) -> None:
    change(house.share, may_download=True, shows_place=False)
    house.give()
    other = house.make.collection(house.anna, items=[house.item])
    house.make.grant(house.make.share(other, may_download=False), user=house.ben)
    found = access.rights(house.make.viewer(house.ben), house.item)
    assert (found.download, found.place, found.whole) == (True, True, False)


def test_what_is_passed_on_gives_no_more_than_its_owner_gave(house: House) -> None:
    change(house.share, may_download=False, shows_place=False)
    house.give()
    house.pass_on()
    assert access.rights(house.make.viewer(house.cleo), house.item) == access.Rights()


def test_what_was_contributed_gives_no_more_than_its_owner_gave(house: House) -> None:
    album = house.make.collection(house.ben)
    house.make.grant(house.make.share(album), user=house.cleo)
    share = house.make.share(house.lake, "collection", may_download=False, shows_place=False)
    offer = house.make.grant(share, into=album)
    Arrival.create(
        collection=album, item=house.item, grant=offer, state="approved", arrived_at=0, decided_at=1
    )
    assert access.rights(house.make.viewer(house.cleo), house.item) == access.Rights()


def test_a_contribution_ends_with_the_share_of_its_collection(house: House) -> None:
    album = house.make.collection(house.ben)
    shown = house.make.grant(house.make.share(album), user=house.cleo)
    offer = house.make.grant(house.make.share(house.lake, "collection"), into=album)
    Arrival.create(
        collection=album, item=house.item, grant=offer, state="approved", arrived_at=0, decided_at=1
    )
    assert house.sees(house.cleo)
    change(shown, state="revoked", ended_at=1)
    assert not house.sees(house.cleo)
    assert house.sees(house.ben)


@pytest.mark.parametrize(("role", "seen"), [("organiser", 1), ("participant", 0)])
def test_who_organises_decides_and_who_joined_does_not(house: House, role: str, seen: int) -> None:
    album = house.make.collection(house.ben)
    event = Event.create(
        pid=new_pid(), owner=house.ben, collection=album, name="Wedding", guests="drop", may_download=True,
        created_at=0,
    )  # fmt: skip
    EventPerson.create(event=event, user=house.cleo, role=role, joined_at=0)
    offer = house.make.grant(house.make.share(house.lake, "collection"), into=album)
    Arrival.create(collection=album, item=house.item, grant=offer, state="pending", arrived_at=0)
    viewer = house.make.viewer(house.cleo)
    assert access.visible_items(viewer, waiting=True).count() == seen
    assert access.visible_items(viewer).count() == 0


def test_what_others_put_in_goes_out_only_by_its_owners_word(house: House) -> None:
    """Cleo puts Anna's picture into her own collection and shares that: it is Anna's to share."""
    album = house.make.collection(house.cleo, items=[house.item])
    house.make.grant(house.make.share(album), user=house.ben)
    assert not house.sees(house.ben)
