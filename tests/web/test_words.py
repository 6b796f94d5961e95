"""The catalogues of words: complete, and right in their placeholders. (`make` compiles them.)"""

import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

from tests.tree import ROOT
from web.words import LANGUAGES, preferred, words

LOCALE = ROOT / "web" / "locale"
OTHERS = [code for code in LANGUAGES if code != "en"]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "marked": None, "pgettext": ((1, "c"), 2)}

Ids = set[tuple[str, ...]]


def forms(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def within(context: str | None, text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The forms of a text, of a context where the same English words stand for several things."""
    return (context, *forms(text)) if context else forms(text)


@pytest.fixture(scope="module")
def used() -> Ids:
    """Every text that templates and pages ask for."""
    with (LOCALE / "babel.cfg").open(encoding="utf-8") as file:
        mapping, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]  # Babel's own
    found = extract_from_dir(str(ROOT / "web"), [(p.removeprefix("web/"), m) for p, m in mapping],
                             {p.removeprefix("web/"): o for p, o in options.items()}, KEYWORDS)  # fmt: skip
    return {within(context, text) for _, _, text, _, context in found}


def catalogue(code: str) -> Catalog:
    text = (LOCALE / code / "LC_MESSAGES" / "messages.po").read_bytes()
    return read_po(io.BytesIO(text), locale=code)


def test_there_are_texts(used: Ids) -> None:
    assert len(used) > 200
    assert ("%(num)d day ago", "%(num)d days ago") in used
    assert ("The name or the password is wrong.",) in used


@pytest.mark.parametrize("code", OTHERS)
def test_everything_is_translated_and_nothing_is_left_over(code: str, used: Ids) -> None:
    done = {within(m.context, m.id) for m in catalogue(code) if m.id and all(forms(m.string)) and not m.fuzzy}
    assert sorted(used - done) == []
    assert sorted(done - used) == []


@pytest.mark.parametrize("code", OTHERS)
def test_translations_keep_the_placeholders(code: str) -> None:
    for message in catalogue(code):
        wanted = {p for form in forms(message.id) for p in placeholders(form)} if message.id else set()
        for form in forms(message.string) if message.id else ():
            assert placeholders(form) == wanted, message.id


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|{\w+}", text))


@pytest.mark.parametrize("code", OTHERS)
def test_the_compiled_words_are_those_of_the_source(code: str) -> None:
    compiled = Path(LOCALE / code / "LC_MESSAGES" / "messages.mo")
    assert compiled.exists(), "make compiles it"
    assert words(code).gettext("Save") != "Save"
    for message in catalogue(code):
        if isinstance(message.id, str) and message.id:
            found = (
                words(code).pgettext(message.context, message.id)
                if message.context
                else words(code).gettext(message.id)
            )
            assert found == message.string


@pytest.mark.parametrize(
    ("own", "accepted", "language"),
    [
        ("", "", "en"), ("de", "en", "de"), ("", "fr-FR, de-AT;q=0.5, en", "de"), ("fr", "DE", "de"),
        ("", "fr;q=1", "en"), ("", ",;,=", "en"),
    ],
)  # fmt: skip
def test_which_language_is_spoken(own: str, accepted: str, language: str) -> None:
    assert preferred(own, accepted) == language


def test_english_is_the_language_of_the_sources() -> None:
    assert words("en").gettext("Save") == "Save"
    assert words("en").ngettext("%(num)d day ago", "%(num)d days ago", 2) == "%(num)d days ago"
