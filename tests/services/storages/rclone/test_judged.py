"""The table of the generic form against the list of the rclone that is installed: nothing is undecided.

When one of the first tests fails, rclone has learned something. Decide: what can reach this machine, lead past the
gate or become a host unchecked goes to the refused, with the reason; what is harmless may be allowed.
"""

import json
import re
from pathlib import Path

import pytest

from services.errors import UsageError
from services.storages.hosts import HostPolicy
from services.storages.rclone import generic, providers
from services.storages.rclone.forms import Field
from services.storages.rclone.judged import NEVER, REFUSED_TYPES, TYPES
from services.storages.rclone.listing import Option
from services.storages.rclone.offers import OFFERS
from tests import rclone_running
from tests.offers import listing, offer
from tests.services.storages.rclone.gating import hosts_asked

OWN = {each.type for each in OFFERS}
ALL = sorted(TYPES)

SUSPICIOUS_NAME = re.compile(
    r".*_(command|file|path|ccache|proxy|socket)|proxy|ssh|socket|remote|upstreams|headers|.*kerberos.*|.*_auth|.*_url"
    r"|url|host|hostname|.*endpoint|endpoint_.*|profile|.*agent.*|use_(msi|az|emulator)|.*insecure.*|no_check_cert.*"
    r"|site|zone|region|domain_name|impersonate|.*credentials.*|description|encoding|set_env|.*concurrency|chunk_size"
)
SUSPICIOUS_HELP = re.compile(
    r"\b(path to|file path|local file|file containing|command|program to run|unix socket|environment variable"
    r"|proxy|on disk|host name|hostname|domain)\b",
    re.IGNORECASE,
)

HARMLESS = {
    "ftp.concurrency": "how many connections one storage may have to its server",
    "seafile.library_key": "a password; the help speaks of rclone's command line",
    "swift.domain": "OpenStack's domain, a name inside the request",
    "swift.tenant_domain": "likewise",
}
"""What looks dangerous and is allowed all the same."""


def options(type_name: str) -> dict[str, list[Option]]:
    found: dict[str, list[Option]] = {}
    for option in listing()[type_name].options:
        found.setdefault(option.name, []).append(option)
    return found


def told(type_name: str, keys: set[str]) -> str:
    """What somebody has to decide about."""
    lines = (f"{type_name}.{key}: {generic.brief(options(type_name)[key][0].help)}" for key in sorted(keys))
    return "decide in services/storages/rclone/judged*.py:\n" + "\n".join(lines)


# --- nothing is undecided


def test_every_type_of_rclone_is_decided() -> None:
    undecided = set(listing()) - OWN - set(TYPES) - set(REFUSED_TYPES)
    assert not undecided, f"decide in services/storages/rclone/judged.py: {sorted(undecided)}"
    assert not OWN & set(TYPES)
    assert not (OWN | set(TYPES)) & set(REFUSED_TYPES)
    assert (set(TYPES) | set(REFUSED_TYPES)) <= set(listing()), "rclone has these no more"


@pytest.mark.parametrize("type_name", ALL)
def test_every_option_of_a_type_is_decided(type_name: str) -> None:
    judgement, known = TYPES[type_name], set(options(type_name))
    decided = judgement.allowed_keys | set(judgement.refused_keys) | set(judgement.fixed)
    undecided = known - decided - set(NEVER)
    assert not undecided, told(type_name, undecided)
    assert decided <= known, "rclone has these no more"


@pytest.mark.parametrize("type_name", ALL)
def test_a_decision_is_one(type_name: str) -> None:
    judgement = TYPES[type_name]
    sides = [judgement.allowed_keys, set(judgement.refused_keys), set(NEVER), set(judgement.fixed)]
    assert len(set().union(*sides)) == sum(map(len, sides))
    mentioned = {*judgement.kinds, *judgement.patterns, *judgement.defaults, *judgement.strict.split(),
                 *judgement.needed.split(), *(key for keys in judgement.one_of for key in keys)}  # fmt: skip
    assert mentioned <= judgement.allowed_keys


