"""Texts of the table of fields: each can be translated, and none is left over."""

from services.filters import fields
from web import filter_words
from web.sentences import said


def texts() -> set[str]:
    found = set(fields.GROUPS.values())
    for field in fields.FIELDS:
        found |= {field.help, field.missing, *field.missing_words.values()}
    return found - {""}


def test_every_text_of_a_field_is_known_and_none_is_left_over() -> None:
    assert texts() == set(filter_words.FIELDS)


def test_all_of_them_are_german_on_a_german_page() -> None:
    assert [text for text in filter_words.FIELDS if said(text, "de") == text] == []


def test_a_warning_is_said_with_its_reason() -> None:
    text = "“person” finds nothing yet: Nothing analyses pictures yet."
    assert said(text, "de") == "„person“ findet noch nichts: Noch wertet nichts die Bilder aus."
    assert said("There is no label “x” that you know of.", "de") == "Label „x“ ist dir nicht bekannt."
