"""Settings: defaults, the file, the environment, and what is wrong in words."""

import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

from config import load
from config.settings import GROUPS, LARGEST, NAMES, SettingsError, split_address


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    text = files("config").joinpath("default.toml").read_text()
    tree = tomllib.loads(text)
    named = {n for n in tree if n not in GROUPS} | {n for g in GROUPS for n in tree[g]}
    assert named == set(NAMES)
    for name in NAMES:
        place = text.index(f"\n{name} =") if f"\n{name} =" in text else text.index(f"[{name}]")
        block = text[:place].rpartition("\n\n")[2]
        assert "#" in block or text[:place].rstrip().splitlines()[-1].startswith(
            ("#", "tls_", "dlna_", "log_")
        )


def test_defaults(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    assert settings.listen == "0.0.0.0:4976"
    assert settings.dav_plain_http == "lan"
    assert set(settings.origins.values()) == {"default"}


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    (tmp_path / "hypomos.toml").write_text(
        'listen = "127.0.0.1:1"\nscan_minutes = 5\n[local_roots]\nanna = ["/srv/anna"]\n'
    )
    settings = load(
        tmp_path,
        {"HYPOMOS_LISTEN": "127.0.0.1:2", "HYPOMOS_HOSTS_ALLOWED": "a, b", "HYPOMOS_MDNS_ENABLED": "no"},
    )
    assert settings.listen == "127.0.0.1:2"
    assert settings.scan_minutes == 5
    assert settings.hosts_allowed == ("a", "b")
    assert settings.mdns_enabled is False
    assert settings.local_roots == {"anna": ("/srv/anna",)}
    assert settings.origins["listen"] == "HYPOMOS_LISTEN"
    assert settings.origins["scan_minutes"].endswith("hypomos.toml")


@pytest.mark.parametrize(
    ("file", "environ", "words"),
    [
        ('lisen = "x"', {}, ("lisen", "Did you mean “listen”?")),
        ("listen = 5", {}, ("listen", "a text")),
        ('listen = "here"', {}, ("host:port",)),
        ('dav_plain_http = "always"', {}, ("never, loopback, lan", "always")),
        ("scan_minutes = true", {}, ("whole number",)),
        ("scan_minutes = -1", {}, ("scan_minutes", "from 0 to 525600", "-1")),
        ("scan_minutes = 99999999999999999999", {}, ("scan_minutes", "from 0 to 525600")),
        ("decoders = 100000", {}, ("decoders", "from 0 to 64")),
        ("", {"HYPOMOS_MACHINE_FACTOR": "nan"}, ("machine_factor", "HYPOMOS_MACHINE_FACTOR", "nan")),
        ('public_url = "photos.example.org"', {}, ("public_url", "https://photos.example.org")),
        ('public_url = "javascript:alert(1)"', {}, ("public_url", "javascript")),
        ('public_url = "https://[bad"', {}, ("public_url", "[bad")),
        ('listen = "127.0.0.1:٤٩"', {}, ("host:port",)),
        ("trash_days = 0", {}, ("at least 1",)),
        ('trusted_proxies = ["10.0.0.0/99"]', {}, ("10.0.0.0/99",)),
        ('[local_roots]\nanna = "relative"', {}, ("anna", "list")),
        ("this is not toml", {}, ("not valid TOML",)),
        ("", {"HYPOMOS_LISTN": "x"}, ("HYPOMOS_LISTN", "Did you mean “listen”?")),
        ("", {"HYPOMOS_SCAN_MINUTES": "soon"}, ("HYPOMOS_SCAN_MINUTES", "soon")),
        ("", {"HYPOMOS_MDNS_ENABLED": "perhaps"}, ("true or false",)),
        ("", {"HYPOMOS_LOCAL_ROOTS": "anna"}, ("anna=/srv",)),
    ],
)
def test_what_is_wrong_is_said(
    tmp_path: Path, file: str, environ: dict[str, str], words: tuple[str, ...]
) -> None:
    (tmp_path / "hypomos.toml").write_text(file)
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, environ)
    for word in words:
        assert word in str(caught.value)


def test_every_number_has_a_largest_value(tmp_path: Path) -> None:
    settings = load(tmp_path, {})
    numbers = {name for name in NAMES if type(getattr(settings, name)) in {int, float}}
    assert numbers == set(LARGEST)


def test_addresses() -> None:
    assert split_address("[::1]:80") == ("::1", 80)
    assert split_address("localhost:0") == ("localhost", 0)
    with pytest.raises(SettingsError):
        split_address("localhost")
