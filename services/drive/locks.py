"""Locks on addresses of the network drive, and writes that are under way, for every process and node alike.

An address (`url`) is canonical, has no slash at its end, and what lies in a folder is below the folder's. A lock is
held by an app password: when that ends, or its person, so does the lock; in any case an hour after its last refresh.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from peewee import fn

from services.clock import HOUR, MINUTE, now
from services.errors import UsageError
from services.models import Credential, DriveLock, DriveWrite, User, database, transaction
from services.names import fold
from services.viewers import Viewer

LONGEST = HOUR
WRITE = 5 * MINUTE
"""For how long a write counts as under way that does not say so again: longer than a client may be silent."""
MOST = 2000
"""Locks of one person at a time."""
MOST_TEXT = 4096

_GUARD = 0x48_59_50_4C
_AFTER_SLASH = "0"
"""The character that follows `/`: what lies below an address sorts between the two."""


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as it is now; `holder` names person and app password. Times are microseconds since 1970."""

    token: str
    url: str
    holder: str
    scope: str
    depth: str
    owner: str
    empty: bool
    expires_at: int


def holder_of(viewer: Viewer) -> str:
    """By what a lock knows who holds it."""
    proof = viewer.proof
    return f"{viewer.user_id}:{proof.id if proof is not None and proof.kind == 'credential' else 0}"


@contextmanager
def exclusively() -> Iterator[None]:
    """Around looking whether a lock may be given, and giving it: one at a time, over all nodes."""
    with transaction():
        if not database.is_sqlite():
            database.rows("SELECT pg_advisory_xact_lock(?)", _GUARD)
        yield


def find(token: str) -> Lock | None:
    """The lock with this token."""
    return next(iter(_locks(DriveLock.token == token)), None)


def at(url: str) -> list[Lock]:
    """The locks that were taken at exactly this address."""
    return _locks(DriveLock.url == url)


def below(url: str) -> list[Lock]:
    """The locks that were taken somewhere below an address."""
    return _locks(_below(DriveLock.url, url))


def around(url: str) -> list[Lock]:
    """The locks at an address and at every one above it, deep or not."""
    return _locks(DriveLock.url.in_(above(url)))


def near(url: str) -> list[Lock]:
    """The locks at an address, above it, and anywhere below it: all that a listing shows, in one question."""
    return _locks(DriveLock.url.in_(above(url)) | _below(DriveLock.url, url))


def alike(url: str) -> str:
    """The address by which a name is locked that is not there yet: it may differ from this one in case."""
    here = _below(DriveLock.url, url.rpartition("/")[0])
    empty = _locks(here & (DriveLock.empty == True))  # noqa: E712 (a column)
    return next((lock.url for lock in empty if fold(unquote(lock.url)) == fold(unquote(url))), url)


def above(url: str) -> list[str]:
    """An address, and every one that it lies below."""
    parts = url.split("/")
    return ["/".join(parts[:length]) for length in range(2, len(parts) + 1)]


def take(holder: str, url: str, *, scope: str, depth: str, owner: str, duration: int | None) -> Lock:
    """Give a lock that was found to be free; `duration` in microseconds is cut to an hour. Inside `exclusively`."""
    user, _, credential = holder.partition(":")
    moment = now()
    DriveLock.delete().where(DriveLock.expires_at <= moment).execute()
    if DriveLock.select().where(DriveLock.user == int(user)).count() >= MOST:
        raise UsageError(f"More than {MOST} locks at once.")
    token = f"opaquelocktoken:{uuid.uuid4()}"
    owner = owner if len(owner) <= MOST_TEXT else ""
    expires = moment + _cut(duration)
    DriveLock.insert(
        token=token, url=url, user=int(user), credential=int(credential) or None, scope=scope, depth=depth, owner=owner,
        created_at=moment, expires_at=expires,
    ).execute()  # fmt: skip
    return Lock(token, url, holder, scope, depth, owner, False, expires)


def refresh(token: str, duration: int | None) -> Lock | None:
    """Begin the time of a lock anew; None when it is gone."""
    with transaction():
        DriveLock.update(expires_at=now() + _cut(duration)).where(DriveLock.token == token).execute()
    return find(token)


def drop(token: str) -> bool:
    """Give a lock back; returns whether there was one."""
    with transaction():
        return bool(DriveLock.delete().where(DriveLock.token == token).execute())


def drop_under(url: str) -> None:
    """What was at this address and below is gone, and so are its locks."""
    if near(url):
        with transaction():
            DriveLock.delete().where((DriveLock.url == url) | _below(DriveLock.url, url)).execute()


def mark_empty(token: str, *, empty: bool) -> None:
    """Say whether there is nothing yet at the address of a lock."""
    with transaction():
        DriveLock.update(empty=empty).where(DriveLock.token == token).execute()


def fill(url: str) -> None:
    """There is something at this address now."""
    if any(lock.empty for lock in at(url)):
        with transaction():
            DriveLock.update(empty=False).where(DriveLock.url == url).execute()


def begin_write(url: str) -> int:
    """Something is about to be written; returns a number for `go_on` and `end_write`. Inside `exclusively`."""
    DriveWrite.delete().where(DriveWrite.expires_at <= now()).execute()
    return int(DriveWrite.insert(url=url, expires_at=now() + WRITE).execute())


def go_on(write: int) -> None:
    """The write is still under way."""
    with transaction():
        DriveWrite.update(expires_at=now() + WRITE).where(DriveWrite.id == write).execute()


def end_write(write: int) -> None:
    """The write is done, or was given up."""
    with transaction():
        DriveWrite.delete().where(DriveWrite.id == write).execute()


def is_written(url: str, *, deep: bool) -> bool:
    """Whether something is being written at this address, or (`deep`) below it."""
    here = DriveWrite.url == url
    query = DriveWrite.select().where((here | _below(DriveWrite.url, url)) if deep else here)
    return bool(query.where(DriveWrite.expires_at > now()).exists())


def _cut(duration: int | None) -> int:
    return LONGEST if duration is None or duration < 0 else min(duration, LONGEST)


def _below(column: Any, url: str) -> Any:
    return (column >= url + "/") & (column < url + _AFTER_SLASH)


def _locks(where: Any) -> list[Lock]:
    """The locks that still hold: neither they nor the app password nor the person have ended."""
    moment = now()
    proved = DriveLock.credential.is_null() | (
        Credential.revoked_at.is_null() & (fn.COALESCE(Credential.expires_at, moment + 1) > moment)
    )
    query = (
        DriveLock.select(
            DriveLock.token, DriveLock.url, DriveLock.user, DriveLock.credential, DriveLock.scope, DriveLock.depth,
            DriveLock.owner, DriveLock.empty, DriveLock.expires_at,
        )
        .join(User).switch(DriveLock).left_outer_join(Credential)
        .where(where & (DriveLock.expires_at > moment) & (User.active == True) & proved)  # noqa: E712 (a column)
        .order_by(DriveLock.id)
    )  # fmt: skip
    return [_lock(row) for row in query.tuples()]


def _lock(row: Sequence[Any]) -> Lock:
    token, url, user, credential, scope, depth, owner, empty, expires = row
    return Lock(token, url, f"{user}:{credential or 0}", scope, depth, owner, bool(empty), int(expires))
