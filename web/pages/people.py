"""/people: accounts and invitations, for administrators. Nothing here shows anybody's pictures."""

from collections.abc import Callable

from starlette.responses import RedirectResponse, Response

from services import accounts
from services.accounts import NewInvitation
from services.errors import AccessDenied, Conflict, UsageError
from web.asking import Ask
from web.rendering import render


def index(ask: Ask) -> Response:
    """Everybody, and the invitations that are open."""
    return _page(ask)


def invite(ask: Ask) -> Response:
    """Write an invitation; its link is shown once."""
    try:
        made = accounts.invite(
            ask.viewer, role=ask.form.get("role", "adult"), is_admin=ask.form.get("admin") == "on",
            note=ask.form.get("note", ""),
        )  # fmt: skip
    except UsageError as error:
        return _page(ask, problem=str(error), status=422)
    return _page(ask, made=made, status=201)


def revoke_invitation(ask: Ask) -> Response:
    """Make an unused invitation void."""
    accounts.revoke_invitation(ask.viewer, ask.path["id"])
    return RedirectResponse("/people", 303)


def disable(ask: Ask) -> Response:
    """Shut an account."""
    return _change(ask, lambda: accounts.disable_person(ask.viewer, ask.path["id"]))


def enable(ask: Ask) -> Response:
    """Open it again."""
    return _change(ask, lambda: accounts.enable_person(ask.viewer, ask.path["id"]))


def _change(ask: Ask, act: Callable[[], None]) -> Response:
    try:
        act()
    except (Conflict, AccessDenied) as error:
        return _page(ask, problem=str(error), status=409)
    return RedirectResponse("/people", 303)


def _page(ask: Ask, *, made: NewInvitation | None = None, problem: str = "", status: int = 200) -> Response:
    values = {
        "people": accounts.list_people(ask.viewer),
        "invitations": accounts.list_invitations(ask.viewer),
        "made": made,
        "link": None if made is None else _link(ask, made.secret),
        "problem": problem,
    }
    return render(ask, "people.html", values, status=status)


def _link(ask: Ask, secret: str) -> str:
    base = ask.context.settings.public_url.rstrip("/")
    if not base:
        base = f"{'https' if ask.peer.https else 'http'}://{ask.request.headers['host']}"
    return f"{base}/invite/{secret}"
