"""The journal of ended rights, outside the catalogue: an older catalogue put in its place revives none.

A line of JSON for each right that ends, written and forced to the disk before the transaction that ends it,
and one that makes just those lines void when that transaction failed. At every start, before anything is
served, the last word on each is applied again. What a line names by its public id and the catalogue does not
know is left alone. What is noted, and what becomes of it again, is in `replaying`.
"""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import NamedTuple

from services.clock import now
from services.identifiers import new_pid
from services.models import database
from services.revocations.replaying import KINDS, Last, apply

NAME = "revocations.jsonl"
log = logging.getLogger(__name__)

Noted = tuple[str, str]
"""A kind of `replaying.KINDS` and a public id, or the public ids of two things with a blank between them."""


class Journal:
    """The journal in one data directory. Threading and processes: lines are appended whole, in one write."""

    def __init__(self, data: Path) -> None:
        self._path = data / NAME

    @contextmanager
    def noting(self, ended: Sequence[Noted], *, again: bool = False) -> Iterator[None]:
        """Around the transaction that ends these rights, or (`again`) gives items back to their shares.

        A right that comes back is noted afterwards: until then a crash leaves it ended. What ends while it comes back
        has ended, whatever came first.
        """
        if again:
            begin = self._size()
            yield
            self._write(ended, "again", begin=begin)
            return
        mark = new_pid()
        self._write(ended, "ended", mark)
        try:
            yield
        except BaseException:
            self._write([("note", mark)] if ended else [], "void")
            raise

    def replay(self) -> int:
        """Apply the last word on each right to the catalogue; answers how many that changed."""
        last: dict[Noted, _Word] = {}
        for word in self._read():
            before = last.get(word.noted)
            if word.what == "ended" or before is None or before.place < word.begin:
                last[word.noted] = word
        given_back = {
            pid: word.at for (kind, pid), word in last.items() if kind == "item" and word.what == "again"
        }
        ended: dict[str, list[Last]] = {}
        for (kind, pid), word in last.items():
            if word.what == "ended":
                ended.setdefault(kind, []).append(Last(pid, word.at, given_back))
        changed = sum(apply(kind, ended[kind]) for kind in KINDS if kind in ended)
        if changed:
            log.warning(
                "%d rights that had ended were in force in this catalogue; they have ended again", changed
            )
        return changed

    def _write(self, rights: Sequence[Noted], what: str, mark: str = "", **more: int) -> None:
        if not rights:
            return
        at = now()
        lines = "".join(
            json.dumps({"at": at, "kind": kind, "id": pid, "what": what, "note": mark, **more}) + "\n"
            for kind, pid in rights
        )
        handle = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _append(handle, lines.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def _size(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _read(self) -> Iterator["_Word"]:
        """What was noted, in its order, without what came to nothing."""
        try:
            text = self._path.read_bytes()
        except FileNotFoundError:
            return
        found, void, place = [], set(), 0
        for line in text.splitlines(keepends=True):
            try:
                word = json.loads(line.decode("utf-8", "replace"))
                noted, what, at = (str(word["kind"]), str(word["id"])), str(word["what"]), int(word["at"])
                mark, begin = str(word.get("note", "")), int(word.get("begin", len(text)))
            except (ValueError, KeyError, TypeError, AttributeError):
                log.warning("a line of %s is damaged and was passed over", self._path.name)
            else:
                if what == "void":
                    void.add(noted[1])
                else:
                    found.append((mark, _Word(noted, what, at, place, begin)))
            place += len(line)
        yield from (word for mark, word in found if mark not in void)


class _Word(NamedTuple):
    """A line: what of which right and when; its place in the file, and how long that was when what it notes began."""

    noted: Noted
    what: str
    at: int
    place: int
    begin: int


def noting(ended: Sequence[Noted], *, again: bool = False) -> AbstractContextManager[None]:
    """`Journal.noting` in the data directory of the catalogue that is open."""
    return Journal(database.data()).noting(ended, again=again)


def _append(handle: int, lines: bytes) -> None:
    """All of it, on a line of its own even after one that a full disk cut."""
    size = os.fstat(handle).st_size
    if size and os.pread(handle, 1, size - 1) != b"\n":
        lines = b"\n" + lines
    while lines:
        lines = lines[os.write(handle, lines) :]
