"""Actor x route x object: made from the route table, so that a new route cannot be forgotten.

Every route that names an object is asked for anna's object by everybody, and for one that does not
exist; who may not see it gets the same bytes for both.
"""

import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from services import accounts, collections, events, screens
from services.models import (
    Collection,
    Event,
    File,
    Grant,
    Group,
    Job,
    Membership,
    Screen,
    Share,
    Storage,
    Trash,
    Undo,
    Upload,
    User,
)  # fmt: skip
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import Web
from web.routes import API, PAGES, RENDITION, RESOURCES
from web.rules import Rule

RULES = [*PAGES, *RESOURCES, RENDITION]
SIGNED_IN = ["admin", "ben", "kim"]
KINDS = ("{type}", "{provider}", "{person}")
"""What these stand for is nobody's own."""

OBJECTS = [
    r for r in RULES if "{" in r.path and not r.path.endswith(KINDS) and "/screens/" not in r.path
]  # screens are the household's: tests/web/test_screen_matrix.py
ABSENT = "AAAAAAAAAAAAAAAA"


def name_of(rule: Rule) -> str:
    return f"{rule.method} {rule.path}"


def address(web: Web, rule: Rule, *, absent: bool = False) -> str:
    """The route's address for anna's own object, or for none."""
    pid = web.item.pid
    if "/draft" in rule.path:
        options = {"url": "http://127.0.0.1/", "user": "anna", "pass": "x"}
        pid = web.context.remotes.begin(accounts.viewer_for("anna"), "webdav", options).pid
    elif rule.path.endswith("/reconnect"):
        pid = far_storage(web).pid
    elif "/problems/" in rule.path:
        pid = f"file-{unread(web).pid}" if "/again" in rule.path else f"job-{failed(web).pid}"
    elif "/events/" in rule.path:
        pid = gathering(web, over=rule.path.endswith(("/after", "/freeing"))).pid
    elif rule.path.endswith("/contribute"):
        pid = asking(web).pid
    elif "/collections/" in rule.path and "/items/{id}/collections" not in rule.path:
        pid = gathered(web).pid
    elif "/uploads/" in rule.path:
        pid = sending(web).pid
    elif "/approvals/undo/" in rule.path:
        pid = decided(web).pid
    elif "/undo/" in rule.path:
        pid = undoable(web).pid
    elif "/storages/" in rule.path:
        pid = web.storage.pid
    elif "/trash/" in rule.path:
        pid = thrown(web).pid
    elif rule.path.startswith("/links/") or rule.path.endswith(("/shares/{id}/pause", "/shares/{id}/renew")):
        pid = linked(web)
    elif "/shares/" in rule.path:
        pid = shared(web).pid
    elif "/grants/" in rule.path:
        pid = received(web).pid
    elif "/groups/" in rule.path:
        pid = grouped(web)
    elif "/jobs/" in rule.path:
        pid = web.job.pid
    elif "/people/" in rule.path or "/users/" in rule.path:
        pid = web.people["anna"].pid
    elif "/tokens/" in rule.path or "/passwords/" in rule.path:
        pid = accounts.create_token(accounts.viewer_for("anna"), "app").info.pid
    elif "/screens/" in rule.path:
        pid = device_of(web) if "/devices/" in rule.path else screen_of(web)
    elif "/sessions/" in rule.path:
        pid = accounts.list_sessions(accounts.viewer_for("anna"))[0].pid if "anna" in web.people else ABSENT
    given = {
        "id": ABSENT if absent else pid,
        "role": "original",
        "size": "320",
        "month": "202607",
        "token": ABSENT,
        "path": "IMG_1.jpg",
        "type": "webdav",
        "provider": "google",
        "login": "anna",
        "grant": ABSENT,
        "guest": ABSENT,
        "person": "ben",
    }
    path = re.sub(r"{(\w+)(?::\w+)?}", lambda m: given[m[1]], rule.path)
    if path.endswith("/why"):
        return f"{path}?item={web.item.pid}"
    return f"{path}?path=IMG_1.jpg" if path.endswith("/files/entry") else path


