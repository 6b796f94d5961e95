"""A request as wsgidav's half knows it: who asks, of which place, and where to. Not by paths of wsgidav's."""

from dataclasses import dataclass, field

from services.viewers import Viewer
from virtualfs.dav.conditions import Conditions
from virtualfs.dav.locking import Locks
from virtualfs.dav.paths import href
from virtualfs.dav.places import Places, Segments

ASKED = "hypomos.asked"
"""Under which key of the ASGI state, and of the WSGI environment, the request travels."""

OF, TO = "/of/it", "/to/it"


@dataclass
class Asked:
    """One request: who asks, of which place, and where to (COPY, MOVE). What became of it is noted here.

    `is_rename`: both places are the same but for the case of letters.
    """

    viewer: Viewer
    holder: str
    segments: Segments
    root_path: str
    places: Places
    locks: Locks
    conditions: Conditions
    target: Segments | None = None
    is_rename: bool = False
    is_replacing: bool = False
    error: Exception | None = field(default=None)

    def place(self, path: str) -> Segments | None:
        """The place behind one of wsgidav's four paths; None for what is above the top, or none of them."""
        whole = {"of": self.segments, "to": self.target}.get(path.strip("/").partition("/")[0])
        if whole is None or path.strip("/").endswith("/it"):
            return whole
        return whole[:-1] if whole else None


def address_of(asked: Asked, url: str) -> str | None:
    """Where a canonical address is in the eyes of whoever asked; None where it is not near to what they named."""
    for segments in filter(None, (asked.segments, asked.target)):
        found = _address_near(asked, segments, url)
        if found is not None:
            return found
    return None


def _address_near(asked: Asked, segments: Segments, url: str) -> str | None:
    for length in range(len(segments), 1, -1):
        known = asked.places.url(asked.viewer, segments[:length])
        if known is not None and (url == known or url.startswith(known + "/")):
            return href(asked.root_path, segments[:length], is_folder=False) + url[len(known) :]
    return None
