"""/storages/providers and /storages/drafts, and storages elsewhere that need no page of their provider."""

import logging
from typing import Any

import pytest

from services.models import Storage
from services.storages.oauth import Dropbox
from tests.servers.dropbox import FakeDropbox
from tests.web.api.conftest import Api
from tests.web.conftest import Web
from tests.web.pages.test_connecting import signing_in

SECRET = "sword-fish"
OPTIONS = {"url": "http://dav.example/", "user": "anna", "pass": SECRET}
BODY = {"name": "Cloud", "kind": "rclone", "type": "webdav", "options": OPTIONS, "root": "Photos"}


def test_what_can_be_connected(api: Api) -> None:
    found = {each["type"]: each for each in api("GET", "/storages/providers").json()["items"]}
    assert {"onedrive", "webdav", "s3", "azureblob"} <= set(found)
    assert (found["dropbox"]["methods"], found["webdav"]["methods"]) == (["code"], [])
    password = next(each for each in found["webdav"]["options"] if each["name"] == "pass")
    assert (password["secret"], password["default"]) == (True, None)
    child = {each["type"] for each in api("GET", "/storages/providers", who="kim").json()["items"]}
    assert "dropbox" in child
    assert "webdav" not in child


def test_the_options_of_a_generic_one_are_asked_for_alone(web: Web, api: Api) -> None:
    listed = {each["type"]: each for each in api("GET", "/storages/providers").json()["items"]}
    assert (listed["ftp"]["generic"], listed["ftp"]["options"]) == (True, None)
    assert (listed["webdav"]["generic"], bool(listed["webdav"]["options"])) == (False, True)
    assert web.rclone.calls == []
    options = {each["name"]: each for each in api("GET", "/storages/providers/ftp").json()["options"]}
    assert (options["idle_timeout"]["kind"], options["idle_timeout"]["default"]) == ("duration", "1m0s")
    assert (options["pass"]["secret"], options["concurrency"]["advanced"]) == (True, True)
    assert not {"socks_proxy", "description", "no_check_certificate"} & set(options)
    koofr = {each["name"]: each for each in api("GET", "/storages/providers/koofr").json()["options"]}
    assert koofr["endpoint"]["only_for"] == "other"
    assert api("GET", "/storages/providers/webdav").json() == listed["webdav"]
    assert api("GET", "/storages/providers/google%20cloud%20storage").status_code == 200
    for type in ("local", "crypt", "nothing"):
        assert api("GET", f"/storages/providers/{type}").status_code == 404
    assert api("GET", "/storages/providers/ftp", who="kim").status_code == 404


@pytest.mark.parametrize(
    ("type", "options", "field"),
    [("local", {}, "type"), ("alias", {"remote": "/etc"}, "type"), ("ftp", {"host": "127.0.0.1:21"}, "host"),
     ("ftp", {"socks_proxy": "x"}, "socks_proxy"), ("b2", {"endpoint": "https://x.example"}, "endpoint"),
     ("box", {"box_config_file": "/etc/passwd"}, "box_config_file"), ("sia", {"api_url": "http://10.0.0.1"}, "api_url"),
     ("swift", {"env_auth": True}, "env_auth")],
)  # fmt: skip
def test_the_same_table_holds_for_programs(
    web: Web, api: Api, type: str, options: dict[str, Any], field: str
) -> None:
    given = {"host": "dav.example", "user": "u", "pass": SECRET} if type == "ftp" else {}
    answer = api("POST", "/storages/drafts", {"type": type, "options": given | options})
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert SECRET not in answer.text
    assert web.rclone.remotes == {}


def test_one_request_tries_and_connects(web: Web, api: Api, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = api("POST", "/storages", BODY | {"writable": True})
    made = answer.json()
    assert (answer.status_code, made["kind"], made["type"], made["writable"]) == (
        201,
        "rclone",
        "webdav",
        True,
    )
    assert made["job"]["state"] == "queued"
    assert Storage.get(Storage.pid == made["id"]).root == "Photos"
    said = (
        answer.text + api("GET", "/storages").text + api("GET", f"/storages/{made['id']}").text + caplog.text
    )
    assert SECRET not in said
    assert api("DELETE", f"/storages/{made['id']}").status_code == 204
    assert web.rclone.remotes == {}


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [({"type": "nothing"}, 422, "type"), ({"type": 5}, 422, "type"), ({"options": "x"}, 422, "options"),
     ({"options": {}}, 422, "url"), ({"options": {**OPTIONS, "pass": ["x"]}}, 422, "pass"), ({"root": 5}, 422, "root"),
     ({"root": "nowhere"}, 422, "root"), ({"name": "Photos"}, 409, "name"), ({"name": "a/b"}, 422, "name"),
     ({"type": "dropbox", "options": {"client_id": "x"}}, 422, "type"), ({"name": None}, 422, "name"),
     ({"options": {**OPTIONS, "url": "http://10.0.0.1/"}}, 422, "url")],
)  # fmt: skip
def test_what_is_refused_leaves_nothing(
    web: Web, api: Api, change: dict[str, Any], status: int, field: str
) -> None:
    answer = api("POST", "/storages", BODY | change)
    assert (answer.status_code, answer.json()["field"]) == (status, field), answer.text
    assert SECRET not in answer.text
    assert web.rclone.remotes == {}
    assert Storage.select().count() == 1


