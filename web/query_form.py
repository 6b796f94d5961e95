"""A query as a form and back: rows of conditions, in groups that are two deep. The same for search and collections.

Text and form are two views of one tree: the form is filled from the tree, and what is sent becomes text, which is
read like any other. Rows stand before groups, so their order may change; what is found does not.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from services.filters import FilterError, Names, Tree, fields, parse
from services.filters.kinds import quote
from services.filters.limits import MAX_TERMS
from services.filters.render import render, render_node
from services.filters.tree import All, Condition, Either, Node, Not, Words

Match = Literal["all", "any", "none"]
MATCHES: tuple[Match, ...] = ("all", "any", "none")
WORDS = "words"
"""What a row of free words has in place of a field."""

_OPERATORS = (">=", "<=", ">", "<")
_ROW = re.compile(r"(?:g(\d{1,2})\.)?r(\d{1,2})\.field")


@dataclass(frozen=True, slots=True)
class Row:
    """One condition; `no` asks for its opposite. `problem` is what is wrong with it."""

    field: str = WORDS
    op: str = ":"
    value: str = ""
    no: bool = False
    problem: FilterError | None = None

    @property
    def text(self) -> str:
        """The condition as a query; empty while nothing was typed."""
        known = fields.find_field(self.field)
        value = self.value.strip()
        if known is not None and known.kind == "bare":
            return f"-{known.name}" if self.no else known.name
        if not value:
            return ""
        if known is None:
            text = value
            return f"-({text})" if self.no else text if not re.search(r"\s(OR|AND)\s", text) else f"({text})"
        if known.kind in {"text", "ref", "person"} and '"' not in value and re.search(r"[\s()]", value):
            value = quote(value)
        op = self.op if self.op in known.operators else ":"
        return f"{'-' if self.no else ''}{known.name}{op}{value}"


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, any or none must hold."""

    match: Match = "all"
    rows: tuple[Row, ...] = ()

    @property
    def text(self) -> str:
        """The group as a query."""
        return _joined(self.match, [row.text for row in self.rows if row.text])


@dataclass(frozen=True, slots=True)
class QueryForm:
    """A whole query: conditions, groups of them, and the words for how the result is put out."""

    root: Group = field(default_factory=Group)
    groups: tuple[Group, ...] = ()
    rest: str = ""

    @property
    def text(self) -> str:
        """The form as a query."""
        groups = [g.text if g.match == "none" else f"({g.text})" for g in self.groups if g.text]
        where = _joined(self.root.match, [*(r.text for r in self.root.rows if r.text), *groups])
        return " ".join(filter(None, [where, self.rest.strip()]))

    def checked(self, names: Names) -> "QueryForm":
        """The same with what is wrong in each row."""
        return replace(
            self,
            root=_checked(self.root, names),
            groups=tuple(_checked(group, names) for group in self.groups),
        )


def of_tree(tree: Tree, names: Names) -> QueryForm | None:
    """The form of a query; None for one whose groups are deeper than a form shows."""
    match, parts = _parts(tree.where)
    rows, groups = [], []
    for part in parts:
        row = _row(part, names)
        if row is not None:
            rows.append(row)
            continue
        inner, below = _parts(part)
        found = [_row(each, names) for each in below]
        if None in found or below == (part,):
            return None
        groups.append(Group(inner, tuple(r for r in found if r)))
    return QueryForm(Group(match, tuple(rows)), tuple(groups), render(replace(tree, where=All()), names))


def of_fields(given: Mapping[str, str]) -> QueryForm:
    """The form as it was sent: `match`, `rest`, `r0.field`, `r0.op`, `r0.value`, `r0.no`, `g0.match`, `g0.r0.field`."""
    rows: dict[str, list[Row]] = {}
    for prefix, number in sorted(_places(given), key=lambda place: (place[0], int(place[1])))[:MAX_TERMS]:
        at = f"{prefix}r{number}"
        row = Row(
            given.get(f"{at}.field", WORDS),
            given.get(f"{at}.op", ":"),
            given.get(f"{at}.value", ""),
            f"{at}.no" in given,
        )
        rows.setdefault(prefix, []).append(row)
    numbers = sorted({int(m[1]) for name in given if (m := re.fullmatch(r"g(\d{1,2})\.match", name))})
    groups = tuple(Group(_match(given.get(f"g{n}.match")), tuple(rows.get(f"g{n}.", ()))) for n in numbers)
    return QueryForm(
        Group(_match(given.get("match")), tuple(rows.get("", ()))), groups, given.get("rest", "")
    )


def changed(form: QueryForm, action: str) -> QueryForm:
    """The form after one of its buttons: `add`, `add-0`, `group`, `remove-1`, `remove-0-1`, `drop-0`."""
    verb, *numbers = action.split("-")
    if not all(n.isdigit() and len(n) < 4 for n in numbers):
        return form
    at = [int(n) for n in numbers]
    match verb, at:
        case "add", []:
            return replace(form, root=_with_row(form.root))
        case "group", []:
            return replace(form, groups=(*form.groups, Group("any", (Row(),))))
        case "add", [group] if group < len(form.groups):
            return _with_group(form, group, _with_row(form.groups[group]))
        case "remove", [row]:
            return replace(form, root=_without_row(form.root, row))
        case "remove", [group, row] if group < len(form.groups):
            return _with_group(form, group, _without_row(form.groups[group], row))
        case "drop", [group]:
            return replace(form, groups=form.groups[:group] + form.groups[group + 1 :])
    return form


def _joined(match: Match, texts: list[str]) -> str:
    if not texts:
        return ""
    if match == "all":
        return " ".join(texts)
    either = " OR ".join(texts)
    return either if match == "any" else f"-({either})"


def _parts(node: Node) -> tuple[Match, tuple[Node, ...]]:
    match node:
        case All(parts):
            return "all", parts
        case Either(parts):
            return "any", parts
        case Not(Either(parts)):
            return "none", parts
        case _:
            return "all", (node,)


def _row(node: Node, names: Names) -> Row | None:
    inner = node.part if isinstance(node, Not) else node
    no = isinstance(node, Not)
    if isinstance(inner, Words):
        return Row(WORDS, ":", render_node(inner, names), no)
    if not isinstance(inner, Condition):
        return None
    value = render_node(inner, names).partition(":")[2]
    op = next((o for o in _OPERATORS if value.startswith(o)), "") if len(inner.tests) == 1 else ""
    return Row(inner.field, op or ":", value.removeprefix(op), no)


def _places(given: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in given:
        found = _ROW.fullmatch(name)
        if found:
            yield ("" if found[1] is None else f"g{found[1]}."), found[2]


def _match(text: str | None) -> Match:
    return next((m for m in MATCHES if m == text), "all")


def _checked(group: Group, names: Names) -> Group:
    return replace(group, rows=tuple(replace(row, problem=_problem(row, names)) for row in group.rows))


def _problem(row: Row, names: Names) -> FilterError | None:
    try:
        parse(row.text, names)
    except FilterError as error:
        return error
    return None


def _with_row(group: Group) -> Group:
    return replace(group, rows=(*group.rows, Row()))


def _without_row(group: Group, row: int) -> Group:
    return replace(group, rows=group.rows[:row] + group.rows[row + 1 :])


def _with_group(form: QueryForm, number: int, group: Group) -> QueryForm:
    return replace(form, groups=(*form.groups[:number], group, *form.groups[number + 1 :]))
