"""Actor x route x picture for guests of an event: what each of its kinds gives, and that its end ends all of it."""

import hashlib
import re

import pytest
from starlette.testclient import TestClient

from services import accounts, collections, events
from services.accounts import OPERATOR
from services.collections import Draft
from services.models import Guest, Item, User
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import SRT, Web
from tests.web.gathering import Comer, Gathering
from tests.web.test_matrix import RULES, ask
from tests.web.walking import FOREIGN, OURS, SITE, name_of, walk, walk_along
from web.handling import GUEST_COOKIE
from web.routes import API, VISIT_MEDIA, VISIT_RENDITION, VISITS
from web.rules import Rule

ALL = [*VISITS, *VISIT_MEDIA, VISIT_RENDITION]
POSTS = [r for r in ALL if r.method == "POST"]
OF_ITEMS = [r for r in ALL if "{id}" in r.path and "{file}" not in r.path]
"""What every picture has; subtitles have tests of their own."""
WORDS = hashlib.sha256(SRT).hexdigest()[:16]
MODES = ("view", "contribute", "drop")
PICTURES = ("shown", "mine", "mine approved", "mine rejected", "theirs", "theirs approved", "elsewhere")


def path_of(rule: Rule, comer: Comer, item: str = "AAAAAAAAAAAAAAAA") -> str:
    given = {"id": item, "size": "320", "role": "original", "file": f"{WORDS}.vtt"}
    return comer.base + re.sub(r"{(\w+)}", lambda m: given[m[1]], rule.path.partition("{guest}")[2])


def sent(rule: Rule, picture: Item | None = None) -> dict[str, str]:
    """What our own form would send."""
    return {f"pick.{picture.pid}": "on"} if picture is not None and rule.path.endswith("/take-back") else {}


@pytest.fixture
def party(web: Web, make: Make) -> Gathering:
    return Gathering(web, make)


def furnished(web: Web, make: Make, mode: str) -> tuple[Gathering, Comer, dict[str, Item]]:
    """An event with a guest, and one picture of each kind."""
    party = Gathering(web, make, guests="contribute")
    lou, max_ = party.enter("Lou"), party.enter("Max")
    pictures = {
        "shown": party.shown,
        "mine": party.drop(lou, "mine.jpg"),
        "mine approved": party.drop(lou, "mine_approved.jpg", decision="approve"),
        "mine rejected": party.drop(lou, "mine_rejected.jpg", decision="reject"),
        "theirs": party.drop(max_, "theirs.jpg"),
        "theirs approved": party.drop(max_, "theirs_approved.jpg", decision="approve"),
        "elsewhere": make.item(web.people["anna"], "elsewhere.jpg", taken=9, colour="aabbcc"),
    }
    web.context.events.change(party.anna, party.event.pid, {"guests": mode})
    return party, lou, pictures


@pytest.mark.parametrize("mode", MODES)
def test_what_each_kind_of_event_gives(web: Web, make: Make, mode: str) -> None:
    """Every route of items for every picture: what others brought is seen when approved, and never in a drop box."""
    _, lou, pictures = furnished(web, make, mode)
    common = set() if mode == "drop" else {"shown", "theirs approved", "mine approved"}
    seen = common | {"mine", "mine approved", "mine rejected"}
    page = lou.client.get(lou.base)
    assert page.status_code == 200
    assert (f"· {len(common)} pictures and videos" in page.text) == (mode != "drop"), (
        "the number tells of others"
    )
    for kind in PICTURES:
        assert (pictures[kind].pid in page.text) == (kind in seen), kind
        for rule in OF_ITEMS:
            answer = lou.client.request(rule.method, path_of(rule, lou, pictures[kind].pid))
            is_original = rule.path.endswith(("/original", "/assets/{role}"))
            given = kind in (common if is_original else seen)
            assert answer.status_code == (200 if given else 404), (kind, rule.path, answer.text)
            assert answer.headers["cache-control"] == "private, no-store" or answer.status_code == 404
    packed = lou.client.post(f"{lou.base}/zip")
    assert packed.status_code == (404 if mode == "drop" else 200)
    for kind in PICTURES:
        if packed.status_code == 200:
            assert (pictures[kind].name.encode() in packed.content) == (kind in common), kind


def take_back(lou: Comer, *pictures: Item) -> int:
    picked = {f"pick.{picture.pid}": "on" for picture in pictures}
    return lou.client.post(f"{lou.base}/take-back", data=picked).status_code


