"""The allow-list against rclone's own list of options, and every offered type against the gate."""

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from services.errors import UsageError
from services.storages.hosts import HostPolicy, Target
from services.storages.rclone.egress import Gate
from services.storages.rclone.forms import Field, Provider
from services.storages.rclone.judged import NEVER, REFUSED_TYPES
from services.storages.rclone.offers import OFFERS
from services.storages.rclone.providers import check, get_provider
from tests import rclone_running, tree
from tests.services.storages.rclone.gating import hosts_asked

FORBIDDEN_KEY = re.compile(
    r".*_command|.*_file|.*_path|ssh|env_auth|auth_proxy|profile|unix_socket|use_msi|use_az|use_emulator|headers"
    r"|use_kerberos|kerberos_ccache|auth_url|token_url|connection_string|impersonate|.*credentials|encoding|set_env"
    r"|socks_proxy|http_proxy|no_check_certificate|allow_insecure.*|use_insecure.*|subsystem|key_use_agent|remote"
    r"|upstreams|auth_redirect|download_url|sts_endpoint|.*iam_endpoint|description|path_override"
)
"""Options that reach this machine or lead past the gate. (`description` is where a pinned host's name is.)"""

TYPES = [provider.type for provider in OFFERS]


def options_of(provider: Provider) -> dict[str, list[dict[str, Any]]]:
    """rclone's options of a type by name; some stand there several times, for different providers."""
    found: dict[str, list[dict[str, Any]]] = {}
    for option in rclone_running.listing()[provider.type]["Options"]:
        found.setdefault(option["Name"], []).append(option)
    return found


def fields() -> Iterator[tuple[Provider, Field]]:
    for provider in OFFERS:
        for each in provider.fields:
            yield provider, each


def test_nothing_dangerous_is_offered() -> None:
    assert set(TYPES) & set(REFUSED_TYPES) == set()
    keys = {key for p in OFFERS for key in (*(f.key for f in p.fields), *p.fixed, *p.given)}
    assert [key for key in keys if FORBIDDEN_KEY.fullmatch(key)] == []
    assert keys & set(NEVER) == set()


def test_every_other_option_of_rclone_is_refused() -> None:
    policy = HostPolicy(resolver=lambda _: ["93.184.215.14"])
    for provider in OFFERS:
        others = set(options_of(provider)) - {each.key for each in provider.fields}
        assert {key for key in options_of(provider) if FORBIDDEN_KEY.fullmatch(key)} <= others
        for key in others:
            with pytest.raises(UsageError) as caught:
                check(provider, {key: "x"}, policy)
            assert caught.value.field == key


def test_every_command_and_file_of_rclone_is_known_as_forbidden() -> None:
    """If rclone learns another such option, it is not offered: but the list above is to know it."""
    named = {o["Name"] for each in rclone_running.listing().values() for o in each["Options"]}
    suspicious = {
        n for n in named if re.search(r"command|_file$|_path$|proxy|socket|kerberos|^ssh$|env_auth", n)
    }
    assert {
        "ssh",
        "server_command",
        "md5sum_command",
        "bearer_token_command",
        "key_file",
        "env_auth",
    } <= suspicious
    harmless = {"proxy"}  # google photos, which is not offered
    assert [n for n in suspicious - harmless if not FORBIDDEN_KEY.fullmatch(n)] == []


@pytest.mark.parametrize(
    ("provider", "field"), list(fields()), ids=[f"{p.type}-{f.key}" for p, f in fields()]
)
def test_a_field_is_an_option_of_rclone_as_rclone_has_it(provider: Provider, field: Field) -> None:
    options = options_of(provider)[field.key]
    assert all(option["IsPassword"] == field.obscured for option in options)
    if field.kind in {"number", "port"}:
        assert options[0]["Type"] == "int"
    assert (field.kind == "bool") == (options[0]["Type"] == "bool")
    if field.obscured or (options[0]["Sensitive"] and field.kind == "password"):
        assert field.secret
    if field.kind == "choice":
        known = {e["Value"] for option in options for e in option.get("Examples") or ()}
        assert {choice.value for choice in field.choices} <= known
        assert field.default in {"", *(choice.value for choice in field.choices)}


