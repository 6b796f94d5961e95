"""The tree as resources of wsgidav, for the verbs that it answers. Everything here is for reading only.

wsgidav asks for content, listings and properties through other doors, which stay closed: GET, HEAD and
PROPFIND never come this way.
"""

from typing import Any, NoReturn

from wsgidav.dav_error import HTTP_FORBIDDEN, DAVError
from wsgidav.dav_provider import DAVCollection, DAVNonCollection

from virtualfs.dav.errors import READ_ONLY
from virtualfs.nodes import File, Folder

Environ = dict[str, Any]


def refuse() -> NoReturn:
    """Say that nothing can be changed here."""
    raise DAVError(HTTP_FORBIDDEN, READ_ONLY)


class _ReadOnly:
    """What both kinds have in common. A resource class without these methods is a 500 in wsgidav."""

    def __init__(self, path: str, environ: Environ, node: File | Folder) -> None:
        super().__init__(path, environ)  # type: ignore[call-arg]  # wsgidav's class comes next in the order
        self._node = node

    def get_display_name(self) -> str:
        """The last name of the path."""
        return self._node.name

    def get_creation_date(self) -> float:
        """Seconds since 1970."""
        return self._node.created

    def get_last_modified(self) -> float:
        """Seconds since 1970."""
        return self._node.mtime

    def get_etag(self) -> str:
        """The entity tag, bare as wsgidav wants it."""
        return self._node.etag

    def support_etag(self) -> bool:
        """Every node has one."""
        return True

    def prevent_locking(self) -> bool:
        """What cannot be written needs no lock: LOCK is refused with 403."""
        return True

    def set_property_value(self, name: str, value: object, *, dry_run: bool = False) -> None:
        """Refused for each property, which makes a PROPPATCH a 207 with 403 inside, as Windows needs it."""
        refuse()

    def set_last_modified(self, dest_path: str, time_stamp: str, *, dry_run: bool) -> NoReturn:
        """Refused."""
        refuse()

    def handle_delete(self) -> bool:
        """Refused before wsgidav looks at members."""
        refuse()

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """Refused: there is no place in the tree to copy to."""
        refuse()

    def handle_move(self, dest_path: str) -> bool:
        """Refused."""
        refuse()

    def delete(self) -> None:
        """Refused."""
        refuse()

    def copy_move_single(self, dest_path: str, *, is_move: bool) -> bool:
        """Refused."""
        refuse()

    def support_recursive_delete(self) -> bool:
        """Asked before members are looked for."""
        return True


class FileResource(_ReadOnly, DAVNonCollection):
    """A file of the tree."""

    def get_content_length(self) -> int:
        """Bytes."""
        return int(self._node.size) if isinstance(self._node, File) else 0

    def get_content_type(self) -> str:
        """The media type."""
        return self._node.mime if isinstance(self._node, File) else ""

    def get_content(self) -> NoReturn:
        """Closed: bytes go through the broker."""
        refuse()

    def support_ranges(self) -> bool:
        """True: GET, which does not come this way, takes ranges."""
        return True

    def begin_write(self, *, content_type: str | None = None) -> NoReturn:
        """Refused."""
        refuse()


class FolderResource(_ReadOnly, DAVCollection):
    """A folder of the tree."""

    def get_member_names(self) -> list[str]:
        """None: listings are made by PROPFIND, which does not come this way."""
        return []

    def create_empty_resource(self, name: str) -> NoReturn:
        """Refused: LOCK of a name that is not there yet."""
        refuse()

    def create_collection(self, name: str) -> NoReturn:
        """Refused: MKCOL."""
        refuse()


def resource_for(path: str, environ: Environ, node: File | Folder) -> FileResource | FolderResource:
    """The resource of a node."""
    return (FolderResource if isinstance(node, Folder) else FileResource)(path, environ, node)
