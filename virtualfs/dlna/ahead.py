"""What a screen is about to ask for: thumbnails and films of a page it lists, the next pictures of a slide show.

Nothing depends on it. What is asked for ahead comes after everything that somebody waits for.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from services import access, memory
from services.masks import Masks
from services.models import Item
from services.pictures import Pictures
from services.viewers import Viewer

KEPT = 16
"""Screens of which the last page is remembered."""
NEXT = 2

SMALL = frozenset({"SM", "TN"})

log = logging.getLogger(__name__)


class Ahead:
    """Remembers the last page of each screen. Threading: told in any thread, it works in one of its own."""

    def __init__(self, pictures: Pictures, masks: Masks) -> None:
        self._pictures = pictures
        self._masks = masks
        self._pages: OrderedDict[int | None, tuple[str, ...]] = OrderedDict()
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "dlna-ahead")
        self._waiting = 0

    def listed(self, viewer: Viewer, photos: Sequence[str]) -> None:
        """A page was listed with these photos in this order."""
        with self._lock:
            self._pages[viewer.screen_id] = tuple(photos)
            self._pages.move_to_end(viewer.screen_id)
            while len(self._pages) > KEPT:
                self._pages.popitem(last=False)

    def lacking(self, viewer: Viewer, *, thumbnails: Sequence[str], players: Sequence[str]) -> None:
        """Of what was listed this has no thumbnail yet, and this can be played."""
        if thumbnails:
            self._later(partial(self._pictures.prefetch, viewer, tuple(thumbnails), "TN"))
        if players:
            self._later(partial(self._find_masks, viewer, tuple(players)))

    def shown(self, viewer: Viewer, pid: str, size: str) -> None:
        """A picture was fetched in a size: the next ones are likely to be."""
        page = self._pages.get(viewer.screen_id, ())
        if size in SMALL or pid not in page:
            return
        place = page.index(pid) + 1
        if following := page[place : place + NEXT]:
            self._later(partial(self._pictures.prefetch, viewer, following, size))

    def _find_masks(self, viewer: Viewer, pids: tuple[str, ...]) -> None:
        """Have found out what of some films has to be kept back, before they are played."""
        self._masks.prepare(viewer, access.visible_items(viewer, plan="time").where(Item.pid.in_(pids)))

    def _later(self, work: Callable[[], object]) -> None:
        with self._lock:
            if self._waiting >= KEPT:  # who asks faster than we can prepare is served when it asks
                return
            self._waiting += 1
        self._thread.submit(self._do, work)

    def _do(self, work: Callable[[], object]) -> None:
        memory.keep_little()
        try:
            work()
        except Exception:  # of everything that could go wrong here nobody waits for anything
            log.debug("something for a screen was not prepared", exc_info=True)
        finally:
            memory.let_go()
            with self._lock:
                self._waiting -= 1
