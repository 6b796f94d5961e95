"""Links: who makes them, what they give, each way in and each way they end."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from services import access, clock, collections, sharing
from services.accounts import Passwords, SignInFailed
from services.accounts.minting import digest, mint
from services.errors import AccessDenied, Conflict, NotFound, Throttled, UsageError
from services.models import Arrival, Audit, Collection, Grant, Guest, Item, Share, User, counters, transaction
from services.revocations import Journal
from services.sharing import Link, LinkEnded, Links, LinkTerms, guests
from services.sharing.links import DEFAULT_LIFE
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db
IP = "203.0.113.7"


@dataclass
class House:
    """Anna with a collection of two pictures, Ben with nothing, Kim (a child) with one of her own."""

    make: Make
    links: Links
    journal: Journal
    anna: Viewer
    ben: Viewer
    kim: Viewer
    collection: Collection
    items: list[Item]

    def link(self, **terms: Any) -> Link:
        return self.links.make(self.anna, self.collection.pid, LinkTerms(**terms))

    def enter(self, link: Link, password: str = "") -> sharing.Visit:
        assert link.secret is not None
        guest = self.links.exchange(link.secret, password, ip=IP)
        return sharing.visit(guest.pid, guest.secret)

    def sees(self, visit: sharing.Visit) -> list[str]:
        return sorted(i.pid for i in access.visible_items(visit.viewer))

    @property
    def pids(self) -> list[str]:
        return sorted(i.pid for i in self.items)


@pytest.fixture
def house(make: Make, data: Path) -> House:
    anna, ben, kim = make.user("anna"), make.user("ben"), make.user("kim", role="child")
    items = [make.item(anna, taken=n) for n in (1, 2)]
    make.item(anna, taken=3)  # not in it
    collection = make.collection(anna, "Lake", items=items)
    journal = Journal(data)
    links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    return House(
        make, links, journal, make.viewer(anna), make.viewer(ben), make.viewer(kim), collection, items
    )  # fmt: skip


def test_a_link_lets_its_holder_see_the_collection_and_nothing_else(house: House) -> None:
    visit = house.enter(house.link())
    assert house.sees(visit) == house.pids
    assert access.rights(visit.viewer, house.items[0]) == access.Rights()
    assert (visit.owner, visit.share.collection.name) == ("Anna", "Lake")
    assert access.holds(visit.viewer)


def test_the_right_to_download_and_the_place(house: House) -> None:
    visit = house.enter(house.link(download=True, place=True))
    assert access.rights(visit.viewer, house.items[0]) == access.Rights(download=True, place=True, whole=True)


def test_it_ends_in_30_days_unless_told_otherwise(house: House) -> None:
    now = clock.now()
    assert now + DEFAULT_LIFE <= house.link().share.expires_at <= clock.now() + DEFAULT_LIFE
    assert house.link(expires=None).share.expires_at is None


def test_the_secret_is_stored_as_a_hash_and_sealed_for_its_owner(house: House) -> None:
    link = house.link()
    share = Share.get_by_id(link.share.id)
    assert link.secret is not None
    assert link.secret.startswith("hyp_shr_")
    assert share.secret == digest(link.secret)
    assert link.secret.encode() not in bytes(share.sealed)
    assert house.links.get(house.anna, share.pid).secret == link.secret
    assert [one.secret for one in house.links.list(house.anna, house.collection.pid)] == [link.secret]
    other = Links(b"j" * 32, Passwords(time_cost=1, memory_kib=64))
    assert other.get(house.anna, share.pid).secret is None


def test_only_adults_make_links_and_only_of_their_own(house: House) -> None:
    own = house.make.collection(User.get(User.login == "kim"))
    with pytest.raises(AccessDenied):
        house.links.make(house.kim, own.pid, LinkTerms())
    with pytest.raises(NotFound):
        house.links.make(house.ben, house.collection.pid, LinkTerms())
    link, pid = house.link(), Share.get().pid
    for act in (house.links.get, house.links.pause, house.links.renew, house.links.revoke):
        with pytest.raises(NotFound):
            act(house.ben, pid)
    with pytest.raises(NotFound):
        house.links.change(house.ben, pid, {"note": "x"})
    assert house.links.list(house.ben) == []
    assert house.sees(house.enter(link)) == house.pids


def test_the_links_of_somebody_who_became_a_child_rest(house: House) -> None:
    link = house.link()
    house.enter(link)
    User.update(role="child").where(User.login == "anna").execute()
    with pytest.raises(LinkEnded):
        house.links.look(link.secret or "", ip=IP)
    with pytest.raises(LinkEnded):
        house.enter(link)


@pytest.mark.parametrize("way", ["contributed", "passed on"])
def test_nothing_of_a_childs_goes_out_by_the_link_of_an_adult(house: House, way: str) -> None:
    kim, anna = User.get(User.login == "kim"), User.get(User.login == "anna")
    item = house.make.item(kim, taken=4)
    album = house.make.collection(kim, items=[item])
    if way == "contributed":
        grant = house.make.grant(house.make.share(album, "collection"), into=house.collection)
        Arrival.create(
            collection=house.collection, item=item, grant=grant, state="approved", arrived_at=0, decided_at=0
        )
    else:
        house.make.grant(house.make.share(album, may_reshare=True), user=anna)
        house.make.member(house.collection, item)
    house.make.grant(house.make.share(house.collection), user=User.get(User.login == "ben"))
    visit = house.enter(house.link(download=True))
    assert house.sees(visit) == house.pids
    assert len(list(access.visible_items(visit.viewer, plan="time"))) == len(house.pids)
    assert access.visible_items(house.ben).where(Item.id == item.id).exists(), "at home it is shown"
    User.update(role="adult").where(User.login == "kim").execute()
    assert house.sees(visit) == sorted([*house.pids, item.pid])


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("expires", {"expires": 1}),
        ("note", {"note": "x" * 1001}),
        ("password", {"password": "short"}),
        ("password", {"password": "x" * 201}),
        ("max_uses", {"max_uses": 0}),
        ("max_uses", {"max_uses": 10**7}),
        ("max_uses", {"max_uses": True}),
    ],
)
def test_bad_terms_say_where(house: House, field: str, terms: dict[str, Any]) -> None:
    with pytest.raises(UsageError) as caught:
        house.link(**terms)
    assert caught.value.field == field
    assert Share.select().count() == 0


class TestGoingIn:
    """A secret, perhaps a password, and nothing else opens a link."""

    @pytest.mark.parametrize(
        "token",
        ["", "x", "hyp_shr_", mint("shr"), mint("ses"), "\ud800", "a" * 10_000],
        ids=["empty", "x", "bare", "unknown", "session", "surrogate", "long"],
    )
    def test_what_is_no_secret_of_ours(self, house: House, token: str) -> None:
        house.link()
        with pytest.raises(NotFound):
            house.links.exchange(token, ip=IP)
        assert Guest.select().count() == 0

    def test_a_truncated_one(self, house: House) -> None:
        secret = house.link().secret or ""
        for cut in (1, 9, 30):
            with pytest.raises(NotFound):
                house.links.exchange(secret[:-cut], ip=IP)
        with pytest.raises(NotFound):
            house.links.exchange(secret + "\n", ip=IP)

    def test_who_guesses_waits_and_who_holds_the_right_one_does_not(self, house: House) -> None:
        link = house.link()
        refused = 0
        for _ in range(10_000):
            try:
                house.links.look(mint("shr"), ip=IP)
            except Throttled:
                refused += 1
                break
            except NotFound:
                pass
        assert refused == 1
        assert house.sees(house.enter(link)) == house.pids

    def test_looking_uses_nothing_up(self, house: House) -> None:
        link = house.link(max_uses=1)
        for _ in range(5):
            house.links.look(link.secret or "", ip=IP)
        assert Share.get().uses == 0
        house.enter(link)
        with pytest.raises(LinkEnded) as caught:
            house.enter(link)
        assert (caught.value.why, caught.value.who) == ("used up", "Anna")
        assert house.links.get(house.anna, link.share.pid).state == "used up"
        assert Share.get().uses == Guest.select().count() == 1

    def test_each_gets_a_session_of_their_own(self, house: House) -> None:
        link = house.link()
        one, two = house.enter(link), house.enter(link)
        assert one.viewer.guest_id != two.viewer.guest_id
        sharing.leave_visit(one.viewer)
        assert not access.holds(one.viewer)
        assert access.holds(two.viewer)
        assert house.links.get(house.anna, link.share.pid).guests == 1

    def test_a_password(self, house: House) -> None:
        link = house.link(password="blue boat", max_uses=5)
        for wrong in ("", "Blue boat", "blue boat "):
            with pytest.raises(SignInFailed):
                house.enter(link, wrong)
        assert Share.get().uses == 0
        assert house.sees(house.enter(link, "blue boat")) == house.pids
        assert "blue" not in (Share.get().password or "")

    def test_guessing_a_password_is_slowed_down_for_the_guesser_alone(self, house: House) -> None:
        link = house.link(password="blue boat")
        outcomes = []
        for n in range(20):
            try:
                house.enter(link, f"guess {n}")
            except (SignInFailed, Throttled) as error:
                outcomes.append(type(error))
        assert outcomes[-1] is Throttled
        assert outcomes.count(SignInFailed) < 10
        with pytest.raises(Throttled):
            house.enter(link, "blue boat")
        guest = house.links.exchange(link.secret or "", "blue boat", ip="198.51.100.1")
        assert guest.secret

    def test_a_password_changed_while_it_was_typed(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        link = house.link(password="blue boat")
        verify = Passwords.verify

        def change_first(self: Passwords, stored: str | None, given: str) -> bool:
            fits = verify(self, stored, given)
            Share.update(password="other").execute()
            return fits

        monkeypatch.setattr(Passwords, "verify", change_first)
        with pytest.raises(SignInFailed):
            house.enter(link, "blue boat")
        assert Guest.select().count() == 0


class TestEnds:
    """Each way a link ends, for who is inside and who holds its secret."""

    def closed(self, house: House, link: Link, visit: sharing.Visit) -> None:
        assert house.sees(visit) == []
        with pytest.raises(LinkEnded) as caught:
            house.links.exchange(link.secret or "", ip=IP)
        assert (caught.value.why, caught.value.who) == ("ended", "Anna")
        assert caught.value.at is not None
        assert Guest.select().count() == 1

    def test_revoked(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        epoch = counters.read(counters.POLICY_EPOCH)
        house.links.revoke(house.anna, link.share.pid)
        self.closed(house, link, visit)
        assert not access.holds(visit.viewer)
        assert counters.read(counters.POLICY_EPOCH) > epoch
        assert house.links.list(house.anna) == []
        assert {row.action for row in Audit.select()} == {"shared", "revoked"}
        with pytest.raises(NotFound):
            house.links.renew(house.anna, link.share.pid)

    @pytest.mark.parametrize("how", ["share", "grant"])
    def test_revoked_like_any_share(self, house: House, how: str) -> None:
        link = house.link()
        visit = house.enter(link)
        if how == "share":
            sharing.revoke_share(house.anna, link.share.pid)
        else:
            sharing.revoke(house.anna, {"grant": Grant.get().pid})
        self.closed(house, link, visit)
        assert not access.holds(visit.viewer)

    def test_paused_and_gone_on_with_a_new_address(self, house: House) -> None:
        link = house.link(password="blue boat", download=True, max_uses=9)
        visit = house.enter(link, "blue boat")
        paused = house.links.pause(house.anna, link.share.pid)
        assert (paused.state, paused.secret) == ("paused", None)
        self.closed(house, link, visit)
        again = house.links.renew(house.anna, link.share.pid)
        assert (again.state, again.share.may_download, again.share.max_uses) == ("active", True, 9)
        assert again.secret not in (None, link.secret)
        self.closed(house, link, visit)  # the old address stays dead
        assert house.sees(house.enter(again, "blue boat")) == house.pids
        assert [one.share.pid for one in house.links.list(house.anna)] == [again.share.pid]

    def test_a_new_address_at_once(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        again = house.links.renew(house.anna, link.share.pid)
        self.closed(house, link, visit)
        assert house.sees(house.enter(again)) == house.pids

    def test_a_paused_one_is_revoked(self, house: House) -> None:
        link = house.link()
        house.links.pause(house.anna, link.share.pid)
        house.links.revoke(house.anna, link.share.pid)
        assert house.links.list(house.anna) == []

    def test_its_collection_goes(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        collections.delete(house.anna, house.collection.pid)
        self.closed(house, link, visit)
        assert not access.holds(visit.viewer)
        collections.restore(house.anna, house.collection.pid)
        self.closed(house, link, visit)

    def test_by_the_clock_also_when_it_is_set_back(
        self, house: House, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        end = clock.now() + clock.HOUR
        link = house.link(expires=end)
        visit = house.enter(link)
        assert visit.ends == visit.viewer.not_after == end
        monkeypatch.setattr(clock, "source", lambda: end / 1_000_000)
        self.closed(house, link, visit)
        assert house.links.get(house.anna, link.share.pid).state == "expired"
        with transaction():
            counters.raise_clock(end)
        monkeypatch.setattr(clock, "source", lambda: end / 1_000_000 - 60)
        self.closed(house, link, visit)
        again = house.links.renew(house.anna, link.share.pid)
        assert again.share.expires_at > end

    def test_its_owner_is_disabled(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        User.update(active=False).where(User.login == "anna").execute()
        assert house.sees(visit) == []
        with pytest.raises(LinkEnded, match="ended"):
            house.links.look(link.secret or "", ip=IP)

    def test_another_password_ends_the_sessions_and_not_the_link(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        house.links.change(house.anna, link.share.pid, {"password": "blue boat"})
        assert not access.holds(visit.viewer)
        with pytest.raises(SignInFailed):
            house.enter(link)
        inside = house.enter(link, "blue boat")
        house.links.change(house.anna, link.share.pid, {"password": None})
        assert not access.holds(inside.viewer)
        assert house.sees(house.enter(link)) == house.pids

    @pytest.mark.parametrize("how", ["link", "grant"])
    def test_the_journal_ends_it_again_in_an_older_catalogue(self, house: House, how: str) -> None:
        link = house.link()
        visit = house.enter(link)
        if how == "link":
            house.links.revoke(house.anna, link.share.pid)
        else:
            sharing.revoke(house.anna, {"grant": Grant.get().pid})
        Share.update(ended_at=None, ended_why="").execute()
        Grant.update(ended_at=None, state="active").execute()
        Guest.update(ended_at=None).execute()
        assert house.sees(visit) == house.pids
        assert house.journal.replay() > 0
        self.closed(house, link, visit)
        assert not access.holds(visit.viewer)


class TestChanges:
    """What of a living link can be changed."""

    def test_rights_end_and_uses(self, house: House) -> None:
        link = house.link()
        visit = house.enter(link)
        later = clock.now() + clock.DAY
        changes = {
            "rights": ["view", "download"],
            "place": True,
            "expires": later,
            "max_uses": 3,
            "note": "for Ben",
        }
        changed = house.links.change(house.anna, link.share.pid, changes).share
        assert (changed.may_download, changed.expires_at, changed.max_uses) == (True, later, 3)
        assert access.rights(visit.viewer, house.items[0]).download
        assert Grant.get().expires_at == later
        house.links.change(house.anna, link.share.pid, {"expires": None, "max_uses": None})
        assert (Share.get().expires_at, Share.get().max_uses) == (None, None)

    @pytest.mark.parametrize(
        "changes",
        [{"rights": ["view", "reshare"]}, {"rights": ["contribute"]}, {"max_uses": "3"}, {"expires": 1}, {"x": 1},
         {"password": "x"}, {"password": 7}],
    )  # fmt: skip
    def test_what_cannot_be(self, house: House, changes: dict[str, Any]) -> None:
        link = house.link()
        with pytest.raises(UsageError):
            house.links.change(house.anna, link.share.pid, changes)
        assert Share.get().password is None

    def test_fewer_uses_than_there_were(self, house: House) -> None:
        link = house.link()
        house.enter(link)
        house.enter(link)
        with pytest.raises(UsageError, match="more often"):
            house.links.change(house.anna, link.share.pid, {"max_uses": 1})


def test_who_sees_a_picture_by_a_link_is_told_to_its_owner(house: House) -> None:
    link = house.link()
    seen = sharing.audience(house.anna, house.items[0].pid)
    assert [(w.login, w.link, w.collection, w.via) for w in seen] == [("", True, "Lake", None)]
    assert sharing.audience(house.anna, Item.get(Item.taken_local == 3).pid) == []
    sharing.revoke(house.anna, {"grant": seen[0].grant})
    assert sharing.audience(house.anna, house.items[0].pid) == []
    assert house.links.list(house.anna) == []
    assert link.secret


def test_a_link_to_a_collection_passes_on_only_what_may_be(house: House) -> None:
    """Ben's link shows what Anna let him pass on, and she sees that, and ends it."""
    ben = User.get(User.login == "ben")
    sharing.offer(house.anna, house.collection.pid, {"user": "ben"}, sharing.Terms())
    his = collections.create(house.ben, collections.Draft("From Anna"))
    collections.add(house.ben, his.pid, [house.items[0].pid])
    link = house.links.make(house.ben, his.pid, LinkTerms(download=True, place=True))
    visit = house.enter(link)
    assert house.sees(visit) == []
    share = Share.get(Share.kind == "user")
    sharing.change(house.anna, share.pid, {"rights": ["view", "reshare"]})
    assert house.sees(visit) == [house.items[0].pid]
    assert not access.rights(visit.viewer, house.items[0]).download
    assert ("", "ben") in {(w.login, w.via) for w in sharing.audience(house.anna, house.items[0].pid)}
    sharing.revoke(house.anna, {"user": ben.login})
    assert house.sees(visit) == []


def test_a_link_takes_no_contributions_whatever_door_it_is_changed_by(house: House) -> None:
    link = house.link()
    for rights in (["view", "contribute"], ["view", "reshare"]):
        with pytest.raises(UsageError):
            sharing.change(house.anna, link.share.pid, {"rights": rights})


def test_no_more_are_in_than_may_be_and_who_is_refused_is_not_counted(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guests, "MOST_GUESTS", 1)
    link = house.link()
    visit = house.enter(link)
    with pytest.raises(Conflict):
        house.enter(link)
    assert Share.get(Share.pid == link.share.pid).uses == 1
    sharing.leave_visit(visit.viewer)
    assert house.enter(link)
    assert house.enter(house.link())
    assert house.enter(house.links.renew(house.anna, link.share.pid))
