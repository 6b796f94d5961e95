"""Names as people see and compare them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.names import fold, plain, shown, tokens


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("plain.jpg", "plain.jpg"),
        ("Gro\u0308\u00dfe.jpg", "Gr\u00f6\u00dfe.jpg"),
        ("bad\udcff.jpg", "bad\\xff.jpg"),
        ("new\nline.jpg", "new\\x0aline.jpg"),
        ("evil\u202egpj.exe", "evil\\x202egpj.exe"),
        ("family \U0001f468\u200d\U0001f469.jpg", "family \U0001f468\u200d\U0001f469.jpg"),
    ],
)
def test_shown(raw: str, text: str) -> None:
    assert shown(raw) == text


@given(st.binary(max_size=60).filter(lambda b: b"\0" not in b))
def test_any_bytes_can_be_shown_and_stored(name: bytes) -> None:
    text = shown(name.decode("utf-8", "surrogateescape"))
    assert text.isprintable() or "\u200d" in text or "\ufe0f" in text or " " in text or text
    text.encode("utf-8")


def test_twins_compare_equal() -> None:
    assert fold("A\u0308") == fold("\u00e4") == fold("\u00c4")


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("IMG_1.JPG", "img_1.jpg"),
        ("Größe", "grosse"),
        ("GRO\u0308\u1e9ee", "grosse"),
        ("Ménage À", "menage a"),
        ("ﬁn", "fin"),
        ("北京", "北京"),
        ("\u0301", ""),
    ],
)
def test_plain(text: str, form: str) -> None:
    assert plain(text) == form
    assert plain(form) == form


@given(st.text(max_size=50))
def test_tokens_are_words_that_both_databases_take(text: str) -> None:
    for token in tokens(text):
        assert token
        assert token.isalnum()
        assert " " not in token
