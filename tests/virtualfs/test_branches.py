"""File rows as nodes: one rule of entity tags for listing and bytes."""

import pytest

from services.broker import describe_file
from services.catalogue import tree_rows
from services.models import File
from tests.virtualfs.household import Home
from virtualfs.branches import file_node, folder_tag

pytestmark = pytest.mark.db


def test_a_row_and_its_model_have_the_same_tag(home: Home) -> None:
    read = home.file("a.jpg")
    unread = home.file("b.bin", read_state="pending", sha256=None, mime=None)
    root = home.folder("")
    nodes = {n.name: n for n in (file_node(r.name, r) for r in tree_rows.files(home.viewer, root.id))}
    for row in (read, unread):
        known = describe_file(File.get_by_id(row.id))
        node = nodes[row.name]
        assert (node.etag, node.size, node.mime, node.mtime) == (
            known.etag,
            known.size,
            known.mime,
            known.mtime,
        )
        assert node.original == known
    assert file_node("x", tree_rows.files(home.viewer, root.id)[0], created=5.0).created == 5.0


def test_the_tag_of_folders_moves_with_either_counter() -> None:
    assert len({folder_tag((1, 1)), folder_tag((2, 1)), folder_tag((1, 2)), folder_tag((1, 17))}) == 4
