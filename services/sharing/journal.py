"""The journal of ended rights, outside the catalogue: an older catalogue put in its place revives none.

A line of JSON for each right that ends, written and forced to the disk before the transaction that ends it,
and one that takes it back when that transaction failed. At every start the last word on each is applied
again. What a line names by its public id and the catalogue does not know is left alone.
"""

import json
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from services.clock import now
from services.models import Grant, Item, Share, Storage, counters, transaction
from services.sharing.guests import end_guests

NAME = "revocations.jsonl"
log = logging.getLogger(__name__)

Noted = tuple[str, str]
"""A kind (grant, share, item or storage) and a public id."""


class Journal:
    """The journal in one data directory. Threading and processes: lines are appended whole, in one write."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    @contextmanager
    def noting(self, ended: Sequence[Noted], *, again: bool = False) -> Iterator[None]:
        """Around the transaction that ends these rights, or (`again`) gives items back to their shares.

        A right that comes back is noted afterwards: until then a crash leaves it ended.
        """
        if again:
            yield
            self._write(ended, "again")
            return
        self._write(ended, "ended")
        try:
            yield
        except BaseException:
            self._write(ended, "again")
            raise

    def replay(self) -> int:
        """Apply the last word on each right to the catalogue; answers how many that changed."""
        last: dict[Noted, tuple[str, int]] = {}
        for kind, pid, what, at in self._read():
            last[kind, pid] = what, at
        ended = [(noted, at) for noted, (what, at) in last.items() if what == "ended"]
        changed = 0
        for begin in range(0, len(ended), 500):
            with transaction():
                some = sum(_apply(kind, pid, at) for (kind, pid), at in ended[begin : begin + 500])
                if some:
                    counters.bump_policy()
            changed += some
        if changed:
            log.warning(
                "%d rights that had ended were in force in this catalogue; they have ended again", changed
            )
        return changed

    def _write(self, rights: Sequence[Noted], what: str) -> None:
        if not rights:
            return
        at = now()
        lines = "".join(
            json.dumps({"at": at, "kind": kind, "id": pid, "what": what}) + "\n" for kind, pid in rights
        )
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, lines.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def _read(self) -> Iterator[tuple[str, str, str, int]]:
        try:
            lines: Iterable[str] = self._path.read_text(encoding="utf-8", errors="replace").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                found = json.loads(line)
                yield str(found["kind"]), str(found["id"]), str(found["what"]), int(found["at"])
            except (ValueError, KeyError, TypeError):
                log.warning("a line of %s is damaged and was passed over", self._path.name)


def _apply(kind: str, pid: str, at: int) -> int:
    if kind == "grant":
        here = (Grant.pid == pid) & Grant.ended_at.is_null()
        return int(Grant.update(state="revoked", ended_at=at).where(here).execute())
    if kind == "share":
        here = (Share.pid == pid) & Share.ended_at.is_null()
        end_guests([share for (share,) in Share.select(Share.id).where(here).tuples()], at)
        return int(Share.update(ended_at=at, ended_why="revoked").where(here).execute())
    if kind == "item":
        here = (Item.pid == pid) & Item.withdrawn_at.is_null()
        return int(Item.update(withdrawn_at=at).where(here).execute())
    if kind == "storage":
        here = (Storage.pid == pid) & Storage.withheld_at.is_null()
        return int(Storage.update(withheld_at=at).where(here).execute())
    return 0
