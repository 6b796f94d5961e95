"""The share ledger: what an owner has given to whom, since when, how often it was opened; and who sees an item.

Beside a grant stand those to whom it is passed on (`passing`): they see what is the owner's by two words, not by one.

Both are made of the rows and paths that access itself is made of, so neither can say anything else than
what holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from services import access
from services.access import ends, paths
from services.accounts.acting import viewer_of
from services.errors import NotFound
from services.models import Collection, Event, Grant, Group, Item, Screen, Share, User, database
from services.sharing.passing import Passed, passed_on
from services.viewers import Viewer

PAGE = 200
MOST = 10_000


_LEDGER = f"""
    SELECT {database.columns(Grant, "g")}, {database.columns(Share, "s")}, c.name, c.pid, u.login, n.name, p.name,
        e.name, e.pid, c.purpose, v.name, v.pid
    FROM "grant" g JOIN share s ON s.id = g.share_id JOIN collection c ON c.id = g.collection_id
    LEFT JOIN "user" u ON u.id = g.user_id LEFT JOIN collection n ON n.id = g.into_id
    LEFT JOIN "group" p ON p.id = s.group_id LEFT JOIN event e ON e.id = g.event_id OR e.collection_id = g.into_id
        OR (g.screen_id IS NOT NULL AND e.collection_id = g.collection_id)
    LEFT JOIN screen v ON v.id = g.screen_id
"""  # noqa: S608  the names of columns; pages of hundreds, as in `database.objects`
_GRANTS = len(Grant._meta.sorted_fields)
_SHARES = _GRANTS + len(Share._meta.sorted_fields)


@dataclass(frozen=True, slots=True)
class Line:
    """One grant as its owner sees it. `state` is also “expired” for one that ended by the clock, answered or not.

    `event` is the id of the event that shows itself by it, to those at it or on a screen, or to which it contributes.
    `purpose` is that of the collection: only one that is the owner's “own” has a page. `screen` is the id of the
    screen that shows it. `passed` is whom whoever has it lets see it, of what is the owner's.
    """

    grant: Grant
    share: Share
    collection: str
    collection_pid: str
    to: str
    group: str | None
    state: str
    event: str = ""
    purpose: str = "own"
    screen: str = ""
    passed: tuple[Passed, ...] = ()


@dataclass(frozen=True, slots=True)
class Offered:
    """A share of the viewer's: whom it names (`to`, and as what), and who has a right by it."""

    share: Share
    collection: Collection
    to: tuple[str, str]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Witness:
    """Somebody who can see an item, and by which grant of its owner's (`via` is the recipient who passed it on).

    Of whoever has a link nobody knows a name: there `login` is empty, and `link` true; so it is of the guests of an
    event, which `event` names, and of whoever is in the room, of a screen.
    """

    login: str
    grant: str
    collection: str
    via: str | None
    since: int
    until: int | None
    opened: int
    opened_at: int | None
    link: bool = False
    event: str = ""
    screen: str = ""


def offers(
    viewer: Viewer,
    *,
    ended: bool = False,
    pid: str | None = None,
    before: str | None = None,
    limit: int = PAGE,
) -> list[Offered]:
    """The viewer's shares, newest first: living ones, or those that ended; or the one with this id.

    `before` is the id of the share after which a page goes on.
    """
    if viewer.kind != "person":
        return []
    rows = Share.select(Share, Collection).join(Collection).where(Share.owner == viewer.user_id)
    rows = rows.where(Share.ended_at.is_null(not ended) if pid is None else Share.pid == pid)
    if before is not None:
        last = Share.alias()
        rows = rows.where(
            Share.id < last.select(last.id).where((last.pid == before) & (last.owner == viewer.user_id))
        )
    shares = list(rows.order_by(Share.id.desc()).limit(limit))
    lines: dict[int, list[Line]] = {}
    if not shares:
        return []
    marks = ", ".join("?" * len(shares))
    for line in _lines(viewer, f"g.share_id IN ({marks})", *(s.id for s in shares), limit=MOST):
        lines.setdefault(line.share.id, []).append(line)
    return [_offer(share, tuple(lines.get(share.id, ()))) for share in shares]


def _offer(share: Share, lines: tuple[Line, ...]) -> Offered:
    to = (share.kind, lines[0].to if lines else "")
    if share.kind == "collection" and lines and lines[0].event:
        to = ("event", lines[0].to)
    if share.group_id is not None:
        to = ("group", Group.get_by_id(share.group_id).name)
    return Offered(share, share.collection, to, lines)


