"""The contract of writing: what no writer allows is refused with its words, and the tree asks the right one."""

from collections.abc import Callable
from typing import Any

import pytest

from services.errors import NotFound, ReadOnly
from services.viewers import Viewer
from tests.virtualfs.household import Home
from virtualfs.nodes import File
from virtualfs.tree import Tree
from virtualfs.writing import Path, Source, Upload, Writer

pytestmark = pytest.mark.db

WRITES: dict[str, Callable[[Tree, Viewer, Path], object]] = {
    "require": lambda tree, viewer, path: tree.require(viewer, path, "put"),
    "canonical": lambda tree, viewer, path: tree.canonical(viewer, path),
    "put": lambda tree, viewer, path: tree.put(viewer, path, Upload([b"x"])),
    "make_folder": lambda tree, viewer, path: tree.make_folder(viewer, path),
    "delete": lambda tree, viewer, path: tree.delete(viewer, path),
    "move": lambda tree, viewer, path: tree.move(viewer, path, path),
}


class Notes(Writer):
    """Writes down what it is asked."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.asked: list[tuple[Any, ...]] = []

    def put(self, viewer: Viewer, path: Path, upload: Upload) -> str:
        self.asked.append(("put", *path))
        return "tag"

    def move(self, viewer: Viewer, path: Path, target: Path, *, over: bool = True) -> None:
        self.asked.append(("move", *path, "to", *target))

    def copy(self, viewer: Viewer, source: Source, target: Path, *, deep: bool, over: bool = True) -> None:
        names = [each.node.name for each in source.below()]
        self.asked.append(("copy", source.node.name, names, "to", *target, deep))


@pytest.mark.parametrize("write", WRITES)
def test_a_branch_without_a_writer_says_that_it_is_for_reading(home: Home, write: str) -> None:
    for branch in ("Library", "Storages", "Collections", "Shared with me", "Events"):
        with pytest.raises(ReadOnly, match=f"“{branch}” is for reading only"):
            WRITES[write](Tree(), home.viewer, (branch, "x"))


@pytest.mark.parametrize("write", WRITES)
def test_the_top_stays_as_it_is(home: Home, write: str) -> None:
    tree = Tree([Notes("Storages")])
    for path in ((), ("Storages",)):
        with pytest.raises(ReadOnly, match="at the top"):
            WRITES[write](tree, home.viewer, path)
    with pytest.raises(NotFound):
        WRITES[write](tree, home.viewer, ("Nowhere", "x"))


def test_the_writer_of_the_branch_is_asked_with_the_names_below_it(home: Home) -> None:
    home.file("2026/a.jpg")
    notes = Notes("Storages")
    tree = Tree([notes])
    assert tree.put(home.viewer, ("storages", "Photos", "b.jpg"), Upload([])) == "tag"
    tree.move(home.viewer, ("Storages", "Photos", "b.jpg"), ("STORAGES", "Photos", "c.jpg"))
    tree.copy(
        home.viewer, ("Storages", "Photos", "2026"), ("Storages", "Photos", "2027"), deep=True
    )  # fmt: skip
    assert notes.asked == [
        ("put", "Photos", "b.jpg"),
        ("move", "Photos", "b.jpg", "to", "Photos", "c.jpg"),
        ("copy", "2026", ["a.jpg"], "to", "Photos", "2027", True),
    ]
    with pytest.raises(ReadOnly, match="can be copied"):
        tree.move(home.viewer, ("Library", "x"), ("Storages", "x"))
    with pytest.raises(NotFound):
        tree.copy(home.viewer, ("Storages", "Photos", "no"), ("Storages", "Photos", "x"), deep=False)


def test_a_file_has_nothing_below_it(home: Home) -> None:
    home.file("a.jpg")
    node = home.resolve("Storages/Photos/a.jpg")
    assert isinstance(node, File)
    assert list(Source(node, lambda folder: [node]).below()) == []
