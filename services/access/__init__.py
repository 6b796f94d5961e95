"""THE decision who may see what: `visible_items` is the one door to items, here and only here.

A right is a query, never a copy: whoever asks gets the rows the database grants at that moment. One's
own items are seen by ownership, those of others by the paths of `services.access.paths`. Two plans answer
the same question and are tested against each other: `time` walks all items from the newest on and keeps
what the viewer may see, `rights` starts from the owner and the grants. One plan alone is a thousand times
too slow for somebody, so stored counts decide.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from peewee import SQL, Case, ModelSelect, Value, fn

from services.access import days, paths
from services.access.paths import Query
from services.clock import now
from services.errors import NotFound
from services.models import Collection, DayCount, File, Grant, Item, ItemAlias, Storage, database
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
        SELECT 1 FROM ({paths}) way
        WHERE (way.may_download OR t1.type <> 'photo') AND (way.shows_place OR fa.masks IS NOT NULL)
    )
"""


_WHOLE = """
    SELECT 1 FROM file f
    JOIN storage fs ON fs.id = f.storage_id AND fs.removed_at IS NULL
    JOIN asset fa ON fa.id = f.asset_id AND fa.role <> 'sidecar'
    JOIN item t1 ON t1.id = fa.item_id AND t1.owner_id = fs.owner_id
    WHERE f.id = ? AND EXISTS (
        SELECT 1 FROM ({paths}) way WHERE (way.may_download OR t1.type <> 'photo') AND way.shows_place
    )
"""
_RECEIVES = """
    SELECT 1 FROM collection k JOIN "grant" c ON c.into_id = k.id AND c.state = 'active'
    WHERE k.owner_id = ? OR k.id IN (
        SELECT e.collection_id FROM event e JOIN event_person p ON p.event_id = e.id
        WHERE p.user_id = ? AND p.role = 'organiser' AND p.left_at IS NULL
    )
    LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class Rights:
    """What a viewer may do with an item.

    Without `place` its place and the camera's number are kept back; without `whole` they are masked in the
    bytes of its originals too.
    """

    is_owner: bool = False
    download: bool = False
    reshare: bool = False
    place: bool = False
    whole: bool = False


OWNERS = Rights(is_owner=True, download=True, reshare=True, place=True, whole=True)


def visible_items(
    viewer: Viewer, *, trashed: bool = False, waiting: bool = False, plan: Plan | None = None
) -> ModelSelect:
    """The items this viewer may see now, as a query to narrow, order and page further (not to put into another).

    `trashed` gives the owner's trash instead. What is missing is shown to its owner alone. With `waiting`
    come also contributions that the viewer is to decide on.
    """
    if trashed or (viewer.kind == "person" and not _has_paths(viewer)):
        query = Item.select().where(Item.owner_id == viewer.user_id)
        return query.where(Item.trashed_at.is_null(not trashed))
    chosen = plan or choose_plan(viewer)
    if chosen == "time":
        way = paths.exists(viewer, "t1.id", waiting=waiting)
        own = Item.owner_id + Value(0) == viewer.user_id  # the sum keeps the index out
    else:
        found = paths.paths(viewer, waiting=waiting)
        way = Query(f"t1.id IN (SELECT item_id FROM ({found.sql}) way)", found.values)  # noqa: S608  our own text
        own = Item.owner_id == viewer.user_id
    return Item.select().where((own | _sql(way)) & Item.trashed_at.is_null())


def items_through(viewer: Viewer, collection: int) -> ModelSelect:
    """The items of others that reach the viewer through their grants of one collection, as a query."""
    found = paths.paths(viewer)
    mine = f"""
        t1.id IN (
            SELECT item_id FROM ({found.sql}) way
            WHERE grant_id IN (SELECT c.id FROM "grant" c WHERE c.collection_id = ?)
        )
    """  # noqa: S608  our own text
    return Item.select().where(_sql(Query(mine, (*found.values, collection))) & Item.trashed_at.is_null())


def live_grants(viewer: Viewer) -> ModelSelect:
    """The grants by which the viewer has a right now."""
    ids = paths.granted(viewer, "g.id")
    return Grant.select().where(_sql(ids, "t1.id IN ({})")).order_by(Grant.id)


def choose_plan(viewer: Viewer) -> Plan:
    """The cheaper plan for this viewer, by the stored counts.

    One owner's items come in order out of their index, whatever their share is.
    """
    if viewer.kind == "person" and not _has_paths(viewer):
        return "rights"
    mine = Case(None, ((DayCount.owner_id == viewer.user_id, DayCount.n),), 0)
    own, total = DayCount.select(fn.SUM(mine), fn.SUM(DayCount.n)).tuples().get()
    granted = paths.granted(viewer, "g.collection_id")
    inside = Collection.select(fn.SUM(Collection.size)).where(_sql(granted, "t1.id IN ({})"))
    seen = (own or 0) + (inside.scalar() or 0)
    return "time" if total and seen / total >= WALK_SHARE else "rights"


def visible_days(viewer: Viewer) -> list[tuple[int, int, float]]:
    """Per day with visible items: (day, how many, sum of their width/height ratios), newest first.

    What has no date is day 0. One's own are read from stored counts, never by walking items.
    """
    own = days.own(viewer)
    if viewer.kind == "person" and not _has_paths(viewer):
        return own
    return days.together(own, days.of_others(viewer))


def rights(viewer: Viewer, item: Item) -> Rights:
    """What the viewer may do with a visible item: the best that any path to it gives. Raises NotFound."""
    found = rights_of(viewer, [item])
    if item.id not in found:
        raise NotFound
    return found[item.id]


def rights_of(viewer: Viewer, items: Iterable[Item]) -> dict[int, Rights]:
    """The same for many items, by id; one that is not visible is not among them."""
    found, others = {}, []
    for item in items:
        if viewer.kind == "person" and item.owner_id == viewer.user_id:
            found[item.id] = OWNERS
        else:
            others.append(item.id)
    if others:
        query = paths.paths_to(viewer, others)
        ways: dict[int, list[tuple[bool, ...]]] = {}
        text = f"SELECT item_id, may_download, may_reshare, shows_place FROM ({query.sql}) way"  # noqa: S608  our own text
        for item_id, *way in database.rows(text, *query.values):
            ways.setdefault(item_id, []).append(tuple(map(bool, way)))
        found |= {item_id: _best(each) for item_id, each in ways.items()}
    return found


def _best(ways: list[tuple[bool, ...]]) -> Rights:
    return Rights(
        download=any(download for download, _, _ in ways),
        reshare=any(reshare for _, reshare, _ in ways),
        place=any(place for _, _, place in ways),
        whole=any(download and place for download, _, place in ways),
    )


def get_item(viewer: Viewer, pid: str) -> Item:
    """The visible item with this public id, or an alias of it; raises NotFound, also for the forbidden.

    What lies in the trash is still found by its owner.
    """
    # by the plan that asks of each item: here it is one
    visible = visible_items(viewer, waiting=True, plan="time")
    found = visible.where(Item.pid == pid).first()
    alias = ItemAlias.select(ItemAlias.item).where(ItemAlias.pid == pid)
    if found is None:
        found = visible.where(Item.id.in_(alias)).first()
    if found is None and viewer.kind == "person":
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

    True while the proof holds and the file is in a storage of theirs, or is the original of an item of
    somebody else that a path with the right to download leads to. What cannot be played by its renditions,
    videos and sounds, needs no more than the right to look. Where the place is kept back, nothing is read of
    which nobody knows how to mask it.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    condition = f"AND (EXISTS ({_OWN}) OR EXISTS ({_OF_OTHERS.replace('{paths}', found.sql)}))"
    return _is_granted(viewer, condition, file_id, viewer.user_id, file_id, *found.values)


def must_mask(viewer: Viewer, file_id: int) -> bool:
    """Whether the place is kept back from this viewer: of a file they may read they get what its masks leave.

    True as well for a file that is none of theirs to read.
    """
    found = paths.paths(viewer, item="t1.id", waiting=True)
    sql = f"SELECT 1 WHERE EXISTS ({_OWN}) OR EXISTS ({_WHOLE.replace('{paths}', found.sql)})"
    return not database.rows(sql, file_id, viewer.user_id, file_id, *found.values)


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


def _has_paths(viewer: Viewer) -> bool:
    """Whether anything of anybody else could be visible: most people's timeline is their own."""
    granted = paths.granted(viewer, "1")
    return bool(
        database.rows(f"{granted.sql} LIMIT 1", *granted.values)
        or database.rows(_RECEIVES, viewer.user_id, viewer.user_id)
    )


def _sql(query: Query, around: str = "{}") -> SQL:
    """A piece of SQL for peewee, with the signs for values that the database wants."""
    text = around.format(query.sql)
    return SQL(text if database.is_sqlite() else text.replace("?", "%s"), query.values)
