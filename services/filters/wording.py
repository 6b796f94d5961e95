"""Free words: each must begin a word of the item, or be one when it stood in quotes.

An item's words are kept in one column (`services.catalogue.search` makes them); SQLite looks into an FTS5
index of it, PostgreSQL into a tsvector, so both find the same. A date finds its day or month: `2026-07-01`
is kept as `20260701`. Names at faces are words that only their owner's searches hold.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from services.filters.context import Context
from services.filters.statement import Part, no
from services.filters.tree import Words
from services.models import database
from services.models.database import is_sqlite
from services.names import private, tokens

FEW = 1000
"""So many items are rather looked up one by one than met on a walk."""

_DATE = re.compile(r"\b(\d{4})[-/](\d{2})(?:[-/](\d{2}))?\b")


class Wanted(NamedTuple):
    """A word that must be there, in its public and its private form."""

    word: str
    name: str
    whole: bool


def wanted(words: Words, context: Context) -> tuple[Wanted, ...]:
    """The words that must be there; none when the node is unknown: it holds none, or words must not count."""
    if context.for_share:
        return ()
    text = _DATE.sub(lambda m: "".join(filter(None, m.groups())), words.text)
    return tuple(Wanted(word, private(context.viewer_id, word), words.whole) for word in tokens(text))


def holds(words: Iterable[Wanted], have: frozenset[str]) -> bool:
    """Whether an item with these words has all that are wanted."""
    return all(
        bool(have & {w.word, w.name}) if w.whole else any(h.startswith((w.word, w.name)) for h in have)
        for w in words
    )


def holding(several: Sequence[Sequence[Wanted]]) -> tuple[Part, bool]:
    """The condition for items that have them all, and whether these are few."""
    words = [w for group in several for w in group]
    if not is_sqlite():
        return _in_tsvector(words), False
    match = " AND ".join(_fts(w) for w in words)
    few = not database.rows("SELECT 1 FROM item_fts WHERE item_fts MATCH ? LIMIT 1 OFFSET ?", match, FEW)
    # The plus keeps SQLite from looking up every match: where there are many, it walks the items in
    # their order and has a page after few of them.
    column = "t1.id" if few else "+t1.id"
    return Part(f"{column} IN (SELECT rowid FROM item_fts WHERE item_fts MATCH ?)", (match,)), few  # noqa: S608


def lacking(several: Sequence[Sequence[Wanted]]) -> Part:
    """The condition for items that lack one of them."""
    words = [w for group in several for w in group]
    if not is_sqlite():
        return no(_in_tsvector(words))
    match = " AND ".join(_fts(w) for w in words)
    return Part("+t1.id NOT IN (SELECT rowid FROM item_fts WHERE item_fts MATCH ?)", (match,))


def _fts(w: Wanted) -> str:
    end = "" if w.whole else "*"
    return f'("{w.word}"{end} OR "{w.name}"{end})'


def _in_tsvector(words: Iterable[Wanted]) -> Part:
    match = " & ".join(
        f"('{w.word}'{'' if w.whole else ':*'} | '{w.name}'{'' if w.whole else ':*'})" for w in words
    )
    return Part("t1.item_fts @@ CAST(? AS tsquery)", (match,))
