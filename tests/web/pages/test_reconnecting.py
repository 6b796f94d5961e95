"""/storages/{id}/reconnect, and what a storage elsewhere says of itself on its page."""

from collections.abc import Iterator

import pytest

from services import clock
from services.connecting import Connecting
from services.errors import Forbidden
from services.models import Job, Storage
from services.remotes.accounts import account_of
from services.storages.oauth import Microsoft
from services.viewers import Viewer
from tests.factories import Make
from tests.servers.microsoft import FakeMicrosoft
from tests.web.conftest import Web
from tests.web.pages.conftest import Browser
from tests.web.pages.test_connecting import code_of, signing_in

SECRET = "sword-fish"


@pytest.fixture
def cloud(web: Web) -> str:
    """The address of anna's storage on a WebDAV server."""
    web.rclone.remotes["h_anna"] = {
        "type": "webdav", "url": "http://dav.example/", "vendor": "other", "user": "anna", "pass": SECRET,
    }  # fmt: skip
    Storage.update(kind="rclone", root="Photos", options={"type": "webdav", "remote": "h_anna"}).execute()
    Job.delete().execute()
    return f"/storages/{web.storage.pid}"


@pytest.mark.parametrize(
    ("state", "says"),
    [("slow", "opening an original may take a moment"), ("offline", "Hypomos tries again by itself"),
     ("sign-in", "Sign in again to open the originals")],
)  # fmt: skip
def test_each_state_in_words_with_what_to_do(browser: Browser, cloud: str, state: str, says: str) -> None:
    Storage.update(state=state, state_reason="The storage did not answer in time.").execute()
    anna = browser("anna")
    for path in ("/storages", cloud):
        page = anna.get(path).text
        assert says in page
        assert "The storage did not answer in time." in page
    assert f'href="{cloud}/reconnect"' in page


def test_the_form_shows_what_is_known_but_no_secret(browser: Browser, cloud: str) -> None:
    page = browser("anna").get(f"{cloud}/reconnect").text
    assert 'value="http://dav.example/"' in page
    assert 'value="anna"' in page
    assert "Leave it empty to keep what is there." in page
    assert SECRET not in page


def test_a_generic_form_shows_what_rclone_takes_by_itself(browser: Browser, web: Web, cloud: str) -> None:
    made = {"type": "ftp", "host": "dav.example", "port": "2121", "user": "anna", "pass": SECRET, "tls": "false",
            "explicit_tls": "true", "close_timeout": "5m"}  # fmt: skip
    web.rclone.remotes["h_anna"] = dict(made)
    Storage.update(options={"type": "ftp", "remote": "h_anna"}).execute()
    anna = browser("anna")
    page = anna.get(f"{cloud}/reconnect").text
    assert 'name="o.close_timeout" aria-describedby="h-close_timeout"' in page
    for shown in ('value="5m"', 'value="1m0s"', 'value="2121"', 'name="o.explicit_tls" checked'):
        assert shown in page
    assert SECRET not in page
    same = {"o.host": "dav.example", "o.port": "2121", "o.user": "anna", "o.explicit_tls": "on", "o.concurrency": "0",
            "o.close_timeout": "5m", "o.idle_timeout": "1m0s", "o.shut_timeout": "1m0s",
            "o.tls_cache_size": "32"}  # fmt: skip
    assert anna.post(f"{cloud}/reconnect", data=same).status_code == 303
    assert web.rclone.remotes["h_anna"] == made
    changed = same | {"o.close_timeout": "1m0s", "o.disable_epsv": "on"}
    assert anna.post(f"{cloud}/reconnect", data=changed).status_code == 303
    assert web.rclone.remotes["h_anna"] == made | {"close_timeout": "1m0s", "disable_epsv": "true"}
    assert anna.get(cloud).status_code == 200
    assert anna.get("/storages").status_code == 200


def test_another_account_and_a_folder_of_another_storage_are_refused(
    browser: Browser, web: Web, cloud: str, make: Make
) -> None:
    hers = web.rclone.remotes["h_anna"]
    web.rclone.remotes["h_b"] = hers | {"url": "http://other.example/"}
    Storage.update(
        options={"type": "webdav", "remote": "h_anna", "account": account_of("webdav", hers)}
    ).execute()
    options = {"type": "webdav", "remote": "h_b", "account": account_of("webdav", web.rclone.remotes["h_b"])}
    second = make.storage(web.people["anna"], "B", root="Photos", kind="rclone", options=options)
    before = {name: dict(each) for name, each in web.rclone.remotes.items()}
    anna = browser("anna", **{"Accept-Language": "de"})
    form = {"o.vendor": "other", "o.pass": SECRET, "o.user": "anna", "o.url": "http://dav.example/"}
    for change, says in (
        ({}, "schon verbunden"), ({"o.url": "http://other.example/", "o.user": "ben"}, "ein anderes Konto"),
    ):  # fmt: skip
        answer = anna.post(f"/storages/{second.pid}/reconnect", data=form | change)
        assert (answer.status_code, says in answer.text) == (409, True), answer.text
    assert web.rclone.remotes == before
    assert Storage.get_by_id(second.id).options == options


