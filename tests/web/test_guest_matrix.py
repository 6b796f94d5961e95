"""Actor x route for guests: each way in, each stranger, and that a guest is nobody anywhere else."""

import re
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from services import accounts, collections, sharing
from services.collections import Draft
from services.models import Collection, Guest, Item, User
from services.sharing import Link, LinkTerms
from tests.factories import Make
from tests.web.conftest import Web
from tests.web.objects import ABSENT
from tests.web.test_matrix import RULES, ask
from tests.web.walking import FOREIGN, OURS, name_of, walk, walk_along
from web.handling import GUEST_COOKIE, GUESTS
from web.routes import API, VISIT_MEDIA, VISIT_RENDITION, VISITS
from web.rules import Rule

ALL = [*VISITS, *VISIT_MEDIA, VISIT_RENDITION]
POSTS = [r for r in ALL if r.method == "POST"]
AT_EVENTS = ("/take-back", "/join")
"""What is there for guests of an event only: see `test_event_guest_matrix.py`."""


@dataclass
class Door:
    """Anna's link to her picture, and one to a collection of another."""

    web: Web
    link: Link
    other: Link
    words: str

    def enter(self, link: Link | None = None) -> tuple[TestClient, str]:
        client = self.web.client(**{"Sec-Fetch-Site": "same-origin"})
        answer = client.post(f"/s/{(link or self.link).secret}")
        assert answer.status_code == 303, answer.text
        return client, answer.headers["location"].rpartition("/")[2]

    def path(self, rule: Rule, guest: str, item: str | None = None) -> str:
        given = {"guest": guest, "id": item or self.web.item.pid, "size": "320", "role": "original"}
        given["file"] = f"{self.words}.vtt"
        return re.sub(r"{(\w+)}", lambda m: given[m[1]], rule.path)


@pytest.fixture
def door(web: Web, make: Make) -> Door:
    anna = accounts.viewer_for("anna")
    lake, other = (collections.create(anna, Draft(name)) for name in ("Lake", "Other"))
    collections.add(anna, lake.pid, [web.item.pid])
    second = make.item(web.people["anna"], "IMG_2.jpg", taken=5)
    collections.add(anna, other.pid, [second.pid])
    Item.update(colour="aabbcc").execute()
    links = [web.context.links.make(anna, c.pid, LinkTerms(download=True, place=True)) for c in (lake, other)]
    return Door(web, links[0], links[1], web.add_subtitle())


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_the_guest_gets_in(door: Door, rule: Rule) -> None:
    client, guest = door.enter()
    answer = client.request(rule.method, door.path(rule, guest))
    if rule.path.endswith(AT_EVENTS):
        assert answer.status_code == 404
        return
    assert answer.status_code == (
        303 if name_of(rule).startswith("POST") and rule.path.endswith("/leave") else 200
    )
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("who", ["nobody", "anna", "ben", "guest of another", "wrong cookie"])
def test_others_find_nothing(door: Door, who: str) -> None:
    _, guest = door.enter()
    mine = None
    if who == "guest of another":
        client, mine = door.enter(door.other)
        client.cookies.set(
            GUEST_COOKIE, client.cookies[GUEST_COOKIE], path="/"
        )  # sent also where it does not belong
    else:
        client = door.web.client(
            None if who in {"nobody", "wrong cookie"} else who, **{"Sec-Fetch-Site": "same-origin"}
        )
    if who == "wrong cookie":
        client.cookies.set(GUEST_COOKIE, accounts.create_token(accounts.viewer_for("anna"), "api").secret)

    def judge(rule: Rule, path: str) -> None:
        there = client.request(rule.method, path)
        nowhere = client.request(rule.method, door.path(rule, ABSENT))
        assert there.status_code == nowhere.status_code == 404
        assert "IMG_1" not in there.text
        assert "Lake" not in there.text
        if mine and "{id}" in rule.path:  # nor is what another link shows found through one's own
            assert client.request(rule.method, door.path(rule, mine)).status_code == 404

    walk_along([(rule, door.path(rule, guest)) for rule in ALL], judge, client)
    assert Guest.get(Guest.pid == guest).ended_at is None


