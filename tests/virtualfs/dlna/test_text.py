"""Titles: whatever people and cameras call things, a set gets one short line that its XML reader survives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from virtualfs.dlna.text import MAX_TITLE, attribute, clean, escape, twice


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "–"), (" \n\t ", "–"), ("a\0b", "a b"), ("a\x1b[31mb", "a [31mb"), ("two\r\nlines", "two lines"),
        ("\u202egpj.evil", "gpj.evil"), ("אבג", "אבג"), ("🏖️", "🏖️"), ("\ud800", "–"), ("x" * 80, "x" * 80),
        ("x" * 81, "x" * 79 + "…"), ("x" * 300, "x" * 79 + "…"),
    ],
)  # fmt: skip
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@given(st.text())
def test_what_is_clean_can_stand_in_xml(text: str) -> None:
    shown = clean(text)
    assert 0 < len(shown) <= MAX_TITLE
    assert etree.fromstring(f"<a>{escape(shown)}</a>").text == shown
    assert etree.fromstring(f'<a b="{attribute(shown)}"/>').get("b") == shown
    outer = etree.fromstring(f"<a>&lt;b&gt;{twice(shown)}&lt;/b&gt;</a>").text or ""
    assert etree.fromstring(outer).text == shown


def test_entities_have_names() -> None:
    assert "&#" not in attribute("""<>&"'""") + twice("""<>&"'""")
