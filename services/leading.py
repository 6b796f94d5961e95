"""Which process of a household leads: it alone does what must not be done twice, such as announcing on the network.

On SQLite a household has one `serve`, and that one leads. On PostgreSQL whoever gets an advisory lock
leads, for as long as the connection lives on which it asked: a process that dies lets go of it at once,
a machine that falls silent within half a minute, because the server then looks after the connection.
Threading: may be asked from any thread, one after the other.
"""

import hashlib
import logging
import threading
from contextlib import suppress

import peewee
from playhouse.db_url import connect as connect_url

ANSWER_S = 5
_CAREFUL = {
    "connect_timeout": ANSWER_S,
    "keepalives_idle": ANSWER_S,
    "keepalives_interval": ANSWER_S,
    "keepalives_count": 2,
    "tcp_user_timeout": ANSWER_S * 1000,
}
"""A server that is gone is noticed before it gives the lock to somebody else."""
_WATCHED = ("tcp_keepalives_idle = 10", "tcp_keepalives_interval = 5", "tcp_keepalives_count = 3")
"""How the server notices that we are gone: its own defaults take two hours."""

log = logging.getLogger(__name__)


class Leader:
    """The one who does `task`. `url` is the catalogue's; empty is SQLite, whose one server always leads."""

    def __init__(self, url: str, task: str) -> None:
        self._url = url
        self._key = int.from_bytes(hashlib.sha256(task.encode()).digest()[:8], "big", signed=True)
        self._database: peewee.Database | None = None
        self._holds = False
        self._lock = threading.Lock()

    @property
    def is_alone(self) -> bool:
        """Whether nobody else could lead, so that asking again and again is idle."""
        return not self._url

    def leads(self) -> bool:
        """Whether this process leads now; it begins to when nobody does. Waits for the database, and never raises."""
        if self.is_alone:
            return True
        with self._lock:
            try:
                self._holds = self._confirm() if self._holds else self._try()
            except (peewee.PeeweeException, ImportError) as error:
                log.debug("the catalogue could not be asked who leads: %s", error)
                self._drop()
            return self._holds

    def step_down(self) -> None:
        """Let somebody else lead, from the moment this returns: a server may notice a closed connection later."""
        with self._lock:
            if self._database is not None and self._holds:
                with suppress(peewee.PeeweeException):
                    self._database.execute_sql("SELECT pg_advisory_unlock(%s)", (self._key,))
            self._drop()

    def _try(self) -> bool:
        if self._database is None:
            self._database = connect_url(self._url, unquote_password=True, thread_safe=False, autoconnect=False,
                                         **_CAREFUL)  # fmt: skip
            self._database.connect()
            for how in _WATCHED:
                self._database.execute_sql(f"SET {how}")
        (got,) = self._database.execute_sql("SELECT pg_try_advisory_lock(%s)", (self._key,)).fetchone()
        return bool(got)

    def _confirm(self) -> bool:
        """The lock lives as long as its connection: one that answers still has it."""
        if self._database is None:
            return False
        self._database.execute_sql("SELECT 1").fetchone()
        return True

    def _drop(self) -> None:
        database, self._database, self._holds = self._database, None, False
        if database is not None:
            with suppress(peewee.PeeweeException):
                database.close()