def test_what_never_is_allowed_is_known_to_rclone() -> None:
    named = {option.name for backend in listing().values() for option in backend.options}
    # some belong to types with a form of their own, or to refused ones: rclone knows each of them somewhere
    assert set(NEVER) <= named


# --- what is allowed is harmless


def looks_dangerous(type_name: str, key: str) -> bool:
    judgement, same = TYPES[type_name], options(type_name)[key]
    is_held = judgement.kinds.get(key) in {"host", "url"} or key in {
        *judgement.strict.split(),
        *judgement.patterns,
    }
    is_free = same[0].type == "string" and judgement.kinds.get(key) != "token"
    text = " ".join(option.help for option in same)
    named_so = SUSPICIOUS_NAME.fullmatch(key) is not None
    return not is_held and (named_so or (is_free and SUSPICIOUS_HELP.search(text) is not None))


def test_what_looks_dangerous_is_not_allowed() -> None:
    found = {
        f"{type_name}.{key}"
        for type_name, judgement in TYPES.items()
        for key in judgement.allowed_keys
        if looks_dangerous(type_name, key)
    }
    assert found == set(HARMLESS), "refuse it, check it as a host, or give the reason"


def test_what_names_a_file_or_program_anywhere_is_never_allowed() -> None:
    named = {option.name for backend in listing().values() for option in backend.options}
    reaching = {
        n for n in named if re.search(r"command|_file$|_path$|proxy|socket|kerberos|^ssh$|env_auth", n)
    }
    elsewhere = reaching - set(NEVER)
    allowed = {key for judgement in TYPES.values() for key in judgement.allowed_keys}
    offered = {each.key for provider in OFFERS for each in provider.fields}
    assert elsewhere & (allowed | offered) == set()
    assert elsewhere == set(), "name them in NEVER"


@pytest.mark.parametrize("type_name", ALL)
def test_a_form_shows_what_is_allowed_and_nothing_else(type_name: str) -> None:
    made = offer(type_name)
    assert {each.key for each in made.fields} == TYPES[type_name].allowed_keys
    assert made.generic
    assert made.has_free_endpoint == any(each.is_endpoint for each in made.fields)


@pytest.mark.parametrize("type_name", ALL)
def test_every_other_option_is_refused(type_name: str) -> None:
    policy = HostPolicy(resolver=lambda _: ["93.184.215.14"])
    others = {*options(type_name), *NEVER} - TYPES[type_name].allowed_keys
    for key in others:
        for provider in (offer(type_name), providers.get_provider(type_name)):
            with pytest.raises(UsageError) as caught:
                providers.check(provider, {key: "x"}, policy)
            assert caught.value.field == key


@pytest.mark.parametrize("type_name", sorted(REFUSED_TYPES))
def test_other_types_are_refused(type_name: str) -> None:
    with pytest.raises(UsageError) as caught:
        providers.get_provider(type_name)
    assert caught.value.field == "type"


def secrets_of(type_name: str) -> dict[str, Field]:
    return {each.key: each for each in offer(type_name).fields if each.secret}


@pytest.mark.parametrize("type_name", ALL)
def test_secrets_are_secret(type_name: str) -> None:
    for each in offer(type_name).fields:
        same = options(type_name)[each.key]
        assert each.obscured == same[0].password == same[-1].password
        assert each.secret or not each.obscured
        if re.search(r"(^|_)(pass|password|secret|token|key)$", each.key):
            assert each.secret
        if each.secret:
            assert each.kind in {"password", "token", "url"}
            assert each.default == ""
    assert secrets_of(type_name), "whoever signs in has a secret"


