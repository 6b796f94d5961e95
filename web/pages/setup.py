"""/setup: the first-run wizard. Administrator, then the first folder, then the scan with its progress.

The second and third steps are the storages page in its first-run form, so nothing exists twice.
"""

from starlette.responses import RedirectResponse, Response

from services import accounts
from services.accounts import SignInFailed
from services.errors import Conflict, Throttled, UsageError
from web.asking import Ask
from web.handling import set_session, tell
from web.rendering import render
from web.zones import zone_choice


def show(ask: Ask) -> Response:
    """Step 1: the code from the console and the first administrator."""
    if not accounts.needs_setup():
        return RedirectResponse("/", 303)
    return _form(ask)


def create(ask: Ask) -> Response:
    """Make the administrator and go on to the first folder; bad input keeps what was typed."""
    form = ask.form
    try:
        if form.get("password") != form.get("again"):
            raise UsageError("The two passwords differ.", field="again")
        signed_in = accounts.set_up(
            ask.context.passwords, ask.context.settings.run, form.get("code", ""), form.get("login", ""),
            password=form.get("password", ""), display=form.get("display", ""), zone=form.get("zone", ""),
            ip=ask.peer.ip, agent=ask.request.headers.get("user-agent", ""),
        )  # fmt: skip
    except SignInFailed as error:
        return _form(ask, str(error), "code", 422)
    except Throttled as error:
        return tell(_form(ask, str(error), "code"), error)
    except (UsageError, Conflict) as error:
        return _form(ask, str(error), error.field, 422)
    return set_session(RedirectResponse("/storages?first=1", 303), ask, signed_in.secret)


def _form(ask: Ask, problem: str = "", field: str | None = None, status: int = 200) -> Response:
    kept = {name: ask.form.get(name, "") for name in ("code", "login", "display")}
    values = {"kept": kept, "problem": problem, "wrong": field, **zone_choice(ask.form)}
    return render(ask, "setup.html", values, status=status)
