"""Forms of providers: what is asked, what is folded, and that secrets go one way."""

import re

import pytest

from services.remotes import Offer, Present
from services.storages.rclone.providers import get_provider, list_providers
from tests.offers import offer, offers
from tests.tree import ROOT
from web.provider_forms import fields_of, options_of, values_of


def keys(fields: tuple[object, ...]) -> list[str]:
    return [getattr(each, "key", "") for each in fields]


def test_what_is_asked_and_what_is_folded() -> None:
    onedrive = get_provider("onedrive")
    own, given = fields_of(onedrive, has_client=False), fields_of(onedrive, has_client=True)
    assert keys(own.plain) == ["client_id", "client_secret"]
    assert keys(own.folded) == []
    assert (keys(given.plain), keys(given.folded)) == ([], ["client_id", "client_secret"])
    drive = fields_of(get_provider("drive"), has_client=False)
    folded = [drive.is_folded(key) for key in ("team_drive", "client_id", None)]
    assert folded == [True, False, False]
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
    ftp = offer("ftp")
    options = options_of(ftp, {"o.tls": "on"})
    assert (options["tls"], options["explicit_tls"], options["disable_epsv"]) == ("true", "false", "false")


def test_what_rclone_has_by_itself_is_no_change() -> None:
    koofr = offer("koofr")
    present = Present(koofr, {"user": "anna", "provider": "koofr"}, frozenset({"password"}))
    assert values_of(koofr, None, present)["setmtime"] == "true"
    form = {"o.user": "anna", "o.provider": "koofr", "o.setmtime": "on"}
    assert options_of(koofr, form, present) == {}
    assert options_of(koofr, form | {"o.setmtime": ""}, present) == {"setmtime": "false"}


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


@pytest.mark.parametrize("each_offer", offers(), ids=lambda o: o.type)
def test_a_secret_is_never_put_into_a_form(each_offer: Offer) -> None:
    posted = {f"o.{each.key}": "swordfish" for each in each_offer.fields}
    shown = values_of(each_offer, posted)
    assert {shown[each.key] for each in each_offer.fields if each.secret} <= {""}
    present = Present(each_offer, {each.key: "x" for each in each_offer.fields}, frozenset())
    assert {values_of(each_offer, None, present)[each.key] for each in each_offer.fields if each.secret} <= {
        ""
    }


def test_defaults_then_what_was_posted() -> None:
    ftp = offer("ftp")
    assert (values_of(ftp, None)["port"], values_of(ftp, None)["explicit_tls"]) == ("21", "true")
    shown = values_of(ftp, {"o.port": "2121"})
    assert (shown["port"], shown["explicit_tls"], shown["idle_timeout"]) == ("2121", "false", "")


def test_every_provider_has_an_icon_that_is_there() -> None:
    known = set(re.findall(r"\"([\w-]+)\"", (ROOT / "web/vendor.toml").read_text(encoding="utf-8")))
    assert {each.icon for each in list_providers()} <= known
