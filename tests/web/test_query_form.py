"""A query as a form: the text it makes means the tree it was made of."""

import pytest
from hypothesis import given, settings

from services.filters import FilterError, Tree, parse, render
from services.filters.tree import All, Either, Node, Not, all_of, either_of
from tests.services.filters.trees import Household, trees
from web import query_form
from web.query_form import Group, QueryForm, Row

NAMES = Household()


def sorted_node(node: Node) -> Node:
    """The same with its parts in one order: a form puts rows before groups."""
    if isinstance(node, Not):
        return Not(sorted_node(node.part))
    if isinstance(node, All | Either):
        parts = tuple(sorted(map(sorted_node, node.parts), key=repr))
        return all_of(parts) if isinstance(node, All) else either_of(parts)
    return node


def sent(form: QueryForm) -> dict[str, str]:
    """What a browser sends of the form."""
    given = {"match": form.root.match, "rest": form.rest}
    for at, group in (("", form.root), *((f"g{n}.", g) for n, g in enumerate(form.groups))):
        given[f"{at}match"] = group.match
        for n, row in enumerate(group.rows):
            given |= {f"{at}r{n}.field": row.field, f"{at}r{n}.op": row.op, f"{at}r{n}.value": row.value}
            given |= {f"{at}r{n}.no": "on"} if row.no else {}
    return given


@settings(max_examples=300, deadline=None)
@given(trees())
def test_text_and_form_are_two_views_of_one_tree(tree: Tree) -> None:
    form = query_form.of_tree(tree, NAMES)
    if form is None:
        return
    assert query_form.of_fields(sent(form)) == form
    again = parse(form.text, NAMES)
    assert sorted_node(again.where) == sorted_node(tree.where)
    assert (again.sort, again.limit, again.per) == (tree.sort, tree.limit, tree.per)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("label:family -label:private taken:2026", None),
        ("a OR rating:>=4", None),
        ("-(a OR b)", None),
        ("a (b OR -c) sort:-taken limit:3", None),
        ('camera:"EOS R6"|canon', None),
        ("onthisday", None),
        ("", None),
        ("(a OR b) c", "c (a OR b)"),
        ("-(a OR b) c", "c -(a OR b)"),
        ("rating:<3|>4", None),
        ("a OR -b", None),
    ],
)
def test_round_trips(text: str, again: str | None) -> None:
    form = query_form.of_tree(parse(text, NAMES), NAMES)
    assert form
    assert render(parse(form.text, NAMES), NAMES) == (text if again is None else again)


@pytest.mark.parametrize("text", ["a (b OR (c d))", "2of(a b c)", "-(a b)", "a -(-b)"])
def test_what_is_deeper_than_a_form(text: str) -> None:
    assert query_form.of_tree(parse(text, NAMES), NAMES) is None


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (Row("camera", ":", "EOS R6"), 'camera:"EOS R6"'),
        (Row("label", ":", "  "), ""),
        (Row("rating", ">=", "4"), "rating>=4"),
        (Row("label", ">", "family"), "label:family"),
        (Row("words", ":", "a OR b"), "(a OR b)"),
        (Row("words", ":", "a", no=True), "-(a)"),
        (Row("nobody", ":", "x"), "x"),
        (Row("onthisday", no=True), "-onthisday"),
        (Row("name", ":", '"a b"'), 'name:"a b"'),
    ],
)
def test_rows_as_text(row: Row, text: str) -> None:
    assert row.text == text


def test_buttons() -> None:
    form = QueryForm(Group("all", (Row(value="a"), Row(value="b"))))
    grown = query_form.changed(query_form.changed(query_form.changed(form, "add"), "group"), "add-0")
    assert (len(grown.root.rows), len(grown.groups), len(grown.groups[0].rows)) == (3, 1, 2)
    assert query_form.changed(form, "remove-0").root.rows == (Row(value="b"),)
    assert len(query_form.changed(grown, "remove-0-1").groups[0].rows) == 1
    assert query_form.changed(grown, "drop-0").groups == ()


@pytest.mark.parametrize(
    "action", ["", "remove", "remove-9", "remove-x", "add-9", "drop-9", "remove-9-9", "remove--1", "search"]
)
def test_other_buttons_change_nothing(action: str) -> None:
    form = QueryForm(Group("all", (Row(value="a"),)))
    assert query_form.changed(form, action) == form


def test_what_is_wrong_is_said_at_its_row() -> None:
    form = QueryForm(
        Group("all", (Row("label", ":", "nobody"), Row(value="a"))),
        (Group("any", (Row("rating", ":", "x"),)),),
    )
    checked = form.checked(NAMES)
    problems = [row.problem for group in (checked.root, *checked.groups) for row in group.rows]
    assert [isinstance(p, FilterError) for p in problems] == [True, False, True]


def test_a_form_made_by_hand_cannot_be_endless() -> None:
    form = query_form.of_fields(
        {f"r{n}.field": "words" for n in range(500)} | {"match": "x", "g0.match": "none"}
    )
    assert len(form.root.rows) == 64
    assert (form.root.match, form.groups) == ("all", (Group("none"),))
