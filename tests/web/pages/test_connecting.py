"""/storages/new: from the card of a provider to a storage, with sign-ins as the providers' servers do them."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from starlette.testclient import TestClient

from services import clock
from services.errors import Unavailable
from services.models import Storage
from services.storages.hosts import HostPolicy
from services.storages.oauth import Dropbox, Google, Microsoft, SignIn
from services.storages.rclone import Daemon
from services.storages.rclone.judged import NEVER, TYPES
from tests.offers import offer
from tests.servers import storages
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import FakeMicrosoft
from tests.web.conftest import Web, far
from tests.web.pages.conftest import Browser
from web.app import make_web

SECRET = "sword-fish"
WEBDAV = {"o.url": "http://dav.example/", "o.user": "anna", "o.pass": SECRET}
APP = {"o.client_id": "client-1", "o.client_secret": "GOCSPX-1"}


def signing_in(web: Web, sign_in: Callable[[str], SignIn], rclone: object = None, **settings: Any) -> None:
    """The same household with other sign-ins, or another rclone."""
    changed = replace(web.context.settings, **settings)
    remotes = far(changed, rclone or web.rclone, web.context.connecting, sign_in)
    web.app._app = make_web(replace(web.context, settings=changed, remotes=remotes))


def begun(client: TestClient, type: str, form: dict[str, str]) -> str:
    """The address of the draft."""
    answer = client.post(f"/storages/new/{type}", data=form)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


# --- cards and forms


def test_a_card_for_each_provider(browser: Browser) -> None:
    page = browser("anna").get("/storages").text
    for type, title in (("onedrive", "OneDrive"), ("drive", "Google Drive"), ("dropbox", "Dropbox"),
                        ("webdav", "Nextcloud"), ("sftp", "SFTP"), ("smb", "SMB"), ("s3", "S3"),
                        ("azureblob", "Azure"), ("b2", "Backblaze")):  # fmt: skip
        assert f'href="/storages/new/{type}"' in page
        assert title in page


@pytest.mark.parametrize("type", ["onedrive", "drive", "dropbox", "webdav", "sftp", "smb", "s3", "azureblob"])
def test_every_form_in_german(browser: Browser, type: str) -> None:
    answer = browser("anna", **{"Accept-Language": "de"}).get(f"/storages/new/{type}")
    assert answer.status_code == 200
    assert "Hypomos darf dort auch schreiben" in answer.text
    assert 'name="writable" aria-describedby="h-writable">' in answer.text, "read-only unless asked for"
    for english in ("Password<", "User name<", "Client secret<", "Good to know", "Under “"):
        assert english not in answer.text


def test_what_is_offered_to_nobody_is_not_there(browser: Browser) -> None:
    for type in ("local", "alias", "crypt", "union", "http", "nothing", "draft"):
        assert browser("anna").get(f"/storages/new/{type}").status_code == 404


def test_a_child_gets_no_form_with_a_host(browser: Browser) -> None:
    kim = browser("kim")
    assert kim.get("/storages/new/onedrive").status_code == 200
    assert kim.get("/storages/new/mega").status_code == 200
    for type in ("webdav", "sftp", "s3", "ftp", "koofr", "swift"):
        assert kim.get(f"/storages/new/{type}").status_code == 404
        assert kim.post(f"/storages/new/{type}", data=WEBDAV).status_code == 404


def test_the_guide_is_folded_where_the_household_has_an_app(browser: Browser, web: Web) -> None:
    assert '<details class="card guide" open>' in browser("anna").get("/storages/new/dropbox").text
    signing_in(web, lambda name: Dropbox(), dropbox_client_id="client-1")
    page = browser("anna").get("/storages/new/dropbox").text
    assert '<details class="card guide">' in page
    assert "client-1" not in page


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [({"o.url": ""}, "url", "Address is missing."), ({"o.url": "ftp://x"}, "url", "must be an address"),
     ({"o.user": "", "o.pass": ""}, "user", "One of these is needed"),
     ({"o.url": "https://10.1.2.3/"}, "url", "storage_hosts_allowed"),
     ({"o.bearer_token": "two words"}, "bearer_token", "must be one word")],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_field(
    browser: Browser, web: Web, change: dict[str, str], key: str, says: str
) -> None:
    web.app._app = make_web(web.context)
    answer = browser("anna").post("/storages/new/webdav", data=WEBDAV | change)
    assert answer.status_code == 422
    at = answer.text[answer.text.index('<p class="problem"') :].partition("</p>")[0]
    assert f'id="h-{key}"' in at
    assert says in at.replace("&#34;", '"')
    assert SECRET not in answer.text
    if key == "bearer_token":
        assert '<details class="folded" open>' in answer.text
    assert web.rclone.remotes == {}


# --- the generic form

FTP = {"o.host": "dav.example", "o.port": "2121", "o.user": "anna", "o.pass": SECRET, "o.idle_timeout": "5m"}
GENERIC = sorted(TYPES)


@pytest.mark.parametrize("type", GENERIC)
def test_every_generic_form(browser: Browser, type: str) -> None:
    anna = browser("anna", **{"Accept-Language": "de"})
    assert f'href="/storages/new/{quote(type)}"' in anna.get("/storages").text
    answer = anna.get(f"/storages/new/{quote(type)}")
    assert answer.status_code == 200
    page = answer.text
    assert "auf Englisch" in page
    assert f'action="/storages/new/{quote(type)}"' in page
    assert 'class="hint" id="h-' in page
    assert ' lang="en">' in page
    assert '<details class="folded" open>' not in page
    for each in offer(type).fields:
        follows = each.key == "scope_access"  # from whether the storage is for writing
        assert (f'name="o.{each.key}"' in page) != follows
    for key in NEVER:
        assert f'name="o.{key}"' not in page


def test_examples_are_suggested_and_what_is_for_some_says_so(browser: Browser) -> None:
    page = browser("anna").get("/storages/new/swift").text
    assert 'list="l-auth"' in page
    assert '<datalist id="l-auth"><option value="https://auth.api.rackspacecloud.com/v1.0">' in page
    assert "Only for: other" in browser("anna").get("/storages/new/koofr").text


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [({"o.host": "10.1.2.3"}, "host", "storage_hosts_allowed"), ({"o.user": ""}, "user", "is missing"),
     ({"o.idle_timeout": "soon"}, "idle_timeout", "a duration such as 1m30s"), ({"o.pass": ""}, "pass", "is missing")],
)  # fmt: skip
def test_a_generic_form_keeps_what_was_typed(
    browser: Browser, web: Web, change: dict[str, str], key: str, says: str
) -> None:
    given = FTP | {"o.disable_epsv": "on"} | change
    answer = browser("anna").post("/storages/new/ftp", data=given)
    assert answer.status_code == 422
    page = answer.text
    at = page[page.index('<p class="problem"') :].partition("</p>")[0]
    assert f'id="h-{key}"' in at
    assert says in at
    assert SECRET not in page
    assert 'value="2121"' in page
    assert f'value="{given["o.idle_timeout"]}"' in page
    assert 'name="o.disable_epsv" checked' in page
    assert ('<details class="folded" open>' in page) == (key == "idle_timeout")
    assert web.rclone.remotes == {}


def test_a_form_that_was_tampered_with_sets_nothing_more(browser: Browser, web: Web) -> None:
    more = {
        "o.explicit_tls": "on",
        "o.socks_proxy": "127.0.0.1:1",
        "o.no_check_certificate": "on",
        "o.type": "local",
    }
    assert begun(browser("anna"), "ftp", FTP | more)
    (made,) = web.rclone.remotes.values()
    assert made == {
        "type": "ftp", "host": "dav.example", "port": "2121", "user": "anna", "pass": SECRET, "idle_timeout": "5m",
        "explicit_tls": "true", "tls": "false",
    }  # fmt: skip


def test_without_rclone_there_is_no_generic_form_and_the_page_says_why(browser: Browser, web: Web) -> None:
    web.rclone.away = Unavailable("rclone does not answer; it is being started again.")
    anna = browser("anna", **{"Accept-Language": "de"})
    assert anna.get("/storages").status_code == 200
    answer = anna.get("/storages/new/ftp")
    assert answer.status_code == 503
    assert "rclone antwortet nicht" in answer.text
    assert anna.get("/storages/new/webdav").status_code == 200


def test_a_storage_that_refuses_is_told_above_the_form(browser: Browser, web: Web) -> None:
    web.rclone.accepts = lambda configured: False
    answer = browser("anna", **{"Accept-Language": "de"}).post("/storages/new/webdav", data=WEBDAV)
    assert answer.status_code == 422
    assert "Der Speicher nimmt diese Anmeldung nicht an." in answer.text
    assert 'value="http://dav.example/"' in answer.text
    assert SECRET not in answer.text


def test_without_rclone_the_page_says_so(browser: Browser, web: Web) -> None:
    web.rclone.away = Unavailable("rclone does not answer; it is being started again.")
    answer = browser("anna").post("/storages/new/webdav", data=WEBDAV)
    assert (answer.status_code, "rclone does not answer" in answer.text) == (503, True)


# --- choosing the folder


def test_from_the_form_to_the_storage(browser: Browser, web: Web, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    anna = browser("anna")
    address = begun(anna, "webdav", WEBDAV | {"writable": "on"})
    top = anna.get(address).text
    assert top.index("?path=Music") < top.index("?path=Photos")
    assert "1 file lies right in here." in top
    inside = anna.get(f"{address}?path=Photos").text
    assert 'name="root" value="Photos"' in inside
    assert 'name="name" type="text" value="Photos"' in inside
    assert "There are no folders in here." in anna.get(f"{address}?path=Photos/2026").text
    taken = anna.post(f"{address}/connect", data={"name": "Photos", "root": "Photos"})
    assert (taken.status_code, "Choose another name" in taken.text) == (409, True)
    made = anna.post(f"{address}/connect", data={"name": "Cloud", "root": "Photos"})
    storage = Storage.get(Storage.name == "Cloud")
    assert made.headers["location"] == f"/storages/{storage.pid}"
    assert (storage.root, storage.writable, storage.kind) == ("Photos", True, "rclone")
    page = anna.get(made.headers["location"]).text
    assert "The scan is about to begin" in page
    assert anna.get(address).status_code == 404, "the draft is done"
    answers = "".join((top, inside, taken.text, page, anna.get("/storages").text, caplog.text))
    assert SECRET not in answers


@pytest.mark.parametrize(
    ("path", "says"), [("nowhere", "is not a folder of the storage"), ("a/../b", "is no path")]
)
def test_a_folder_that_is_not_there(browser: Browser, path: str, says: str) -> None:
    anna = browser("anna")
    address = begun(anna, "webdav", WEBDAV)
    answer = anna.get(address, params={"path": path})
    assert (answer.status_code, says in answer.text) == (422, True)
    assert f'href="{address}?path="' in answer.text
    assert anna.post(f"{address}/connect", data={"name": "x", "root": path}).status_code == 422


def test_a_storage_that_goes_away_meanwhile(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    address = begun(anna, "webdav", WEBDAV)
    web.rclone.away = Unavailable("The storage did not answer in time.")
    answer = anna.get(address)
    assert (answer.status_code, "did not answer in time" in answer.text) == (503, True)
    web.rclone.away = None
    assert anna.get(address).status_code == 200


def test_of_a_store_of_objects_a_bucket_is_chosen(browser: Browser) -> None:
    anna = browser("anna")
    keys = {"o.provider": "AWS", "o.access_key_id": "A", "o.secret_access_key": SECRET}
    address = begun(anna, "s3", keys)
    assert "Connect all of it" not in anna.get(address).text
    assert "Open one of these to begin with." in anna.get(address).text
    assert "Connect this folder" in anna.get(f"{address}?path=Photos").text


def test_cancelling_forgets_everything(browser: Browser, web: Web) -> None:
    anna = browser("anna")
    address = begun(anna, "webdav", WEBDAV)
    assert len(web.rclone.remotes) == 1
    assert anna.post(f"{address}/cancel").headers["location"] == "/storages"
    assert web.rclone.remotes == {}
    assert anna.get(address).status_code == 404


# --- signing in at the provider


@pytest.fixture
def microsoft(web: Web, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMicrosoft]:
    steps, real = iter(range(1, 1000)), clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + next(steps) * 2 * clock.SECOND)
    with FakeMicrosoft() as server:
        server.interval_s = 0
        signing_in(web, lambda name: Microsoft(server.endpoints))
        yield server


def code_of(page: str) -> str:
    return page.partition('<code id="code">')[2].partition("<")[0]


def test_a_device_code_with_a_button(browser: Browser, web: Web, microsoft: FakeMicrosoft) -> None:
    anna = browser("anna")
    address = begun(anna, "onedrive", {"o.client_id": "client-1"})
    page = anna.get(address).text
    assert "https://microsoft.com/devicelogin" in page
    assert anna.post(f"{address}/poll").headers["location"] == address, "not yet"
    microsoft.type_code(code_of(page))
    assert anna.post(f"{address}/poll").headers["location"] == address
    ready = anna.get(address).text
    assert "Which folder?" in ready
    for token in microsoft.tokens:
        assert token not in ready
    (remote,) = web.rclone.remotes.values()
    assert remote["drive_id"]


def test_a_script_asks_until_it_is_done(browser: Browser, microsoft: FakeMicrosoft) -> None:
    anna = browser("anna")
    address = begun(anna, "onedrive", {"o.client_id": "client-1"})
    page = anna.get(address).text
    assert f'hx-post="{address}/poll"' in page
    script = {"HX-Request": "true"}
    assert anna.post(f"{address}/poll", headers=script).status_code == 204, "nothing changes on the page"
    microsoft.type_code(code_of(page))
    done = anna.post(f"{address}/poll", headers=script)
    assert (done.status_code, done.headers["HX-Redirect"]) == (200, address)


def test_a_sign_in_that_is_declined(browser: Browser, web: Web, microsoft: FakeMicrosoft) -> None:
    anna = browser("anna", **{"Accept-Language": "de"})
    address = begun(anna, "onedrive", {"o.client_id": "client-1"})
    microsoft.type_code(code_of(anna.get(address).text), allow=False)
    answer = anna.post(f"{address}/poll")
    assert answer.status_code == 422
    assert "Der Zugriff wurde bei Microsoft abgelehnt." in answer.text
    assert 'href="/storages/new/onedrive"' in answer.text
    assert anna.get(address).status_code == 404
    assert web.rclone.remotes == {}


def test_an_app_that_is_not_known(browser: Browser, microsoft: FakeMicrosoft) -> None:
    answer = browser("anna").post("/storages/new/onedrive", data={"o.client_id": "wrong"})
    assert answer.status_code == 422
    assert "does not accept the client id or secret" in answer.text


def test_a_code_to_copy(browser: Browser, web: Web) -> None:
    with FakeDropbox() as server:
        signing_in(web, lambda name: Dropbox(server.endpoints))
        anna = browser("anna")
        address = begun(anna, "dropbox", {"o.client_id": "client-1"})
        page = anna.get(address).text
        consent = (
            page.partition('<a class="button primary" href="')[2].partition('"')[0].replace("&amp;", "&")
        )
        wrong = anna.post(f"{address}/finish", data={"given": "two words"})
        assert (wrong.status_code, "This is not a code of Dropbox." in wrong.text) == (422, True)
        right = anna.post(f"{address}/finish", data={"given": server.consent(consent)})
        assert right.headers["location"] == address
        assert "Which folder?" in anna.get(address).text


def test_an_address_to_paste(browser: Browser, web: Web) -> None:
    with FakeGoogle() as server:
        signing_in(web, lambda name: Google(server.endpoints))
        anna = browser("anna")
        address = begun(anna, "drive", APP)
        page = anna.get(address).text
        assert "It begins with http://127.0.0.1:53682/" in page
        assert "GOCSPX-1" not in page
        consent = (
            page.partition('<a class="button primary" href="')[2].partition('"')[0].replace("&amp;", "&")
        )
        back = server.consent(consent)
        assert anna.post(f"{address}/finish", data={"given": back}).headers["location"] == address
        assert "Which folder?" in anna.get(address).text


def test_a_redirect_where_the_household_has_a_name(browser: Browser, web: Web) -> None:
    with FakeGoogle() as server:
        server.redirects = {"https://photos.example.org/storages/signed-in/google"}
        signing_in(web, lambda name: Google(server.endpoints), public_url="https://photos.example.org")
        anna = browser("anna")
        form = anna.get("/storages/new/drive").text
        assert 'name="method" value="redirect"' in form
        assert "https://photos.example.org/storages/signed-in/google" in form
        address = begun(anna, "drive", APP | {"method": "redirect"})
        page = anna.get(address).text
        consent = (
            page.partition('<a class="button primary" href="')[2].partition('"')[0].replace("&amp;", "&")
        )
        query = server.consent(consent).partition("?")[2]
        assert browser("ben").get(f"/storages/signed-in/google?{query}").status_code == 404, "not his sign-in"
        assert anna.get(f"/storages/signed-in/dropbox?{query}").status_code == 404
        assert anna.get(f"/storages/signed-in/google?{query}").headers["location"] == address
        again = anna.get(f"/storages/signed-in/google?{query}")
        assert (again.status_code, "This has ended" in again.text) == (404, True)
        address = begun(anna, "drive", APP | {"method": "redirect"})
        page = anna.get(address).text
        consent = (
            page.partition('<a class="button primary" href="')[2].partition('"')[0].replace("&amp;", "&")
        )
        query = server.decline(consent).partition("?")[2]
        declined = anna.get(f"/storages/signed-in/google?{query}")
        assert (declined.status_code, "Access was declined" in declined.text) == (422, True)
        assert 'href="/storages/new/drive"' in declined.text


# --- with a real server and the real rclone


def test_a_real_webdav_server(
    browser: Browser, web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    scratch = tmp_path / "server"
    scratch.mkdir()
    daemon = Daemon(web.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
    with storages.webdav(scratch) as remote:
        assert remote.folder is not None
        (remote.folder / "Fotos" / "2026 Käse & mehr").mkdir(parents=True)
        signing_in(web, lambda name: Dropbox(), daemon)
        anna = browser("anna")
        form = {"o.url": remote.options["url"], "o.user": storages.USER, "o.pass": "wrong " + SECRET}
        refused = anna.post("/storages/new/webdav", data=form)
        assert (refused.status_code, "does not accept this sign-in" in refused.text) == (422, True)
        address = begun(anna, "webdav", form | {"o.pass": storages.PASSWORD})
        inside = anna.get(f"{address}?path=Fotos")
        assert "2026 Käse &amp; mehr" in inside.text
        assert anna.get(f"{address}?path=Fotos%2F2026%20K%C3%A4se%20%26%20mehr").status_code == 200
        made = anna.post(f"{address}/connect", data={"name": "Cloud", "root": "Fotos"})
        assert made.status_code == 303
        removed = anna.post(f"{made.headers['location']}/remove", data={"name": "Cloud"})
        assert removed.status_code == 303
        assert not daemon.call("config/listremotes").get("remotes")
        assert (remote.folder / "Fotos").is_dir()
        answers = refused.text + inside.text + caplog.text + str([s.options for s in Storage.select()])
        assert SECRET not in answers
        assert storages.PASSWORD not in answers
    daemon.close()
