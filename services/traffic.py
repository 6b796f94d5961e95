"""How many streams this process has open, and how many were cut because a right to them had ended."""

import threading


class Traffic:
    """Counts the streams of a broker. Threading: may be used from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._cut = 0

    @property
    def running(self) -> int:
        """Streams that are open now."""
        return self._running

    @property
    def cut(self) -> int:
        """Streams that a right's end has cut since the process began."""
        return self._cut

    def opened(self) -> None:
        """One more is open."""
        with self._lock:
            self._running += 1

    def closed(self, *, is_cut: bool) -> None:
        """One has ended, cut or not."""
        with self._lock:
            self._running -= 1
            self._cut += is_cut
