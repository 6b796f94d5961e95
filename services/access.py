"""THE decision who may see what: `visible_items` is the one door to items, here and only here.

A right is a query, never a copy: whoever asks gets the rows the database grants at that moment.
Today only owners have rights. Two plans answer the same question and are tested against each other:
`time` walks all items from the newest on and keeps what the viewer may see, `rights` starts from the
owners whose items the viewer may see. One plan alone is a thousand times too slow for somebody, so
the stored day counts decide.
"""

from typing import Any, Literal

from peewee import Case, ModelSelect, Value, fn

from services.clock import now
from services.errors import NotFound
from services.models import DayCount, File, Item, ItemAlias, Storage, database
from services.viewers import Viewer

Plan = Literal["time", "rights"]

WALK_SHARE = 0.2
"""From this share of all items on, walking by time meets enough visible ones to be the cheaper plan."""


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
_READABLE = """
    AND EXISTS (
        SELECT 1 FROM file f JOIN storage s ON s.id = f.storage_id
        WHERE f.id = ? AND s.owner_id = u.id AND s.removed_at IS NULL
    )
"""
_DAYS = """
    SELECT day, SUM(n), SUM(ratio) FROM day_count WHERE owner_id IN ({}) GROUP BY day ORDER BY day DESC
"""


def visible_items(viewer: Viewer, *, trashed: bool = False, plan: Plan | None = None) -> ModelSelect:
    """The items this viewer may see now, as a query to narrow, order and page further.

    `trashed` gives the owner's trash instead. What is missing is shown to its owner alone.
    """
    owners = _owners(viewer)
    chosen = plan or choose_plan(viewer)
    owner = Item.owner_id + Value(0) if chosen == "time" else Item.owner_id  # the sum keeps the index out
    query = Item.select().where(owner.in_(owners))
    return query.where(Item.trashed_at.is_null(not trashed))


def choose_plan(viewer: Viewer) -> Plan:
    """The cheaper plan for this viewer, by the stored counts.

    One owner's items come in order out of their index, whatever their share is.
    """
    owners = _owners(viewer)
    if isinstance(owners, list) and len(owners) == 1:
        return "rights"
    mine = Case(None, ((DayCount.owner_id.in_(_owners(viewer)), DayCount.n),), 0)
    seen, total = DayCount.select(fn.SUM(mine), fn.SUM(DayCount.n)).tuples().get()
    return "time" if total and seen / total >= WALK_SHARE else "rights"


def visible_days(viewer: Viewer) -> list[tuple[int, int, float]]:
    """Per day with visible items: (day, how many, sum of their width/height ratios), newest first.

    What has no date is day 0. Read from stored counts, never by walking items.
    """
    owners = _owners(viewer)
    return database.rows(_DAYS.format(", ".join("?" * len(owners))), *owners)


def get_item(viewer: Viewer, pid: str) -> Item:
    """The visible item with this public id, or an alias of it; raises NotFound, also for the forbidden.

    What lies in the trash is still found by its owner.
    """
    found = visible_items(viewer, plan="rights").where(Item.pid == pid).first()
    alias = ItemAlias.select(ItemAlias.item).where(ItemAlias.pid == pid)
    if found is None:
        found = visible_items(viewer, plan="rights").where(Item.id.in_(alias)).first()
    if found is None:
        mine = visible_items(viewer, trashed=True, plan="rights").where(Item.owner == viewer.user_id)
        found = mine.where((Item.pid == pid) | Item.id.in_(alias)).first()
    if found is None:
        raise NotFound
    return found


def visible_storages(viewer: Viewer) -> ModelSelect:
    """The storages whose files this viewer may see: their own."""
    return Storage.select().where((Storage.owner_id == viewer.user_id) & Storage.removed_at.is_null())


def get_storage(viewer: Viewer, pid: str) -> Storage:
    """The viewer's storage with this public id; raises NotFound."""
    storage = visible_storages(viewer).where(Storage.pid == pid).first()
    if storage is None:
        raise NotFound
    return storage


def visible_files(viewer: Viewer) -> ModelSelect:
    """Every file, media or not, of the viewer's own storages."""
    return File.select().where(File.storage.in_(visible_storages(viewer).select(Storage.id)))


def may_read(viewer: Viewer, file_id: int) -> bool:
    """Whether the viewer may read this file's bytes now: the check behind every chunk that is served.

    True while the proof holds and the file is in a storage of theirs. (Files that reach a viewer
    through an item of somebody else join this decision with the shares.)
    """
    return _is_granted(viewer, _READABLE, file_id)


def holds(viewer: Viewer) -> bool:
    """Whether the person is still active and their proof neither revoked nor expired."""
    return _is_granted(viewer)


def _is_granted(viewer: Viewer, condition: str = "", *values: Any) -> bool:
    """Whether the viewer's proof holds, and so does a further condition on them."""
    moment, proof = now(), viewer.proof
    sql, asked = _ACTIVE, [viewer.user_id]
    if proof is not None and proof.kind == "session":
        sql, asked = sql + _SESSION, [*asked, proof.id, viewer.cred_version, moment]
    elif proof is not None:
        sql, asked = sql + _CREDENTIAL, [*asked, proof.id, moment]
    marks = database.rows(sql + condition, *asked, *values)
    return bool(marks) and (viewer.not_after is None or max(moment, marks[0][0]) < viewer.not_after)


def _owners(viewer: Viewer) -> Any:
    """Whose items this viewer may see: a list today, a query over grants once there are shares."""
    return [viewer.user_id]