def taken_back() -> set[str]:
    return {item.pid for item in Item.select().where(Item.taken_back_at.is_null(False))}


@pytest.mark.parametrize("mode", MODES)
def test_only_ones_own_is_taken_back(web: Web, make: Make, mode: str) -> None:
    """What is not theirs takes nothing of their own with it; then their own goes, one by one."""
    _, lou, pictures = furnished(web, make, mode)
    for kind in PICTURES:
        if not kind.startswith("mine"):
            assert take_back(lou, pictures[kind], pictures["mine"]) == 404, kind
            assert taken_back() == set(), kind
    assert take_back(lou, pictures["mine approved"], pictures["mine rejected"]) == 303
    assert taken_back() == {pictures["mine approved"].pid, pictures["mine rejected"].pid}
    assert take_back(lou, pictures["mine"]) == 303
    assert taken_back() == {pictures[kind].pid for kind in PICTURES if kind.startswith("mine")}


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_each_answer_is_kept_nowhere(party: Gathering, rule: Rule) -> None:
    lou = party.enter()
    mine = party.drop(lou)
    if "{file}" in rule.path:
        assert party.web.add_subtitle() == WORDS
    answer = lou.client.request(rule.method, path_of(rule, lou, party.shown.pid), data=sent(rule, mine))
    assert answer.status_code in {200, 303}, answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "hyp_" not in answer.text


@pytest.mark.parametrize("who", ["nobody", "anna", "ben", "guest of another", "guest of a link"])
def test_others_find_nothing(party: Gathering, who: str) -> None:
    lou = party.enter()
    mine = party.drop(lou)
    if who == "guest of another":
        other = Gathering(party.web, party.make, name="Other")
        client: TestClient = other.enter("Max").client
        send_everywhere(client)
    elif who == "guest of a link":
        lake = collections.create(party.anna, Draft("Lake"))
        link = party.web.context.links.make(party.anna, lake.pid, LinkTerms())
        client = party.web.client(**{"Sec-Fetch-Site": "same-origin"})
        client.post(f"/s/{link.secret}")
        send_everywhere(client)
    else:
        client = party.web.client(None if who == "nobody" else who, **{"Sec-Fetch-Site": "same-origin"})

    def judge(rule: Rule, path: str) -> None:
        answer = client.request(rule.method, path, data=sent(rule, mine))
        assert answer.status_code == 404
        assert "Lake party" not in answer.text

    walk_along([(rule, path_of(rule, lou, mine.pid)) for rule in ALL], judge, client)
    assert Item.get_by_id(mine.id).taken_back_at is None
    assert lou.guest.ended_at is None


def send_everywhere(client: TestClient) -> None:
    """Have the cookie of a visit sent also where it does not belong."""
    client.cookies.set(GUEST_COOKIE, client.cookies[GUEST_COOKIE], path="/")


