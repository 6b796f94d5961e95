"""Whether the root of a remote is still the one that was recorded. Here and only here.

Nothing counts as absent in a root that is not known: an unmounted disk, a renamed folder and another server
under the same name all list as empty, without any error.
"""

import threading
import time
from collections.abc import Sequence

from services.errors import Unavailable
from services.storages.patterns import MARKER
from services.storages.rclone.remote import Remote
from services.storages.recognising import why_unknown
from services.storages.values import Entry, Fingerprint

KNOWN_S = 20.0
"""For so long a root that was known is not looked at again before an absence is believed."""

LOST_S = 5.0
"""For so long a root that was found to be another is not looked at again; then one call looks. Only the
worker probes: in another process nothing else would ever find that the root is back."""

_LONGEST_MARKER = 200


class KnownRoot:
    """The root of `remote`; `expected` is what was recorded of it."""

    def __init__(self, remote: Remote, expected: Fingerprint | None = None) -> None:
        self._remote = remote
        self.expected = expected
        self._lost = ""
        self._lost_until = 0.0
        self._lock = threading.Lock()
        self._known_until = 0.0
        self._had_entries = False

    def look_again(self) -> None:
        """Forget what was found out: the next look is at the storage itself."""
        self._known_until, self._lost = 0.0, ""

    def may_become_empty(self) -> None:
        """Something is deleted by us: an empty root is no surprise."""
        self._had_entries = False

    def require_not_lost(self) -> None:
        """Raise Unavailable when the root was found to be another, and as far as is known still is."""
        if not self._lost:
            return
        with self._lock:
            lost = self._lost
            is_due = time.monotonic() >= self._lost_until
            if is_due:
                self._lost_until = time.monotonic() + LOST_S  # the others do not look meanwhile
        if not lost:
            return
        if not is_due:
            raise Unavailable(lost)
        self._known_until = 0.0
        self.require_known()
        self._lost = ""

    def require_known(self) -> None:
        """Raise Unavailable when the root is not the one recorded: then nothing in it counts as absent."""
        if time.monotonic() < self._known_until:
            return
        if self.expected is not None:
            why = why_unknown(self.expected, volume=None, marker=self.marker(), size_of=self._remote.size_of)
            if why is not None:
                self._lost_until = time.monotonic() + LOST_S
                self._lost = f"The storage is not the one that was added: {why}"
                raise Unavailable(self._lost)
        self._known_until = time.monotonic() + KNOWN_S

    def consider(self, entries: Sequence[Entry]) -> None:
        """A root that lists as empty, and was not, is looked at twice."""
        if entries:
            self._had_entries = True
            return
        if self.expected is not None:
            self._known_until = 0.0
            self.require_known()
        elif self._had_entries:
            raise Unavailable("The storage is suddenly empty: is it the one that was added?")

    def marker(self) -> str | None:
        """What the marker file in the root says; None when there is none."""
        size = self._remote.size_of(MARKER)
        if size is None or not 0 < size <= _LONGEST_MARKER:
            return None
        body = self._remote.body(MARKER, 0, size - 1)
        try:
            return body.read(size).decode("ascii", "replace")
        finally:
            body.close()
