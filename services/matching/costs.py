"""What holding a stored query over all items would cost, as the database itself plans it.

A query that is kept is run again and again, also when nobody waits for it. So it must reach each item, and for each
item everything else, by an index: one that would walk a table anew for every item is refused when it is to be kept,
and is marked as broken when it is kept already. What the plan cannot tell is ended at a deadline instead.
"""

import json
import re
from typing import Any

from peewee import ModelSelect

from services.models import database

EXPENSIVE = "Its query would take too long: for each item everything else would be looked through."
SLOW = "Its query took too long and was ended. Make it simpler; then it is tried again."
COSTLY = frozenset({EXPENSIVE, SLOW})
"""Why a query that means something is not used all the same."""

STEP_S = 60.0
"""What one step over some thousand items may take; usually it is less than one second."""
AT_ONCE_S = 5.0
"""What somebody waits for a collection to be filled; a job does the rest."""

FREE = 5_000_000
AN_ITEM = 1_000
"""What may be spent at all, and for each item, in PostgreSQL's units: 8 for a look into an index, some thousands for
walking a table of 100,000 rows."""

_TIED = re.compile(r"\b(rowid|item_id|asset_id)=\?")
"""How a step of a plan is reached that has a few rows for each item, however many items there are."""
_INDEX = re.compile(r"INDEX (?:sqlite_autoindex_)?(\w+)")
_GROWING = (
    "item",
    "asset",
    "file",
    "folder",
    "collection_item",
    "arrival",
    "overlay",
    "content_hash",
    "fingerprint",
)
"""With what the names of indexes begin whose tables grow with the items."""
_FEW = frozenset({"s", "k", "p"})
"""What our conditions call storages, collections, events and people's places at them: a household has few."""


def is_expensive(query: ModelSelect, items: int) -> bool:
    """Whether a query over so many items would cost more than a kept one may."""
    text, values = by_id(query)
    if database.is_sqlite():
        return _walks(database.rows(f"EXPLAIN QUERY PLAN {text}", *values))
    found = database.proxy.execute_sql(f"EXPLAIN (FORMAT JSON) {text}", values).fetchone()[0]
    plan = json.loads(found) if isinstance(found, str) else found
    return float(plan[0]["Plan"]["Total Cost"]) > FREE + AN_ITEM * items


def by_id(query: ModelSelect) -> tuple[str, list[Any]]:
    """A query over items with some ids as text with its values: SQLite is kept from walking more than those."""
    text, values = query.sql()
    return (
        text.replace('"item" AS "t1"', '"item" AS "t1" NOT INDEXED', 1) if database.is_sqlite() else text
    ), values


def _walks(plan: list[tuple[Any, ...]]) -> bool:
    """Whether SQLite would walk through all items, or through much of another table for every item."""
    repeated: set[int] = set()
    for id, parent, _, detail in plan:
        if detail.startswith("CORRELATED") or parent in repeated:
            repeated.add(id)
        verb, _, rest = detail.partition(" ")
        name = rest.split(" ", 1)[0]
        if verb == "SCAN" and name == "t1":
            return True
        if (
            id in repeated
            and verb in {"SCAN", "SEARCH"}
            and "VIRTUAL TABLE" not in rest
            and _is_long(verb, name, rest)
        ):
            return True
    return False


def _is_long(verb: str, name: str, rest: str) -> bool:
    index = _INDEX.search(rest)
    if index is None:
        return verb == "SCAN" and name not in _FEW
    return index[1].startswith(_GROWING) and not _TIED.search(rest)
