"""Whether a proof holds, and which bytes may be read: the questions asked again before every chunk.

Each is one query, so that it holds of one moment.
"""

from enum import IntEnum
from typing import Any

from services.access import paths
from services.clock import now
from services.models import database
from services.viewers import Viewer

# The mark is the highest time ever seen: a clock that was set back revives nothing. What is asked of a viewer
# stands before these, so that each decision is one question and holds of one moment.
_ACTIVE = """
    FROM "user" u JOIN counter mark ON mark.name = 'clock_mark'
    WHERE u.id = ? AND u.active
"""
_SESSION = """
    AND EXISTS (
        SELECT 1 FROM session p WHERE p.id = ? AND p.user_id = u.id AND u.cred_version = ?
            AND p.expires_at > ? AND p.expires_at > mark.value
    )
"""
_CREDENTIAL = """
    AND EXISTS (
        SELECT 1 FROM credential p WHERE p.id = ? AND p.user_id = u.id AND p.revoked_at IS NULL
            AND (p.expires_at IS NULL OR (p.expires_at > ? AND p.expires_at > mark.value))
    )
"""
_GUEST = """
    FROM guest v JOIN counter mark ON mark.name = 'clock_mark'
    WHERE v.id = ? AND v.ended_at IS NULL AND v.expires_at > ? AND v.expires_at > mark.value
"""
_SCREEN = """
    FROM screen v JOIN counter mark ON mark.name = 'clock_mark'
    WHERE v.id = ? AND v.removed_at IS NULL
        AND (v.expires_at IS NULL OR (v.expires_at > ? AND v.expires_at > mark.value))
"""
_DEVICE = """
    AND EXISTS (
        SELECT 1 FROM device p WHERE p.id = ? AND p.screen_id = v.id AND p.state = 'approved' AND p.version = ?
    )
"""
_REACH = """
    CASE WHEN EXISTS (
        SELECT 1 FROM file f JOIN storage s ON s.id = f.storage_id
        WHERE f.id = ? AND s.owner_id = ? AND s.removed_at IS NULL
    ) THEN 3 ELSE COALESCE((
        SELECT (
            SELECT MAX(CASE WHEN way.shows_place THEN 2 WHEN fa.masks IS NOT NULL THEN 1 ELSE 0 END)
            FROM ({paths}) way WHERE way.may_download OR t1.type <> 'photo'
        )
        FROM file f
        JOIN storage fs ON fs.id = f.storage_id AND fs.removed_at IS NULL
        JOIN asset fa ON fa.id = f.asset_id AND fa.role <> 'sidecar'
        JOIN item t1 ON t1.id = fa.item_id AND t1.owner_id = fs.owner_id
        WHERE f.id = ?
    ), 0) END
"""


class Reach(IntEnum):
    """How much of a file's bytes a viewer gets. Of a masked one they get what its masks leave."""

    NONE = 0
    MASKED = 1
    WHOLE = 2
    OWN = 3


def reach(viewer: Viewer, file_id: int) -> Reach:
    """What the viewer gets of this file's bytes now: the check behind every chunk that is served.

    While the proof holds it is all of a file in a storage of theirs, and of an original of somebody else's item
    what a path with the right to download leads to. What cannot be played by its renditions, videos and sounds,
    needs no more than the right to look. Where the place is kept back, nothing is read of which nobody knows
    how to mask it.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    column = _REACH.replace("{paths}", found.sql)
    return Reach(_if_proved(viewer, column, file_id, viewer.user_id, *found.values, file_id) or 0)


def may_read(viewer: Viewer, file_id: int) -> bool:
    """Whether the viewer gets this file's bytes at all."""
    return reach(viewer, file_id) is not Reach.NONE


def holds(viewer: Viewer) -> bool:
    """Whether the viewer is still active and their proof neither revoked nor expired."""
    return _if_proved(viewer, "1") is not None


def _if_proved(viewer: Viewer, column: str, *values: Any) -> int | None:
    """What `column`, an expression with these values, gives while the viewer's proof holds; None when it does not."""
    moment, proof = now(), viewer.proof
    sql, asked = _ACTIVE, [viewer.user_id]
    if viewer.kind == "guest":
        sql, asked = _GUEST, [viewer.guest_id or 0, moment]
    elif viewer.kind == "screen":
        sql, asked = _SCREEN, [viewer.screen_id or 0, moment]
        if proof is not None:
            sql, asked = sql + _DEVICE, [*asked, proof.id, viewer.cred_version]
    elif proof is not None and proof.kind == "session":
        sql, asked = sql + _SESSION, [*asked, proof.id, viewer.cred_version, moment]
    elif proof is not None:
        sql, asked = sql + _CREDENTIAL, [*asked, proof.id, moment]
    found = database.rows(f"SELECT mark.value, {column} {sql}", *values, *asked)
    if not found or (viewer.not_after is not None and max(moment, found[0][0]) >= viewer.not_after):
        return None
    return int(found[0][1])
