"""Cleaning of what people write into forms: what rclone's configuration would not give back is refused."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import UsageError
from services.storages.rclone.forms import Choice, Field, Kind, Provider, clean, require_storable

PEM = (
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\nAAAA==\n-----END OPENSSH PRIVATE KEY-----"
)
LEGACY = (
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0A1B\n\nMIIE\n"
    "-----END RSA PRIVATE KEY-----\n"
)


def field(kind: Kind = "text", **more: object) -> Field:
    return Field("key", "Label", kind, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("form", "value", "cleaned"),
    [
        (field(), " anna ", "anna"),
        (field(), "", ""),
        (field(), None, ""),
        (field(), "  ", ""),
        (field(), 5, "5"),
        (field(), "ünïcode 👩\u200d👩 \\ ; # = [x] ${HOME}", "ünïcode 👩\u200d👩 \\ ; # = [x] ${HOME}"),
        (field("password", obscured=True), ' `%(type)s"""', ' `%(type)s"""'),
        (field("bool"), True, "true"),
        (field("bool"), "False", "false"),
        (field("port"), 22, "22"),
        (field("number"), "0", "0"),
        (field("choice", choices=(Choice("a", "A"),)), "a", "a"),
        (field("pem"), PEM, PEM.replace("\n", "\\n") + "\\n"),
        (field("pem"), PEM.replace("\n", "\r\n") + "\r\n", PEM.replace("\n", "\\n") + "\\n"),
        (field("pem"), PEM.replace("\n", "\\n"), PEM.replace("\n", "\\n") + "\\n"),
        (field("pem"), LEGACY, LEGACY.replace("\n", "\\n")),
        (field("lines"), " a \r\n\n b", "a\n\nb"),
        (field(pattern=r"[a-z]+", pattern_words="small letters"), "abc", "abc"),
    ],
)
def test_a_value_is_cleaned(form: Field, value: object, cleaned: str) -> None:
    assert clean(form, value) == cleaned


@pytest.mark.parametrize("form", [field(), field("password", secret=True), field("password", obscured=True)])
@pytest.mark.parametrize(
    "value",
    [
        "a\nb",
        "a\rb",
        "a\x00b",
        "a\tb",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "a\u202eb",
        "a\ufeffb",
        "a\ud800b",
        "x" * 2049,
    ],
)
def test_control_characters_and_endless_values_are_refused(form: Field, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        clean(form, value)
    assert caught.value.field == "key"
    assert "Label" in str(caught.value)
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["`x", "x`", '"""x"""', 'a"""', "%(pass)s", "a%(type)sb", "%()s"])
def test_what_rclones_file_would_rewrite_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="backtick"):
        clean(field(), value)


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (field("port"), "0"),
        (field("port"), "65536"),
        (field("port"), "22 or so"),
        (field("port"), "²²"),
        (field("port"), "-1"),
        (field("number"), "1.5"),
        (field("number"), "٣"),
        (field("number"), "9" * 10),
        (field("bool"), "yes"),
        (field("choice", choices=(Choice("a", "A"),)), "A"),
        (field(), ["a"]),
        (field(), {"a": 1}),
        (field(), 1.5),
        (field(pattern=r"[a-z]+", pattern_words="small letters"), "abc\u0660"),
        (field("lines"), "a\x00b"),
        (field("lines"), "a`b"),
        (field("lines"), "x" * 16385),
    ],
)
def test_a_wrong_value_is_named_with_its_field(form: Field, value: object) -> None:
    with pytest.raises(UsageError, match="Label") as caught:
        clean(form, value)
    assert caught.value.field == "key"


@pytest.mark.parametrize(
    "value",
    [
        "MIIE",
        PEM.replace("PRIVATE", "PUBLIC"),
        PEM[:-5],
        PEM + "\nssh = sh -c id",
        PEM.replace("AAAA==", "AAAA==\n[h_2]\ntype = local"),
        PEM.replace("AAAA==", "`id`"),
        PEM.replace("AAAA==", 'AA"AA'),
        PEM.replace("AAAA==", "\\x41"),
        PEM.replace("AAAA==", "Key-File: /etc/shadow"),
        PEM.replace("AAAA==", "A" * 20000),
        PEM.replace("-----END OPENSSH", "-----END RSA"),
        "/etc/ssh/ssh_host_rsa_key",
    ],
)
def test_a_private_key_is_whole_and_nothing_else(value: str) -> None:
    with pytest.raises(UsageError, match="whole private key") as caught:
        clean(field("pem", secret=True), value)
    assert value not in str(caught.value)


def test_a_token_is_written_anew() -> None:
    told = '{\n "access_token": "ä", "expiry": "2026-01-01T00:00:00Z",\n "expires_in": 3600 }\n'
    assert clean(field("token"), told) == (
        '{"access_token":"\\u00e4","expiry":"2026-01-01T00:00:00Z","expires_in":3600}'
    )
    assert clean(field("token"), " ") == ""


@pytest.mark.parametrize(
    "value",
    [
        "secret-token",
        "[]",
        "{}",
        '"x"',
        "{" * 5000,
        '{"access_token": ""}',
        '{"access_token": "a", "token_url": "http://127.0.0.1/"}',
        '{"access_token": {"a": 1}}',
        '{"access_token": "a", "refresh_token": null}',
        '{"access_token": "`"}',
        '{"access_token": "%(type)s"}',
        json.dumps({"access_token": "x" * 17000}),
    ],
)
def test_what_is_no_token_is_refused(value: str) -> None:
    with pytest.raises(UsageError, match="Label"):
        clean(field("token", secret=True), value)


@given(st.text(max_size=60))
def test_what_gets_through_is_one_line_that_stays_as_it_is(text: str) -> None:
    try:
        cleaned = clean(field(), text)
    except UsageError:
        return
    assert cleaned == cleaned.strip()
    assert len(cleaned.splitlines()) <= 1
    assert clean(field(), cleaned) == cleaned
    require_storable("key", "Label", cleaned)


def test_a_provider_knows_whether_people_choose_the_host() -> None:
    assert Provider("x", "X", "x", "password", (field("host"),)).has_free_endpoint
    assert Provider("x", "X", "x", "password", (field("url"),)).has_free_endpoint
    assert not Provider("x", "X", "x", "password", (field("text"),)).has_free_endpoint
    assert Provider("x", "X", "x", "password", (field(),)).find_field("nothing") is None
