"""Ids to paths: a random tree, whatever part of it the page tells and whatever has to be asked."""

from hypothesis import given
from hypothesis import strategies as st

from services.storages.feeds.parents import DEEPEST, Node, Parents

ROOT = Node("r", "ignored", None, is_root=True)


@given(st.lists(st.integers(0, 10**6), max_size=40), st.data())
def test_a_tree(links: list[int], data: st.DataObject) -> None:
    """Each node hangs below one that was made before it."""
    tree = {"r": ROOT}
    expected = {"r": ""}
    for n, link in enumerate(links):
        parent = list(tree)[link % len(tree)]
        tree[f"n{n}"] = Node(f"n{n}", f"name{n}", parent)
        expected[f"n{n}"] = f"{expected[parent]}/name{n}".lstrip("/")
    asked: list[str] = []

    def look_up(id: str) -> Node | None:
        asked.append(id)
        return tree.get(id)

    parents = Parents(look_up)
    told = data.draw(st.sets(st.sampled_from(sorted(tree))))
    parents.tell([tree[id] for id in told])
    assert {id: parents.path(node) for id, node in tree.items()} == expected
    assert len(asked) == len(set(asked)), "nothing is asked twice"
    assert told.isdisjoint(asked)
    parents.forget()
    asked.clear()
    parents.path(tree[list(tree)[-1]])
    assert bool(asked) == (len(tree) > 1), "by the next page it may be other"


def test_what_the_page_says_counts_first() -> None:
    parents = Parents(lambda id: Node(id, "old", "r") if id != "r" else ROOT)
    assert parents.path(Node("f", "f.jpg", "d")) == "old/f.jpg"
    parents.tell([Node("d", "new", "r")])
    assert parents.path(Node("f", "f.jpg", "d")) == "new/f.jpg"


def test_circles_end() -> None:
    other = {"a": "b", "b": "a"}
    assert Parents(lambda id: Node(id, id, other[id])).path(Node("a", "a", "b")) is None


def test_what_hangs_nowhere() -> None:
    assert Parents(lambda id: None).path(Node("a", "a", "b")) is None
    assert Parents(lambda id: ROOT).path(Node("a", "a", None)) is None


def test_deep_but_not_endless() -> None:
    def look_up(id: str) -> Node:
        return ROOT if id == "0" else Node(id, id, str(int(id) - 1))

    assert Parents(look_up).path(look_up(str(DEEPEST))) is not None
    assert Parents(look_up).path(look_up(str(DEEPEST + 1))) is None
