"""The text of a query as tokens, each with its place. Knows no field: only how things are written.

A minus negates directly before something, inside a word it is a letter. Only the first operator after a name
splits; the rest belongs to the value. Quotes keep everything literal; a backslash keeps a quote or itself.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from services.filters.errors import FilterError

Sort = Literal["open", "close", "or", "and", "not", "minus", "count", "word", "quoted", "term", "end"]


@dataclass(frozen=True, slots=True)
class Piece:
    """One value as it was written; `text` is without quotes, `op` an operator before it."""

    text: str
    quoted: bool
    op: str
    position: int
    length: int


@dataclass(frozen=True, slots=True)
class Token:
    """One thing in the text. `value` is the word, the text in quotes, the field's name or the count."""

    sort: Sort
    value: str
    position: int
    length: int
    op: str = ""
    pieces: tuple[Piece, ...] = ()


TERM = re.compile(r"([^\W\d_][\w.\-]*)(!=|<=|>=|:|=|<|>)")
_COUNT = re.compile(r"(\d+)of\s*(?=\()", re.IGNORECASE)
OPERATOR = re.compile(r"<=|>=|<|>")
_KEYWORDS: dict[str, Sort] = {"OR": "or", "AND": "and", "NOT": "not"}
_WHOLE = {"near", "within", "bbox", "box", "similar"}
"""Fields whose values are made of parts: in them a comma separates no alternatives."""


def tokens_of(text: str) -> list[Token]:
    """The tokens of a query, the last of sort `end`. Raises FilterError."""
    _require_characters(text)
    found: list[Token] = []
    at = 0
    while True:
        while at < len(text) and text[at].isspace():
            at += 1
        if at == len(text):
            found.append(Token("end", "", at, 0))
            return found
        token, at = _next(text, at)
        found.append(token)


def separators_of(name: str) -> str:
    """What stands between the values of a field."""
    return "|" if name.casefold() in _WHOLE else "|,"


def _require_characters(text: str) -> None:
    for at, char in enumerate(text):
        if char not in "\t\n\r" and unicodedata.category(char) in {"Cc", "Cs"}:
            raise FilterError("This character cannot be searched for.", position=at, length=1)


def _next(text: str, at: int) -> tuple[Token, int]:
    char = text[at]
    if char in "()":
        return Token("open" if char == "(" else "close", char, at, 1), at + 1
    if char in "{}":
        raise FilterError(
            "Braces mean nothing here; alternatives are written (a OR b).",
            position=at, length=1,
        )  # fmt: skip
    if char == "-" and at + 1 < len(text) and not text[at + 1].isspace() and text[at + 1] != ")":
        return Token("minus", char, at, 1), at + 1
    if char == '"':
        value, end = _quoted(text, at)
        return Token("quoted", value, at, end - at), end
    count = _COUNT.match(text, at)
    if count:
        return Token("count", count[1], at, count.end() - at), count.end()
    term = TERM.match(text, at)
    if term:
        return _term(text, at, term[1], term[2])
    return _word(text, at)


def _word(text: str, at: int) -> tuple[Token, int]:
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in '()"':
        end += 1
    word = text[at:end]
    if word in _KEYWORDS:
        return Token(_KEYWORDS[word], word, at, end - at), end
    _require_apart(text, at, end)
    if not any(c.isalnum() for c in word):
        raise FilterError(
            f"“{word}” has no letter and no digit to search for.",
            position=at, length=end - at, suggestions={"|": ("OR",), "||": ("OR",), "&": ("AND",)}.get(word, ()),
        )  # fmt: skip
    return Token("word", word, at, end - at), end


def _require_apart(text: str, at: int, end: int) -> None:
    if text[end : end + 1] in {"(", '"'}:
        raise FilterError(
            f"“{text[end]}” cannot follow directly: put a space before it, or the whole into quotes.",
            position=end, length=1,
        )  # fmt: skip


def _term(text: str, at: int, name: str, op: str) -> tuple[Token, int]:
    separators = separators_of(name)
    end = at + len(name) + len(op)
    pieces: list[Piece] = []
    while True:
        piece, end = _piece(text, end, separators)
        pieces.append(piece)
        if end == len(text) or text[end] not in separators:
            break
        end += 1
    return Token("term", name, at, end - at, op, tuple(pieces)), end


def _piece(text: str, start: int, separators: str) -> tuple[Piece, int]:
    operator = OPERATOR.match(text, start)
    op = operator[0] if operator else ""
    at = start + len(op)
    if at < len(text) and text[at] == '"':
        value, end = _quoted(text, at)
        if end < len(text) and not text[end].isspace() and text[end] not in separators + ")":
            raise FilterError("Something follows the closing quote directly.", position=end, length=1)
        return Piece(value, True, op, start, end - start), end
    end = at
    while end < len(text) and not text[end].isspace() and text[end] not in separators + '()"':
        end += 1
    _require_apart(text, at, end)
    if end == at:
        raise FilterError("A value is missing here.", position=start, length=end - start)
    return Piece(text[at:end], False, op, start, end - start), end


def _quoted(text: str, start: int) -> tuple[str, int]:
    value: list[str] = []
    at = start + 1
    while at < len(text):
        if text[at] == "\\" and text[at + 1 : at + 2] in {'"', "\\"}:
            value.append(text[at + 1])
            at += 2
        elif text[at] == '"':
            return "".join(value), at + 1
        else:
            value.append(text[at])
            at += 1
    raise FilterError(
        "The closing quote is missing.",
        position=start,
        length=len(text) - start,
        suggestions=(text[start:] + '"',),
    )
