"""On which row of the catalogue the properties of a node hang."""

from services.drive.properties import Subject
from virtualfs.nodes import Folder, Node
from virtualfs.storages import StoragesBranch


def subject_of(node: Node) -> Subject | None:
    """The row; None where it is nothing of a storage. A file is the same in every branch that shows it."""
    if isinstance(node, Folder):
        is_real = node.place[:2] == (StoragesBranch.name, "folder")
        return Subject("folder", node.place.number) if is_real else None
    return None if node.original is None else Subject("file", node.original.file_id)