@pytest.mark.parametrize("how", ["closed", "expired", "dismissed", "new door", "left", "owner"])
def test_who_was_a_guest_is_told_so_and_gets_nothing(
    party: Gathering, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lou = party.enter()
    mine = party.drop(lou)
    end(party, lou, how, monkeypatch)

    def judge(rule: Rule, path: str) -> None:
        headers = {"If-None-Match": "*"}
        answer = lou.client.request(rule.method, path, headers=headers, data=sent(rule, mine))
        assert answer.status_code == 410
        assert "anna" in answer.text
        assert "Lake party" not in answer.text
        assert mine.name not in answer.text

    walk_along([(rule, path_of(rule, lou, mine.pid)) for rule in ALL], judge, lou.client)
    assert (Item.get_by_id(mine.id).taken_back_at is None) == (how != "left")


def end(party: Gathering, lou: Comer, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    doing = party.web.context.events
    if how == "closed":
        doing.close(party.anna, party.event.pid)
    elif how == "expired":
        end_of = party.now().expires_at
        monkeypatch.setattr("services.clock.source", lambda: end_of / 1_000_000)
    elif how == "dismissed":
        events.dismiss(party.anna, party.event.pid, lou.guest.pid)
    elif how == "new door":
        doing.doors.renew(party.anna, party.event.pid, guests_too=True)
    elif how == "left":
        events.dropping.leave_event(lou.viewer, party.web.context.jobs)
    else:
        User.update(active=False).where(User.login == "anna").execute()


def test_a_guest_is_nobody_on_the_pages_of_people(party: Gathering) -> None:
    party.web.client("anna")  # so that she has a session to be stolen
    client = party.enter().client
    secret = client.cookies[GUEST_COOKIE]
    for name in (GUEST_COOKIE, "hyp"):
        client.cookies.set(name, secret, path="/")

    def judge(rule: Rule, path: str) -> None:
        answer = ask(client, rule, path)
        assert answer.status_code == (401 if rule.path.startswith(API) else 303)
        assert party.shown.name not in answer.text

    walk(party.web, [r for r in RULES if r.policy != "public"], judge, client)


def beside_ben(party: Gathering) -> Comer:
    """A guest at a browser where somebody is signed in, who does not begin to take part."""
    lou = party.enter(client=party.web.client("ben", **SITE))
    del lou.client.headers["Sec-Fetch-Site"]
    return lou


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("rule", POSTS, ids=name_of)
def test_our_own_pages_act_for_the_guest(party: Gathering, rule: Rule, headers: dict[str, str]) -> None:
    lou = beside_ben(party)
    mine = party.drop(lou)
    answer = lou.client.post(path_of(rule, lou), headers=headers, data=sent(rule, mine))
    assert answer.status_code != 403


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_acts_for_no_guest(party: Gathering, headers: dict[str, str]) -> None:
    """Nor for the person beside them."""
    lou = beside_ben(party)
    mine = party.drop(lou)

    def judge(rule: Rule, path: str) -> None:
        assert lou.client.post(path, headers=headers, data=sent(rule, mine)).status_code == 403

    walk_along([(rule, path_of(rule, lou)) for rule in POSTS], judge, lou.client)
    assert events.cards(accounts.viewer_for("ben")) == []
    assert lou.guest.ended_at is None
    assert Item.get_by_id(mine.id).taken_back_at is None


class TestJoining:
    """It takes two proofs: the guest's cookie, and the person's own session."""

    def test_with_both(self, party: Gathering) -> None:
        lou = party.enter(client=party.web.client("ben", **{"Sec-Fetch-Site": "same-origin"}))
        assert "Take part as ben" in lou.client.get(f"{lou.base}/join").text
        answer = lou.client.post(f"{lou.base}/join")
        assert (answer.status_code, answer.headers["location"]) == (303, f"/events/{party.event.pid}")
        assert [card.event for card in events.cards(accounts.viewer_for("ben"))] == [party.event]
        assert Guest.get().user == party.web.people["ben"]

    def test_a_guest_alone_is_led_to_the_sign_in(self, party: Gathering) -> None:
        lou = party.enter()
        page = lou.client.get(f"{lou.base}/join")
        assert f'href="/login?next={lou.base}/join"' in page.text
        answer = lou.client.post(f"{lou.base}/join")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{lou.base}/join")
        signed_in = lou.client.post(
            "/login", data={"login": "ben", "password": "a lake in the morning", "next": f"{lou.base}/join"}
        )
        assert signed_in.headers["location"] == f"{lou.base}/join"
        assert "Take part as ben" in lou.client.get(f"{lou.base}/join").text

    @pytest.mark.parametrize("cookie", ["hyp_guest's own", "ended", "disabled"])
    def test_what_is_no_session_joins_nobody(self, party: Gathering, cookie: str) -> None:
        client = party.web.client("ben", **{"Sec-Fetch-Site": "same-origin"})
        lou = party.enter(client=client)
        if cookie == "ended":
            secret = client.cookies["hyp"]
            client.post("/logout")
            client.cookies.set("hyp", secret, path="/")
        elif cookie == "disabled":
            accounts.disable_person(OPERATOR, party.web.people["ben"].pid)
        else:
            secret = client.cookies[GUEST_COOKIE]
            client.cookies.clear()
            client.cookies.set(GUEST_COOKIE, secret, path="/")
            client.cookies.set("hyp", secret, path="/")
        answer = client.post(f"{lou.base}/join")
        assert answer.headers["location"] == f"{lou.base}/join"
        assert not Guest.select().where(Guest.user.is_null(False)).exists()

    def test_a_person_alone_joins_nothing_by_the_id_of_a_visit(self, party: Gathering) -> None:
        lou = party.enter()
        ben = party.web.client("ben", **{"Sec-Fetch-Site": "same-origin"})
        assert ben.post(f"{lou.base}/join").status_code == 404
        assert events.cards(accounts.viewer_for("ben")) == []
