"""Random queries, and a small household of names for them."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from services.filters import fields, kinds
from services.filters.errors import FilterError
from services.filters.lexer import tokens_of
from services.filters.tree import (
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
    all_of,
    either_of,
)

THINGS = {
    "label": {
        1: "family",
        2: "private",
        3: "Größe & Maß",
        4: 'with "quotes" \\ and more',
        5: "none",
        6: "#7",
    },
    "user": {1: "anna", 2: "ben", 3: "ich"},
    "storage": {1: "NAS", 2: "my cloud"},
    "collection": {1: "Holidays"},
    "event": {1: "Wedding"},
}


class Household:
    """Knows THINGS by name; what is not in it has been deleted."""

    def find(self, kind: str, name: str) -> int | None:
        return next((id for id, known in THINGS[kind].items() if known == name), None)

    def name(self, kind: str, id: int) -> str | None:
        return THINGS[kind].get(id)

    def similar(self, kind: str, name: str) -> tuple[str, ...]:
        return tuple(known for known in THINGS[kind].values() if known[:1] == name[:1])


def attempt(read: Callable[[], Tree]) -> Tree | FilterError:
    """The tree that is read, or why there is none."""
    try:
        return read()
    except FilterError as error:
        return error


DATES = st.sampled_from(
    ["2024", "2025-02", "2024-02-29", "2026-07-01", "2026-07-04", "1969-12-31", "today", "yesterday", "30d-ago",
     "2w-ago", "6m-ago", "2y-ago"]
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(0, 3000),
    st.sampled_from([5_000_000, 1_500_000_000, 0.5, 2.8, 1 / 250, 16 / 9, 1.5, 12.25, 3600, 90, 0.1]),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["canon", "EOS R6", "img_04", 'a"b', "back\\slash", "größe", "100%", "a_b", "none", "x..y"]
    ),
    st.text(max_size=8).filter(lambda t: "\0" not in t),
)
PATTERNS = st.sampled_from(["*", "IMG_*", "?mg*", "*.jpg", "*o*a*", "c?n*"])
PLAIN_WORDS = st.one_of(
    st.sampled_from(["canon", "img", "2026-07-01", "juli", "0412", "Größe", "fam", "a&b", "12:30"]),
    st.text("abcimg0123äß北", min_size=1, max_size=6),
)


def _legal(text: str) -> bool:
    try:
        found = tokens_of(text)
    except FilterError:
        return False
    return [t.sort for t in found] == ["word", "end"] and fields.find_field(text) is None


def _is_text(text: str) -> bool:
    try:
        kinds.read(
            fields.get_field("name"), ":", tokens_of("name:" + kinds.quote(text))[0].pieces[0], Household()
        )
    except FilterError:
        return False
    return True


def ranges(values: st.SearchStrategy[Any], *, order: bool) -> st.SearchStrategy[Test]:
    pairs = st.tuples(values, values).map(lambda p: tuple(sorted(p)) if order else p)
    closed = pairs.map(lambda p: Between(*p))
    return st.one_of(closed, values.map(lambda v: Between(v, None)), values.map(lambda v: Between(None, v)))


def tests_of(field: fields.Field) -> st.SearchStrategy[Test]:
    """Any legal test of a field."""
    operators = st.sampled_from(["=", "<", "<=", ">", ">="])
    found: list[st.SearchStrategy[Any]] = []
    if field.optional:
        found.append(st.just(Empty()))
    if field.kind == "date":
        compared = st.builds(Compare, operators, DATES)
        found += [compared, ranges(st.sampled_from(["2024", "2025", "2026"]), order=True)]
    elif field.kind in {"number", "month", "weekday", "clock"}:
        most = {"month": 12, "weekday": 7, "day": 31, "time": 1439, "year": 9999}.get(field.name)
        values: st.SearchStrategy[Any] = NUMBERS if most is None else st.integers(1, most)
        if field.unit == "size":
            values = st.integers(0, 10**12)
        found += [st.builds(Compare, operators, values), ranges(values, order=True)]
    elif field.kind == "text":
        found += [TEXTS.filter(_is_text).map(Text), PATTERNS.map(lambda t: Text(t, pattern=True))]
    elif field.kind == "token":
        found.append(st.sampled_from(["jpg", "heic", "hevc", "aac"]).map(lambda t: Compare("=", t)))
    elif field.kind in {"ref", "person"}:
        found.append(st.integers(1, 9).map(Ref))
    elif field.kind == "hash":
        found.append(st.sampled_from(["a" * 64, "0" * 64]).map(lambda t: Compare("=", t)))
    elif field.kind == "near":
        degrees = st.sampled_from([47.37, 8.54, -33, 0, 89.5])
        found.append(st.builds(Near, degrees, degrees, st.sampled_from([300, 5000, 1234.5, 1_000_000])))
    elif field.kind == "box":
        found.append(st.sampled_from([Box(47, 8, 48, 9), Box(-34.5, 170, 0, -170), Box(-90, -180, 90, 180)]))
    elif field.kind == "item":
        found.append(st.sampled_from(["k3Jv9", "k3Jv9,8"]).map(lambda t: Compare("=", t)))
    if fields.words_of(field) and field.kind not in {"month", "weekday"}:
        found.append(st.sampled_from(fields.words_of(field)).map(Word))
    return st.one_of(found)


ASKABLE = [f for f in fields.FIELDS if f.kind != "output" and f.stands_for is None]


def conditions(names: list[str] | None = None) -> st.SearchStrategy[Condition]:
    """Conditions on any field, or on some."""
    chosen = [f for f in ASKABLE if names is None or f.name in names]

    def build(field: fields.Field) -> st.SearchStrategy[Condition]:
        if field.kind == "bare":
            return st.just(Condition(field.name))
        several = st.lists(tests_of(field), min_size=1, max_size=3, unique=True)
        return several.map(lambda tests: Condition(field.name, tuple(tests)))

    return st.sampled_from(chosen).flatmap(build)


def words() -> st.SearchStrategy[Words]:
    plain = PLAIN_WORDS.filter(_legal).map(Words)
    return st.one_of(
        plain, st.sampled_from(["canon", "EOS R6", "OR", "label"]).map(lambda t: Words(t, whole=True))
    )


def nodes(names: list[str] | None = None) -> st.SearchStrategy[Node]:
    """Random conditions of any shape that a text can have."""

    def grow(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        least = st.lists(inner, min_size=1, max_size=3).flatmap(
            lambda parts: st.integers(1, len(parts)).map(lambda n: AtLeast(n, tuple(parts)))
        )
        return st.one_of(several.map(all_of), several.map(either_of), inner.map(Not), least)

    leaves: st.SearchStrategy[Any] = st.one_of(conditions(names), words())
    return st.recursive(leaves, grow, max_leaves=6)


def trees(names: list[str] | None = None) -> st.SearchStrategy[Tree]:
    """Random queries."""
    sort = st.none() | st.sampled_from(["-taken", "taken", "-rating", "random", "size"])
    limit, per = st.none() | st.integers(1, 1000), st.none() | st.sampled_from(["burst", "day"])
    return st.builds(Tree, st.just(All()) | nodes(names), sort, limit, per)


__all__ = ["THINGS", "Either", "Household", "conditions", "nodes", "tests_of", "trees", "words"]