def test_other_keys(browser: Browser, web: Web, cloud: str) -> None:
    Storage.update(state="sign-in", state_reason="x").execute()
    web.rclone.accepts = lambda configured: configured["pass"] == "new one"
    anna = browser("anna")
    form = {"o.url": "http://dav.example/", "o.vendor": "other", "o.user": "anna"}
    wrong = anna.post(f"{cloud}/reconnect", data=form | {"o.pass": "wrong one"})
    assert (wrong.status_code, "does not accept this sign-in" in wrong.text) == (422, True)
    assert web.rclone.remotes["h_anna"]["pass"] == SECRET
    assert "wrong one" not in wrong.text
    done = anna.post(f"{cloud}/reconnect", data=form | {"o.pass": "new one"})
    assert done.headers["location"] == f"{cloud}?again=1"
    assert "Connected again." in anna.get(f"{cloud}?again=1").text
    assert Storage.get().state == "online"
    assert Job.select().where(Job.kind == "scan").count() == 1


def test_a_field_that_is_wrong(browser: Browser, cloud: str) -> None:
    form = {"o.url": "http://elsewhere.dav.example/", "o.user": "anna", "o.vendor": "other"}
    answer = browser("anna").post(f"{cloud}/reconnect", data=form)
    assert answer.status_code == 422


def test_a_secret_of_one_server_goes_to_no_other(browser: Browser, web: Web, cloud: str) -> None:
    answer = browser("anna").post(
        f"{cloud}/reconnect", data={"o.url": "http://127.0.0.1/", "o.vendor": "other"}
    )
    assert answer.status_code == 422
    assert web.rclone.remotes["h_anna"]["url"] == "http://dav.example/"


@pytest.fixture
def onedrive(web: Web, cloud: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMicrosoft]:
    """The storage is a OneDrive instead."""
    steps, real = iter(range(1, 1000)), clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + next(steps) * 2 * clock.SECOND)
    web.rclone.remotes["h_anna"] = {
        "type": "onedrive",
        "client_id": "client-1",
        "token": "old",
        "region": "global",
    }
    Storage.update(options={"type": "onedrive", "remote": "h_anna"}, state="sign-in").execute()
    with FakeMicrosoft() as server:
        server.interval_s = 0
        signing_in(web, lambda name: Microsoft(server.endpoints))
        yield server


def test_one_click_when_a_token_died(browser: Browser, web: Web, cloud: str, onedrive: FakeMicrosoft) -> None:
    anna = browser("anna")
    assert 'name="act" value="again" class="primary"' in anna.get(cloud).text
    assert f'action="{cloud}/reconnect"' in anna.get("/storages").text
    address = anna.post(f"{cloud}/reconnect", data={"act": "again"}).headers["location"]
    page = anna.get(address).text
    assert f'href="{cloud}"' in page
    onedrive.type_code(code_of(page))
    done = anna.post(f"{address}/poll", headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == f"{cloud}?again=1"
    assert web.rclone.remotes["h_anna"]["token"] != "old"
    assert Storage.get().state == "online"


def test_writing_is_allowed_by_a_sign_in_that_asks_for_it(
    browser: Browser, web: Web, cloud: str, onedrive: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A provider that was asked for the right to read refuses a file, until it was asked for the other one."""
    Storage.update(state="online", writable=False).execute()
    allow = Connecting.allow_writing

    def trying(self: Connecting, viewer: Viewer, pid: str, allowed: bool) -> Storage:
        if not any("Files.ReadWrite" in scope for scope in onedrive.tokens.values()):
            raise Forbidden("The storage refuses this: the account may lack the right to it (accessDenied).")
        Storage.update(writable=True).execute()  # so that nothing is tried there
        return allow(self, viewer, pid, allowed)

    monkeypatch.setattr(Connecting, "allow_writing", trying)
    anna = browser("anna")
    address = anna.post(f"{cloud}/writing", data={"allow": "yes"}).headers["location"]
    page = anna.get(address).text
    assert "You are asked for the right to write there too." in page
    assert not Storage.get().writable
    onedrive.type_code(code_of(page))
    assert anna.post(f"{address}/poll").headers["location"] == f"{cloud}?again=1"
    assert Storage.get().writable


def test_a_storage_that_is_closed_meanwhile_stays_closed(
    browser: Browser, web: Web, cloud: str, onedrive: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signs in again asks for what the storage has, not for it to be opened."""
    Storage.update(writable=True).execute()
    anna = browser("anna")
    address = anna.post(f"{cloud}/reconnect", data={"act": "again"}).headers["location"]
    assert anna.post(f"{cloud}/writing", data={"allow": "no"}).status_code == 303
    opened: list[bool] = []
    monkeypatch.setattr(
        Connecting, "allow_writing", lambda self, viewer, pid, allowed: opened.append(allowed)
    )
    onedrive.type_code(code_of(anna.get(address).text))
    assert anna.post(f"{address}/poll").headers["location"] == f"{cloud}?again=1"
    assert not opened


def test_not_now_leads_back_to_the_storage(
    browser: Browser, web: Web, cloud: str, onedrive: FakeMicrosoft
) -> None:
    anna = browser("anna")
    address = anna.post(f"{cloud}/reconnect", data={"act": "again"}).headers["location"]
    assert anna.post(f"{address}/cancel").headers["location"] == cloud
    assert web.rclone.remotes["h_anna"]["token"] == "old"


def test_removing_one_forgets_its_keys(browser: Browser, web: Web, cloud: str) -> None:
    anna = browser("anna")
    assert "Hypomos forgets the keys it has been given too." in anna.get(cloud).text
    anna.post(f"{cloud}/remove", data={"name": web.storage.name})
    assert web.rclone.remotes == {}


def test_a_type_that_is_not_offered_any_more_breaks_no_page(browser: Browser, cloud: str) -> None:
    Storage.update(options={"type": "gone", "remote": "h_anna"}).execute()
    anna = browser("anna")
    assert anna.get("/storages").status_code == anna.get(cloud).status_code == 200
    assert anna.get(f"{cloud}/reconnect").status_code == 422
