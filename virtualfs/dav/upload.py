"""PUT: a file is there as a whole or as it was before.

Everything is judged before a byte is asked for: the right, the place, conditions, locks, and whether there is room.
What comes is counted: less than was announced, or a client that went away, leaves nothing. It all happens in one
thread, which pulls the bytes through `receiving`.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from starlette.responses import Response

from services.accounts.acting import require_current
from services.clock import MINUTE, SECOND
from services.drive import locks
from services.errors import Changed, Conflict, NotFound
from services.serving import quoted
from services.viewers import Viewer
from virtualfs.dav.conditions import Conditions, parse
from virtualfs.dav.errors import COMMON, Refused
from virtualfs.dav.judging import require_if, require_state
from virtualfs.dav.locking import Locks
from virtualfs.dav.places import Places, is_left, tags_of
from virtualfs.dav.receiving import Body
from virtualfs.nodes import File, Folder
from virtualfs.writing import Upload

RENEWED_S = MINUTE / SECOND / 3
"""How often a long upload says that it is still under way."""

_LATEST = 32_503_680_000  # the year 3000


def announced(headers: Mapping[str, str]) -> int | None:
    """How many bytes are to come: the length of the body, or what Finder says beside chunks. Raises Refused (400)."""
    text = headers.get("content-length")
    if text is None:
        text = headers.get("x-expected-entity-length")
    if text is None:
        return None
    if not text.strip().isascii() or not text.strip().isdigit() or len(text) > 18:
        raise Refused(400, "The length of the upload is no number.")
    return int(text)


def mtime_of(headers: Mapping[str, str]) -> int | None:
    """The time that the file is to have, in nanoseconds. Raises Refused (400)."""
    text = headers.get("x-oc-mtime", "").strip()
    if not text:
        return None
    whole, _, part = text.partition(".")
    if not (whole.isascii() and whole.isdigit()) or len(whole) > 11 or not (part.isdigit() or not part):
        raise Refused(400, "X-OC-Mtime is no time in seconds.")
    return min(int(whole), _LATEST) * 10**9 or None


class Uploads:
    """Answers PUT."""

    def __init__(self, places: Places, held: Locks) -> None:
        self._places = places
        self._tree = places.tree
        self._locks = held

    def answer(
        self,
        viewer: Viewer,
        segments: tuple[str, ...],
        headers: Mapping[str, str],
        root_path: str,
        body: Body,
    ) -> Response:
        """Store the body; blocks. Raises what the table of errors answers, DAVError for locks."""
        if "content-range" in headers:
            raise Refused(400, "A part of a file cannot be put; send it whole.")
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise Refused(501, "An upload is taken as it is, without Content-Encoding.")
        if not segments:
            self._tree.require(viewer, segments, "put")
        mtime_ns = mtime_of(headers)
        if is_left(segments[-1]):
            return self._leave(viewer, segments, body)
        self._tree.require(viewer, segments, "put")
        node = self._places.find(viewer, segments)
        if isinstance(node, Folder):
            raise Refused(405, "This is a folder; a file cannot take its place.")
        if not isinstance(self._places.find(viewer, segments[:-1]), Folder):
            raise Refused(409, "There is no folder to put it into.")
        url = self._places.url(viewer, segments)
        there = node if isinstance(node, File) and node.original is not None else None
        tags = tags_of(viewer, node)
        given = parse(headers, lambda address: self._places.reference_of_address(viewer, address, root_path))
        if node is not None:
            require_state(headers, tags, node.mtime, is_there=there is not None)
        elif "if-match" in headers:
            raise Refused(412, "There is no such file to be replaced.")
        with self._under_locks(viewer, segments, url, given, tags, is_new=node is None) as write:
            tag = self._put(
                viewer, segments, headers, there, tags, _telling(viewer, body, write), body.size, mtime_ns
            )
        if url is not None:
            locks.fill(url)
        answer = dict(COMMON) if tag is None else COMMON | {"ETag": quoted(tag), "OC-ETag": quoted(tag)}
        if mtime_ns is not None:
            answer["X-OC-MTime"] = "accepted"
        return Response(status_code=201 if there is None else 204, headers=answer)

    def _put(
        self, viewer: Viewer, segments: tuple[str, ...], headers: Mapping[str, str], there: File | None,
        tags: frozenset[str], source: Iterator[bytes], size: int | None, mtime_ns: int | None,
    ) -> str | None:  # fmt: skip
        is_meant = "if-match" in headers or any(tag in headers.get("if", "") for tag in tags)
        upload = Upload(
            source, size, mtime_ns, if_match=there.etag if there is not None and is_meant else None,
            if_absent=headers.get("if-none-match", "").strip() == "*",
        )  # fmt: skip
        try:
            return self._tree.put(viewer, segments, upload)
        except Changed as error:
            raise Refused(412, str(error)) from error
        except Conflict as error:
            raise Refused(412 if upload.if_absent else 409, str(error)) from error

    @contextmanager
    def _under_locks(
        self, viewer: Viewer, segments: tuple[str, ...], url: str | None, given: Conditions,
        tags: frozenset[str], *, is_new: bool,
    ) -> Iterator[int | None]:  # fmt: skip
        """From before the first byte until the file is stored, under the locks whose tokens were sent."""
        if url is None:
            yield None
            return
        require_if(self._places, self._locks, viewer, segments, tags, given)
        parent = self._places.url(viewer, segments[:-1]) if is_new else None
        with self._locks.writing(url, parent, given.tokens, locks.holder_of(viewer)) as write:
            yield write

    def _leave(self, viewer: Viewer, segments: tuple[str, ...], body: Body) -> Response:
        """Take what systems leave behind, where something can be written at all."""
        url = self._places.url(viewer, segments)
        if url is None:
            self._tree.require(viewer, segments, "put")
            raise NotFound
        if not isinstance(self._places.find(viewer, segments[:-1]), Folder):
            raise Refused(409, "There is no folder to put it into.")
        is_new = self._places.find(viewer, segments) is None
        self._places.junk.put(viewer, url, body)
        locks.fill(url)
        return Response(status_code=201 if is_new else 204, headers=COMMON)


def _telling(viewer: Viewer, body: Body, write: int | None) -> Iterator[bytes]:
    """The body, saying now and then that the write is still under way.

    At its end raises AccessDenied when the app password has ended meanwhile, or its person's account.
    """
    told = time.monotonic()
    for piece in body:
        if write is not None and time.monotonic() - told > RENEWED_S:
            locks.go_on(write)
            told = time.monotonic()
        yield piece
    require_current(viewer)
