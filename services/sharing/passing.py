"""What others pass on of an owner's: to whom it goes, by which grant of theirs, and its end by the owner's word.

An owner is told who sees what is theirs, and of what else goes that way nothing: not what collection it lies in there,
nor how often that is opened.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from services.access import paths
from services.access.paths import Query
from services.errors import NotFound
from services.models import Grant, Share, User, database
from services.names import fold
from services.revocations import Noted
from services.viewers import Viewer

MOST = 10_000

_PASSED = """
    SELECT w.login, g.pid, g.kind, COALESCE(u.login, v.name, ''), COALESCE(p.name, ''), c.name, r.pid, t.n,
        t.may_download, t.shows_place, g.created_at, r.created_at, g.expires_at, r.expires_at,
        COALESCE(x.opened, 0), x.opened_at, r.id
    FROM (
        SELECT grant_id, via_id, may_download, shows_place, COUNT(*) AS n FROM ({way}) way
        GROUP BY grant_id, via_id, may_download, shows_place
    ) t
    JOIN "grant" g ON g.id = t.grant_id JOIN share s ON s.id = g.share_id JOIN "user" w ON w.id = g.owner_id
    JOIN "grant" r ON r.id = t.via_id JOIN collection c ON c.id = r.collection_id
    LEFT JOIN "user" u ON u.id = g.user_id LEFT JOIN "group" p ON p.id = s.group_id
    LEFT JOIN screen v ON v.id = g.screen_id
    LEFT JOIN passing x ON x.share_id = g.share_id AND x.owner_id = r.owner_id AND x.person = COALESCE(g.user_id, 0)
    ORDER BY r.id DESC, g.id LIMIT ?
"""


@dataclass(frozen=True, slots=True)
class Passed:
    """Somebody who has something of an owner's `by` a person with whom it was shared, not by the owner themselves.

    `to` is a person's login or a screen's name, empty for whoever has a link or is at an event. `grant` is the id by
    which the owner ends it. They see `items` of what the owner shares as `collection` by the grant `source`, from
    `since` on until `until`: the sooner of both ends. `opened` counts what is the owner's alone.
    """

    may_contribute: ClassVar[bool] = False
    may_reshare: ClassVar[bool] = False

    by: str
    grant: str
    kind: Literal["user", "group", "link", "event", "screen"]
    to: str
    group: str
    collection: str
    source: str
    items: int
    may_download: bool
    shows_place: bool
    since: int
    until: int | None
    opened: int
    opened_at: int | None


def passed_on(viewer: Viewer, grants: Iterable[int]) -> dict[int, tuple[Passed, ...]]:
    """What is passed on by each of some grants of the viewer's, by its row id: in one question for all of them."""
    found: dict[int, tuple[Passed, ...]] = {}
    for grant, passed in _asked(paths.passed_on(viewer, "r.id", grants)):
        found[grant] = (*found.get(grant, ()), passed)
    return found


def passed_to(viewer: Viewer, login: str) -> list[Passed]:
    """What this person has of the viewer's by others; nothing when there is nobody of that name."""
    user = User.get_or_none(User.login_fold == fold(login))
    if viewer.kind != "person" or user is None:
        return []
    return [passed for _, passed in _asked(paths.passed_on(viewer, "g.user_id", [user.id]))]


def passing_grant(viewer: Viewer, pid: str) -> Grant:
    """The grant of somebody else's with this id, when it passes on something of the viewer's; raises NotFound."""
    grant: Grant | None = Grant.get_or_none(Grant.pid == pid)
    if viewer.kind != "person" or grant is None:
        raise NotFound
    found = paths.passed_on(viewer, "g.id", [grant.id])
    if not database.rows(f"SELECT 1 FROM ({found.sql}) way LIMIT 1", *found.values):  # noqa: S608  our own text
        raise NotFound
    return grant


def source_of(grant_id: int, via_id: int) -> tuple[int, int, int] | None:
    """The key of the table of what is passed on for what goes this way; None where nothing is passed on."""
    if grant_id == via_id:  # offered; or by no grant, what a guest dropped themselves
        return None
    own = Grant.get_by_id(via_id)
    if own.into_id is not None:  # contributed
        return None
    return row_of(Grant.get_by_id(grant_id), own.owner_id)


def row_of(grant: Grant, owner: int) -> tuple[int, int, int]:
    """The key of that table for what a grant passes on of an owner's: share, owner and person."""
    return grant.share_id, owner, grant.user_id or 0


def note_of(grant: Grant, viewer: Viewer) -> Noted:
    """How the journal names what ends: by the share, whose it was, and the person, where it is one."""
    share, owner = Share.get_by_id(grant.share_id), User.get_by_id(viewer.user_id)
    person = "" if grant.user_id is None else grant.user.pid
    return "passed", f"{share.pid} {owner.pid} {person}".rstrip()


def names_of(grant: Grant) -> tuple[str, ...]:
    """Whom a grant names, for a receipt: a person or a screen."""
    if grant.user_id is not None:
        return (grant.user.login,)
    return () if grant.screen_id is None else (grant.screen.name,)


def _asked(way: Query) -> list[tuple[int, Passed]]:
    rows = database.rows(_PASSED.format(way=way.sql), *way.values, MOST)
    return [(row[-1], _made(row)) for row in rows]


def _made(row: tuple[Any, ...]) -> Passed:
    by, grant, kind, to, group, collection, source, items, download, place, *rest = row
    given, shared, end, own_end, opened, opened_at, _ = rest
    ends = [each for each in (end, own_end) if each is not None]
    return Passed(
        by, grant, kind, to, group, collection, source, items, bool(download), bool(place), since=max(given, shared),
        until=min(ends, default=None), opened=opened, opened_at=opened_at,
    )  # fmt: skip
