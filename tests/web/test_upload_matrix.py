"""Guests who drop files: actor x route for those addresses, the limits, and what a guest is told."""

import re
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from services import accounts, clock, collections, sharing
from services.errors import AccessDenied, NotFound, UsageError
from services.models import Guest, Storage, Upload
from services.sharing import Link
from services.uploads import Target
from services.uploads.telling import SOONEST
from services.viewers import Viewer
from tests.web.api.test_uploads import CHUNK, TUS, named
from tests.web.conftest import Web
from tests.web.objects import ABSENT
from tests.web.test_guest_matrix import Door, door
from tests.web.walking import FOREIGN, OURS, SITE, name_of, walk_along
from web.handling import GUEST_COOKIE
from web.routes import DROP_UPLOADS, DROPS
from web.rules import Rule

__all__ = ["door"]

ALL = [*DROPS, *DROP_UPLOADS]
OF_ONE = [r for r in ALL if "{id}" in r.path]
CHANGES = [r for r in ALL if r.method not in {"GET", "HEAD", "OPTIONS"}]


@dataclass
class Dropping:
    """Where files of guests go: anna's storage; or why they do not."""

    storage: Storage
    most: int | None = None
    refusal: Exception | None = None

    def __call__(self, viewer: Viewer) -> Target:
        if self.refusal is not None:
            raise self.refusal
        assert viewer.kind == "guest"
        return Target(None, viewer.guest_id, None, self.storage, "Events/Wedding", self.most)


@pytest.fixture
def dropping(web: Web) -> Dropping:
    Storage.update(writable=True).execute()
    made = Dropping(web.storage)
    object.__setattr__(web.context, "dropping", made)  # it is frozen, but not for this
    return made


@dataclass
class Visitor:
    """A guest with a file on its way."""

    client: TestClient
    guest: str
    upload: str

    def path(self, rule: Rule, guest: str | None = None, upload: str | None = None) -> str:
        given = {"guest": guest or self.guest, "id": upload or self.upload}
        return re.sub(r"{(\w+)}", lambda m: given[m[1]], rule.path)

    @property
    def base(self) -> str:
        return f"/guest/{self.guest}/uploads"


@pytest.fixture
def visitor(door: Door, dropping: Dropping) -> Visitor:
    return enter(door)


def enter(door: Door, link: Link | None = None) -> Visitor:
    client, guest = door.enter(link)
    headers = TUS | {"Upload-Length": "10", "Upload-Metadata": named(name="IMG_7.jpg")}
    answer = client.post(f"/guest/{guest}/uploads", headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].startswith(f"/guest/{guest}/uploads/")
    return Visitor(client, guest, answer.headers["location"].rpartition("/")[2])


@pytest.mark.parametrize("rule", ALL, ids=name_of)
def test_the_guest_gets_in(visitor: Visitor, rule: Rule) -> None:
    headers = (CHUNK if rule.method == "PATCH" else TUS) | {"Upload-Offset": "0", "Upload-Length": "5"}
    answer = visitor.client.request(rule.method, visitor.path(rule), headers=headers)
    assert answer.status_code == {"POST /guest/{guest}/files": 422}.get(name_of(rule), answer.status_code)
    assert answer.status_code in {200, 201, 204, 422}, answer.text
    assert "no-store" in answer.headers["cache-control"]
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "who", ["nobody", "anna", "ben", "guest of another", "guest of the same", "wrong cookie"]
)
def test_others_find_nothing(door: Door, visitor: Visitor, who: str) -> None:
    other = None
    if who.startswith("guest"):
        other = enter(door, door.other if who == "guest of another" else None)
        client = other.client
        client.cookies.set(GUEST_COOKIE, client.cookies[GUEST_COOKIE], path="/")
    else:
        client = door.web.client(None if who in {"nobody", "wrong cookie"} else who, **SITE)
        if who == "wrong cookie":
            client.cookies.set(GUEST_COOKIE, accounts.create_token(accounts.viewer_for("anna"), "api").secret)

    def judge(rule: Rule, path: str) -> None:
        if other and rule in OF_ONE:  # another guest's upload is not found through one's own visit
            there = client.request(rule.method, visitor.path(rule, other.guest), headers=CHUNK)
            nowhere = client.request(rule.method, visitor.path(rule, other.guest, ABSENT), headers=CHUNK)
            assert (there.status_code, there.content) == (404, nowhere.content)
        there = client.request(rule.method, path, headers=CHUNK)
        nowhere = client.request(rule.method, visitor.path(rule, ABSENT), headers=CHUNK)
        assert there.status_code == nowhere.status_code == 404
        assert "IMG_7" not in there.text

    walk_along([(rule, visitor.path(rule)) for rule in ALL], judge, client)
    assert Upload.get(Upload.pid == visitor.upload).got == 0


@pytest.mark.parametrize("how", ["revoked", "left", "collection"])
def test_who_was_a_guest_gets_nothing_more(door: Door, visitor: Visitor, how: str) -> None:
    anna = accounts.viewer_for("anna")
    if how == "revoked":
        door.web.context.links.revoke(anna, door.link.share.pid)
    elif how == "left":
        sharing.leave_visit(sharing.visit(visitor.guest, visitor.client.cookies[GUEST_COOKIE]).viewer)
    else:
        collections.delete(anna, door.link.share.collection.pid)

    def judge(rule: Rule, path: str) -> None:
        answer = visitor.client.request(rule.method, path, headers=CHUNK)
        assert answer.status_code == 410
        assert "IMG_7" not in answer.text

    walk_along([(rule, visitor.path(rule)) for rule in ALL], judge, visitor.client)


