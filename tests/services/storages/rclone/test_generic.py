"""The generic form: shaped by rclone's list, and never by it alone."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from services.errors import UsageError
from services.storages.hosts import HostPolicy
from services.storages.rclone import generic, providers
from services.storages.rclone.forms import Choice, Field, Provider
from services.storages.rclone.judged import TYPES
from services.storages.rclone.judgements import Judgement
from services.storages.rclone.listing import Backend, Option
from tests.offers import listing, offer

POLICY = HostPolicy(resolver=lambda _: ["93.184.215.14"])


def option(name: str, type: str = "string", **more: Any) -> Option:
    plain: dict[str, Any] = {
        "help": "What it is.", "default": "", "required": False, "password": False, "sensitive": False,
        "advanced": False, "exclusive": False, "provider": "", "examples": (),
    }  # fmt: skip
    return Option(name, type=type, **plain | more)


def form(monkeypatch: pytest.MonkeyPatch, *options: Option, **judged: Any) -> Provider:
    """The form of a type with these options, all of them allowed unless said otherwise."""
    allowed = judged.pop("allowed", " ".join(each.name for each in options))
    judgement = Judgement("it", "It", "cloud", "key", allowed, **judged)
    monkeypatch.setattr(generic, "TYPES", MappingProxyType({"it": judgement}))
    return generic.whole(generic.bare(judgement), {"it": Backend("it", options)})


def test_rclone_gives_order_texts_and_what_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    made = form(
        monkeypatch,
        option("user", help="Who.\n\nE.g. anna.", required=True),
        option("use_it", "bool", default="true", advanced=True),
        option("cut_at", "SizeSuffix", default="64Mi"),
    )
    assert [each.key for each in made.fields] == ["user", "use_it", "cut_at"]
    user, use, cut = made.fields
    assert (user.label, user.help, user.required, user.kind) == ("User name", "Who. E.g. anna.", True, "text")
    assert (use.label, use.advanced, use.kind, use.default) == ("Use it", True, "bool", "true")
    assert (cut.kind, cut.default, cut.implied, cut.foreign) == ("size", "64Mi", True, True)


def test_what_is_not_allowed_is_no_field(monkeypatch: pytest.MonkeyPatch) -> None:
    made = form(
        monkeypatch, option("user"), option("new_file"), option("odd", "SpaceSepList"), allowed="user odd"
    )
    assert [each.key for each in made.fields] == ["user"], "new ones wait for a decision, odd ones for a kind"
    for key in ("new_file", "odd"):
        with pytest.raises(UsageError) as caught:
            providers.check(made, {key: "x"}, POLICY)
        assert caught.value.field == key


def test_without_being_asked_for_a_form_takes_nothing() -> None:
    bare = generic.bare(TYPES["ftp"])
    assert (bare.fields, bare.has_free_endpoint) == ((), True)
    with pytest.raises(UsageError):
        providers.check(bare, {"host": "files.example"}, POLICY)


def test_a_type_that_this_rclone_has_not(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="knows no storage"):
        generic.whole(generic.bare(TYPES["ftp"]), {})
    with pytest.raises(UsageError, match="knows no storage"):
        generic.whole(replace(generic.bare(TYPES["ftp"]), type="local"), listing())


@pytest.mark.parametrize(
    ("given", "secret"),
    [
        (option("pass", password=True), True), (option("user", password=True), True),
        (option("user", sensitive=True), False),
        (option("something", sensitive=True), True), (option("app_token"), True), (option("api_key"), True),
        (option("key_id_of_it"), True), (option("access_key_id", sensitive=True), False), (option("region"), False),
        (option("key", "bool"), False),
    ],
)  # fmt: skip
def test_in_doubt_it_is_a_secret(given: Option, secret: bool) -> None:
    assert generic.is_secret(given) is secret


def test_a_secret_has_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    (made,) = form(monkeypatch, option("api_key", default="0815")).fields
    assert (made.default, made.kind, made.secret) == ("", "password", True)


def test_examples_are_suggestions_unless_they_are_all(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = (Choice("a", "The first\n\nof them"), Choice("", "none"), Choice("b", ""))
    loose, only, strict, three = form(
        monkeypatch, option("loose", examples=examples), option("only", examples=examples, exclusive=True),
        option("strict", examples=examples), option("three", "Tristate", default="unset"), strict="strict",
    ).fields  # fmt: skip
    shown = (Choice("a", "The first of them"), Choice("b", "b"))
    assert (loose.kind, loose.choices) == ("text", shown)
    assert (only.kind, only.choices) == ("choice", shown)
    assert (strict.kind, strict.choices) == ("choice", shown)
    assert [choice.value for choice in three.choices] == ["unset", "true", "false"]


def test_one_field_for_an_option_of_several_providers(monkeypatch: pytest.MonkeyPatch) -> None:
    examples = (Choice("x", "X"), Choice("y", "Y"), Choice("z", "Z"))
    made = form(
        monkeypatch,
        option("provider", examples=examples, exclusive=True),
        option("place", provider="x", required=True),
        option("place", provider="y"),
        option("all", provider="x,y"),
        option("all", provider="z"),
        option("others", provider="!x"),
        option("mixed", provider="!x"),
        option("mixed", provider="x"),
    )
    rules = {each.key: each.only_for for each in made.fields}
    assert rules == {"provider": "", "place": "x,y", "all": "", "others": "!x", "mixed": ""}
    assert providers.check(made, {"provider": "z"}, POLICY) == {"provider": "z"}
    for given, key in (
        ({"provider": "x"}, "place"),
        ({"provider": "z", "place": "p"}, "place"),
        ({"provider": "x", "place": "p", "others": "o"}, "others"),
    ):
        with pytest.raises(UsageError) as caught:
            providers.check(made, given, POLICY)
        assert caught.value.field == key


@pytest.mark.parametrize(
    ("rule", "provider", "fits"),
    [("", "x", True), ("x,y", "y", True), ("x,y", "z", False), ("!x,y", "y", False), ("!x", "z", True),
     ("x", "", True)],
)  # fmt: skip
def test_rules_are_read_as_rclone_reads_them(rule: str, provider: str, fits: bool) -> None:
    assert Field("k", "K", only_for=rule).is_for(provider) is fits


def test_what_rclone_would_take_anyway_is_not_written_down() -> None:
    given = {
        "host": "files.example",
        "user": "u",
        "pass": "p",
        "idle_timeout": "1m0s",
        "disable_epsv": "false",
    }
    assert providers.check(offer("ftp"), given, POLICY) == {
        "host": "files.example", "user": "u", "pass": "p", "port": "21", "explicit_tls": "true", "tls": "false",
    }  # fmt: skip
    changed = providers.check(offer("ftp"), given | {"idle_timeout": "5m"}, POLICY)
    assert changed["idle_timeout"] == "5m"
    again = providers.check(offer("ftp"), {"idle_timeout": "1m0s"}, POLICY, current=changed)
    assert again == {"idle_timeout": "1m0s"}


@pytest.mark.parametrize(
    ("key", "value"),
    [("idle_timeout", "soon"), ("concurrency", "-1"), ("disable_epsv", "perhaps"), ("port", "70000"), ("user", "a\nb")],
)  # fmt: skip
def test_values_are_of_their_kind(key: str, value: str) -> None:
    given: dict[str, object] = {"host": "files.example", "user": "u", "pass": "p"}
    with pytest.raises(UsageError) as caught:
        providers.check(offer("ftp"), given | {key: value}, POLICY)
    assert caught.value.field == key


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("One.\nTwo.", "One. Two."),
        ("A" * 400, "A" * 319 + "…"),
        ("Short.\n\n" + "long " * 80, "Short."),
        ("", ""),
    ],
)
def test_help_is_brief(text: str, said: str) -> None:
    assert generic.brief(text) == said


def test_names_are_readable() -> None:
    assert generic.called("disable_tls13") == "Disable TLS13"
    assert generic.called("sas_url") == "SAS URL"
    assert generic.called("hard_delete") == "Hard delete"
