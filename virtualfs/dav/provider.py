"""The one wsgidav provider: the same tree that GET and PROPFIND resolve in, for the same viewer.

One provider for everything, because wsgidav copies and moves only inside one.
"""

from typing import Any

from wsgidav.dav_provider import DAVProvider

from services.errors import NotFound
from services.viewers import Viewer
from virtualfs.dav.resources import FileResource, FolderResource, resource_for
from virtualfs.tree import Tree

VIEWER = "hypomos.viewer"
"""Under which key of the ASGI state, and of the WSGI environment, the viewer travels."""


class TreeProvider(DAVProvider):
    """Looks paths up in the tree; never joins one to a path of a file system."""

    def __init__(self, tree: Tree) -> None:
        super().__init__()
        self._tree = tree

    def get_resource_inst(
        self, path: str | None, environ: dict[str, Any]
    ) -> FileResource | FolderResource | None:
        """The resource at a path, None when there is none for this viewer."""
        if path is None:  # what wsgidav takes for the parent of the top
            return None
        viewer: Viewer = environ[VIEWER]
        try:
            node = self._tree.resolve(viewer, [part for part in path.split("/") if part])
        except NotFound:
            return None
        return resource_for(path, environ, node)
