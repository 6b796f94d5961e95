"""/groups: some people of the household under one name, to share with all of them at once."""

from collections.abc import Callable
from typing import Any

from starlette.responses import RedirectResponse, Response

from services import sharing
from services.errors import AccessDenied, Conflict, UsageError
from web.asking import Ask
from web.rendering import render


def index(ask: Ask) -> Response:
    """Every group, and making one."""
    return _page(ask)


def make(ask: Ask) -> Response:
    """Make a group with the viewer in it."""
    return _change(ask, lambda: sharing.make_group(ask.viewer, ask.form.get("name", "")))


def add_person(ask: Ask) -> Response:
    """Take somebody in."""
    return _change(ask, lambda: sharing.join_group(ask.viewer, ask.path["id"], ask.form.get("user", "")))


def remove_person(ask: Ask) -> Response:
    """Take somebody out, or leave."""
    return _change(ask, lambda: sharing.leave_group(ask.viewer, ask.path["id"], ask.form.get("user", "")))


def dissolve(ask: Ask) -> Response:
    """End the group and everything that is shared with it."""
    return _change(ask, lambda: sharing.remove_group(ask.viewer, ask.path["id"]))


def _change(ask: Ask, act: Callable[[], Any]) -> Response:
    try:
        act()
    except (UsageError, Conflict, AccessDenied) as error:
        return _page(ask, str(error), getattr(error, "field", None), 422)
    return RedirectResponse("/groups?saved=1", 303)


def _page(ask: Ask, problem: str = "", field: str | None = None, status: int = 200) -> Response:
    values = {
        "groups": sharing.list_groups(ask.viewer),
        "people": sharing.people(ask.viewer),
        "problem": problem,
        "wrong": field,
        "typed": ask.form.get("name", ""),
        "saved": ask.query.get("saved") == "1",
    }
    return render(ask, "groups.html", values, status=status)