def gathered(web: Web) -> Collection:
    """A collection of anna's with her picture."""
    found: Collection | None = Collection.get_or_none(Collection.purpose == "own")
    if found is not None:
        return found
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, collections.Draft("Lake"))
    collections.add(anna, made.pid, [web.item.pid])
    return made


def sending(web: Web) -> Upload:
    """A file that anna is sending."""
    found = Upload.get_or_none()
    return found or Upload.create(
        pid="UPLOAD_OF_ANNA_1", user=web.people["anna"], storage=web.storage, name="IMG_1.jpg", size=9, node="here",
        created_at=1, expires_at=2**60,
    )  # fmt: skip


def gathering(web: Web, *, over: bool = False) -> Event:
    """An event of anna's with her picture; what is left after it is asked of one that is over."""
    anna = accounts.viewer_for("anna")
    found = Event.get_or_none()
    if found is None:
        found = web.context.events.make(anna, {"name": "Wedding"})
        events.contribute_items(anna, found.pid, [web.item.pid])
    if over:
        web.context.events.close(anna, found.pid)
    return found


def undoable(web: Web) -> Undo:
    """Something that anna may take back."""
    values = {"user": web.people["anna"], "detail": {"before": []}, "created_at": 1, "expires_at": 1 << 60}
    found = Undo.get_or_none(Undo.action == "selection")
    return found or Undo.create(pid="CAN_BE_UNDONE_01", action="selection", **values)


def thrown(web: Web) -> Trash:
    """Something in the trash of anna's storage."""
    found = Trash.get_or_none()
    return found or Trash.create(
        pid="IN_THE_TRASH_012", batch="b", owner=web.people["anna"], storage=web.storage, kind="deleted",
        path="gone.jpg", place="t/gone.jpg", name="gone.jpg", is_dir=False, size=1, files=1, trashed_at=1,
    )  # fmt: skip


def collected(web: Web) -> Collection:
    """A collection of anna's."""
    mine = (Collection.owner == web.people["anna"]) & (Collection.purpose == "own")
    found = Collection.get_or_none(mine)
    return found or Make(web.data).collection(web.people["anna"], "Lake")


def shared(web: Web) -> Share:
    """A share of anna's, by which nobody has a right."""
    found = Share.get_or_none((Share.owner == web.people["anna"]) & (Share.kind != "event"))
    return found or Make(web.data).share(collected(web), kind="group", group=group_of(web))


def received(web: Web) -> Grant:
    """What somebody who is nobody here shares with anna."""
    found = Grant.get_or_none(Grant.user == web.people["anna"])
    if found is not None:
        return found
    make = Make(web.data)
    return make.grant(make.share(make.collection(make.user("zoe"))), user=web.people["anna"])


def asking(web: Web) -> Collection:
    """A collection of somebody who is nobody here, and who asks anna for contributions."""
    make = Make(web.data)
    found = Collection.get_or_none(Collection.name == "Wedding")
    if found is not None:
        return found
    made = make.collection(make.user("zoe"), "Wedding")
    make.grant(make.share(made, may_contribute=True), user=web.people["anna"])
    return made


def group_of(web: Web) -> Group:
    """A group with anna in it."""
    found = Group.get_or_none()
    if found is None:
        found = Group.create(pid="GROUP_OF_ANNA_01", name="Family", name_fold="family", created_at=1)
        Membership.create(group=found, user=web.people["anna"])
    return found


def grouped(web: Web) -> str:
    return str(group_of(web).pid)


def device_of(web: Web) -> str:
    """A television that asks to be let in."""
    return screens.identify("192.168.1.40", "a4:83:e7:11:22:33", "SEC_HHP_[TV] Samsung/1.0").pid


def screen_of(web: Web) -> str:
    """A screen that anna let in, which shows her picture."""
    found = Screen.get_or_none(Screen.removed_at.is_null())
    if found is None:
        asking = screens.identify("192.168.1.41").pid
        show = [gathered(web).pid]
        found = screens.approve(accounts.viewer_for("anna"), asking, name="Living room", show=show)
    return str(found.pid)


def decided(web: Web) -> Undo:
    """A decision of anna's that she may take back."""
    return Undo.get_or_none(Undo.action == "decide") or Undo.create(
        pid="UNDO_OF_ANNA_012", user=web.people["anna"], action="decide", detail={"before": []}, created_at=1,
        expires_at=2**60,
    )  # fmt: skip


