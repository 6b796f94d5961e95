"""Where somebody is typing in a query: which word, or which value of which field, stands at the caret.

It reads what is not finished yet, of which the lexer could say only what is wrong.
"""

from dataclasses import dataclass

from services.filters import fields
from services.filters.fields import Field
from services.filters.lexer import OPERATOR, TERM, separators_of


@dataclass(frozen=True, slots=True)
class Caret:
    """What is being typed: `typed` stands before the caret, and what is meant goes in place of `length` characters from
    `position` on. With a `field` it is one of its values, else a word.
    """

    typed: str
    position: int
    length: int
    field: Field | None = None


def find_caret(text: str, at: int) -> Caret | None:
    """What stands at the caret, `at` characters from the beginning; None where nothing can be completed.

    That is: in a text in quotes that is no field's value, behind a closing quote, and behind the name of no field.
    """
    at = max(0, min(at, len(text)))
    begin = _begin(text, 0, at, "()", spaces=True)
    if text.startswith("-", begin) and begin < at:
        begin += 1
    term = TERM.match(text, begin, at)
    if term is None:
        typed = text[begin:at]
        return None if '"' in typed else Caret(typed, begin, _end(text, at, "()") - begin)
    field = fields.find_field(term[1])
    if field is None or field.kind == "bare":
        return None
    separators = separators_of(term[1])
    begin = _begin(text, term.end(), at, separators)
    operator = OPERATOR.match(text, begin, at)
    begin = operator.end() if operator else begin
    typed = text[begin:at]
    if typed.startswith('"'):
        inside, is_closed = _unquoted(typed)
        return None if is_closed else Caret(inside, begin, _closing(text, at) - begin, field)
    if field.kind in fields.COMPARED and ".." in typed:
        begin += typed.rindex("..") + 2
    return Caret(text[begin:at], begin, _end(text, at, separators + "()") - begin, field)


def _begin(text: str, start: int, end: int, signs: str, *, spaces: bool = False) -> int:
    """Behind the last of some signs before `end` that is in no quotes."""
    begin, at, quoted = start, start, False
    while at < end:
        char = text[at]
        if quoted and char == "\\":
            at += 1
        elif char == '"':
            quoted = not quoted
        elif not quoted and (char in signs or (spaces and char.isspace())):
            begin = at + 1
        at += 1
    return min(begin, end)


def _end(text: str, at: int, signs: str) -> int:
    """Where the word at a place ends that is in no quotes."""
    while at < len(text) and not text[at].isspace() and text[at] not in signs + '"':
        at += 1
    return at


def _unquoted(typed: str) -> tuple[str, bool]:
    """What stands behind an opening quote, and whether it is closed already."""
    value: list[str] = []
    at = 1
    while at < len(typed):
        if typed[at] == "\\" and at + 1 < len(typed):
            at += 1
        elif typed[at] == '"':
            return "".join(value), True
        value.append(typed[at])
        at += 1
    return "".join(value), False


def _closing(text: str, at: int) -> int:
    """Behind the quote that closes; where there is none, what follows is not taken for part of the value."""
    place = at
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == '"':
            return place + 1
        place += 1
    return at
