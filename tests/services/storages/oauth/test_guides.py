"""The steps to an own app: complete, and the same as in the documentation."""

import re

import pytest

from services.storages.jsonapi import require_https
from services.storages.oauth.clients import SIGN_INS
from services.storages.oauth.guides import GUIDES, REDIRECTS, Step, guide
from services.storages.oauth.provider import SignIn
from tests.tree import ROOT


def test_every_provider_has_one() -> None:
    names = {kind.name for kind in SIGN_INS}
    assert set(GUIDES) == set(REDIRECTS) == names
    assert all(name == found.provider for name, found in GUIDES.items())


@pytest.mark.parametrize("kind", SIGN_INS, ids=lambda k: k.name)
def test_it_ends_with_what_is_needed(kind: type[SignIn]) -> None:
    found = guide(kind.name)
    assert found.fields == (("client_id", "client_secret") if kind.needs_secret else ("client_id",))
    assert found.steps[0].link
    for step in found.steps:
        assert step.text.endswith(".")
        if step.link:
            require_https(step.link)


@pytest.mark.parametrize("kind", SIGN_INS, ids=lambda k: k.name)
def test_with_a_public_address_it_tells_what_to_register(kind: type[SignIn]) -> None:
    last = guide(kind.name, public_url="https://photos.example.org").steps[-1]
    assert last.text == REDIRECTS[kind.name]
    assert last.copy == f"https://photos.example.org/storages/signed-in/{kind.name}"
    assert guide(kind.name, public_url="https://nas.local") == guide(kind.name)


def test_the_scopes_that_are_asked_for_are_those_to_be_ticked() -> None:
    for kind in SIGN_INS:
        if kind.name == "google":
            continue  # there, scopes are asked for and not registered
        text = " ".join(step.text for step in GUIDES[kind.name].steps)
        for writable in (False, True):
            assert [s for s in kind().scope(writable).split() if f"“{s}”" not in text] == []


def test_the_documentation_says_the_same() -> None:
    said = re.sub(r"\s+", " ", (ROOT / "docs/storages.md").read_text(encoding="utf-8"))
    for found in GUIDES.values():
        assert f"### {found.title}" in said
        for step in (*found.steps, Step(REDIRECTS[found.provider])):
            assert step.text in said, step.text
            assert step.link in said
