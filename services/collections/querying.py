"""The queries of dynamic collections: read from text, looked at before they are used, shown as text, explained.

What is stored is the tree with ids; text is only a view of it, in the words of whoever looks.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services import filters, matching
from services.catalogue import ViewerNames, in_time, read
from services.catalogue.finding import MANY, Loosened, loosened_by
from services.clock import now
from services.errors import UsageError
from services.filters import FilterError, Tree, checking
from services.filters import facts as facts_of
from services.filters.context import context_for
from services.filters.predicate import truth
from services.filters.tree import All, AtLeast, Either, Node
from services.matching import stored
from services.models import Collection, Item, database
from services.viewers import Viewer

SAMPLE = 24


@dataclass(frozen=True, slots=True)
class Preview:
    """What a collection by a query would hold: how many, the newest of them, and what its owner should know.

    `proposed` counts what it would find besides if labels that do not count in it did; `loosened` tells of each
    condition when it would hold nothing.
    """

    canonical: str
    count: int
    sample: list[Item]
    warnings: tuple[str, ...]
    proposed: int = 0
    loosened: tuple[Loosened, ...] = ()


def stored_form(viewer: Viewer, q: str) -> dict[str, Any]:
    """The tree of a query for a collection, as it is stored. Raises FilterError."""
    tree = read(viewer, q)
    stored.require_keepable(tree)
    data = filters.to_json(tree)
    _require_cheap(stored.draft(viewer, data, trusted=(), require_labelled=True))
    return data


def preview(viewer: Viewer, q: str, *, trusted: Iterable[str] = (), require_labelled: bool = True) -> Preview:
    """What a collection by this query would hold just now. Raises FilterError, UsageError when that takes too long."""
    names = ViewerNames(viewer)
    tree = filters.parse(q, names)
    stored.require_keepable(tree)
    sources = tuple(trusted)

    def asked(tree: Tree) -> stored.Stored:
        data = filters.to_json(tree)
        return stored.draft(viewer, data, trusted=sources, require_labelled=require_labelled)

    draft = asked(tree)
    _require_cheap(draft)
    query = matching.found(draft)
    newest = query.order_by(Item.sort_at.desc(), Item.id.desc())
    context = context_for(viewer, now(), [tree], for_share=True)
    with in_time():
        number = int(query.count())
        return Preview(
            filters.render(tree, names),
            number,
            database.objects(newest.limit(SAMPLE)),
            tuple(dict.fromkeys((*checking.warnings(tree, context), *checking.share_warnings(tree)))),
            int(matching.proposed(draft).count()) if draft.proposes else 0,
            () if number else loosened_by(tree, names, lambda node: _up_to_many(asked(Tree(node)))),
        )


def _up_to_many(query: stored.Stored) -> int:
    return int(matching.found(query).select(Item.id).limit(MANY).count())


def _require_cheap(query: stored.Stored) -> None:
    if matching.is_expensive(query):
        raise FilterError(
            "This query cannot be kept in a collection: for each item everything else would be looked through. "
            "Leave a condition out, or search with it."
        )


def text_of(viewer: Viewer, collection: Collection) -> str:
    """A collection's query as text; empty when it has none, or none that can be read."""
    try:
        tree = filters.from_json(collection.query) if collection.query is not None else None
    except FilterError:
        return ""
    return "" if tree is None else filters.render(tree, ViewerNames(viewer))


def moving(collection: Collection) -> tuple[str, ...]:
    """Sentences about what in its query changes by itself, where nobody is asked about what comes into a collection."""
    query = next(iter(stored.every([collection.id])), None)
    if query is None or query.tree is None or collection.approval == "owner":
        return ()
    return checking.moving(query.tree)


def require_dynamic(collection: Collection) -> None:
    """Raise UsageError for a collection whose items were chosen by hand."""
    if collection.kind != "dynamic":
        raise UsageError("Only a dynamic collection has a query.", field="query")


def require_no_circle(collection: Collection, data: dict[str, Any]) -> None:
    """Raise FilterError for a query that asks, by other collections, for what it finds itself."""
    named = {q.id: _collections(q.tree) for q in stored.every() if q.tree is not None}
    seen: set[int] = set()
    ahead = _collections(filters.from_json(data))
    while ahead:
        if collection.id in ahead:
            raise FilterError("This query asks for the collection itself, by way of others.")
        seen |= ahead
        ahead = frozenset().union(*(named.get(id, frozenset()) for id in ahead)) - seen


def terms(viewer: Viewer, collection: Collection, item: Item, *, proposed: bool = False) -> tuple[str, ...]:
    """Those conditions of a collection's query, as text, by which an item is in it.

    `proposed`: it was let in by its owner although the query finds it only by labels that do not count there.
    """
    query = next(iter(stored.every([collection.id])), None)
    if query is None or query.tree is None:
        return ()
    facts, context = facts_of.load([item])[item.id], query.context(now(), proposing=proposed)

    def explain(node: Node) -> list[Node]:
        match node:
            case All(parts):
                return [each for part in parts for each in explain(part)]
            case Either(parts) | AtLeast(_, parts):
                return [each for part in parts if truth(part, facts, context) for each in explain(part)]
        return [node]

    names = ViewerNames(viewer)
    found = explain(query.tree.where) if truth(query.tree.where, facts, context) else []
    return tuple(dict.fromkeys(filters.render(Tree(node), names) for node in found))


def _collections(tree: Tree) -> frozenset[int]:
    return frozenset(id for field, id in tree.refs() if field == "collection")
