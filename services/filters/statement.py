"""Pieces of SQL with their values, put together; what differs between the two databases is here.

A value is never part of the text. Pieces speak of the item as `t1`, which is what peewee calls the first
table of a query.
"""

import sys
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Any, NamedTuple

from peewee import SQL

from services.models.database import is_sqlite


class Part(NamedTuple):
    """A piece of SQL with `?` for each value."""

    text: str
    values: tuple[Any, ...] = ()

    def expression(self) -> SQL:
        """The piece as peewee takes it."""
        if is_sqlite():
            return SQL(f"({self.text})", self.values)
        return SQL("(" + self.text.replace("%", "%%").replace("?", "%s") + ")", self.values)


TRUE = Part("1 = 1")
FALSE = Part("1 = 0")


def every(parts: Iterable[Part]) -> Part:
    """All of them."""
    found = [p for p in dict.fromkeys(parts) if p != TRUE]
    if FALSE in found:
        return FALSE
    return _joined(" AND ", found) if found else TRUE


def some(parts: Iterable[Part]) -> Part:
    """One of them at least."""
    found = [p for p in dict.fromkeys(parts) if p != FALSE]
    if TRUE in found:
        return TRUE
    return _joined(" OR ", found) if found else FALSE


def no(part: Part) -> Part:
    """Not this one, which is never null."""
    if part in {TRUE, FALSE}:
        return FALSE if part == TRUE else TRUE
    return Part(f"NOT ({part.text})", part.values)


def counted(parts: Iterable[Part], comparison: str, number: int) -> Part:
    """How many of them hold, compared with a number."""
    several = list(parts)
    cases = " + ".join(f"CASE WHEN {p.text} THEN 1 ELSE 0 END" for p in several)
    return Part(f"({cases}) {comparison} ?", (*(v for p in several for v in p.values), number))


def one_of(column: str, ids: Iterable[int]) -> Part:
    """A column is one of these numbers, however many they are."""
    wanted = sorted(set(ids))
    if not wanted:
        return FALSE
    if len(wanted) <= 50:
        return Part(f"{column} IN ({', '.join('?' * len(wanted))})", tuple(wanted))
    if is_sqlite():
        return Part(f"{column} IN (SELECT value FROM json_each(?))", (str(wanted),))  # noqa: S608  a name of ours
    return Part(f"{column} = ANY(?)", (wanted,))


def plain(expression: str) -> Part:
    """A text in the form of `names.plain`: without case and accents. The expression holds no values."""
    if is_sqlite():
        return Part(f"plain({expression})")
    marks, upper, lower, doubled = _foldings()
    text = f"regexp_replace(normalize({expression}, NFKD), ?, '', 'g')"
    values: list[Any] = [marks]
    for char, folded in doubled:
        text = f"replace({text}, ?, ?)"
        values += [char, folded]
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return Part(
        f"CASE WHEN octet_length({expression}) = char_length({expression}) "
        f"THEN translate({expression}, '{letters}', '{letters.lower()}') ELSE translate({text}, ?, ?) END",
        (*values, upper, lower),
    )


def meta(key: str, cast: str) -> str:
    """What the file of an item's cover says by this name; null when it says nothing."""
    value = f"json_extract(a.meta, '$.{key}')" if is_sqlite() else f"(a.meta ->> '{key}')::{cast}"
    return f"(SELECT {value} FROM asset a WHERE a.id = t1.cover_id)"  # noqa: S608  names of our own


def meta_known(key: str) -> Part:
    """Whether that file was read by something that looks for it."""
    value = f"json_type(a.meta, '$.{key}')" if is_sqlite() else f"a.meta -> '{key}'"
    return Part(f"(SELECT {value} FROM asset a WHERE a.id = t1.cover_id) IS NOT NULL")  # noqa: S608  the same


def _joined(word: str, parts: list[Part]) -> Part:
    if len(parts) == 1:
        return parts[0]
    return Part(word.join(f"({p.text})" for p in parts), tuple(v for p in parts for v in p.values))


@cache
def _foldings() -> tuple[str, str, str, tuple[tuple[str, str], ...]]:
    """What `names.plain` does to characters: marks as a regular expression, one letter to one, one to several."""
    marks, upper, lower, doubled = [], [], [], []
    for code in range(sys.maxunicode + 1):
        char = chr(code)
        if unicodedata.combining(char):
            marks.append(char)
        elif char.casefold() != char and unicodedata.normalize("NFKD", char) == char:
            if len(char.casefold()) == 1:
                upper.append(char)
                lower.append(char.casefold())
            else:
                doubled.append((char, char.casefold()))
    return f"[{''.join(marks)}]", "".join(upper), "".join(lower), tuple(doubled)
