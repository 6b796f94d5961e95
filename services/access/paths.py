"""The ways by which items of others reach a viewer, as SQL: every answer about rights is made of these.

A *path* leads from a viewer's grant to an item. There are four, and nothing is transitive beyond them:

    offered      its owner shares a collection with the viewer, and it is shown there
    contributed  its owner offers it to a collection that is shared with the viewer, and it was approved there
    passed on    it is in a collection that is shared with the viewer, by somebody whom its owner granted that
    received     its owner offers it to a collection of the viewer's, who sees it to decide

On each of them every grant is active, not expired by the clock or its highest mark, and of an active
person; the item is not withdrawn, in the trash, or missing. `item` narrows a path to one item.
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


def _live(grant: str) -> str:
    text = (
        "(#.state = 'active' AND (#.expires_at IS NULL OR (#.expires_at > {now} AND #.expires_at > {mark}))"
        ' AND EXISTS (SELECT 1 FROM "user" o WHERE o.id = #.owner_id AND o.active))'
    )
    return text.replace("{mark}", _MARK).replace("#", grant)


_THERE = "i.withdrawn_at IS NULL AND i.trashed_at IS NULL AND NOT i.missing"
_RIGHTS = (
    "{item} AS item_id, g.id AS grant_id, {via} AS via_id, g.on_timeline AS on_timeline,"
    " {download} AS may_download, {place} AS shows_place, {reshare} AS may_reshare"
)

_OFFERED = f"""
    SELECT {
    _RIGHTS.format(
        item="m.item_id",
        via="g.id",
        download="s.may_download",
        place="s.shows_place",
        reshare="s.may_reshare",
    )
}
    FROM "grant" g
    JOIN share s ON s.id = g.share_id
    JOIN collection_item m ON m.collection_id = g.collection_id AND m.shown
    JOIN item i ON i.id = m.item_id AND i.owner_id = g.owner_id
    WHERE {{whose}} AND {_live("g")} AND {_THERE} {{one}}
"""  # noqa: S608  put together from the texts of this module
_CONTRIBUTED = f"""
    SELECT {
    _RIGHTS.format(
        item="m.item_id",
        via="c.id",
        download="s.may_download AND cs.may_download",
        place="s.shows_place AND cs.shows_place",
        reshare="cs.may_reshare",
    )
}
    FROM "grant" g
    JOIN share s ON s.id = g.share_id
    JOIN "grant" c ON c.into_id = g.collection_id
    JOIN share cs ON cs.id = c.share_id
    JOIN arrival a ON a.collection_id = c.into_id AND a.grant_id = c.id AND a.state = 'approved'
    JOIN collection_item m ON m.collection_id = c.collection_id AND m.item_id = a.item_id AND m.shown
    JOIN item i ON i.id = m.item_id AND i.owner_id = c.owner_id
    WHERE {{whose}} AND {_live("g")} AND {_live("c")} AND {_THERE} {{one}}
"""  # noqa: S608
_PASSED_ON = f"""
    SELECT {
    _RIGHTS.format(
        item="m.item_id",
        via="r.id",
        download="s.may_download AND rs.may_download",
        place="s.shows_place AND rs.shows_place",
        reshare="FALSE",
    )
}
    FROM "grant" g
    JOIN share s ON s.id = g.share_id
    JOIN collection_item m ON m.collection_id = g.collection_id AND m.shown
    JOIN item i ON i.id = m.item_id AND i.owner_id <> g.owner_id
    JOIN collection_item rm ON rm.item_id = i.id AND rm.shown
    JOIN "grant" r ON r.collection_id = rm.collection_id AND r.user_id = g.owner_id AND r.owner_id = i.owner_id
    JOIN share rs ON rs.id = r.share_id AND rs.may_reshare
    WHERE {{whose}} AND {_live("g")} AND {_live("r")} AND {_THERE} {{one}}
