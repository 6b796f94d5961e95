"""What somebody has hidden for themselves: left out of their own timeline, lists and searches, and of nothing else.

It is a wish and no right: it narrows what `services.access` lets its viewer see, and nobody else's view. A query that
speaks of `is:hidden` decides by itself. Collections show what is in them and the network drive what there is, for
there an absence would tell something else: that it is not shared, or that it was deleted.
"""

from collections.abc import Iterable
from dataclasses import replace

from peewee import ModelSelect, fn

from services import access
from services.access.days import Day
from services.filters.columns import FLAGS
from services.filters.context import Context
from services.filters.statement import no
from services.filters.tree import Condition, Tree, Word, all_of
from services.models import Item, Overlay, database
from services.viewers import Viewer

HIDDEN = Condition("is", (Word("hidden"),))
_ANY = "SELECT 1 FROM overlay o WHERE o.user_id = ? AND o.hidden LIMIT 1"


def hides_any(viewer: Viewer) -> bool:
    """Whether the viewer has hidden anything at all: most people have not, and pay nothing for it."""
    return viewer.kind == "person" and access.remembered(
        "hidden", viewer, lambda v: bool(database.rows(_ANY, v.user_id))
    )


def unhidden(viewer: Viewer, query: ModelSelect) -> ModelSelect:
    """A query of items without those that the viewer has hidden."""
    if not hides_any(viewer):
        return query
    return query.where(no(FLAGS["is", "hidden"].sql(Context(viewer.user_id, 0))).expression())


def decides(tree: Tree) -> bool:
    """Whether a query says itself what becomes of hidden items."""
    return any(c.field == "is" and Word("hidden") in c.tests for c in tree.conditions())


def among_hidden(tree: Tree) -> Tree:
    """The same query, asked of what is hidden."""
    return replace(tree, where=HIDDEN if tree.is_empty else all_of((HIDDEN, tree.where)))


def without_hidden(viewer: Viewer, days: Iterable[Day]) -> list[Day]:
    """The days of a timeline without the hidden items, which are counted one by one: they are few."""
    if not hides_any(viewer):
        return list(days)
    mine = Overlay.select(Overlay.item_id).where((Overlay.user == viewer.user_id) & Overlay.hidden)
    hidden = access.timeline_items(viewer, few=True).where(Item.id.in_(mine))
    rows = hidden.select(Item.day, fn.COUNT(Item.id), fn.SUM(Item.ratio)).group_by(Item.day).tuples()
    less = {day: (n, ratio) for day, n, ratio in rows}
    left = [
        (day, n - less.get(day, (0, 0.0))[0], ratio - less.get(day, (0, 0.0))[1]) for day, n, ratio in days
    ]
    return [(day, n, max(ratio, 0.0)) for day, n, ratio in left if n > 0]
