"""The screens of a household: what they show, by which devices, since when; renamed, prolonged, and ended.

Everybody of the household may know which there are, since everybody may show something there. What somebody else
shows stays between them and the screen: of that only their name is told.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from peewee import fn

from services import revocations
from services.access.ends import moment
from services.accounts.acting import require_current
from services.clock import DAY, now
from services.errors import UsageError
from services.models import Device, Grant, Screen, User, counters, transaction
from services.screens.deciding import require_adult, tell
from services.screens.names import free_name, require_until
from services.sharing import Line, Receipt, ending, get_screen, ledger
from services.viewers import Viewer

WAITS = DAY
"""What asked within so long is worth a word on other pages; what is switched off again waits without one."""


@dataclass(frozen=True, slots=True)
class Card:
    """A screen as a person of the household sees it.

    `shown` is what the viewer shows there, `others` the names of who else does; `devices` are told to adults.
    """

    screen: Screen
    state: Literal["on", "over"]
    shown: tuple[Line, ...]
    others: tuple[str, ...]
    devices: tuple[Device, ...]
    seen: int | None


def cards(viewer: Viewer) -> list[Card]:
    """The screens that there are, by name. None for guests and screens."""
    if viewer.kind != "person":
        return []
    require_current(viewer)
    found = Screen.select().where(Screen.removed_at.is_null()).order_by(fn.LOWER(Screen.name), Screen.id)
    return [_card(viewer, screen) for screen in found]


def get(viewer: Viewer, pid: str) -> Card:
    """One of them; raises NotFound."""
    require_current(viewer)
    return _card(viewer, get_screen(pid))


def waiting(viewer: Viewer) -> list[Device]:
    """The devices that ask to be let in, seen last first. Raises AccessDenied for all but adults."""
    return _in_state(viewer, "unknown")


def refused(viewer: Viewer) -> list[Device]:
    """The devices that were refused. Raises AccessDenied for all but adults."""
    return _in_state(viewer, "refused")


def asking(viewer: Viewer) -> list[str]:
    """The codes of devices that ask just now: nothing for who decides nothing. Cheap: every page asks."""
    if viewer.kind != "person" or viewer.role != "adult":
        return []
    now_there = (Device.state == "unknown") & (Device.last_seen_at > now() - WAITS)
    found = Device.select(Device.code).where(now_there).order_by(Device.last_seen_at.desc())
    return [code for (code,) in found.limit(10).tuples()]


def change(viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Card:
    """Change `name` or `until` (microseconds since 1970, None: for good). Raises NotFound, UsageError, Conflict."""
    with transaction():
        require_adult(viewer)
        screen = get_screen(pid)
        values: dict[str, Any] = {}
        for name, value in changes.items():
            if name == "name" and isinstance(value, str):
                values["name"] = free_name(value, but=screen.id)
            elif name == "until" and (value is None or type(value) is int):
                require_until(value)
                values["expires_at"] = value
            else:
                raise UsageError(f"“{name}” of a screen cannot be set to this.", field=name)
        if values:
            Screen.update(**values).where(Screen.id == screen.id).execute()
            tell(viewer, Screen.get_by_id(screen.id), "screen_changed", fields=sorted(changes))
            counters.bump_policy()
            counters.bump_content()
    return get(viewer, pid)


def remove(viewer: Viewer, pid: str) -> Receipt:
    """End a screen: everything that anybody shows there, in the same moment. Its devices are asked for again.

    Raises NotFound, AccessDenied.
    """
    require_adult(viewer)
    screen = get_screen(pid)
    here = (Grant.screen == screen.id) & Grant.ended_at.is_null()
    theirs = (Device.screen == screen.id) & (Device.state == "approved")
    noted = [("screen", pid), *(("device", d.pid) for d in Device.select().where(theirs))]
    noted += [("grant", grant.pid) for grant in Grant.select().where(here)]
    time = now()
    with revocations.noting(noted), transaction():
        require_adult(viewer)
        get_screen(pid)
        grants = list(Grant.select().where(here))
        tell(viewer, screen, "screen_removed", grants=len(grants))
        ending.finish([g.id for g in grants], "revoked", time)
        ending.end_empty_shares({g.share_id for g in grants}, time)
        Device.update(
            state="unknown",
            screen=None,
            version=Device.version + 1,
            decided_by=viewer.user_id,
            decided_at=time,
        ).where(theirs).execute()
        Screen.update(removed_at=time).where(Screen.id == screen.id).execute()
        counters.bump_policy()
    return Receipt(time, len(grants), 0, (screen.name,))


def _card(viewer: Viewer, screen: Screen) -> Card:
    over = screen.expires_at is not None and screen.expires_at <= moment()
    shares = (Grant.screen == screen.id) & Grant.ended_at.is_null() & (Grant.owner != viewer.user_id)
    others = User.select(User.display).join(Grant, on=(Grant.owner == User.id)).where(shares & User.active)
    devices = tuple(
        Device.select().where(Device.screen == screen.id).order_by(Device.last_seen_at.desc(), Device.id)
    )
    return Card(
        screen, "over" if over else "on", tuple(ledger(viewer, screen=screen.pid)),
        tuple(sorted({name for (name,) in others.distinct().tuples()}, key=str.casefold)),
        devices if viewer.role == "adult" else (), devices[0].last_seen_at if devices else None,
    )  # fmt: skip


def _in_state(viewer: Viewer, state: str) -> list[Device]:
    require_adult(viewer)
    return list(
        Device.select().where(Device.state == state).order_by(Device.last_seen_at.desc(), Device.id.desc())
    )
