"""The ways by which items of others reach a viewer, as SQL: every answer about rights is made of these.

A *path* leads from a viewer's grant to an item. There are four, and nothing is transitive beyond them; and a
guest of an event sees what they dropped there themselves, until it is over.

    offered      its owner shares a collection with the viewer, and it is shown there
    contributed  its owner offers it to a collection that is shared with the viewer, and it was approved there
    passed on    it is in a collection that is shared with the viewer, by somebody whom its owner granted that, and
                 its owner has not ended this very passing on
    received     its owner offers it to a collection of the viewer's, who sees it to decide; what its owner had
                 before a guest brought it is hers alone to decide

On each of them every grant is active, not expired by the clock or its highest mark, of an active person and
of a share that has not ended; the item is not withdrawn, in the trash, or missing. Outside the household, by links
and to guests of events, only adults show anything, and nothing is shown that a child owns, whoever shows it.
`item` narrows a path to one item.
"""

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from services.clock import now
from services.viewers import Viewer

_WORD = re.compile(r"\{(\w+)\}")
_MARK = "(SELECT value FROM counter WHERE name = 'clock_mark')"


def _live(grant: str, state: str = "active") -> str:
    text = (
        "(#.state = '{state}' AND (#.expires_at IS NULL OR (#.expires_at > {now} AND #.expires_at > {mark}))"
        ' AND EXISTS (SELECT 1 FROM "user" o WHERE o.id = #.owner_id AND o.active))'
    )
    return text.replace("{state}", state).replace("{mark}", _MARK).replace("#", grant)


_THERE = "i.withdrawn_at IS NULL AND i.trashed_at IS NULL AND NOT i.missing"
_RIGHTS = (
    "{item} AS item_id, g.id AS grant_id, {via} AS via_id, g.on_timeline AS on_timeline,"
    " {download} AS may_download, {place} AS shows_place, {reshare} AS may_reshare"
)


def _way(columns: str, conditions: str, *, grants: str, item: str) -> dict[str, str]:
    """One way as a query, in two orders of its tables: from the viewer's grants on, and from one item on.

    The second begins with the table that knows fewest of all items, and is over there for most of them. CROSS
    JOIN keeps SQLite from another order, which it has no figures to choose by; PostgreSQL plans by its own.
    """
    first = item.partition(" ")[0]
    return {
        "grants": _select(columns, conditions, grants),
        "item": _select(columns, conditions, item)
        + f" AND {first}.{'id' if first == 'i' else 'item_id'} {{one}}",
    }


def _select(columns: str, conditions: str, order: str) -> str:
    tables = " CROSS JOIN ".join(_TABLES[name] for name in order.split())
    return f"SELECT {columns} FROM {tables} WHERE {conditions} AND {_THERE}"  # noqa: S608


