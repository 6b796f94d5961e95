"""A query as a tree: what is stored, what every consumer reads, and what its text is only a view of.

Nodes are frozen and hold ids, never names: renaming a label, a person or a storage changes nothing. A
condition holds tests of one field, of which one must hold. Values are in one canonical form each (numbers
as numbers in the field's unit, dates as `2026-07`, `today` or `30d-ago`), so that equal queries are equal trees.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

VERSION = 1

Operator = Literal["=", "<", "<=", ">", ">="]
Value = int | float | str


@dataclass(frozen=True, slots=True)
class Compare:
    """The field is equal to, below or above a value."""

    op: Operator
    value: Value


@dataclass(frozen=True, slots=True)
class Between:
    """The field lies between two values, both included; a side that is None is open."""

    low: Value | None
    high: Value | None


@dataclass(frozen=True, slots=True)
class Word:
    """The field is what a word of its closed list says: `raw`, `favourite`, `me`."""

    word: str


@dataclass(frozen=True, slots=True)
class Text:
    """The field contains this text; as a pattern (`*`, `?`) it fits the whole field."""

    text: str
    pattern: bool = False


@dataclass(frozen=True, slots=True)
class Ref:
    """The field points to the thing with this id: a label, a person, a storage, a collection, an event."""

    id: int


@dataclass(frozen=True, slots=True)
class Near:
    """Within so many metres of a place."""

    lat: float
    lon: float
    metres: float


@dataclass(frozen=True, slots=True)
class Box:
    """Inside a rectangle of degrees; one whose west lies east of its east crosses the date line."""

    south: float
    west: float
    north: float
    east: float


@dataclass(frozen=True, slots=True)
class Empty:
    """The field is empty."""


Test = Compare | Between | Word | Text | Ref | Near | Box | Empty


@dataclass(frozen=True, slots=True)
class Condition:
    """One of the tests holds of the field. `onthisday` has none: its name says all."""

    field: str
    tests: tuple[Test, ...] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """Free text: every word of it begins a word of the item; `whole`: is one of its words."""

    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; of no parts everything does."""

    parts: tuple["Node", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """One part at least holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class AtLeast:
    """So many of the parts hold."""

    number: int
    parts: tuple["Node", ...]


Node = Condition | Words | All | Either | Not | AtLeast


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole query: its condition, and how its result is put out."""

    where: Node = All()
    sort: str | None = None
    limit: int | None = None
    per: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether it asks for nothing: legal for a search, never for a share or a rule."""
        return self.where == All()

    def nodes(self) -> Iterator[Node]:
        """Every node of the condition, parents first."""
        yield from walk(self.where)

    def conditions(self) -> Iterator[Condition]:
        """Every condition on a field."""
        yield from (node for node in self.nodes() if isinstance(node, Condition))

    def refs(self) -> frozenset[tuple[str, int]]:
        """Every thing it points to, as (field, id)."""
        return frozenset((c.field, t.id) for c in self.conditions() for t in c.tests if isinstance(t, Ref))


def parts_of(node: Node) -> tuple[Node, ...]:
    """What a node is made of."""
    if isinstance(node, Not):
        return (node.part,)
    return node.parts if isinstance(node, All | Either | AtLeast) else ()


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for part in parts_of(node):
        yield from walk(part)


def all_of(parts: tuple[Node, ...]) -> Node:
    """Parts that must all hold; a single one is itself."""
    return parts[0] if len(parts) == 1 else All(parts)


def either_of(parts: tuple[Node, ...]) -> Node:
    """Parts of which one must hold; a single one is itself."""
    return parts[0] if len(parts) == 1 else Either(parts)