"""  # noqa: S608
_RECEIVED = f"""
    SELECT m.item_id AS item_id, c.id AS grant_id, c.id AS via_id, TRUE AS on_timeline,
        cs.may_download AS may_download, cs.shows_place AS shows_place, cs.may_reshare AS may_reshare
    FROM collection k
    JOIN "grant" c ON c.into_id = k.id
    JOIN share cs ON cs.id = c.share_id
    JOIN arrival a ON a.collection_id = c.into_id AND a.grant_id = c.id AND {{states}}
    JOIN collection_item m ON m.collection_id = c.collection_id AND m.item_id = a.item_id AND m.shown
    JOIN item i ON i.id = m.item_id AND i.owner_id = c.owner_id
    WHERE {{mine}} AND {_live("c")} AND {_THERE} {{one}}
"""  # noqa: S608
_DROPPED = f"""
    SELECT i.id AS item_id, 0 AS grant_id, 0 AS via_id, TRUE AS on_timeline, FALSE AS may_download,
        FALSE AS shows_place, FALSE AS may_reshare
    FROM item i JOIN guest v ON v.id = i.contributed_by_id
    WHERE v.id = {{guest}} AND v.ended_at IS NULL AND {_THERE} {{one}}
"""  # noqa: S608


_WHOSE = {
    "person": "(g.user_id = {user} OR g.event_id IN"
    " (SELECT p.event_id FROM event_person p WHERE p.user_id = {user} AND p.left_at IS NULL))",
    "event": "g.event_id = (SELECT e.id FROM event e WHERE e.id = {event} AND e.guests <> 'drop')",
    "link": "(g.share_id = {share} AND g.kind = 'link')",
    "screen": "g.screen_id = {screen}",
}
_MINE = (
    "(k.owner_id = {user} OR k.id IN (SELECT e.collection_id FROM event e JOIN event_person p"
    " ON p.event_id = e.id WHERE p.user_id = {user} AND p.role = 'organiser' AND p.left_at IS NULL))"
)
_WAYS = {
    "person": (_OFFERED, _CONTRIBUTED, _PASSED_ON, _RECEIVED),
    "event": (_OFFERED, _CONTRIBUTED, _PASSED_ON, _DROPPED),
    "link": (_OFFERED, _CONTRIBUTED, _PASSED_ON, _DROPPED),
    "screen": (_OFFERED, _CONTRIBUTED, _PASSED_ON),
}
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
    return _filled(_united(_shape(viewer), item and f"AND i.id = {item}", waiting), viewer)


def paths_to(viewer: Viewer, items: Iterable[int]) -> Query:
    """Every path to some items, those that wait for the viewer's decision among them."""
    ids = ", ".join(str(int(i)) for i in items)
    parts = _parts(_shape(viewer), f"AND i.id IN ({ids})", waiting=True)
    return _filled(_compiled(" UNION ALL ".join(parts)), viewer)


def exists(viewer: Viewer, item: str, *, waiting: bool = False) -> Query:
    """The condition that there is a path to the item whose id is the SQL expression `item`."""
    return _filled(_existing(_shape(viewer), f"AND i.id = {item}", waiting), viewer)


def granted(viewer: Viewer, columns: str) -> Query:
    """A query of the viewer's own live grants, as `g`."""
    return _filled(_granted(_shape(viewer), columns), viewer)


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
def _granted(shape: Shape, columns: str) -> tuple[str, tuple[str, ...]]:
    return _compiled(f'SELECT {columns} FROM "grant" g WHERE {_WHOSE[shape]} AND {_live("g")}')  # noqa: S608


def _parts(shape: Shape, one: str, waiting: bool) -> list[str]:
    given = {
        "one": one,
        "states": "a.state <> ''" if waiting else "a.state = 'approved'",
        "whose": _WHOSE[shape],
        "mine": _MINE,
    }
    return [_WORD.sub(lambda m: given.get(m[1], m[0]), way) for way in _WAYS[shape]]


def _compiled(template: str) -> tuple[str, tuple[str, ...]]:
    """The text with `?`, and the name of each value in the order in which they stand there."""
    return _WORD.sub("?", template), tuple(_WORD.findall(template))


def _filled(compiled: tuple[str, tuple[str, ...]], viewer: Viewer) -> Query:
    sql, names = compiled
    given = {
        "now": now(),
        "user": viewer.user_id,
        "event": viewer.event_id,
        "share": viewer.share_id,
        "screen": viewer.screen_id,
        "guest": viewer.guest_id,
    }
    return Query(sql, tuple(given[name] for name in names))
