"""The tree: what it knows of itself."""

from services.filters.tree import All, Condition, Either, Not, Ref, Tree, Word, Words, all_of, either_of


def test_what_a_tree_points_to() -> None:
    tree = Tree(All((Condition("label", (Ref(1), Ref(2))), Not(Condition("owner", (Word("me"), Ref(3)))))))
    assert tree.refs() == {("label", 1), ("label", 2), ("owner", 3)}
    assert [c.field for c in tree.conditions()] == ["label", "owner"]
    assert len(list(tree.nodes())) == 4


def test_an_empty_query() -> None:
    assert Tree().is_empty
    assert Tree(sort="-taken").is_empty
    assert not Tree(Words("a")).is_empty


def test_one_part_is_itself() -> None:
    a, b = Words("a"), Words("b")
    assert (all_of((a,)), either_of((a,))) == (a, a)
    assert (all_of((a, b)), either_of((a, b)), all_of(())) == (All((a, b)), Either((a, b)), All())
