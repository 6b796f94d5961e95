"""Forms of providers: what is asked, what is folded, and that secrets go one way."""

import re

import pytest

from services.remotes import Offer, Present
from services.storages.rclone.providers import get_provider, list_providers
from tests.tree import ROOT
from web.provider_forms import fields_of, options_of, values_of


def keys(fields: tuple[object, ...]) -> list[str]:
    return [getattr(each, "key", "") for each in fields]


def test_what_is_asked_and_what_is_folded() -> None:
    onedrive = get_provider("onedrive")
    own, given = fields_of(onedrive, has_client=False), fields_of(onedrive, has_client=True)
    assert keys(own.plain) == ["client_id", "client_secret"]
    assert keys(own.folded) == ["region"]
    assert (keys(given.plain), keys(given.folded)) == ([], ["client_id", "client_secret", "region"])
    assert (own.is_folded("region"), own.is_folded("client_id"), own.is_folded(None)) == (True, False, False)
    assert "scope" not in keys(fields_of(get_provider("drive"), has_client=False).plain)


def test_what_was_left_empty_takes_its_default() -> None:
    form = {
        "o.host": "nas.example",
        "o.port": "",
        "o.user": "anna",
        "o.pass": "swordfish",
        "o.scope": "x",
        "name": "y",
    }
    assert options_of(get_provider("sftp"), form) == {
        "host": "nas.example",
        "user": "anna",
        "pass": "swordfish",
    }


def test_a_box_that_is_not_ticked_is_false() -> None:
    ftp = get_provider("ftp")
    assert options_of(ftp, {"o.tls": "on"}) == {"tls": "true", "explicit_tls": "false"}


def test_of_a_storage_that_is_there_only_what_changes() -> None:
    present = Present(
        get_provider("webdav"), {"url": "https://dav.example/", "user": "anna"}, frozenset({"pass"})
    )
    form = {"o.url": "https://dav.example/", "o.user": "ben", "o.pass": "", "o.vendor": ""}
    assert options_of(present.provider, form, present) == {"user": "ben"}
    assert options_of(present.provider, form | {"o.pass": "new", "o.user": ""}, present) == {
        "user": "",
        "pass": "new",
    }


@pytest.mark.parametrize("offer", list_providers(), ids=lambda o: o.type)
def test_a_secret_is_never_put_into_a_form(offer: Offer) -> None:
    posted = {f"o.{each.key}": "swordfish" for each in offer.fields}
    shown = values_of(offer, posted)
    assert {shown[each.key] for each in offer.fields if each.secret} <= {""}
    present = Present(offer, {each.key: "x" for each in offer.fields}, frozenset())
    assert {values_of(offer, None, present)[each.key] for each in offer.fields if each.secret} <= {""}


def test_defaults_then_what_was_posted() -> None:
    ftp = get_provider("ftp")
    assert (values_of(ftp, None)["port"], values_of(ftp, None)["explicit_tls"]) == ("21", "true")
    assert values_of(ftp, {"o.port": "2121"}) == values_of(ftp, None) | {
        "port": "2121", "explicit_tls": "false", "tls": "false",
    }  # fmt: skip


def test_every_provider_has_an_icon_that_is_there() -> None:
    known = set(re.findall(r"\"([\w-]+)\"", (ROOT / "web/vendor.toml").read_text(encoding="utf-8")))
    assert {each.icon for each in list_providers()} <= known