def test_a_storage_that_refuses(web: Web, api: Api) -> None:
    web.rclone.accepts = lambda configured: False
    answer = api("POST", "/storages", BODY)
    assert (answer.status_code, "does not accept" in answer.json()["detail"]) == (422, True)


def test_a_child_gives_no_host(web: Web, api: Api) -> None:
    kim = web.client("kim", **{"Sec-Fetch-Site": "same-origin"})
    for path, body in (("/storages", BODY), ("/storages/drafts", {"type": "webdav", "options": OPTIONS})):
        assert kim.post(f"/api/v1{path}", json=body).status_code == 403


def test_a_draft_step_by_step(web: Web, api: Api) -> None:
    with FakeDropbox() as server:
        signing_in(web, lambda name: Dropbox(server.endpoints))
        begun = api("POST", "/storages/drafts", {"type": "dropbox", "options": {"client_id": "client-1"}})
        draft = begun.json()
        path = f"/storages/drafts/{draft['id']}"
        assert (begun.status_code, draft["state"], draft["sign_in"]["method"]) == (201, "sign-in", "code")
        assert api("GET", path).json() == draft
        assert api("POST", f"{path}/poll").json()["state"] == "sign-in"
        assert api("GET", f"{path}/folders").status_code == 422
        wrong = api("POST", f"{path}/finish", {"given": "two words"})
        assert (wrong.status_code, wrong.json()["title"]) == (422, "The sign-in did not work")
        done = api("POST", f"{path}/finish", {"given": server.consent(draft["sign_in"]["address"])}).json()
        assert (done["state"], done["sign_in"]) == ("ready", None)
        for token in server.tokens:
            assert token not in str(done)
        top = api("GET", f"{path}/folders").json()
        assert top["folders"] == [{"name": "Music", "path": "Music"}, {"name": "Photos", "path": "Photos"}]
        assert (top["files"], web.client("anna").get(f"/api/v1{path}/folders?path=nowhere").status_code) == (
            1,
            422,
        )
        made = api("POST", f"{path}/connect", {"name": "Box", "root": "Photos"})
        assert (made.status_code, made.json()["type"]) == (201, "dropbox")
        assert api("GET", path).status_code == 404


def test_dropping_a_draft(web: Web, api: Api) -> None:
    pid = api("POST", "/storages/drafts", {"type": "webdav", "options": OPTIONS}).json()["id"]
    assert len(web.rclone.remotes) == 1
    assert api("DELETE", f"/storages/drafts/{pid}").status_code == 204
    assert web.rclone.remotes == {}


def test_other_keys_or_a_new_sign_in(web: Web, api: Api) -> None:
    pid = api("POST", "/storages", BODY).json()["id"]
    answer = api("POST", f"/storages/{pid}/reconnect", {"options": {"pass": "another"}})
    assert (answer.status_code, answer.json()["id"]) == (200, pid)
    (remote,) = web.rclone.remotes.values()
    assert remote["pass"] == "another"
    with FakeDropbox() as server:
        signing_in(web, lambda name: Dropbox(server.endpoints))
        web.rclone.remotes["h_box"] = {"type": "dropbox", "client_id": "client-1", "token": "old"}
        Storage.update(options={"type": "dropbox", "remote": "h_box"}).where(Storage.pid == pid).execute()
        begun = api("POST", f"/storages/{pid}/reconnect", {})
        assert (begun.status_code, begun.json()["storage"], begun.json()["state"]) == (202, pid, "sign-in")
        path = f"/storages/drafts/{begun.json()['id']}/finish"
        done = api("POST", path, {"given": server.consent(begun.json()["sign_in"]["address"])})
        assert done.json()["state"] == "done"
        assert web.rclone.remotes["h_box"]["token"] != "old"
