"""/invite/{token}: an invited person makes their own account."""

from starlette.responses import RedirectResponse, Response

from services import accounts
from services.errors import Conflict, UsageError
from web.asking import Ask
from web.handling import set_session
from web.rendering import render
from web.zones import zone_choice


def show(ask: Ask) -> Response:
    """The form, with who invites."""
    return _form(ask)


def accept(ask: Ask) -> Response:
    """Make the account and sign in."""
    form = ask.form
    try:
        if form.get("password") != form.get("again"):
            raise UsageError("The two passwords differ.", field="again")
        signed_in = accounts.redeem_invitation(
            ask.context.passwords, ask.path["token"], form.get("login", ""), password=form.get("password", ""),
            display=form.get("display", ""), zone=form.get("zone", ""), ip=ask.peer.ip,
            agent=ask.request.headers.get("user-agent", ""), previous=ask.session,
        )  # fmt: skip
    except (UsageError, Conflict) as error:
        return _form(ask, str(error), error.field, 422)
    return set_session(RedirectResponse("/", 303), ask, signed_in.secret)


def _form(ask: Ask, problem: str = "", field: str | None = None, status: int = 200) -> Response:
    invitation = accounts.get_invitation(ask.path["token"])
    kept = {name: ask.form.get(name, "") for name in ("login", "display")}
    values = {
        "invitation": invitation, "kept": kept, "problem": problem, "wrong": field, **zone_choice(ask.form),
    }  # fmt: skip
    return render(ask, "invitation.html", values, status=status)
