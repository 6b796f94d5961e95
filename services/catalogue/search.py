"""Search by words: over names, dates, cameras, labels, titles. The same answers on both databases.

An item's words are made in Python (`names.tokens`) and kept in one column; every word of a search
must begin one of them. Names at faces are found by the item's owner alone: they are kept as words that
only that person's searches hold. A date finds its day or month: `2026-07-01`, `2026-07`, `2026`, `july`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from peewee import SQL, Expression

from services import names
from services.errors import UsageError
from services.models import database
from services.models.database import is_sqlite
from services.names import tokens
from services.viewers import Viewer

MONTHS = (
    ("january", "januar"), ("february", "februar"), ("march", "märz"), ("april",), ("may", "mai"),
    ("june", "juni"), ("july", "juli"), ("august",), ("september",), ("october", "oktober"),
    ("november",), ("december", "dezember"),
)  # fmt: skip
MAX_WORDS = 12
FEW = 1000

_DATE = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?\b")


def item_tokens(
    texts: Iterable[str | None], day: int, *, private: Mapping[int, Iterable[str]] | None = None
) -> str:
    """The search column of an item with these texts, taken on `day` (yyyymmdd, 0 unknown).

    `private` are texts by the person who alone may find the item by them.
    """
    apart = (names.private(who, token) for who, own in (private or {}).items() for token in tokens(*own))
    return " ".join(sorted({*tokens(*texts), *_date_tokens(day), *apart}))


class Match(NamedTuple):
    """The condition for items that match a search, and whether they are many."""

    condition: Expression
    many: bool


def matching(viewer: Viewer, query: str) -> Match | None:
    """What finds items that match the viewer's `query`; None when it holds no word at all.

    Raises UsageError when there are more words than anybody types.
    """
    words = _DATE.sub(lambda m: "".join(filter(None, m.groups())), query)
    wanted = tokens(words)
    if not wanted:
        return None
    if len(wanted) > MAX_WORDS:
        raise UsageError(f"A search takes at most {MAX_WORDS} words; this one has {len(wanted)}.", field="q")
    return _match([(word, names.private(viewer.user_id, word)) for word in wanted])


def _match(wanted: list[tuple[str, str]]) -> Match:
    if is_sqlite():
        match = " AND ".join(f'("{word}"* OR "{name}"*)' for word, name in wanted)
        many = _are_many(match)
        # The plus keeps SQLite from looking up every match: where there are many, it walks the items
        # in their order and has a page after few of them.
        id_ = "+t1.id" if many else "t1.id"
        found = SQL(f"{id_} IN (SELECT rowid FROM item_fts WHERE item_fts MATCH ?)", (match,))  # noqa: S608  one of two names
        return Match(found, many)
    match = " & ".join(f"('{word}':* | '{name}':*)" for word, name in wanted)
    return Match(SQL("t1.item_fts @@ CAST(%s AS tsquery)", (match,)), many=True)


def _are_many(match: str) -> bool:
    """Whether more items match than are worth looking up one by one."""
    few = "SELECT 1 FROM item_fts WHERE item_fts MATCH ? LIMIT 1 OFFSET ?"
    return bool(database.rows(few, match, FEW))


def _date_tokens(day: int) -> Iterator[str]:
    if day:
        yield from (str(day), str(day // 100), str(day // 10000))
        for name in MONTHS[day // 100 % 100 - 1]:
            yield from tokens(name)
