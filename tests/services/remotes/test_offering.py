"""What may be connected, by whom, and with which form."""

from dataclasses import replace

import pytest

from services.errors import AccessDenied, Unavailable, UsageError
from tests.services.remotes.conftest import Far

pytestmark = pytest.mark.db

FTP = {"host": "ftp.example", "user": "anna", "pass": "swordfish"}


def test_the_list_does_not_ask_rclone(far: Far) -> None:
    offers = {each.type: each for each in far.remotes.offers(far.anna)}
    assert {"webdav", "ftp", "b2", "google cloud storage"} <= set(offers)
    assert not {"local", "alias", "crypt", "union", "http"} & set(offers)
    assert (offers["ftp"].fields, bool(offers["webdav"].fields)) == ((), True)
    assert far.rclone.calls == []


def test_a_generic_form_comes_from_rclone(far: Far) -> None:
    assert far.remotes.offer(far.anna, "webdav").fields
    assert far.rclone.calls == []
    keys = [each.key for each in far.remotes.offer(far.anna, "ftp").fields]
    assert keys[:4] == ["host", "user", "port", "pass"]
    far.remotes.offer(far.anna, "b2")
    assert far.rclone.calls.count("config/providers") == 1


@pytest.mark.parametrize("type", ["local", "alias", "crypt", "union", "http", ":local", "ftp,host=x", ""])
def test_what_is_refused_is_refused_whoever_asks(far: Far, type: str) -> None:
    for ask in (lambda: far.remotes.offer(far.anna, type), lambda: far.remotes.begin(far.anna, type, {})):
        with pytest.raises(UsageError) as caught:
            ask()
        assert caught.value.field == "type"


def test_a_child_chooses_no_host(far: Far) -> None:
    kim = replace(far.anna, role="child")
    offered = {each.type for each in far.remotes.offers(kim)}
    assert not {"ftp", "seafile", "swift", "koofr", "sia", "imagekit"} & offered
    assert {"b2", "mega", "pcloud"} <= offered
    with pytest.raises(AccessDenied):
        far.remotes.offer(kim, "ftp")
    with pytest.raises(AccessDenied):
        far.remotes.begin(kim, "ftp", FTP)


def test_from_the_generic_form_to_a_storage_and_other_keys(far: Far) -> None:
    draft = far.remotes.begin(far.anna, "ftp", FTP | {"idle_timeout": "5m", "disable_epsv": False})
    assert far.only == {
        "type": "ftp", **FTP, "port": "21", "explicit_tls": "true", "tls": "false", "idle_timeout": "5m",
    }  # fmt: skip
    storage = far.remotes.connect(far.anna, draft.pid, "Old server", "Photos")
    assert far.remotes.find_offer(storage) is not None
    present = far.remotes.present(far.anna, storage.pid)
    assert present.values["idle_timeout"] == "5m"
    assert present.secrets == {"pass"}
    assert far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish", "idle_timeout": ""}) is None
    assert (far.only["pass"], far.only["idle_timeout"]) == ("tunafish", "")
    for key in ("no_check_certificate", "socks_proxy", "http_proxy", "description", "ask_password"):
        with pytest.raises(UsageError) as caught:
            far.remotes.renew(far.anna, storage.pid, {key: "true"})
        assert caught.value.field == key


def test_two_accounts_of_which_only_tokens_are_known(far: Far) -> None:
    for n, name in enumerate(("One", "Two")):
        draft = far.remotes.begin(
            far.anna, "box", {"token": f'{{"access_token":"{n}","refresh_token":"{n}"}}'}
        )
        far.remotes.connect(far.anna, draft.pid, name, "Photos")


def test_without_rclone_there_is_no_generic_form(far: Far) -> None:
    far.rclone.away = Unavailable("rclone does not answer")
    assert far.remotes.offer(far.anna, "webdav").fields
    with pytest.raises(Unavailable):
        far.remotes.offer(far.anna, "ftp")