@pytest.mark.parametrize("headers", OURS)
@pytest.mark.parametrize("rule", CHANGES, ids=name_of)
def test_our_own_pages_act_for_the_guest(visitor: Visitor, rule: Rule, headers: dict[str, str]) -> None:
    del visitor.client.headers["Sec-Fetch-Site"]
    answer = visitor.client.request(rule.method, visitor.path(rule), headers=TUS | headers)
    assert answer.status_code != 403


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_site_acts_for_no_guest(visitor: Visitor, headers: dict[str, str]) -> None:
    del visitor.client.headers["Sec-Fetch-Site"]

    def judge(rule: Rule, path: str) -> None:
        assert visitor.client.request(rule.method, path, headers=TUS | headers).status_code == 403

    walk_along([(rule, visitor.path(rule)) for rule in CHANGES], judge, visitor.client)


def test_a_guest_of_a_link_drops_nothing(door: Door) -> None:
    client, guest = door.enter()
    answer = client.post(f"/guest/{guest}/uploads", headers=TUS | {"Upload-Length": "5"})
    assert answer.status_code == 404
    assert client.get(f"/guest/{guest}/files").status_code == 404
    assert client.post(f"/guest/{guest}/files", files={"file": ("a.jpg", b"x")}).status_code == 404
    assert not Upload.select().exists()


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (AccessDenied("Only looking is allowed."), 403),
        (UsageError("Enough files came."), 422),
        (NotFound(), 404),
    ],
)
def test_what_the_event_refuses(
    visitor: Visitor, dropping: Dropping, refusal: Exception, status: int
) -> None:
    dropping.refusal = refusal
    answer = visitor.client.post(visitor.base, headers=TUS | {"Upload-Length": "5"})
    assert answer.status_code == status
    page = visitor.client.get(f"/guest/{visitor.guest}/files")
    assert page.status_code == 200
    assert 'type="file"' not in page.text


def test_a_file_that_is_too_large(visitor: Visitor, dropping: Dropping) -> None:
    dropping.most = 1000
    answer = visitor.client.post(visitor.base, headers=TUS | {"Upload-Length": "1001"})
    assert (answer.status_code, answer.json()["most"]) == (413, 1000)
    page = visitor.client.post(f"/guest/{visitor.guest}/files", files={"file": ("a.jpg", b"x" * 1001)})
    assert page.status_code == 422
    assert "This file is too large: at most 1 kB may be sent." in page.text
    assert [u.pid for u in Upload.select()] == [visitor.upload]


def test_files_of_a_form(visitor: Visitor, web: Web) -> None:
    sent = [("file", ("../a<b>.jpg", b"0123")), ("file", ("empty.jpg", b"")), ("file", ("b.jpg", b"45"))]
    answer = visitor.client.post(f"/guest/{visitor.guest}/files", files=sent)
    assert answer.status_code == 422
    assert "The file is empty." in answer.text
    assert "a_b_.jpg" in answer.text
    found = {u.name: u for u in Upload.select().where(Upload.state == "whole")}
    assert {n: (u.size, u.folder) for n, u in found.items()} == {
        "a_b_.jpg": (4, "Events/Wedding"), "b.jpg": (2, "Events/Wedding"),
    }  # fmt: skip
    answer = visitor.client.post(f"/guest/{visitor.guest}/files", files=sent[2:])
    assert (answer.status_code, answer.headers["location"]) == (303, f"/guest/{visitor.guest}/files")
    assert "b.jpg" in visitor.client.get(answer.headers["location"]).text


def test_a_guest_learns_nothing_of_the_storage(
    visitor: Visitor, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = web.storage.name
    visitor.client.patch(
        f"{visitor.base}/{visitor.upload}", content=b"0123456789", headers=CHUNK | {"Upload-Offset": "0"}
    )
    Upload.update(problem=f"No room left in the storage for “{secret}”.").execute()
    told = visitor.client.get(visitor.base)
    assert told.json()["items"][0]["state"] == "received"
    assert secret not in told.text + visitor.client.get(f"/guest/{visitor.guest}/files").text
    Upload.update(state="done", item=web.item, problem="").execute()
    assert visitor.client.get(visitor.base).json()["items"][0]["state"] == "received"
    now = clock.now()
    monkeypatch.setattr(clock, "source", lambda: (now + SOONEST) / clock.SECOND)
    told = visitor.client.get(visitor.base)
    assert told.json()["items"][0] | {"created": ""} == {
        "id": visitor.upload, "href": f"{visitor.base}/{visitor.upload}", "name": "IMG_7.jpg", "mime": None,
        "size": 10, "received": 10, "state": "stored", "problem": None, "waits_for": None, "stored_in": None,
        "item": None, "created": "", "expires": None,
    }  # fmt: skip
    assert secret not in told.text + visitor.client.get(f"/guest/{visitor.guest}/files").text
    assert Guest.select().count() == 1