def linked(web: Web) -> str:
    """A link to a collection of hers."""
    return web.context.links.make(accounts.viewer_for("anna"), collected(web).pid, LinkTerms()).share.pid


def unread(web: Web) -> File:
    """A file of anna's storage that could not be read."""
    file: File = File.get(File.id == web.file.id)
    File.update(problem="it is cut").where(File.id == file.id).execute()
    return file


def failed(web: Web) -> Job:
    """A job of anna's that failed."""
    Job.update(state="failed", finished_at=1, error="it broke").where(Job.id == web.job.id).execute()
    return web.job


def far_storage(web: Web) -> Storage:
    """A storage of anna's that lies elsewhere."""
    web.rclone.remotes["h_anna"] = {"type": "webdav", "url": "http://127.0.0.1/", "user": "anna", "pass": "x"}
    Storage.update(kind="rclone", root="Photos", options={"type": "webdav", "remote": "h_anna"}).where(
        Storage.id == web.storage.id
    ).execute()
    return web.storage


BODIES: dict[str, dict[str, object]] = {
    f"{API}/grants/{{id}}": {"timeline": False},
    f"{API}/storages/{{id}}": {"name": "x"},
    f"{API}/storages/{{id}}/files/{{path:path}}": {"path": "x.jpg"},
    f"{API}/users/{{id}}": {"active": False},
    f"{API}/shares/{{id}}": {"note": "x"},
    f"{API}/groups/{{id}}/people": {"user": "ben"},
    f"{API}/collections/{{id}}": {"name": "x"},
    f"{API}/screens/{{id}}": {"name": "x"},
    f"{API}/screens/devices/{{id}}": {"state": "refused"},
}


def ask(client: TestClient, rule: Rule, path: str, headers: dict[str, str] | None = None) -> Any:
    """Ask as our own pages would: with what a browser says of same-origin requests."""
    given = {"Sec-Fetch-Site": "same-origin", **(headers or {})}
    body = BODIES.get(rule.path) if rule.method == "PATCH" or "/groups/" in rule.path else None
    if not rule.path.endswith("/stream"):
        return client.request(rule.method, path, headers=given, json=body)
    with client.stream(rule.method, path, headers=given) as answer:
        if answer.status_code != 200:  # a stream that was opened does not end by itself
            answer.read()
        return answer


def test_every_route_says_who_may_ask_for_it() -> None:
    assert len(RULES) > 60
    for rule in RULES:
        assert rule.policy in {"public", "person", "admin"}
    public = {name_of(r) for r in RULES if r.policy == "public"}
    assert public == {
        "GET /setup", "POST /setup", "GET /login", "POST /login", "GET /invite/{token}", "POST /invite/{token}",
        "GET /s/{token}", "POST /s/{token}", "GET /e", "POST /e", "GET /e/{token}", "POST /e/{token}",
        "GET /certificate", "GET /certificate/household.crt", "GET /certificate/household.mobileconfig",
        "GET /certificate/reached", f"GET {API}/openapi.json", "GET /healthz", "GET /metrics",
    }  # fmt: skip


@pytest.mark.parametrize("rule", [r for r in RULES if r.policy != "public"], ids=name_of)
def test_nobody_gets_nothing(web: Web, rule: Rule) -> None:
    answer = ask(web.client(), rule, address(web, rule) if "/sessions/" not in rule.path else rule.path)
    if rule.path.startswith(API):
        assert answer.status_code == 401
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login")
    assert web.item.name not in answer.text


@pytest.mark.parametrize("rule", [r for r in OBJECTS if r.policy == "person"], ids=name_of)
def test_what_is_not_theirs_is_as_if_it_were_not(web: Web, rule: Rule) -> None:
    web.client("anna")  # so that she has a session to be stolen
    for who in SIGNED_IN:
        client = web.client(who)
        if rule.path == "/timeline/b/{month:int}":
            assert client.get(address(web, rule)).json()["id"] == [], who
        else:
            require_nothing(web, client, rule)


