"""Items by query: the one place where a query's condition meets what the viewer may see.

The compiler of `services.filters` makes conditions only; here, and here only, they are ANDed with
`access.visible_items(viewer)`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from peewee import SQL, ModelSelect, fn

from services import access, filters
from services.access import paths
from services.catalogue import hiding
from services.catalogue.naming import ViewerNames
from services.clock import now
from services.errors import UsageError
from services.filters import Tree, checking, sql
from services.filters.context import Context, context_for
from services.filters.statement import Part
from services.filters.tree import All, Node, Word, all_of
from services.models import Item, database
from services.viewers import Viewer

SAMPLE = 24
IN_TIME_S = 15.0
"""What a person's search may take; on a Raspberry Pi a million items without an index take about as long."""
MANY = 1000
"""Up to so many are counted to say what would be found without a condition."""

PARTS = 12
"""So many conditions are counted at most when nothing matches."""


@dataclass(frozen=True, slots=True)
class Loosened:
    """A condition of a query that finds nothing: how many it finds alone, and how many the others find without it."""

    text: str
    without: str
    alone: int
    others: int


@dataclass(frozen=True, slots=True)
class Checked:
    """What a query would give. `loosened` is filled when it gives nothing."""

    tree: Tree
    canonical: str
    warnings: tuple[str, ...]
    count: int
    sample: list[Item]
    loosened: tuple[Loosened, ...]


@contextmanager
def in_time() -> Iterator[None]:
    """Around a person's query: one that takes too long is ended, so that others can go on. Raises UsageError."""
    try:
        with database.within(IN_TIME_S):
            yield
    except database.TookTooLong as error:
        raise UsageError(
            "This search takes too long here. Add a condition that narrows it, such as a period or a label.",
            field="q",
        ) from error


def read(viewer: Viewer, q: str) -> Tree:
    """The tree of a person's query. Raises FilterError."""
    return filters.parse(q, ViewerNames(viewer))


def found(viewer: Viewer, tree: Tree, context: Context | None = None) -> ModelSelect:
    """The visible items of which the query holds, each burst or day once if it says so; neither ordered nor cut.

    What the viewer has hidden is not among them, nor what lies in their trash, unless the query speaks of it.
    """
    context = context or searching(viewer, tree)
    if tree.is_empty:
        query = access.visible_items(viewer)
    elif _asks_for_trash(tree):
        query = access.with_trash(viewer).where(sql.compile(tree, context).condition)
    else:
        compiled = sql.compile(tree, context)
        # few are looked up one by one, without an index of the viewer's items getting in the way
        query = access.visible_items(viewer, plan="time" if compiled.few else None).where(compiled.condition)
    if not hiding.decides(tree):
        query = hiding.unhidden(viewer, query)
    if tree.per == "burst":
        query = query.where(Item.stack.is_null() | Item.stack_cover)
    return query.where(_newest_of_days(query)) if tree.per == "day" else query


def searching(viewer: Viewer, tree: Tree) -> Context:
    """The context of a person's own search."""
    way = paths.paths(viewer, item="t1.id")
    places = Part(f"EXISTS (SELECT 1 FROM ({way.sql}) way WHERE way.shows_place)", way.values)  # noqa: S608
    return context_for(viewer, now(), [tree], places=places)


def count(viewer: Viewer, tree: Tree) -> int:
    """How many items a query finds, its limit included."""
    number = int(found(viewer, tree).count())
    return number if tree.limit is None else min(number, tree.limit)


def count_hidden(viewer: Viewer, tree: Tree) -> int:
    """How many items a query leaves out because the viewer has hidden them, up to MANY."""
    if hiding.decides(tree) or not hiding.hides_any(viewer):
        return 0
    return int(found(viewer, hiding.among_hidden(tree)).select(Item.id).limit(MANY).count())


def check(viewer: Viewer, q: str) -> Checked:
    """What a query means and would give, before it is used. Raises FilterError, UsageError when that takes too long."""
    names = ViewerNames(viewer)
    tree = filters.parse(q, names)
    context = searching(viewer, tree)
    with in_time():
        number = count(viewer, tree)
        newest = found(viewer, tree, context).order_by(Item.sort_at.desc(), Item.id.desc())
        return Checked(
            tree,
            filters.render(tree, names),
            checking.warnings(tree, context),
            number,
            database.objects(newest.limit(min(SAMPLE, tree.limit or SAMPLE))),
            () if number else _loosened(viewer, tree, names),
        )


def loosened(viewer: Viewer, tree: Tree) -> tuple[Loosened, ...]:
    """For a query that finds nothing: which of its conditions is in the way. Raises UsageError if it is slow."""
    with in_time():
        return _loosened(viewer, tree, ViewerNames(viewer))


def _loosened(viewer: Viewer, tree: Tree, names: ViewerNames) -> tuple[Loosened, ...]:
    return loosened_by(
        tree, names, lambda node: int(found(viewer, Tree(node)).select(Item.id).limit(MANY).count())
    )


def loosened_by(tree: Tree, names: ViewerNames, number: Callable[[Node], int]) -> tuple[Loosened, ...]:
    """Which condition is in the way, where `number` says of each part of a query how many it finds."""
    if not isinstance(tree.where, All):
        return ()
    parts = tree.where.parts
    told = []
    for place, part in enumerate(parts[:PARTS]):
        others = all_of(parts[:place] + parts[place + 1 :])
        without = filters.render(replace(tree, where=others), names)
        text = filters.render(Tree(part), names)
        told.append(Loosened(text, without, number(part), number(others)))
    return tuple(told)


def _asks_for_trash(tree: Tree) -> bool:
    """Whether a query says itself what becomes of the viewer's trash."""
    return any(c.field == "is" and Word("trashed") in c.tests for c in tree.conditions())


def _newest_of_days(query: ModelSelect) -> SQL:
    """The condition that an item is the newest of its day among those of a query."""
    rank = fn.ROW_NUMBER().over(partition_by=[Item.day], order_by=[Item.sort_at.desc(), Item.id.desc()])
    text, values = query.select(Item.id, rank.alias("place")).sql()
    return SQL(f"t1.id IN (SELECT ranked.id FROM ({text}) AS ranked WHERE ranked.place = 1)", values)  # noqa: S608