_TABLES = {
    "g": '"grant" g', "s": "share s", "m": "collection_item m", "i": "item i", "a": "arrival a", "c": '"grant" c',
    "cs": "share cs", "r": '"grant" r', "rs": "share rs", "rm": "collection_item rm", "k": "collection k",
    "v": "guest v",
}  # fmt: skip
_OFFERED = _way(
    _RIGHTS.format(
        item="m.item_id",
        via="g.id",
        download="s.may_download",
        place="s.shows_place",
        reshare="s.may_reshare",
    ),
    """
    {whose} AND {living} AND s.id = g.share_id AND s.ended_at IS NULL
    AND m.collection_id = g.collection_id AND m.shown AND i.id = m.item_id AND i.owner_id = g.owner_id
    """,
    grants="g s m i",
    item="m g s i",
)
_CONTRIBUTED = _way(
    _RIGHTS.format(
        item="m.item_id",
        via="c.id",
        download="s.may_download AND cs.may_download",
        place="s.shows_place AND cs.shows_place",
        reshare="cs.may_reshare",
    ),
    f"""
    {{whose}} AND {{living}} AND s.id = g.share_id AND s.ended_at IS NULL
    AND a.collection_id = g.collection_id AND a.state = 'approved'
    AND c.id = a.grant_id AND c.into_id = a.collection_id AND {_live("c")}
    AND cs.id = c.share_id AND cs.ended_at IS NULL
    AND m.collection_id = c.collection_id AND m.item_id = a.item_id AND m.shown
    AND i.id = a.item_id AND i.owner_id = c.owner_id {{outside}}
    """,
    grants="g s a c cs m i",
    item="a c m g s cs i",
)
_PASSED_ON = _way(
    _RIGHTS.format(
        item="m.item_id",
        via="r.id",
        download="s.may_download AND rs.may_download",
        place="s.shows_place AND rs.shows_place",
        reshare="FALSE",
    ),
    # the first EXISTS decides nothing: it spares a look at all the items of whoever may pass nothing on
    f"""
    {{whose}} AND {{living}} AND s.id = g.share_id AND s.ended_at IS NULL AND EXISTS (
        SELECT 1 FROM "grant" q JOIN share qs ON qs.id = q.share_id
        WHERE q.user_id = g.owner_id AND q.state = 'active' AND qs.may_reshare
    )
    AND m.collection_id = g.collection_id AND m.shown AND i.id = m.item_id AND i.owner_id <> g.owner_id {{outside}}
    AND rm.item_id = i.id AND rm.shown AND r.collection_id = rm.collection_id
    AND r.user_id = g.owner_id AND r.owner_id = i.owner_id AND {_live("r")}
    AND rs.id = r.share_id AND rs.ended_at IS NULL AND rs.may_reshare
    AND NOT EXISTS (
        SELECT 1 FROM passing x WHERE x.share_id = g.share_id AND x.owner_id = i.owner_id
        AND x.person = COALESCE(g.user_id, 0) AND x.ended_at IS NOT NULL
    )
    """,  # noqa: S608
    grants="g s m i rm r rs",
    item="m g s i rm r rs",
)
_RECEIVED = _way(
    "m.item_id AS item_id, c.id AS grant_id, c.id AS via_id, TRUE AS on_timeline,"
    " cs.may_download AS may_download, cs.shows_place AS shows_place, cs.may_reshare AS may_reshare",
    f"""
    {{mine}} AND c.into_id = k.id AND {_live("c")} AND cs.id = c.share_id AND cs.ended_at IS NULL
    AND a.grant_id = c.id AND a.collection_id = c.into_id AND {{states}}
    AND (a.reason = '' OR a.state = 'approved')
    AND m.collection_id = c.collection_id AND m.item_id = a.item_id AND m.shown
    AND i.id = a.item_id AND i.owner_id = c.owner_id
    """,
    grants="k c cs a m i",
    item="a c k cs m i",
)
_DROPPED = _way(
    "i.id AS item_id, 0 AS grant_id, 0 AS via_id, TRUE AS on_timeline, FALSE AS may_download,"
    " FALSE AS shows_place, FALSE AS may_reshare",
    f"""
    v.id = {{guest}} AND v.ended_at IS NULL AND i.contributed_by_id = v.id AND EXISTS (
        SELECT 1 FROM event e JOIN "user" o ON o.id = e.owner_id AND o.active AND o.role = 'adult'
        WHERE e.id = v.event_id AND e.state = 'open'
        AND (e.expires_at IS NULL OR (e.expires_at > {{now}} AND e.expires_at > {_MARK}))
    )
    """,  # noqa: S608  our own text
    grants="v i",
    item="i v",
)


