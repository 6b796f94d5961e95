"""The stored queries of dynamic collections, read once: their trees, and what is wrong with those that cannot be used.

A query is evaluated as its collection's owner, for sharing: of labels only those count that the item's owner set
by hand, or that come from a source the owner trusts in this collection.
"""

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from services.filters import FilterError, Tree, checking, from_json
from services.filters.context import Context, zone_of
from services.filters.tree import Condition, Empty, Ref, Word
from services.matching.costs import COSTLY
from services.models import database
from services.viewers import Viewer

LABELLING = frozenset({"file", "analysis"})
"""The sources of labels besides people's hands. What is found by them alone is proposed to its owner."""

GATHERED = frozenset({"collection", "event"})
UNKEPT = {
    "is:shared": "whom it is shared with",
    "is:offline": "whether its storage answers",
    "is:pending": "what is decided about it",
    "is:approved": "what is decided about it",
    "collection:none": "this collection itself",
    "has:collection": "this collection itself",
}
"""Conditions that change with something else than the item all the time, or go round in a circle."""

GONE = "Its query names something that was deleted."

_COLUMNS = """
    SELECT c.id, c.owner_id, u.zone, CAST(c.query AS TEXT), CAST(c.trusted AS TEXT), c.approval, c.require_labelled,
        c.problem, c.checked_at
    FROM collection c JOIN "user" u ON u.id = c.owner_id
    WHERE c.kind = 'dynamic' AND c.deleted_at IS NULL
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """A dynamic collection's query. Without a `tree` it matches nothing, and `wrong` says why.

    `problem` is what its row says is wrong. `foreign`: it asks for items of others too; without, its owner's are meant.
    """

    id: int
    owner_id: int
    zone: str
    text: str
    trusted: frozenset[str]
    approval: str
    require_labelled: bool
    problem: str
    checked_at: int | None
    tree: Tree | None
    wrong: str

    @property
    def refs(self) -> frozenset[tuple[str, int]]:
        """The things it names, as (field, id)."""
        return frozenset() if self.tree is None else _refs(self.text)

    @property
    def foreign(self) -> bool:
        """Whether it asks for items of others, too."""
        return self.tree is not None and "owner" in _fields(self.text)

    @property
    def proposes(self) -> bool:
        """Whether labels that do not count in it could make it find more."""
        return self.tree is not None and "label" in _fields(self.text) and not self.trusted >= LABELLING

    @property
    def labels(self) -> frozenset[int] | None:
        """The labels that it names; None when it asks whether there are any."""
        return None if self.tree is None else _labels(self.text)

    @property
    def gathers(self) -> bool:
        """Whether it asks in which collections or events an item is."""
        return self.tree is not None and bool(GATHERED & _fields(self.text))

    @property
    def volatile(self) -> bool:
        """Whether the clock alone changes what it finds."""
        asks_more = self.foreign or "event" in _fields(
            self.text
        )  # of rights and gatherings that end by themselves
        return self.tree is not None and (asks_more or bool(checking.volatile(self.tree)))

    def wrong_in(self, gone: frozenset[tuple[str, int]]) -> str:
        """What is wrong with it by itself when these things are gone; empty when nothing is."""
        return self.wrong or (GONE if self.refs & gone else "")

    def problem_in(self, gone: frozenset[tuple[str, int]]) -> str:
        """The same; what was found to cost too much stays so until it is held over all items again."""
        return self.wrong_in(gone) or (self.problem if self.problem in COSTLY else "")

    def context(
        self, moment: int, gone: frozenset[tuple[str, int]] = frozenset(), *, proposing: bool = False
    ) -> Context:
        """The context it is evaluated in; `proposing`: as if labels of every source counted."""
        trusted = LABELLING if proposing else self.trusted
        return Context(self.owner_id, moment, zone_of(self.zone), True, trusted, gone)


def draft(
    viewer: Viewer, data: Mapping[str, Any], *, trusted: Iterable[str], require_labelled: bool
) -> Stored:
    """A query that no collection has yet, as this person's."""
    row = 0, viewer.user_id, viewer.zone, json.dumps(data), json.dumps(list(trusted)), "none"
    return _stored((*row, require_labelled, "", None))


def every(ids: Iterable[int] | None = None) -> list[Stored]:
    """All of them by id, or some."""
    if ids is None:
        return [_stored(row) for row in database.rows(f"{_COLUMNS} ORDER BY c.id")]
    return [_stored(row) for id in sorted(set(ids)) for row in database.rows(f"{_COLUMNS} AND c.id = ?", id)]


def require_keepable(tree: Tree) -> None:
    """Raise FilterError for a query that a collection cannot be kept by."""
    if tree.is_empty:
        raise FilterError("A collection needs a condition: an empty query would hold everything.")
    if tree.limit is not None or tree.per is not None:
        raise FilterError("A collection holds all that match: “limit” and “per” are for searches.")
    for condition in tree.conditions():
        for test in condition.tests:
            word = f"{condition.field}:{test.word if isinstance(test, Word) else 'none'}"
            if word in UNKEPT and isinstance(test, Word | Empty):
                raise FilterError(f"“{word}” cannot be kept in a collection: it depends on {UNKEPT[word]}.")


def _stored(row: tuple[Any, ...]) -> Stored:
    id, owner, zone, text, trusted, approval, require_labelled, problem, checked_at = row
    tree, wrong = _read(text)
    sources = frozenset(json.loads(trusted)) - {"hand"}
    return Stored(
        id, owner, zone, text, sources, approval, bool(require_labelled), problem, checked_at, tree, wrong
    )


@functools.lru_cache(4096)
def _read(text: str) -> tuple[Tree | None, str]:
    try:
        data: Mapping[str, Any] = json.loads(text)
        tree = from_json(data)
        require_keepable(tree)
    except FilterError as error:
        return None, error.message
    return tree, ""


@functools.lru_cache(4096)
def _refs(text: str) -> frozenset[tuple[str, int]]:
    tree, _ = _read(text)
    return frozenset() if tree is None else tree.refs()


@functools.lru_cache(4096)
def _labels(text: str) -> frozenset[int] | None:
    tree, _ = _read(text)
    conditions = () if tree is None else tree.conditions()
    asked = [c for c in conditions if c.field == "label" or "label" in _had(c)]
    if any(not isinstance(test, Ref) for c in asked for test in c.tests):
        return None
    return frozenset(test.id for c in asked for test in c.tests if isinstance(test, Ref))


@functools.lru_cache(4096)
def _fields(text: str) -> frozenset[str]:
    """The fields it asks for, those behind `has:` among them."""
    tree, _ = _read(text)
    found: set[str] = set()
    for condition in () if tree is None else tree.conditions():
        found |= {condition.field, *_had(condition)}
    return frozenset(found)


def _had(condition: Condition) -> set[str]:
    if condition.field != "has":
        return set()
    return {test.word for test in condition.tests if isinstance(test, Word)}
