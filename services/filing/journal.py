"""The journal: changes of files that have begun, and whether somebody is still at them.

A process keeps a lock file for as long as it lives and names it in its rows. The kernel lets go of the
lock at any death, so whoever finds a row can tell at once whether its change was interrupted.
"""

import fcntl
import logging
import os
import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from peewee import PeeweeException

from services.clock import now
from services.errors import NoSpace
from services.models import FileOperation, Storage, database, transaction
from services.storages.patterns import new_shelf

log = logging.getLogger(__name__)


class Journal:
    """The rows of one process. `run` is the folder of its lock file, `node` the machine it runs on.

    Threading: may be called from any thread.
    """

    def __init__(self, run: Path, node: str) -> None:
        self._run = run
        self._node = node
        self._lock = threading.Lock()
        self._held: tuple[str, int] | None = None
        self._left: set[int] = set()

    def begin(
        self, kind: str, storage: Storage, path: str, target: str = "", *, actor: int | None,
        require: Callable[[], None] = lambda: None, **detail: Any,
    ) -> FileOperation:  # fmt: skip
        """Write down what is about to be done to `path`; waits for the disk.

        `require` is asked first, in the same transaction.
        """
        holder = self._holder()
        self._write_left()
        with database.durable(), transaction():
            require()
            return FileOperation.create(
                kind=kind, owner=storage.owner_id, storage=storage, actor_id=actor, node=self._node,
                holder=holder, path=path, target=target, shelf=new_shelf(), detail=detail, created_at=now(),
            )  # fmt: skip

    def note(self, operation: FileOperation, **detail: Any) -> None:
        """Add to what is known of a change under way."""
        operation.detail = {**operation.detail, **detail}
        with database.durable(), transaction():
            FileOperation.update(detail=operation.detail).where(FileOperation.id == operation.id).execute()

    def let_go(self, operation: FileOperation) -> None:
        """Leave a change to whoever looks next: its storage, or the catalogue, cannot be reached now.

        Where not even that can be written down, it is with the next change.
        """
        with self._lock:
            self._left.add(operation.id)
        try:
            self._write_left()
        except (PeeweeException, NoSpace) as error:
            log.warning("that nobody is at a change any more cannot be written down yet: %s", error)

    def _write_left(self) -> None:
        if not self._left:
            return
        holder = self._holder()
        with self._lock:  # whoever takes them up does so after this, and not in between
            ours = FileOperation.id.in_(list(self._left)) & (FileOperation.holder == holder)
            with transaction():
                FileOperation.update(holder="").where(ours).execute()
            self._left.clear()

    def interrupted(self) -> list[FileOperation]:
        """The changes of this machine that nobody is at any more, oldest first; they are ours now."""
        self._write_left()
        mine = FileOperation.node == self._node
        found = [
            op for op in FileOperation.select().where(mine).order_by(FileOperation.id) if self._ended(op)
        ]
        for path in self._run.glob("filing-*.lock"):
            _is_free(path)
        if not found:
            return []
        holder = self._holder()
        with transaction():  # all or none: nobody is at what is ours and was not given here
            return [op for op in found if _adopt(op, holder)]

    def close(self) -> None:
        """Let go of the lock file; what is still in the journal counts as interrupted from now on."""
        with self._lock:
            if self._held is not None:
                with suppress(OSError):
                    self._path(self._held[0]).unlink()
                os.close(self._held[1])
                self._held = None

    def _holder(self) -> str:
        with self._lock:
            if self._held is None:
                token = secrets.token_hex(8)
                fresh = self._path(token).with_suffix(".new")
                file = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
                fcntl.flock(file, fcntl.LOCK_EX)
                fresh.rename(self._path(token))  # under this name it is never without its lock
                self._held = (token, file)
            return self._held[0]

    def _path(self, token: str) -> Path:
        return self._run / f"filing-{token}.lock"

    def _ended(self, operation: FileOperation) -> bool:
        """Whether the process that began this is dead, or let go of it. A transfer is a job's, not a process's."""
        if operation.kind == "transfer":
            return False
        return not operation.holder or _is_free(self._path(operation.holder))


def _adopt(operation: FileOperation, holder: str) -> bool:
    """Give it to this holder, unless another process was faster."""
    same = (FileOperation.id == operation.id) & (FileOperation.holder == operation.holder)
    taken = FileOperation.update(holder=holder).where(same).execute()
    operation.holder = holder
    return bool(taken)


def _is_free(path: Path) -> bool:
    """Whether no living process holds this lock file; then it is cleared away."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    with suppress(OSError):
        path.unlink()
    return True


def end(operation: FileOperation) -> None:
    """The change is done, or proved not to have happened; call inside the transaction that records it."""
    FileOperation.delete().where(FileOperation.id == operation.id).execute()