_JOINED = (
    "SELECT p.event_id FROM event_person p JOIN event e ON e.id = p.event_id WHERE p.user_id = {user}"
    " AND p.left_at IS NULL AND (p.role = 'organiser' OR e.guests <> 'drop')"
)
_ORGANISED = (
    "SELECT e.collection_id FROM event e JOIN event_person p ON p.event_id = e.id"
    " WHERE p.user_id = {user} AND p.role = 'organiser' AND p.left_at IS NULL"
)
_BY_AN_ADULT = """EXISTS (SELECT 1 FROM "user" w WHERE w.id = g.owner_id AND w.role = 'adult')"""
"""Only adults show anything outside the household."""
_OF_AN_ADULT = """AND EXISTS (SELECT 1 FROM "user" h WHERE h.id = i.owner_id AND h.role = 'adult')"""
"""Nor does anything of a child's get there by what it contributes to adults, or lets them pass on."""
_OUTSIDE = ("event", "link")
_SCREEN_LIVES = (
    "v.removed_at IS NULL AND (v.expires_at IS NULL OR (v.expires_at > {now} AND v.expires_at > {mark}))"
).replace("{mark}", _MARK)
_NO_BOX = "NOT EXISTS (SELECT 1 FROM event d WHERE d.collection_id = g.collection_id AND d.guests = 'drop')"
_WHOSE = {
    "person": f"(g.user_id = {{user}} OR g.event_id IN ({_JOINED}))",
    "event": f"""
        g.event_id = (SELECT e.id FROM event e WHERE e.id = {{event}} AND e.guests <> 'drop') AND {_BY_AN_ADULT}
    """,  # noqa: S608
    "link": f"(g.share_id = {{share}} AND g.kind = 'link' AND {_BY_AN_ADULT})",
    "screen": f"""
        g.screen_id = (SELECT v.id FROM screen v WHERE v.id = {{screen}} AND {_SCREEN_LIVES})
        AND {_NO_BOX}
    """,  # noqa: S608
}
_TO_SOMEBODY = f"""
    (
        g.user_id <> i.owner_id
        OR (g.kind = 'link' AND {_BY_AN_ADULT} {_OF_AN_ADULT})
        OR (
            g.screen_id IN (SELECT v.id FROM screen v WHERE {_SCREEN_LIVES})
            AND {_NO_BOX}
        )
        OR (
            g.event_id IN (SELECT e.id FROM event e WHERE e.guests <> 'drop') AND {_BY_AN_ADULT} {_OF_AN_ADULT}
        )
        OR EXISTS (
            SELECT 1 FROM event_person p JOIN event e ON e.id = p.event_id
            WHERE p.event_id = g.event_id AND p.left_at IS NULL AND p.user_id NOT IN (g.owner_id, i.owner_id)
            AND (p.role = 'organiser' OR e.guests <> 'drop')
        )
    )
"""  # noqa: S608
"""Whether a grant shows an item to anybody but its owner and who gave the grant: what `_WHOSE` says, of all at once."""
_MINE = f"(k.owner_id = {{user}} OR k.id IN ({_ORGANISED}))"
# The same two, as SQLite finds them by an index: it uses none of a condition with OR and a part of a table.
_WHOSE_LISTED = f"""
    g.id IN (
        SELECT q.id FROM "grant" q WHERE q.user_id = {{user}} AND q.state = 'active'
        UNION ALL SELECT q.id FROM "grant" q WHERE q.event_id IN ({_JOINED}) AND q.state = 'active'
    )
"""  # noqa: S608
_MINE_LISTED = f"k.id IN (SELECT q.id FROM collection q WHERE q.owner_id = {{user}} UNION ALL {_ORGANISED})"  # noqa: S608
_WAYS = {
    "person": (_OFFERED, _CONTRIBUTED, _PASSED_ON, _RECEIVED),
    "event": (_OFFERED, _CONTRIBUTED, _PASSED_ON, _DROPPED),
    "link": (_OFFERED, _CONTRIBUTED, _PASSED_ON),
    "screen": (_OFFERED, _CONTRIBUTED, _PASSED_ON),
}
_THROUGH = (_OFFERED, _CONTRIBUTED, _PASSED_ON)
"""The ways that lead through a collection which is shared with the viewer."""
Shape = Literal["person", "event", "link", "screen"]


@dataclass(frozen=True, slots=True)
class Query:
    """A piece of SQL with `?` for each of its values."""

    sql: str
    values: tuple[Any, ...]


def paths(viewer: Viewer, *, item: str = "", waiting: bool = False) -> Query:
    """Every path to the viewer: item_id, grant_id, via_id, on_timeline, may_download, shows_place, may_reshare.

    `item` is an SQL expression for the id of the one item that is asked for. With `waiting` come also
    contributions that the viewer has not approved.
    """
    return _filled(_united(_shape(viewer), item and f"= {item}", waiting), viewer)


def paths_to(viewer: Viewer, items: Iterable[int], *, waiting: bool = True) -> Query:
    """Every path to some items, with `waiting` also contributions that the viewer has not approved."""
    ids = ", ".join(str(int(i)) for i in items)
    parts = _parts(_shape(viewer), f"IN ({ids})", waiting=waiting)
    return _filled(_compiled(" UNION ALL ".join(parts)), viewer)


def through(viewer: Viewer, collection: int) -> Query:
    """Every path to the viewer by their grants of one collection."""
    return _filled(_by_collection(_shape(viewer)), viewer, collection)


def offered(viewer: Viewer, grant: int) -> Query:
    """Every path that one grant of the viewer's would open which waits for their word: to be counted, not shown."""
    return _filled(_offered(_shape(viewer)), viewer, grant=grant)


def exists(viewer: Viewer, item: str, *, waiting: bool = False) -> Query:
    """The condition that there is a path to the item whose id is the SQL expression `item`."""
    return _filled(_existing(_shape(viewer), f"= {item}", waiting), viewer)


