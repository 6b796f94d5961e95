"""Nodes are plain frozen values."""

import pytest

from virtualfs.nodes import File, Folder, Place


def test_nodes_cannot_be_changed() -> None:
    folder = Folder("a", 0.0, 0.0, "tag", Place("Library", "year", 2026))
    file = File("a.jpg", 1, 0.0, 0.0, "tag", "image/jpeg", None)
    for node in (folder, file):
        with pytest.raises(AttributeError):
            node.name = "b"  # type: ignore[misc]  # that it cannot is what is tested
    assert folder.place == ("Library", "year", 2026, 0, 0)
