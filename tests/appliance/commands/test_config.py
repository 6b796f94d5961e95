"""`hypomos config show`: every setting with its value and where it came from, and no password."""

import json
from pathlib import Path

import pytest

from config.settings import NAMES
from tests.appliance.conftest import Hypomos


def test_every_setting_is_shown(hypomos: Hypomos) -> None:
    rows = hypomos("config", "show", "--json").data
    assert [r["setting"] for r in rows] == list(NAMES)
    table = hypomos("config", "show").out
    assert all(name in table for name in NAMES)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://me:sec@ret@db:5/x", "postgresql://…@db:5/x"),
        ("postgresql://db/x", "postgresql://db/x"),
        ("", ""),
    ],
)
def test_passwords_in_addresses_are_blotted_out(
    hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch, given: str, shown: str
) -> None:
    monkeypatch.setenv("HYPOMOS_DATABASE_URL", given)
    said = hypomos("config", "show", "--json")
    assert {r["setting"]: r["value"] for r in said.data}["database_url"] == shown
    assert "sec@ret" not in said.out


def test_secrets_are_blotted_out(hypomos: Hypomos, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HYPOMOS_GOOGLE_CLIENT_SECRET", "GOCSPX-hidden")
    said = hypomos("config", "show", "--json")
    shown = {r["setting"]: r["value"] for r in said.data}
    assert (shown["google_client_secret"], shown["dropbox_client_secret"]) == ("…", "")
    assert "hidden" not in said.out + hypomos("config", "show").out


def test_the_file_the_environment_and_the_default(
    hypomos: Hypomos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "hypomos.toml").write_text('scan_minutes = 5\nhosts_allowed = ["a.lan", "b.lan"]\n')
    monkeypatch.setenv("HYPOMOS_LISTEN", "127.0.0.1:1")
    rows = {r["setting"]: r for r in json.loads(hypomos("config", "show", "--json").out)}
    assert (rows["scan_minutes"]["value"], rows["listen"]["value"]) == (5, "127.0.0.1:1")
    assert rows["hosts_allowed"]["value"] == "a.lan, b.lan"
    assert "hypomos.toml" in rows["scan_minutes"]["from"]
    assert (rows["listen"]["from"], rows["log_level"]["from"]) == ("HYPOMOS_LISTEN", "default")
