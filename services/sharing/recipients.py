"""Whom a person may share with: everybody else of the household by name, its groups, and its screens."""

from dataclasses import dataclass

from services.access.ends import moment
from services.accounts.acting import require_current
from services.errors import NotFound
from services.models import Screen, User
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the household as every other person may know them."""

    login: str
    display: str


@dataclass(frozen=True, slots=True)
class Place:
    """A screen at home, and until when it is one (microseconds since 1970; None: until an adult ends it)."""

    pid: str
    name: str
    until: int | None


def screens(viewer: Viewer) -> list[Place]:
    """The screens of the household whose time is not over, by name. None for guests and screens."""
    if viewer.kind != "person":
        return []
    require_current(viewer)
    found = Screen.select(Screen.pid, Screen.name, Screen.expires_at).where(Screen.living(moment()))
    return [Place(*row) for row in found.order_by(Screen.name, Screen.id).tuples()]


def get_screen(pid: str) -> Screen:
    """The screen with this id, also one whose time is over; raises NotFound."""
    found: Screen | None = Screen.get_or_none((Screen.pid == pid) & Screen.removed_at.is_null())
    if found is None:
        raise NotFound
    return found


def people(viewer: Viewer) -> list[Somebody]:
    """Everybody of the household but the viewer, by name. Nobody for guests and screens."""
    if viewer.kind != "person":
        return []
    require_current(viewer)
    others = User.select(User.login, User.display).where(User.active & (User.id != viewer.user_id))
    return [Somebody(login, display) for login, display in others.order_by(User.login_fold).tuples()]
