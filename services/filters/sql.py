"""From tree to SQL: the condition under which a query holds of an item, for SQLite and PostgreSQL.

Each node becomes two conditions, one under which it is true and one under which it is false; where neither
holds, it is unknown. Neither is ever null, so NOT only swaps them. What comes out is a condition and no query:
it is ANDed with what a viewer may see in one place, `services.catalogue.finding`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from peewee import SQL

from services.filters import leaves, wording
from services.filters.context import Context
from services.filters.statement import FALSE, TRUE, Part, counted, every, some
from services.filters.tree import All, AtLeast, Condition, Either, Node, Not, Tree, Words


class Truth(NamedTuple):
    """When a node is true and when it is false. `few`: what is true of few items, found by an index of its own."""

    true: Part
    false: Part
    few: bool = False


@dataclass(frozen=True, slots=True)
class Compiled:
    """The condition for items of which a query holds, and whether they are few."""

    condition: SQL
    few: bool


def compile(tree: Tree, context: Context) -> Compiled:
    """The condition of a query; an empty one holds of everything."""
    found = _node(tree.where, context)
    return Compiled(found.true.expression(), found.few)


def _node(node: Node, context: Context) -> Truth:
    match node:
        case Words():
            return _words([node], context)
        case Condition():
            return Truth(*leaves.condition(node, context))
        case Not(part):
            inner = _node(part, context)
            return Truth(inner.false, inner.true)
        case All(parts):
            return _all(parts, context)
        case Either(parts):
            several = [_node(p, context) for p in parts]
            few = all(t.few for t in several)
            return Truth(some(t.true for t in several), every(t.false for t in several), few)
        case AtLeast(number, parts):
            several = [_node(p, context) for p in parts]
            # what is not false may yet be true: with fewer of those than asked for, it is false
            possible = [Part(f"NOT ({t.false.text})", t.false.values) for t in several]
            return Truth(counted((t.true for t in several), ">=", number), counted(possible, "<", number))


def _all(parts: Sequence[Node], context: Context) -> Truth:
    """All parts; free words side by side are one look into the index of words."""
    words = [p for p in parts if isinstance(p, Words)]
    several = [_node(p, context) for p in parts if not isinstance(p, Words)]
    if words:
        several.insert(0, _words(words, context))
    if not several:
        return Truth(TRUE, FALSE)
    return Truth(every(t.true for t in several), some(t.false for t in several), any(t.few for t in several))


def _words(words: Sequence[Words], context: Context) -> Truth:
    """Free words, which are unknown where they are no words or must not count."""
    wanted = [wording.wanted(w, context) for w in words]
    if not all(wanted):
        known = [w for w in wanted if w]
        false = wording.lacking(known) if known else FALSE
        return Truth(FALSE, false)
    true, few = wording.holding(wanted)
    return Truth(true, wording.lacking(wanted), few)
