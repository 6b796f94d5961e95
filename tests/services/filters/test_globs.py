"""Texts and patterns: as regular expressions would have it, but in time that no pattern can blow up."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.filters.globs import fits, fits_folder, folder_text, like
from services.filters.tree import Text


@given(st.text("ab*?", max_size=8), st.text("ab", max_size=10))
def test_patterns(pattern: str, text: str) -> None:
    expression = "".join({"*": ".*", "?": "."}.get(c, c) for c in pattern)
    assert fits(Text(pattern, pattern=True), text) == bool(re.fullmatch(expression, text))


def test_a_hostile_pattern_ends() -> None:
    assert not fits(Text("*a" * 60 + "*b", pattern=True), "a" * 255)
    assert fits(Text("*a" * 60 + "*", pattern=True), "a" * 255)


@pytest.mark.parametrize(
    ("test", "pattern"),
    [
        (Text("É_1%"), r"%e\_1\%%"),
        (Text("IMG_*.J?G", pattern=True), r"img\_%.j_g"),
        (Text("a*b"), "%a*b%"),
        (Text("\\"), "%\\\\%"),
    ],
)
def test_like(test: Text, pattern: str) -> None:
    assert like(test) == pattern


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026/wedding", True),
        ("WEDDING", True),
        ("/photos/", True),
        ("/wedding/", True),
        ("/2026/photos", False),
        ("edd", True),
    ],
)
def test_parts_of_folders(text: str, found: bool) -> None:
    assert fits_folder(Text(text), folder_text("Photos/2026/Wedding")) is found


def test_patterns_of_folders() -> None:
    folder = folder_text("Photos/2026")
    assert fits_folder(Text("photos/*", pattern=True), folder)
    assert not fits_folder(Text("2026*", pattern=True), folder)
    assert folder_text("") == "/"
    assert folder_text("a\udcff") == "/a\\xff/"
