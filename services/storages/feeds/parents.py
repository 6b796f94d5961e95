"""From ids to paths: a provider that names only the parent of a file is asked upwards, once a folder.

What a page of changes says of folders counts first. What had to be asked is kept until the page is
done, so that a page with many folders goes on where it was stopped by a deadline or a throttle.
"""

from collections.abc import Callable
from typing import NamedTuple

from services.storages import paths

DEEPEST = 400
"""Folders above each other; more is a circle."""


class Node(NamedTuple):
    """A folder or file: `parent` is an id, None at the root and for what hangs nowhere."""

    id: str
    name: str
    parent: str | None
    is_root: bool = False


class Parents:
    """What is known of folders. `look_up` asks the provider; it gives None for what is not there."""

    def __init__(self, look_up: Callable[[str], Node | None]) -> None:
        self._look_up = look_up
        self._asked: dict[str, Node | None] = {}
        self._told: dict[str, Node] = {}

    def tell(self, nodes: list[Node]) -> None:
        """What the page says itself."""
        self._told = {node.id: node for node in nodes}

    def forget(self) -> None:
        """The page is done: by the next one, folders may have other names."""
        self._asked.clear()
        self._told.clear()

    def path(self, node: Node) -> str | None:
        """The path from the root, None when it does not hang there."""
        names: list[str] = []
        at: Node | None = node
        while at is not None and not at.is_root:
            names.append(at.name)
            if at.parent is None or len(names) > DEEPEST:
                return None
            at = self._get(at.parent)
        if at is None:
            return None
        path = ""
        for name in reversed(names):
            path = paths.join(path, name)
        return path

    def _get(self, folder: str) -> Node | None:
        if folder in self._told:
            return self._told[folder]
        if folder not in self._asked:
            self._asked[folder] = self._look_up(folder)
        return self._asked[folder]