def ledger(
    viewer: Viewer,
    *,
    ended: bool = False,
    to: str | None = None,
    screen: str | None = None,
    before: int | None = None,
    limit: int = PAGE,
) -> list[Line]:
    """The viewer's grants to others, newest first: living ones, or those that ended.

    `to` narrows it to one recipient's login, `screen` to the id of one screen; `before` is the row id after
    which a page goes on.
    """
    condition = f"g.owner_id = ? AND g.ended_at IS {'NOT NULL' if ended else 'NULL'}"
    values: list[Any] = [viewer.user_id]
    if to is not None:
        condition, values = f"{condition} AND u.login = ?", [*values, to]
    if screen is not None:
        condition, values = f"{condition} AND v.pid = ?", [*values, screen]
    if before is not None:
        condition, values = f"{condition} AND g.id < ?", [*values, before]
    return _lines(viewer, condition, *values, limit=limit)


def _lines(viewer: Viewer, condition: str, *values: Any, limit: int) -> list[Line]:
    moment = ends.moment()
    rows = database.rows(f"{_LEDGER} WHERE {condition} ORDER BY g.id DESC LIMIT ?", *values, limit)
    return _with_passed(viewer, [_line(row, moment) for row in rows])


def _with_passed(viewer: Viewer, lines: list[Line]) -> list[Line]:
    """The same lines; where any may be passed on, one question more is asked for all of them."""
    may = [line.grant.id for line in lines if line.share.may_reshare and line.state == "active"]
    passed = passed_on(viewer, may) if may else {}
    return [
        replace(line, passed=passed[line.grant.id]) if line.grant.id in passed else line for line in lines
    ]


def audience(viewer: Viewer, item_pid: str) -> list[Witness]:
    """Everybody who can see one of the viewer's items, by each path. Raises NotFound, also for who owns it not."""
    item = access.get_item(viewer, item_pid)
    if viewer.kind != "person" or item.owner_id != viewer.user_id:
        raise NotFound
    found: list[Witness] = []
    for person in _candidates(item.owner_id):
        found += _witnesses(_ways(viewer_of(person), item, waiting=True), login=person.login)
    for share in Share.select().where((Share.kind == "link") & Share.ended_at.is_null()):
        holder = Viewer(user_id=0, login="", display="", kind="guest", share_id=share.id)
        found += _witnesses(_ways(holder, item), link=True)
    for event in Event.select().where(Event.state == "open"):
        guests = Viewer(user_id=0, login="", display="", kind="guest", event_id=event.id)
        found += _witnesses(_ways(guests, item), event=event.name)
    for screen in Screen.select().where(Screen.living(ends.moment())):
        looking = Viewer(user_id=0, login="", display="", kind="screen", screen_id=screen.id)
        found += _witnesses(_ways(looking, item), screen=screen.name)
    return sorted(found, key=lambda w: (w.login, w.since))


def _candidates(owner: int) -> Iterable[User]:
    """Everybody active but the owner: households are small, and nobody is left out by a second rule."""
    return User.select().where(User.active & (User.id != owner)).order_by(User.login_fold)


def _ways(viewer: Viewer, item: Item, *, waiting: bool = False) -> list[tuple[int, int]]:
    query = paths.paths(viewer, item=str(item.id), waiting=waiting)
    rows = database.rows(f"SELECT grant_id, via_id FROM ({query.sql}) way", *query.values)  # noqa: S608  our own text
    return [(grant, via) for grant, via in rows]


def _witnesses(
    ways: list[tuple[int, int]], *, login: str = "", link: bool = False, event: str = "", screen: str = ""
) -> Iterable[Witness]:
    for grant_id, via_id in dict.fromkeys(ways):
        grant = Grant.get_by_id(grant_id)
        own = Grant.get_by_id(via_id)  # the owner's own part of the path: what they can revoke
        passed = own.id != grant.id and own.into_id is None
        yield Witness(
            login=login,
            grant=own.pid,
            collection=own.collection.name,
            via=grant.owner.login if passed or (own.into_id is not None and grant.id != own.id) else None,
            since=own.created_at,
            until=own.expires_at,
            opened=own.opened,
            opened_at=own.opened_at,
            link=link,
            event=event,
            screen=screen,
        )


def _line(row: tuple[Any, ...], moment: int) -> Line:
    grant = database.made(Grant, row[:_GRANTS])
    share = database.made(Share, row[_GRANTS:_SHARES])
    collection, pid, to, into, group, event, event_pid, purpose, screen, screen_pid = row[_SHARES:]
    state = grant.state
    if grant.ended_at is None and grant.expires_at is not None and grant.expires_at <= moment:
        state = "expired"
    to = to or into or screen or event or ""
    return Line(grant, share, collection, pid, to, group, state, event_pid or "", purpose, screen_pid or "")
