"""Languages in file names."""

import pytest

from services.media.languages import _OTHERS, NAMES, language_of, own_name


@pytest.mark.parametrize(
    ("word", "language"),
    [("de", "de"), ("DE", "de"), ("ger", "de"), ("deu", "de"), ("German", "de"), ("deutsch", "de"), ("pt-br", "pt-BR"),
     ("pt_BR", "pt-BR"), ("zh-hans", "zh-Hans"), ("es-419", "es-419"), ("sw", "sw"), ("español", "es")],
)  # fmt: skip
def test_words_that_name_one(word: str, language: str) -> None:
    assert language_of(word) == language


@pytest.mark.parametrize(
    "word", ["", "mov", "mp4", "2019", "d", "speech", "xx", "de-", "de-x", "xx-DE", "-", "1080p"]
)
def test_words_that_name_none(word: str) -> None:
    assert language_of(word) is None


def test_what_they_call_themselves() -> None:
    assert [own_name(code) for code in ("de", "pt-BR", "sw")] == ["Deutsch", "Português (BR)", "sw"]
    assert set(_OTHERS) == set(NAMES)
    words = [word for words in _OTHERS.values() for word in words.split()]
    assert len(words) == len(set(words)), "a word names two languages"