def passed_on(viewer: Viewer, column: Literal["r.id", "g.id", "g.user_id"], ids: Iterable[int]) -> Query:
    """Every path by which somebody passes on what is the viewer's: `grant_id` is theirs, `via_id` the viewer's own.

    It is narrowed to some ids of the viewer's grants (`r.id`), of theirs (`g.id`), or of whom they are given to.
    """
    some = f"IN ({', '.join(str(int(i)) for i in ids)})"
    narrowed = f"{column} {some}"
    if column == "r.id":
        # it begins with few grants; the sum keeps it from trying each of these for each item
        mine = f'g.owner_id IN (SELECT q.user_id FROM "grant" q WHERE q.id {some})'  # noqa: S608
        narrowed = f"r.id + 0 {some} AND {mine}"
    whose = f"i.owner_id = {{user}} AND {_TO_SOMEBODY} AND {narrowed}"
    part = _put(_PASSED_ON["grants"], whose=whose, living=_live("g"), outside="")
    return _filled(_compiled(part), viewer)


def granted(viewer: Viewer, columns: str) -> Query:
    """A query of the viewer's own live grants, as `g`."""
    return _filled(_granted(_shape(viewer), columns), viewer)


def receives(viewer: Viewer) -> Query:
    """A query with a row if anything is contributed to the viewer's collections."""
    return _filled(_RECEIVES, viewer)


def _shape(viewer: Viewer) -> Shape:
    if viewer.kind == "guest":
        return "link" if viewer.event_id is None else "event"
    return viewer.kind


@functools.cache
def _united(shape: Shape, one: str, waiting: bool) -> tuple[str, tuple[str, ...]]:
    return _compiled(" UNION ALL ".join(_parts(shape, one, waiting)))


@functools.cache
def _existing(shape: Shape, one: str, waiting: bool) -> tuple[str, tuple[str, ...]]:
    return _compiled(f"({' OR '.join(f'EXISTS ({part})' for part in _parts(shape, one, waiting))})")


@functools.cache
def _by_collection(shape: Shape) -> tuple[str, tuple[str, ...]]:
    whose = f"g.collection_id = {{collection}} AND {_WHOSE[shape]}"
    return _compiled(" UNION ALL ".join(_through(shape, whose, _live("g"))))


@functools.cache
def _offered(shape: Shape) -> tuple[str, tuple[str, ...]]:
    whose = f"g.id = {{grant}} AND {_WHOSE[shape]}"
    return _compiled(" UNION ALL ".join(_through(shape, whose, _live("g", "pending"))))


def _through(shape: Shape, whose: str, living: str) -> list[str]:
    return [_put(way["grants"], whose=whose, living=living, outside=_outside(shape)) for way in _THROUGH]


@functools.cache
def _granted(shape: Shape, columns: str) -> tuple[str, tuple[str, ...]]:
    whose = _WHOSE_LISTED if shape == "person" else _WHOSE[shape]
    where = f"{whose} AND {_live('g')} AND s.id = g.share_id AND s.ended_at IS NULL"
    return _compiled(f'SELECT {columns} FROM "grant" g CROSS JOIN share s WHERE {where}')  # noqa: S608


def _parts(shape: Shape, one: str, waiting: bool) -> list[str]:
    """The ways, from the item on when one is asked for, else from what the viewer has."""
    listed = shape == "person" and not one
    return [
        _put(
            way["item" if one else "grants"],
            one=one,
            states="a.state <> ''" if waiting else "a.state = 'approved'",
            whose=_WHOSE_LISTED if listed else _WHOSE[shape],
            mine=_MINE_LISTED if listed else _MINE,
            living=_live("g"),
            outside=_outside(shape),
        )
        for way in _WAYS[shape]
    ]


def _outside(shape: Shape) -> str:
    """What is asked besides of each item that somebody shows who does not own it."""
    return _OF_AN_ADULT if shape in _OUTSIDE else ""


def _put(template: str, **given: str) -> str:
    return _WORD.sub(lambda m: given.get(m[1], m[0]), template)


def _compiled(template: str) -> tuple[str, tuple[str, ...]]:
    """The text with `?`, and the name of each value in the order in which they stand there."""
    return _WORD.sub("?", template), tuple(_WORD.findall(template))


_RECEIVES = _compiled(
    f"""
    SELECT 1 FROM collection k CROSS JOIN "grant" c WHERE {_MINE_LISTED} AND c.into_id = k.id AND c.state = 'active'
    LIMIT 1
    """  # noqa: S608
)


def _filled(
    compiled: tuple[str, tuple[str, ...]],
    viewer: Viewer,
    collection: int | None = None,
    grant: int | None = None,
) -> Query:
    sql, names = compiled
    given = {
        "now": now(),
        "user": viewer.user_id,
        "event": viewer.event_id,
        "share": viewer.share_id,
        "screen": viewer.screen_id,
        "guest": viewer.guest_id,
        "collection": collection,
        "grant": grant,
    }
    return Query(sql, tuple(given[name] for name in names))