@pytest.mark.parametrize("provider", OFFERS, ids=TYPES)
def test_an_offer_is_whole(provider: Provider) -> None:
    options = options_of(provider)
    assert set(provider.fixed) | provider.given <= set(options)
    keys = [each.key for each in provider.fields]
    assert len(keys) == len(set(keys))
    assert not set(keys) & (set(provider.fixed) | provider.given)
    assert all(set(group) <= set(keys) for group in provider.one_of)
    required = {name for name, each in options.items() if any(o["Required"] for o in each)}
    covered = {key for group in provider.one_of for key in group} | {
        f.key for f in provider.fields if f.required
    }
    assert required <= covered
    assert ("port" in keys) or not any(each.kind == "host" for each in provider.fields)
    for each in provider.fields:
        assert each.label[0].isupper() or each.label[0].isdigit()
        assert bool(each.pattern) == bool(each.pattern_words)
        assert (each.kind == "choice") == bool(each.choices)
    assert (tree.ROOT / "node_modules/lucide-static/icons").exists() is False or (
        tree.ROOT / f"node_modules/lucide-static/icons/{provider.icon}.svg"
    ).exists()


def test_s3_offers_every_provider_rclone_knows() -> None:
    field = get_provider("s3").find_field("provider")
    assert field
    known = [e["Value"] for e in options_of(get_provider("s3"))["provider"][0]["Examples"]]
    assert [choice.value for choice in field.choices] == known


# every type with the gate in between

TOKEN = json.dumps(
    {"access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expiry": "2020-01-01T00:00:00Z"}
)
SECRET = "a secret"
REMOTES: dict[str, tuple[dict[str, str], str]] = {
    "onedrive": ({"token": TOKEN, "drive_id": "x", "drive_type": "personal"}, "login.microsoftonline.com"),
    "drive": ({"token": TOKEN, "scope": "drive.readonly"}, "oauth2.googleapis.com"),
    "dropbox": ({"token": TOKEN}, "api.dropboxapi.com"),
    "webdav": ({"url": "https://files.test/dav/", "user": "u", "pass": SECRET}, "files.test"),
    "sftp": ({"host": "files.test", "user": "u", "pass": SECRET}, "files.test"),
    "s3": ({"provider": "Other", "endpoint": "https://files.test", "access_key_id": "AKIDEXAMPLE",
            "secret_access_key": "s"}, "files.test"),
    "azureblob": ({"account": "acc", "key": "YWFh"}, "acc.blob.core.windows.net"),
}  # fmt: skip


def test_all_but_the_pinned_one_are_tried() -> None:
    assert set(REMOTES) == set(TYPES) - {"smb"}


@pytest.mark.parametrize("type_name", sorted(REMOTES))
def test_every_offered_type_connects_through_the_gate(type_name: str) -> None:
    """rclone's first connection is asked for at the gate, by name: it neither resolves nor connects by itself."""
    remote, host = REMOTES[type_name]
    assert hosts_asked(type_name, remote) == {host}


def test_smb_goes_past_the_gate_to_the_address_that_is_configured() -> None:
    """That is why the address is pinned: nothing is left to resolve."""
    asked: list[str] = []

    def check_host(host: str, port: int) -> Target:
        asked.append(host)
        return HostPolicy(["127.0.0.0/8"]).check(host, port)

    gate = Gate(check_host)
    gate.start()
    remote = {"type": "smb", "host": "127.0.0.1", "user": "u", "pass": rclone_running.obscured(SECRET)}
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.settimeout(30)
            remote["port"] = str(server.getsockname()[1])
            with rclone_running.running("lsf", "x:share", remote=remote, environment=gate.environment):
                server.accept()[0].close()
    finally:
        gate.close()
    assert asked == []
