"""Whether a proof holds, and which bytes may be read: the questions asked again before every chunk.

Each is one query, so that it holds of one moment.
"""

from typing import Any

from services.access import paths
from services.clock import now
from services.models import database
from services.viewers import Viewer

# The mark is the highest time ever seen: a clock that was set back revives nothing. What follows the
# first of these is added to it, so that each decision is one question and holds of one moment.
_ACTIVE = """
    SELECT mark.value FROM "user" u JOIN counter mark ON mark.name = 'clock_mark'
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
    SELECT mark.value FROM guest v JOIN counter mark ON mark.name = 'clock_mark'
    WHERE v.id = ? AND v.ended_at IS NULL AND v.expires_at > ? AND v.expires_at > mark.value
"""
_SCREEN = """
    SELECT mark.value FROM screen v JOIN counter mark ON mark.name = 'clock_mark'
    WHERE v.id = ? AND v.removed_at IS NULL
"""
_OWN = """
    SELECT 1 FROM file f JOIN storage s ON s.id = f.storage_id
    WHERE f.id = ? AND s.owner_id = ? AND s.removed_at IS NULL
"""
_OF_OTHERS = """
    SELECT 1 FROM file f
    JOIN storage fs ON fs.id = f.storage_id AND fs.removed_at IS NULL
    JOIN asset fa ON fa.id = f.asset_id AND fa.role <> 'sidecar'
    JOIN item t1 ON t1.id = fa.item_id AND t1.owner_id = fs.owner_id
    WHERE f.id = ? AND EXISTS (
        SELECT 1 FROM ({paths}) way WHERE (way.may_download OR t1.type <> 'photo') AND {place}
    )
"""
_MASKED = "(way.shows_place OR fa.masks IS NOT NULL)"
_WHOLE = "way.shows_place"


def may_read(viewer: Viewer, file_id: int) -> bool:
    """Whether the viewer may read this file's bytes now: the check behind every chunk that is served.

    True while the proof holds and the file is in a storage of theirs, or is the original of an item of
    somebody else that a path with the right to download leads to. What cannot be played by its renditions,
    videos and sounds, needs no more than the right to look. Where the place is kept back, nothing is read of
    which nobody knows how to mask it.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    condition = f"AND (EXISTS ({_OWN}) OR EXISTS ({_of_others(found.sql, _MASKED)}))"
    return _is_granted(viewer, condition, file_id, viewer.user_id, file_id, *found.values)


def must_mask(viewer: Viewer, file_id: int) -> bool:
    """Whether the place is kept back from this viewer: of a file they may read they get what its masks leave.

    True as well for a file that is none of theirs to read.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    sql = f"SELECT 1 WHERE EXISTS ({_OWN}) OR EXISTS ({_of_others(found.sql, _WHOLE)})"
    return not database.rows(sql, file_id, viewer.user_id, file_id, *found.values)


def _of_others(ways: str, place: str) -> str:
    return _OF_OTHERS.replace("{paths}", ways).replace("{place}", place)


def holds(viewer: Viewer) -> bool:
    """Whether the viewer is still active and their proof neither revoked nor expired."""
    return _is_granted(viewer)


def _is_granted(viewer: Viewer, condition: str = "", *values: Any) -> bool:
    """Whether the viewer's proof holds, and so does a further condition on them."""
    moment, proof = now(), viewer.proof
    sql, asked = _ACTIVE, [viewer.user_id]
    if viewer.kind == "guest":
        sql, asked = _GUEST, [viewer.guest_id or 0, moment]
    elif viewer.kind == "screen":
        sql, asked = _SCREEN, [viewer.screen_id or 0]
    elif proof is not None and proof.kind == "session":
        sql, asked = sql + _SESSION, [*asked, proof.id, viewer.cred_version, moment]
    elif proof is not None:
        sql, asked = sql + _CREDENTIAL, [*asked, proof.id, moment]
    marks = database.rows(sql + condition, *asked, *values)
    return bool(marks) and (viewer.not_after is None or max(moment, marks[0][0]) < viewer.not_after)