@pytest.mark.parametrize("type_name", ALL)
def test_a_generic_offer_is_whole(type_name: str) -> None:
    made = offer(type_name)
    required = {name for name, same in options(type_name).items() if any(each.required for each in same)}
    ways_in = {key for keys in made.one_of for key in keys}
    assert (
        required & TYPES[type_name].allowed_keys
        <= {each.key for each in made.fields if each.required} | ways_in
    )
    for each in made.fields:
        assert each.label[0].isupper()
        assert each.label == generic.LABELS.get(each.key, each.label)
        assert bool(each.pattern) == bool(each.pattern_words)
        if each.kind == "choice":
            assert each.choices
            assert each.default in {"", *(choice.value for choice in each.choices)}


# --- every type with the gate in between

TOKEN = json.dumps(
    {"access_token": "a", "token_type": "Bearer", "refresh_token": "r", "expiry": "2020-01-01T00:00:00Z"}
)
LIVE = TOKEN.replace("2020", "2090")
SECRET = "a secret"
REMOTES: dict[str, tuple[dict[str, str], str]] = {
    "azurefiles": ({"account": "acc", "key": "YWFh", "share_name": "photos"}, "acc.file.core.windows.net"),
    "b2": ({"account": "a", "key": "b"}, "api.backblazeb2.com"),
    "box": ({"token": TOKEN}, "app.box.com"),
    "cloudinary": ({"cloud_name": "n", "api_key": "k", "api_secret": "s"}, "api.cloudinary.com"),
    "drime": ({"access_token": "a"}, "app.drime.cloud"),
    "fichier": ({"api_key": "a"}, "api.1fichier.com"),
    "filefabric": ({"url": "https://files.test", "permanent_token": "t"}, "files.test"),
    "filelu": ({"key": "k"}, "filelu.com"),
    "filescom": ({"site": "mysite", "username": "u", "password": SECRET}, "mysite.files.com"),
    "ftp": ({"host": "files.test", "user": "u", "pass": SECRET, "explicit_tls": "true"}, "files.test"),
    "gofile": ({"access_token": "a"}, "api.gofile.io"),
    "google cloud storage": ({"token": TOKEN, "project_number": "1"}, "oauth2.googleapis.com"),
    "hidrive": ({"token": TOKEN}, "my.hidrive.com"),
    "huaweidrive": ({"token": TOKEN}, "oauth-login.cloud.huawei.com"),
    "imagekit": ({"endpoint": "https://files.test/x", "public_key": "p", "private_key": "k"}, "api.imagekit.io"),
    "internetarchive": ({"access_key_id": "a", "secret_access_key": "b"}, "archive.org"),
    "koofr": ({"provider": "koofr", "user": "u", "password": SECRET}, "app.koofr.net"),
    "linkbox": ({"token": "t", "email": "e", "password": SECRET}, "www.linkbox.to"),
    "mailru": ({"user": "u@mail.ru", "pass": SECRET}, "o2.mail.ru"),
    "mega": ({"user": "u@mail.test", "pass": SECRET}, "g.api.mega.co.nz"),
    "opendrive": ({"username": "u", "password": SECRET}, "dev.opendrive.com"),
    "pcloud": ({"token": LIVE, "hostname": "eapi.pcloud.com"}, "eapi.pcloud.com"),
    "pixeldrain": ({"api_key": "k"}, "pixeldrain.com"),
    "premiumizeme": ({"token": LIVE}, "www.premiumize.me"),
    "putio": ({"token": LIVE}, "api.put.io"),
    "qingstor": ({"access_key_id": "a", "secret_access_key": "b", "zone": "pek3a"}, "pek3a.qingstor.com"),
    "quatrix": ({"api_key": "k", "host": "files.test"}, "files.test"),
    "seafile": ({"url": "https://files.test", "user": "u", "pass": SECRET}, "files.test"),
    "shade": ({"drive_id": "d", "api_key": "k"}, "api.shade.inc"),
    "sharefile": ({"token": LIVE, "endpoint": "https://files.test"}, "files.test"),
    "sia": ({"api_url": "https://files.test:9980", "api_password": SECRET}, "files.test"),
    "swift": ({"auth": "https://files.test/v3", "user": "u", "key": "k", "tenant": "t", "domain": "d"}, "files.test"),
    "ulozto": ({"app_token": "a", "username": "u", "password": SECRET}, "apis.uloz.to"),
    "yandex": ({"token": LIVE}, "cloud-api.yandex.com"),
    "zoho": ({"token": TOKEN, "region": "eu"}, "accounts.zoho.eu"),
}  # fmt: skip
BUCKETS = {"google cloud storage", "internetarchive", "qingstor"}