@pytest.mark.parametrize("how", ["revoked", "paused", "password", "left", "collection", "owner"])
def test_who_was_a_guest_is_told_so_and_gets_nothing(door: Door, how: str) -> None:
    client, guest = door.enter()
    anna, share = accounts.viewer_for("anna"), door.link.share.pid
    if how == "revoked":
        door.web.context.links.revoke(anna, share)
    elif how == "paused":
        door.web.context.links.pause(anna, share)
    elif how == "password":
        door.web.context.links.change(anna, share, {"password": "blue boat"})
    elif how == "left":
        guest_viewer = sharing.visit(guest, client.cookies[GUEST_COOKIE]).viewer
        sharing.leave_visit(guest_viewer)
    elif how == "collection":
        collections.delete(anna, Collection.get(Collection.name == "Lake").pid)
    else:
        User.update(active=False).where(User.login == "anna").execute()

    def judge(rule: Rule, path: str) -> None:
        answer = client.request(rule.method, path, headers={"If-None-Match": "*"})
        assert answer.status_code == 410
        assert "anna" in answer.text
        assert "IMG_1" not in answer.text
        assert "Lake" not in answer.text

    walk_along([(rule, door.path(rule, guest)) for rule in ALL], judge, client)


def test_a_guest_is_nobody_on_the_pages_of_people(door: Door) -> None:
    door.web.client("anna")  # so that she has a session to be stolen
    client, _ = door.enter()
    secret = client.cookies[GUEST_COOKIE]
    for name in (GUEST_COOKIE, "hyp"):
        client.cookies.set(name, secret, path="/")
    program = door.web.client()

    def judge(rule: Rule, path: str) -> None:
        answer = ask(client, rule, path)
        assert answer.status_code == (401 if rule.path.startswith(API) else 303)
        assert door.web.item.name not in answer.text
        bearer = ask(program, rule, path, headers={"Authorization": f"Bearer {secret}"})
        assert bearer.status_code == (401 if rule.path.startswith(API) else 303)

    walk(door.web, [r for r in RULES if r.policy != "public"], judge, client, program)


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("rule", POSTS, ids=name_of)
def test_our_own_pages_act_for_the_guest(door: Door, rule: Rule, headers: dict[str, str]) -> None:
    client, guest = door.enter()
    del client.headers["Sec-Fetch-Site"]
    assert client.post(door.path(rule, guest), headers=headers).status_code != 403


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_acts_for_no_guest(door: Door, headers: dict[str, str]) -> None:
    client, guest = door.enter()
    del client.headers["Sec-Fetch-Site"]

    def judge(rule: Rule, path: str) -> None:
        assert client.post(path, headers=headers).status_code == 403

    walk_along([(rule, door.path(rule, guest)) for rule in POSTS], judge, client)


def test_the_cookie_is_sent_to_this_visit_and_nowhere_else(door: Door) -> None:
    client = door.web.client(**{"Sec-Fetch-Site": "same-origin"})
    answer = client.post(f"/s/{door.link.secret}")
    cookie = answer.headers["set-cookie"]
    guest = answer.headers["location"].rpartition("/")[2]
    assert cookie.startswith(f"{GUEST_COOKIE}=hyp_gst_")
    assert f"path={GUESTS}/{guest};" in cookie.lower().replace(guest.lower(), guest)
    assert "httponly" in cookie.lower()
    assert "samesite=lax" in cookie.lower()
    for page in (client.get(f"/guest/{guest}"), client.get(f"/guest/{guest}/items/{door.web.item.pid}")):
        assert "hyp_" not in page.text  # neither the link's secret nor the session's
