"""The one wsgidav provider: the same tree that GET and PROPFIND resolve in, for the same viewer.

One provider for everything, because wsgidav copies and moves only inside one. It never sees a path: a request is
about two places, which it knows as `/of/it` and `/to/it` with their folders `/of` and `/to`. So no name is ever taken
apart again by rules that are not ours.
"""

from typing import Any

from wsgidav.dav_provider import DAVProvider

from virtualfs.dav.asked import ASKED, OF, TO, Asked
from virtualfs.dav.resources import FileResource, FolderResource, resource_for


class TreeProvider(DAVProvider):
    """Finds places in the tree; never joins one to a path of a file system."""

    def get_resource_inst(
        self, path: str | None, environ: dict[str, Any]
    ) -> FileResource | FolderResource | None:
        """The resource at one of the places, None when there is none for this viewer."""
        asked: Asked = environ[ASKED]
        segments = None if path is None else asked.place(path)
        if path is None or segments is None:
            return None
        is_target = path.strip("/") == TO.strip("/")
        if is_target and asked.is_rename:
            return None
        node = asked.places.find(asked.viewer, segments)
        if node is None:
            return None
        asked.is_replacing = asked.is_replacing or is_target
        return resource_for(path, environ, asked, segments, node)

    def ref_url_to_path(self, ref_url: str) -> str:
        """Asked for the root of a lock whose discovery is answered: that is told by the place itself."""
        return OF
