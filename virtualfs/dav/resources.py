"""The places of a request as resources of wsgidav, for the verbs that it answers.

wsgidav judges the request: what is there, conditions, locks, Depth and Overwrite. What is to be done is one call of
the tree, for a folder as for a file. Its other doors (content, listings) stay closed: they never lead this way.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, NoReturn

from lxml import etree
from wsgidav.dav_error import (
    HTTP_BAD_REQUEST,
    HTTP_FORBIDDEN,
    HTTP_METHOD_NOT_ALLOWED,
    DAVError,
    PRECONDITION_CODE_ProtectedProperty,
)
from wsgidav.dav_provider import DAVCollection, DAVNonCollection

from services.drive import locks, properties
from services.drive.properties import Name
from services.errors import Conflict, HypomosError, NotFound, UsageError
from virtualfs.dav.asked import Asked
from virtualfs.dav.discovery import discovery
from virtualfs.dav.errors import Refused
from virtualfs.dav.paths import href
from virtualfs.dav.places import Segments, empty_file, for_reading, is_left, is_of
from virtualfs.nodes import File, Folder, Node
from virtualfs.subjects import subject_of
from virtualfs.writing import Act, Upload

Environ = dict[str, Any]

MICROSOFT = "urn:schemas-microsoft-com:"
NOT_ENOUGH_ROOM = 507


def refuse() -> NoReturn:
    """Say that nothing can be changed here."""
    raise DAVError(HTTP_FORBIDDEN)


class _Resource:
    """What both kinds have in common. A resource class without these methods is a 500 in wsgidav."""

    def __init__(self, path: str, environ: Environ, asked: Asked, segments: Segments, node: Node) -> None:
        super().__init__(path, environ)  # type: ignore[call-arg]  # wsgidav's class comes next in the order
        self._asked = asked
        self._segments = segments
        self._node = node
        self._url = asked.places.url(asked.viewer, segments)

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

    def get_ref_url(self) -> str:
        """The canonical address; of what cannot be locked one where no lock ever is."""
        return self._url or for_reading(self._segments)

    def get_href(self) -> str:
        """The address in answers."""
        return href(self._asked.root_path, self._segments, is_folder=isinstance(self._node, Folder))

    def prevent_locking(self) -> bool:
        """What cannot be written needs no lock: LOCK is refused with 403."""
        return self._url is None

    def get_property_value(self, name: str) -> etree._Element:
        """Asked for the locks alone, after one was given or refreshed."""
        known = [] if self._url is None else locks.around(self._url)
        found = [lock for lock in known if is_of(self._asked.viewer, lock)]
        return etree.fromstring(discovery(found, self._url or "", self.get_href()))

    def set_property_value(
        self, name: object, value: etree._Element | None, *, dry_run: bool = False
    ) -> None:
        """Refused with 403 where nothing can be written, which makes a PROPPATCH a 207, as Windows needs it."""
        if not isinstance(name, str):
            raise DAVError(HTTP_BAD_REQUEST)
        if not self._may("describe"):
            refuse()
        qualified = etree.QName(name)
        which = (qualified.namespace or "", qualified.localname)
        if which[0] == "DAV:":
            raise DAVError(HTTP_FORBIDDEN, err_condition=PRECONDITION_CODE_ProtectedProperty)
        text = None if value is None else etree.tostring(value, encoding="unicode", with_tail=False)
        try:
            self._describe(which, value, text, dry_run=dry_run)
        except UsageError as error:
            raise DAVError(NOT_ENOUGH_ROOM) from error

    def handle_delete(self) -> bool:
        """The whole of it, or nothing: also what lies below must not be locked by somebody else."""
        return self._attempt(self._delete)

    def handle_copy(self, dest_path: str, *, depth_infinity: bool) -> bool:
        """To the target of the request."""
        return self._attempt(lambda: self._copy(deep=depth_infinity))

    def handle_move(self, dest_path: str) -> bool:
        """To the target of the request."""
        return self._attempt(self._move)

    def delete(self) -> None:
        """Never asked: `handle_delete` has done it."""
        refuse()

    def copy_move_single(self, dest_path: str, *, is_move: bool) -> bool:
        """Never asked: `handle_copy` and `handle_move` have done it."""
        refuse()

    def support_recursive_delete(self) -> bool:
        """Never asked."""
        return True

    def _attempt(self, act: Callable[[], None]) -> bool:
        """Do it; an error is answered by the one table of errors, not by wsgidav."""
        try:
            act()
        except (HypomosError, DAVError) as error:
            self._asked.error = error
        return True

    def _may(self, act: Act) -> bool:
        return self._asked.places.may(self._asked.viewer, self._segments, act)

    def _describe(
        self, which: Name, value: etree._Element | None, text: str | None, *, dry_run: bool
    ) -> None:
        viewer, subject = self._asked.viewer, subject_of(self._node)
        is_windows = which[0] == MICROSOFT
        if subject is None:
            if is_windows or is_left(self._segments[-1]):
                return  # taken, as the file itself is
            refuse()
        if dry_run:
            properties.require_fit(viewer, subject, which, text)
            return
        is_time = is_windows and which[1] == "Win32LastModifiedTime" and value is not None
        if is_time and value is not None and (mtime_ns := _time(value.text)) is not None:
            self._asked.places.tree.set_mtime(viewer, self._segments, mtime_ns)
        properties.put(viewer, subject, which, text)

    def _delete(self) -> None:
        asked = self._asked
        viewer, tree = asked.viewer, asked.places.tree
        if self._url is not None:
            asked.locks.check_write_permission(
                url=self._url, depth="infinity", token_list=asked.conditions.tokens, principal=asked.holder
            )
        if self._is_of_drive() and self._url is not None:
            asked.places.junk.drop(viewer, self._url)
        else:
            tree.require(viewer, self._segments, "delete")
            tree.delete(viewer, self._segments)
        if self._url is not None:
            locks.drop_under(self._url)

    def _copy(self, *, deep: bool) -> None:
        asked = self._asked
        target = self._target()
        if self._is_of_drive():
            self._put_left(target)
        else:
            with self._unless_taken() as over:
                asked.places.tree.copy(asked.viewer, self._segments, target, deep=deep, over=over)
        self._arrived(target)

    def _move(self) -> None:
        asked = self._asked
        target = self._target()
        if self._is_of_drive():
            self._put_left(target)
            if self._url is not None:
                asked.places.junk.drop(asked.viewer, self._url)
        else:
            asked.places.tree.require(asked.viewer, self._segments, "move")
            with self._unless_taken() as over:
                asked.places.tree.move(asked.viewer, self._segments, target, over=over)
        if self._url is not None:
            locks.drop_under(self._url)
        self._arrived(target)

    def _target(self) -> Segments:
        """Where to; refused where nothing may arrive."""
        asked = self._asked
        if asked.target is None:
            raise Refused(400, "There is no Destination.")
        asked.places.tree.require(asked.viewer, asked.target, "copy")
        if is_left(asked.target[-1]) and not self._is_of_drive():
            raise Refused(403, "A file of this name is not kept: systems leave such behind in every folder.")
        return asked.target

    @contextmanager
    def _unless_taken(self) -> Iterator[bool]:
        """Around what may take the place of something: whether it may. What it finds there nevertheless is a 412."""
        overwrite: str = self.environ.get("HTTP_OVERWRITE", "T")  # type: ignore[attr-defined]  # wsgidav's class has it
        over = overwrite == "T" or self._asked.is_rename
        try:
            yield over
        except Conflict as error:
            raise error if over else Refused(412, str(error)) from error

    def _arrived(self, target: Segments) -> None:
        """What was locked before it was there is there now."""
        url = self._asked.places.url(self._asked.viewer, target)
        if url is not None:
            locks.fill(url)

    def _is_of_drive(self) -> bool:
        """Whether it is what only the drive has: an empty file of a lock, or what a system left behind."""
        if not isinstance(self._node, File) or self._node.original is not None:
            return False
        if is_left(self._segments[-1]):
            return True
        try:  # a name that was announced in a collection is the tree's
            self._asked.places.tree.resolve(self._asked.viewer, self._segments)
        except NotFound:
            return True
        return False

    def _put_left(self, target: Segments) -> None:
        """Copy what only the drive has: as such, or where it gets a name of its own as a file."""
        asked = self._asked
        data = None if self._url is None else asked.places.junk.find(asked.viewer, self._url)
        url = asked.places.url(asked.viewer, target)
        if is_left(target[-1]) and url is not None:
            asked.places.junk.put(asked.viewer, url, [data or b""])
        else:
            asked.places.tree.put(asked.viewer, target, Upload([data or b""], len(data or b"")))


class FileResource(_Resource, DAVNonCollection):
    """A file of the tree, or of the drive alone."""

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
        """Closed: PUT does not come this way."""
        refuse()


class FolderResource(_Resource, DAVCollection):
    """A folder of the tree."""

    def get_member_names(self) -> list[str]:
        """None: listings are made by PROPFIND, which does not come this way."""
        return []

    def create_empty_resource(self, name: str) -> "FileResource":
        """LOCK of a name that is not there yet: the lock is all there is of it."""
        asked = self._asked
        if asked.places.url(asked.viewer, asked.segments) is None:
            asked.places.tree.require(asked.viewer, asked.segments, "lock")
            refuse()
        asked.locks.check_write_permission(
            url=self.get_ref_url(), depth="0", token_list=asked.conditions.tokens, principal=asked.holder
        )
        return FileResource(
            self.path + name, self.environ, asked, asked.segments, empty_file(asked.segments[-1])
        )

    def create_collection(self, name: str) -> None:
        """MKCOL."""
        asked = self._asked
        asked.places.tree.require(asked.viewer, asked.segments, "make_folder")
        if is_left(asked.segments[-1]):
            refuse()
        try:
            asked.places.tree.make_folder(asked.viewer, asked.segments)
        except Conflict as error:
            raise DAVError(HTTP_METHOD_NOT_ALLOWED) from error


def resource_for(
    path: str, environ: Environ, asked: Asked, segments: Segments, node: Node
) -> FileResource | FolderResource:
    """The resource of a node."""
    kind = FolderResource if isinstance(node, Folder) else FileResource
    return kind(path, environ, asked, segments, node)


def _time(text: str | None) -> int | None:
    """An HTTP date in nanoseconds; None for what is none."""
    try:
        seconds = parsedate_to_datetime((text or "").strip()).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return int(seconds) * 10**9 if 0 < seconds < 32_503_680_000 else None