def test_all_are_tried() -> None:
    assert set(REMOTES) == set(TYPES)


@pytest.mark.parametrize("type_name", ALL)
def test_a_form_can_be_filled_in(type_name: str) -> None:
    """What the type needs is allowed, and hosts in it are asked about."""
    asked: list[str] = []

    def resolver(name: str) -> list[str]:
        asked.append(name)
        return ["93.184.215.14"]

    given = REMOTES[type_name][0]
    made = providers.check(offer(type_name), given, HostPolicy(resolver=resolver))
    assert given.items() - {("provider", "koofr")} <= {**made, "token": given.get("token")}.items()
    assert bool(asked) == any(each.is_endpoint and each.key in given for each in offer(type_name).fields)


@pytest.mark.parametrize("type_name", ALL)
def test_rclone_stores_what_was_given_and_nothing_else(type_name: str, tmp_path: Path) -> None:
    policy = HostPolicy(resolver=lambda _: ["93.184.215.14"])
    made = providers.check(offer(type_name), REMOTES[type_name][0], policy)
    environment = {"RCLONE_CONFIG": str(tmp_path / "rclone.conf")}
    body = {
        "name": "h_1",
        "type": type_name,
        "parameters": made,
        "opt": {"nonInteractive": True, "obscure": True},
    }
    words = ("rc", "--loopback", "config/create", "--json", json.dumps(body))
    done = rclone_running.run(*words, remote={}, environment=environment)
    assert done.returncode == 0, done.stderr
    dumped = json.loads(rclone_running.run("config", "dump", remote={}, environment=environment).stdout)
    obscured = {each.key for each in offer(type_name).fields if each.obscured}
    assert set(dumped["h_1"]) == {"type", *made}
    assert all(dumped["h_1"][key] == value for key, value in made.items() if key not in obscured)


@pytest.mark.parametrize("type_name", ALL)
def test_every_type_connects_through_the_gate(type_name: str) -> None:
    remote, host = REMOTES[type_name]
    place = "bucket" if type_name in BUCKETS else ""
    assert hosts_asked(type_name, {**remote, **TYPES[type_name].fixed}, place) == {host}


@pytest.mark.parametrize(
    ("type_name", "key", "value"),
    [
        ("zoho", "region", "com.evil.example"), ("pcloud", "hostname", "evil.example"), ("qingstor", "zone", "x.evil/"),
        ("filescom", "site", "evil.example"), ("azurefiles", "account", "evil.example/"),
        ("koofr", "provider", "evil"), ("swift", "region", "a/b"), ("cloudinary", "cloud_name", "../x"),
        ("hidrive", "scope_access", "rw,x"), ("quatrix", "host", "evil.example/x"),
        ("sia", "api_url", "file:///etc/passwd"), ("imagekit", "endpoint", "https://u@evil.example"),
    ],
)  # fmt: skip
def test_nothing_in_a_text_becomes_a_host(type_name: str, key: str, value: str) -> None:
    policy = HostPolicy(resolver=lambda _: ["93.184.215.14"])
    with pytest.raises(UsageError) as caught:
        providers.check(offer(type_name), REMOTES[type_name][0] | {key: value}, policy)
    assert caught.value.field == key
