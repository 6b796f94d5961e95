"""Sentences of the domain: each is still said somewhere, and is recognised with its data."""

import ast
import re
from pathlib import Path

import pytest

from tests.tree import ROOT
from web.sentences import SENTENCES, said


def texts_of(path: Path) -> set[str]:
    """Every text of a module, with {} in place of data."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            found.add("".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


@pytest.fixture(scope="module")
def said_somewhere() -> set[str]:
    modules = [
        p for name in ("services", "web") for p in (ROOT / name).rglob("*.py") if p.name != "sentences.py"
    ]
    return set().union(*map(texts_of, modules))


@pytest.mark.parametrize("sentence", SENTENCES)
def test_the_domain_still_says(sentence: str, said_somewhere: set[str]) -> None:
    """A refusal of a folder, and what happened to a path, are put together from a name and the rest."""
    bare = re.sub(r"{\w+}", "{}", sentence)
    rest = re.sub(r"^“{}” ", "", bare)
    assert {bare, rest, rest.strip(), "{} " + rest, bare.replace("“{}”", "{}")} & said_somewhere


def test_data_stay_as_they_are() -> None:
    assert said(
        "“/srv/a {b} %s” does not exist. Check how it is written, and that its disk is mounted.", "de"
    ) == ("„/srv/a {b} %s“ gibt es nicht. Prüfe die Schreibweise und ob das Laufwerk eingehängt ist.")


def test_a_reason_inside_is_said_too() -> None:
    text = "The folder “/srv” is not the one that was added: another folder or disk is in its place"
    assert said(text, "de").endswith(": an seiner Stelle ist ein anderer Ordner oder ein anderes Laufwerk")


def test_english_and_the_unknown_stay() -> None:
    assert said("The name or the password is wrong.", "en") == "The name or the password is wrong."
    assert said("Nobody ever says this.", "de") == "Nobody ever says this."
    assert said("", "de") == ""