def require_nothing(web: Web, client: TestClient, rule: Rule) -> None:
    """What is asked for is answered like what there is not."""
    there = ask(client, rule, address(web, rule))
    nowhere = ask(client, rule, address(web, rule, absent=True))
    assert there.status_code == nowhere.status_code == 404
    if rule.path.startswith(API):
        assert there.content == nowhere.content
    else:
        assert scrubbed(there.text) == scrubbed(nowhere.text)


def scrubbed(page: str) -> str:
    """A page without what differs from answer to answer."""
    return re.sub(r'nonce="[^"]*"|(href|action)="[^"]*"', "", page)


@pytest.mark.parametrize("rule", [r for r in RULES if r.policy == "admin"], ids=name_of)
def test_only_administrators_run_accounts(web: Web, rule: Rule) -> None:
    for who in ("anna", "ben", "kim"):
        answer = ask(web.client(who), rule, address(web, rule))
        assert answer.status_code == 404, who
        assert User.get(User.login == "anna").active, who


@pytest.mark.parametrize(
    "rule", [r for r in OBJECTS if r.method == "GET" and r.policy == "person"], ids=name_of
)
def test_the_owner_gets_it(web: Web, rule: Rule) -> None:
    answer = ask(web.client("anna"), rule, address(web, rule))
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("who", ["admin", "ben", "kim"])
def test_lists_of_others_are_empty(web: Web, who: str) -> None:
    client = web.client(who)
    thrown(web)
    unread(web)
    sending(web)
    gathering(web)
    paths = ("/items", "/storages", "/timeline", "/trash", "/problems", "/collections", "/uploads", "/events")
    for path in paths:
        assert client.get(API + path).json()["items"] == []
    jobs = client.get(f"{API}/jobs").json()["items"]
    assert web.job.pid not in [j["id"] for j in jobs]
    for path in ("/", "/timeline", "/search?q=img", "/storages", "/problems", "/events", "/events?archive=1"):
        page = client.get(path).text
        assert "IMG_1" not in page
        assert "Wedding" not in page.replace("Wedding or party", "")
        assert 'class="number"' not in page


@pytest.mark.parametrize("rule", [r for r in RESOURCES if r.policy != "public"], ids=name_of)
def test_a_token_without_scope_does_nothing(web: Web, rule: Rule) -> None:
    """A token that may only read neither writes nor manages anything."""
    web.client("anna")
    answer = ask(web.client(), rule, address(web, rule), headers=web.bearer("anna", "read"))
    reads = rule.method == "GET" and rule.policy == "person" and not rule.scope
    asks = (
        rule.method == "POST" and rule.scope == "read"
    )  # a question too long for an address; here it is empty
    assert answer.status_code == (200 if reads else 422 if asks else 404)


def test_an_app_password_opens_nothing_here(web: Web) -> None:
    made = accounts.create_token(accounts.viewer_for("anna"), "app")
    client = web.client()
    assert client.get(f"{API}/me", headers={"Authorization": f"Bearer {made.secret}"}).status_code == 401
    assert client.get(f"{API}/me", auth=("anna", made.secret)).status_code == 401
    assert client.get("/", auth=("anna", made.secret)).status_code == 303


def test_what_has_ended_opens_nothing(web: Web) -> None:
    client, header = web.client("anna"), web.bearer("anna", "read")
    other = web.client()
    assert client.get(f"{API}/me").status_code == 200
    assert other.get(f"{API}/me", headers=header).status_code == 200
    accounts.disable_person(accounts.OPERATOR, web.people["anna"].pid)
    assert client.get(f"{API}/me").status_code == 401
    assert other.get(f"{API}/me", headers=header).status_code == 401
    original = f"{API}/items/{web.item.pid}/original"
    assert client.get(original, headers={"If-None-Match": "*"}).status_code == 401  # never a 304 first


def test_an_invitation_is_ended_by_an_administrator(web: Web) -> None:
    client = web.client("admin")
    made = accounts.invite(accounts.OPERATOR, note="for Kim")
    assert client.get(f"/invite/{made.secret}").status_code == 200
    path = f"/people/invitations/{made.info.pid}/revoke"
    assert web.client("anna").post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 404
    assert client.post(path, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert client.get(f"/invite/{made.secret}").status_code == 404
