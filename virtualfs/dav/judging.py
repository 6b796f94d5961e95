"""Whether what is at a place is in the state that a request expects (RFC 9110, 13.1; RFC 4918, 10.4).

A file has earlier tags too, by which the same bytes were known before they were read: each of them will do.
"""

from collections.abc import Collection, Mapping

from services.drive.locks import holder_of
from services.serving import conditions
from services.viewers import Viewer
from virtualfs.dav.conditions import Conditions
from virtualfs.dav.errors import Refused
from virtualfs.dav.locking import Locks
from virtualfs.dav.places import Places, Segments

HEADERS = frozenset({"if-match", "if-none-match", "if-modified-since", "if-unmodified-since"})
"""Which headers state conditions, besides `If`. `If-Modified-Since` means something to GET and HEAD alone."""


def require_state(
    headers: Mapping[str, str], tags: Collection[str], mtime: float, *, is_there: bool = True
) -> None:
    """Raise Refused (412) unless these headers hold for what is known by the bare `tags` and was changed at `mtime`.

    For all verbs but GET and HEAD. `is_there`: it is more than the empty file of a lock.
    """
    asked = {name: headers[name] for name in ("if-match", "if-unmodified-since") if name in headers}
    if not any(conditions("PUT", asked, etag=tag, mtime=mtime) == 200 for tag in tags):
        raise Refused(412, "What is there is not in the state that the request expects.")
    unwanted = {name: headers[name] for name in ("if-none-match",) if name in headers and is_there}
    if not all(conditions("PUT", unwanted, etag=tag, mtime=mtime) == 200 for tag in tags):
        raise Refused(412, "What is there is what the request does not want to be there.")


def require_if(
    places: Places, held: Locks, viewer: Viewer, segments: Segments, tags: Collection[str], given: Conditions, *,
    is_target: bool = False,
) -> None:  # fmt: skip
    """Raise Refused (412) unless the header `If` holds for what is at a place and is known by the bare `tags`.

    `is_target`: it is not what the request is about, but where that goes; only lists that name it are about it.
    """
    if given.lists is None:
        return
    url = places.reference(viewer, segments)
    if is_target and url not in given.lists:
        return
    tokens = [lock["token"] for lock in held.get_indirect_url_lock_list(url, principal=holder_of(viewer))]
    if not given.hold(url, tags, tokens):
        raise Refused(412, "A condition of the header If does not hold.")
