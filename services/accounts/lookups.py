"""The two look-ups made at every request, whose secret is this: here and only here.

They are kept as SQL text, because building the same query anew takes ten times as long as running it.
"""

import json
from typing import Any, NamedTuple

from services.accounts.minting import digest
from services.clock import now
from services.models import database

# The mark is the highest time ever seen: a clock that was set back revives nothing.
_CREDENTIAL = """
    SELECT c.id, c.scopes, c.expires_at, c.last_used_at, u.login_fold,
        u.id, u.login, u.display, u.role, u.is_admin, u.cred_version, u.language, u.zone,
        u.letter_keys, c.pid, c.kind
    FROM credential c JOIN "user" u ON u.id = c.user_id JOIN counter mark ON mark.name = 'clock_mark'
    WHERE c.secret = ? AND c.revoked_at IS NULL AND u.active
        AND (c.expires_at IS NULL OR (c.expires_at > ? AND c.expires_at > mark.value))
"""
_SESSION = """
    SELECT s.id, s.created_at, s.seen_at, s.expires_at,
        u.id, u.login, u.display, u.role, u.is_admin, u.cred_version, u.language, u.zone,
        u.letter_keys
    FROM session s JOIN "user" u ON u.id = s.user_id JOIN counter mark ON mark.name = 'clock_mark'
    WHERE s.secret = ? AND s.cred_version = u.cred_version AND u.active
        AND s.expires_at > ? AND s.expires_at > mark.value
"""


class Known(NamedTuple):
    """What a viewer is made of; the same names as in `User`."""

    id: int
    login: str
    display: str
    role: str
    is_admin: bool
    cred_version: int
    language: str
    zone: str
    letter_keys: bool


class LiveToken(NamedTuple):
    """A token that holds, and its person."""

    id: int
    pid: str
    scopes: frozenset[str]
    expires_at: int | None
    last_used_at: int | None
    login_fold: str
    person: Known


class LiveSession(NamedTuple):
    """A session that holds, and its person."""

    id: int
    created_at: int
    seen_at: int
    expires_at: int
    person: Known


def find_token(kind: str, secret: str) -> LiveToken | None:
    """The token of this kind with this secret: neither revoked nor expired, its person active."""
    row = _one(_CREDENTIAL, digest(secret), now())
    if row is None or row[-1] != kind:  # a kind in the query would make SQLite plan it anew each time: an
        return None  # index has a condition on it
    scopes = json.loads(row[1]) if isinstance(row[1], str) else row[1]  # text in SQLite, jsonb in PostgreSQL
    return LiveToken(row[0], row[-2], frozenset(scopes), row[2], row[3], row[4], _known(row[5:-2]))


def find_session(secret: str) -> LiveSession | None:
    """The session with this secret: not expired, of its person's present `cred_version`, the person active."""
    row = _one(_SESSION, digest(secret), now())
    return None if row is None else LiveSession(row[0], row[1], row[2], row[3], _known(row[4:]))


def _known(row: tuple[Any, ...]) -> Known:
    known = Known(*row)
    return known._replace(
        is_admin=bool(known.is_admin), letter_keys=bool(known.letter_keys)
    )  # 0 or 1 in SQLite


def _one(sql: str, *values: Any) -> tuple[Any, ...] | None:
    found = database.rows(sql, *values)
    return found[0] if found else None
