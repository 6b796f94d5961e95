"""Locks as wsgidav wants them, over the rows that all processes and nodes share.

wsgidav decides what a lock means; here is where locks lie, and that looking and giving happen at one moment for all
nodes. The one object serves wsgidav's verbs and ours.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from wsgidav.dav_error import HTTP_LOCKED, DAVError, DAVErrorCondition, PRECONDITION_CODE_LockConflict
from wsgidav.lock_man.lock_manager import LockManager

from services.clock import SECOND
from services.drive import locks
from services.drive.locks import Lock

LockDict = dict[str, Any]


class SqlLockStorage:
    """wsgidav's interface of a lock storage. A principal is `services.drive.locks.holder_of` of a viewer."""

    def open(self) -> None:
        """Nothing to open: the catalogue is."""

    def close(self) -> None:
        """Nothing to close."""

    def cleanup(self) -> None:
        """Expired locks go when the next one is given."""

    def clear(self) -> None:
        """Never called: locks are somebody's."""

    def get(self, token: str) -> LockDict | None:
        """The lock with this token, if it still holds."""
        found = locks.find(token)
        return None if found is None else as_dict(found)

    def create(self, path: str, lock: LockDict) -> LockDict:
        """Store a lock that nothing speaks against; completes the given one."""
        timeout = lock["timeout"]
        made = locks.take(
            lock["principal"], path, scope=lock["scope"], depth=lock["depth"], owner=_text(lock["owner"]),
            duration=None if timeout is None else _micro(timeout),
        )  # fmt: skip
        lock.update(as_dict(made))
        return lock

    def refresh(self, token: str, *, timeout: float) -> LockDict:
        """Begin the time of a lock anew; raises DAVError when it is gone."""
        found = locks.refresh(token, _micro(timeout))
        if found is None:
            raise DAVError(HTTP_LOCKED)
        return as_dict(found)

    def delete(self, token: str) -> bool:
        """Give a lock back."""
        return locks.drop(token)

    def get_lock_list(
        self, path: str, *, include_root: bool, include_children: bool, token_only: bool
    ) -> list[Any]:
        """The locks at an address, and below it."""
        found = locks.at(path) if include_root else []
        found += locks.below(path) if include_children else []
        return [lock.token if token_only else as_dict(lock) for lock in found]


class Locks(LockManager):
    """wsgidav's rules. What it keeps in memory of one process (writes under way) are rows here."""

    def __init__(self) -> None:
        super().__init__(SqlLockStorage())

    def acquire(self, *, url: str, token_list: Sequence[str], **more: Any) -> LockDict:
        """Give a lock; raises DAVError (423) when another one, or a write under way, speaks against it."""
        with locks.exclusively():
            if locks.is_written(url, deep=more["lock_depth"] == "infinity"):
                raise _locked(PRECONDITION_CODE_LockConflict, [url])
            given: LockDict = super().acquire(url=url, token_list=token_list, **more)
            return given

    def get_indirect_url_lock_list(self, url: str, *, principal: str | None = None) -> list[LockDict]:
        """The locks that cover an address, in one question; of one holder if told so."""
        found = [lock for lock in locks.around(url) if lock.url == url or lock.depth == "infinity"]
        return [as_dict(lock) for lock in found if principal in {None, lock.holder}]

    @contextmanager
    def writing(self, url: str, parent: str | None, tokens: Sequence[str], holder: str) -> Iterator[int]:
        """While something is written at `url`, under the locks whose `tokens` were sent: nobody gets one meanwhile.

        `parent` is the folder's address when the name is new. Gives a number for `services.drive.locks.go_on`.
        Raises DAVError (423).
        """
        with locks.exclusively():
            for address in (url, parent):
                if address is not None:
                    self.check_write_permission(url=address, depth="0", token_list=tokens, principal=holder)
            write = locks.begin_write(url)
        try:
            yield write
        finally:
            locks.end_write(write)

    def _begin_write_transaction(
        self, *, url: str, token_list: Sequence[str], principal: str, depth: str = "0"
    ) -> None:
        """What wsgidav writes itself is done within the request and takes no body: the check is enough."""
        self.check_write_permission(url=url, depth=depth, token_list=token_list, principal=principal)

    def _end_write_transaction(self, url: str) -> None:
        """See above."""

    def _get_write_conflicts(
        self, url: str, depth: str, token_list: Sequence[str], principal: str
    ) -> DAVErrorCondition:
        """The locks whose token was not sent, or that are somebody else's, in one question."""
        condition = DAVErrorCondition("{DAV:}lock-token-submitted")
        for lock in locks.near(url) if depth == "infinity" else locks.around(url):
            is_above = len(lock.url) < len(url)
            if is_above and lock.depth != "infinity":
                continue
            if lock.holder != principal or lock.token not in token_list:
                condition.add_href(lock.url)
        return condition


def as_dict(lock: Lock) -> LockDict:
    """A lock as wsgidav passes it around."""
    return {
        "root": lock.url, "type": "write", "scope": lock.scope, "depth": lock.depth, "owner": lock.owner.encode(),
        "timeout": max(1.0, lock.expires_at / SECOND - time.time()), "expire": lock.expires_at / SECOND,
        "principal": lock.holder, "token": lock.token,
    }  # fmt: skip


def _locked(condition: str, urls: Sequence[str]) -> DAVError:
    found = DAVErrorCondition(condition)
    for url in urls:
        found.add_href(url)
    return DAVError(HTTP_LOCKED, err_condition=found)


def _micro(seconds: float) -> int:
    return -1 if seconds < 0 else int(min(seconds, 1e6) * SECOND)


def _text(owner: bytes | str) -> str:
    """The element that a client gave as owner, without what wsgidav puts before it."""
    text = owner if isinstance(owner, str) else owner.decode()
    return text.partition("?>")[2].strip() if text.startswith("<?") else text
