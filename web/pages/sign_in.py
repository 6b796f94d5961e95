"""/login and /logout."""

import re

from starlette.responses import RedirectResponse, Response

from services import accounts
from services.accounts import SignInFailed
from services.errors import Throttled
from web.asking import Ask
from web.handling import clear_session, set_session, tell
from web.rendering import render

_OWN_PATH = re.compile(r"^/(?![/\\])[^\\\x00-\x20]*$")


def show(ask: Ask) -> Response:
    """The form; a person who is signed in goes on, an appliance without anybody is set up first."""
    if ask.viewer_or_none:
        return RedirectResponse(_next(ask.query.get("next")), 303)
    if accounts.needs_setup():
        return RedirectResponse("/setup", 303)
    return render(ask, "login.html", {"login": "", "problem": "", "after": _next(ask.query.get("next"))})


def sign_in(ask: Ask) -> Response:
    """Name and password to a session; a wrong one shows the form again and says no more than that."""
    login, after = ask.form.get("login", ""), _next(ask.form.get("next"))
    try:
        signed_in = accounts.sign_in(
            ask.context.passwords, login, ask.form.get("password", ""), ip=ask.peer.ip,
            agent=ask.request.headers.get("user-agent", ""), previous=ask.session,
        )  # fmt: skip
    except (SignInFailed, Throttled) as error:
        values = {"login": login, "problem": str(error), "after": after}
        return tell(render(ask, "login.html", values), error)
    return set_session(RedirectResponse(after, 303), ask, signed_in.secret)


def sign_out(ask: Ask) -> Response:
    """End this session."""
    accounts.sign_out(ask.viewer)
    return clear_session(RedirectResponse("/login", 303))


def _next(wanted: str | None) -> str:
    """Where to go on: only ever a path of our own."""
    return wanted if wanted and _OWN_PATH.match(wanted) else "/"
