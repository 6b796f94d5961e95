"""What a screen is about to ask for: the thumbnails of a page it lists, and the next pictures of a slide show.

Nothing depends on it. What is asked for ahead comes after everything that somebody waits for.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from services.pictures import Pictures
from services.viewers import Viewer

KEPT = 16
"""Screens of which the last page is remembered."""
NEXT = 2

SMALL = frozenset({"SM", "TN"})

log = logging.getLogger(__name__)


class Ahead:
    """Remembers the last page of each screen. Threading: told in any thread, it works in one of its own."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._pages: OrderedDict[int | None, tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="dlna-ahead")
        self._waiting = 0

    def listed(self, viewer: Viewer, photos: Sequence[str], *, lacking: Sequence[str]) -> None:
        """A page was listed: these photos in this order, of which some have no thumbnail yet."""
        with self._lock:
            self._pages[viewer.screen_id] = tuple(photos)
            self._pages.move_to_end(viewer.screen_id)
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)
        if lacking:
            self._later(viewer, lacking, "TN")

    def shown(self, viewer: Viewer, pid: str, size: str) -> None:
        """A picture was fetched in a size: the next ones are likely to be."""
        page = self._pages.get(viewer.screen_id, ())
        if size in SMALL or pid not in page:
            return
        place = page.index(pid) + 1
        self._later(viewer, page[place : place + NEXT], size)

    def _later(self, viewer: Viewer, pids: Sequence[str], size: str) -> None:
        with self._lock:
            if (
                not pids or self._waiting >= KEPT
            ):  # who asks faster than we can prepare is served when it asks
                return
            self._waiting += 1
        self._thread.submit(self._prepare, viewer, tuple(pids), size)

    def _prepare(self, viewer: Viewer, pids: tuple[str, ...], size: str) -> None:
        try:
            self._pictures.prefetch(viewer, pids, size)
        except Exception:  # of everything that could go wrong here nobody waits for anything
            log.debug("pictures for a screen were not prepared", exc_info=True)
        finally:
            with self._lock:
                self._waiting -= 1
