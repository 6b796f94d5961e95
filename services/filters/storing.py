"""Trees as JSON with a version, as they are stored, and back.

What is read back must be exactly what some text means: it is written as text, with ids in place of names,
and parsed. So a stored tree obeys the same rules and limits as a typed one, and a newer or damaged one is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from services.filters.errors import FilterError
from services.filters.names import NoNames
from services.filters.parser import parse_rendered
from services.filters.render import render
from services.filters.tree import (
    VERSION,
    All,
    AtLeast,
    Between,
    Box,
    Compare,
    Condition,
    Either,
    Empty,
    Near,
    Node,
    Not,
    Ref,
    Test,
    Text,
    Tree,
    Word,
    Words,
)

MAX_NESTING = 32


def to_json(tree: Tree) -> dict[str, Any]:
    """The tree as JSON data."""
    return {
        "version": VERSION, "where": _node(tree.where), "sort": tree.sort, "limit": tree.limit, "per": tree.per,
    }  # fmt: skip


def from_json(data: Any) -> Tree:
    """The tree that was stored. Raises FilterError for what this version does not understand."""
    if not isinstance(data, Mapping) or data.get("version") != VERSION:
        raise FilterError("This query was stored by another version of Hypomos.")
    try:
        tree = Tree(_read(data["where"], 0), data["sort"], data["limit"], data["per"])
        known = parse_rendered(render(tree, NoNames()), NoNames()) == tree
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, FilterError) as error:
        raise FilterError("This stored query cannot be understood.") from error
    if not known:
        raise FilterError("This stored query cannot be understood.")
    return tree


def _node(node: Node) -> dict[str, Any]:
    match node:
        case All(parts):
            return {"all": [_node(p) for p in parts]}
        case Either(parts):
            return {"any": [_node(p) for p in parts]}
        case Not(part):
            return {"not": _node(part)}
        case AtLeast(number, parts):
            return {"least": number, "of": [_node(p) for p in parts]}
        case Words(text, whole):
            return {"words": text, "whole": whole}
        case Condition(field, tests):
            return {"field": field, "tests": [_test(t) for t in tests]}


def _test(test: Test) -> dict[str, Any]:
    match test:
        case Compare(op, value):
            return {"op": op, "value": value}
        case Between(low, high):
            return {"from": low, "to": high}
        case Word(word):
            return {"word": word}
        case Text(text, pattern):
            return {"pattern" if pattern else "text": text}
        case Ref(id):
            return {"id": id}
        case Near(lat, lon, metres):
            return {"near": [lat, lon, metres]}
        case Box(south, west, north, east):
            return {"box": [south, west, north, east]}
        case Empty():
            return {"empty": True}


def _read(data: Mapping[str, Any], depth: int) -> Node:
    if depth > MAX_NESTING:
        raise ValueError(depth)
    match data:
        case {"all": list(parts), **rest} if not rest:
            return All(_several(parts, depth))
        case {"any": list(parts), **rest} if not rest:
            return Either(_several(parts, depth))
        case {"not": part, **rest} if not rest:
            return Not(_read(part, depth + 1))
        case {"least": int(number), "of": list(parts), **rest} if not rest:
            return AtLeast(number, _several(parts, depth))
        case {"words": str(text), "whole": bool(whole), **rest} if not rest:
            return Words(text, whole)
        case {"field": str(field), "tests": list(tests), **rest} if not rest:
            return Condition(field, tuple(map(_read_test, tests)))
    raise ValueError(data)


def _several(parts: Sequence[Any], depth: int) -> tuple[Node, ...]:
    return tuple(_read(part, depth + 1) for part in parts)


def _read_test(data: Mapping[str, Any]) -> Test:
    match data:
        case {"op": "=" | "<" | "<=" | ">" | ">=" as op, "value": value, **rest} if not rest:
            return Compare(op, value)
        case {"from": low, "to": high, **rest} if not rest:
            return Between(low, high)
        case {"word": str(word), **rest} if not rest:
            return Word(word)
        case {"text": str(text), **rest} if not rest:
            return Text(text)
        case {"pattern": str(text), **rest} if not rest:
            return Text(text, pattern=True)
        case {"id": int(id), **rest} if not rest:
            return Ref(id)
        case {"near": [lat, lon, metres], **rest} if not rest:
            return Near(lat, lon, metres)
        case {"box": [south, west, north, east], **rest} if not rest:
            return Box(south, west, north, east)
        case {"empty": True, **rest} if not rest:
            return Empty()
    raise ValueError(data)
