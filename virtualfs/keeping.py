"""What was worked out for a viewer, kept for as long as rights, content and the clock leave it as it is.

Threading: a `Kept` may be used from any thread; what is kept is never changed.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, NamedTuple, TypeVar

from services.access import ends
from services.catalogue import tree_rows
from services.viewers import Viewer

T = TypeVar("T")


class _Entry(NamedTuple, Generic[T]):
    version: tuple[int, int]
    until: int | None
    value: T


class Kept(Generic[T]):
    """Values by viewer and key, the least used of them forgotten when they weigh more than `most()` together.

    With `ends_by_clock` a value dies also when any right of the household ends by itself, which no counter tells.
    """

    def __init__(
        self, most: Callable[[], int], weigh: Callable[[T], int], *, ends_by_clock: bool = False
    ) -> None:
        self._most = most
        self._weigh = weigh
        self._ends_by_clock = ends_by_clock
        self._entries: OrderedDict[tuple[int, Hashable], _Entry[T]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, viewer: Viewer, key: Hashable, make: Callable[[], T]) -> T:
        """The value that is kept, or the one made now."""
        version = tree_rows.version(viewer)  # of before making it: what changes meanwhile is made anew
        moment = ends.moment() if self._ends_by_clock else 0
        place = (viewer.user_id, key)
        with self._lock:
            found = self._entries.get(place)
            if found is not None and found.version == version and not _is_over(found.until, moment):
                self._entries.move_to_end(place)
                return found.value
        until = ends.next_end(moment) if self._ends_by_clock else None
        value = make()
        with self._lock:
            self._entries[place] = _Entry(version, until, value)
            self._entries.move_to_end(place)
            weight = sum(self._weigh(entry.value) for entry in self._entries.values())
            while len(self._entries) > 1 and weight > self._most():
                _, gone = self._entries.popitem(last=False)
                weight -= self._weigh(gone.value)
        return value

    def __len__(self) -> int:
        return len(self._entries)


def _is_over(until: int | None, moment: int) -> bool:
    return until is not None and moment >= until
