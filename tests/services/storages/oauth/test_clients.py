"""Whose app it is: the person's own, else that of the settings."""

from pathlib import Path

import pytest

from config import load
from services.errors import NotFound
from services.storages.oauth import Client, Google
from services.storages.oauth.clients import SIGN_INS, client_for, get_sign_in

ENVIRON = {
    f"HYPOMOS_{name.upper()}_CLIENT_{part}": f"{name}-{part.lower()}"
    for name in ("microsoft", "google", "dropbox")
    for part in ("ID", "SECRET")
}


@pytest.mark.parametrize("kind", SIGN_INS)
def test_the_app_of_the_settings(tmp_path: Path, kind: type) -> None:
    name = kind().name
    settings = load(tmp_path, ENVIRON)
    assert client_for(settings, name) == Client(f"{name}-id", f"{name}-secret")
    assert client_for(load(tmp_path, {}), name) == Client("")


def test_an_own_app_comes_first_and_whole(tmp_path: Path) -> None:
    settings = load(tmp_path, ENVIRON)
    assert client_for(settings, "google", own_id=" mine ", own_secret=" its\n") == Client("mine", "its")
    assert client_for(settings, "google", own_id="mine") == Client("mine"), "no secret of another app"
    assert client_for(settings, "google", own_secret="alone") == Client("google-id", "google-secret")


def test_providers_by_name_and_by_type() -> None:
    assert isinstance(get_sign_in("google"), Google)
    assert isinstance(get_sign_in("drive"), Google)
    with pytest.raises(NotFound):
        get_sign_in("s3")
