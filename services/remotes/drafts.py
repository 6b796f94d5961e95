"""Storages that are being connected: what a person has given so far, kept in memory for a while.

Nothing of it is in the catalogue, so that secrets of a sign-in which nobody finishes lie nowhere but in
the configuration of rclone, and go from there when the draft ends. A restart loses drafts: the person
begins again.

Threading: may be used from any thread; a draft is replaced as a whole.
"""

import hmac
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from services.clock import HOUR, now
from services.errors import NotFound
from services.identifiers import new_pid
from services.storages.oauth import Pending
from services.viewers import Viewer

LASTS = HOUR
MOST = 20
"""So many one person may have open; the oldest goes first."""


class DraftEnded(NotFound):
    """Raised for a draft that is over, was never there, or is another person's, alike."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A storage on its way. `remote` is its name in rclone's configuration, empty while signing in.

    `pending` is the sign-in under way; `parameters` are those of rclone that were checked already; `account`
    names the account in one word, to find out that it is connected twice. `storage` is the public id of a
    storage that is being signed in to again, `is_done` says that it was, and `opens` that it is to be opened for
    writing then.
    """

    pid: str
    user_id: int
    type: str
    writable: bool
    parameters: dict[str, str] = field(repr=False)
    pending: Pending | None = field(default=None, repr=False)
    remote: str = ""
    account: str = ""
    storage: str = ""
    is_done: bool = False
    opens: bool = False
    began_at: int = 0

    @property
    def is_ready(self) -> bool:
        """Whether its folders can be looked at."""
        return bool(self.remote)


class Drafts:
    """The drafts of this process."""

    def __init__(self) -> None:
        self._drafts: dict[str, Draft] = {}
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def add(self, viewer: Viewer, type: str, *, writable: bool, **values: Any) -> Draft:
        """A new draft of this person."""
        draft = Draft(new_pid(), viewer.user_id, type, writable, began_at=now(), **values)
        with self._lock:
            self._drafts[draft.pid] = draft
        return draft

    def get(self, viewer: Viewer, pid: str) -> Draft:
        """A draft of this person that is not too old; raises DraftEnded."""
        with self._lock:
            draft = self._drafts.get(pid)
        if draft is None or draft.user_id != viewer.user_id or now() - draft.began_at > LASTS:
            raise DraftEnded
        return draft

    def find_by_state(self, viewer: Viewer, provider: str, state: str) -> Draft:
        """The draft whose sign-in at the provider has this state; raises DraftEnded."""
        with self._lock:
            drafts = list(self._drafts.values())
        for draft in drafts:
            pending = draft.pending
            if pending is None or pending.provider != provider or not pending.state:
                continue
            if hmac.compare_digest(pending.state.encode(), state.encode("utf-8", "replace")):
                return self.get(viewer, draft.pid)
        raise DraftEnded

    @contextmanager
    def alone(self, draft: Draft) -> Iterator[bool]:
        """Whether nobody else goes on with this draft while the block lasts: a code is redeemed once."""
        with self._lock:
            alone = draft.pid not in self._busy
            self._busy.add(draft.pid)
        try:
            yield alone
        finally:
            if alone:
                with self._lock:
                    self._busy.discard(draft.pid)

    def change(self, draft: Draft, **values: Any) -> Draft:
        """The draft with other values; raises DraftEnded when it has ended meanwhile."""
        changed = replace(draft, **values)
        with self._lock:
            if draft.pid not in self._drafts:
                raise DraftEnded
            self._drafts[draft.pid] = changed
        return changed

    def end(self, pid: str) -> None:
        """Forget a draft."""
        with self._lock:
            self._drafts.pop(pid, None)

    def take_old(self, viewer: Viewer) -> list[Draft]:
        """Forget what is over, and what this person has too many of; return it, to be tidied up."""
        moment = now()
        with self._lock:
            own = sorted((d for d in self._drafts.values() if d.user_id == viewer.user_id), key=_age)
            too_many = own[: max(0, len(own) - MOST)]
            over = [d for d in self._drafts.values() if moment - d.began_at > LASTS]
            gone = {d.pid: d for d in (*too_many, *over)}
            for pid in gone:
                del self._drafts[pid]
        return list(gone.values())


def _age(draft: Draft) -> int:
    return draft.began_at
