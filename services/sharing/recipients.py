"""Whom a person may share with: everybody else of the household by name, and its groups."""

from dataclasses import dataclass

from services.accounts.acting import require_current
from services.models import User
from services.viewers import Viewer


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person of the household as every other person may know them."""

    login: str
    display: str


def people(viewer: Viewer) -> list[Somebody]:
    """Everybody of the household but the viewer, by name. Nobody for guests and screens."""
    if viewer.kind != "person":
        return []
    require_current(viewer)
    others = User.select(User.login, User.display).where(User.active & (User.id != viewer.user_id))
    return [Somebody(login, display) for login, display in others.order_by(User.login_fold).tuples()]
