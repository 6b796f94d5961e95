"""/s/{token}: the door of a link. It shows nothing of what lies behind; a form opens it once, for a guest session.

After that no address holds the secret: the guest's pages have the id of the session, and its secret is a cookie.
"""

from starlette.responses import RedirectResponse, Response

from services.accounts import SignInFailed
from services.errors import Conflict, Throttled
from services.models import Share
from web.asking import Ask
from web.handling import GUESTS, set_guest, tell
from web.headers import unlisted
from web.rendering import render


def show(ask: Ask) -> Response:
    """The door. Looking uses nothing up, so programs that preview links may."""
    return _door(ask, ask.context.links.look(ask.path["token"], ip=ask.peer.ip))


def enter(ask: Ask) -> Response:
    """Go in, with the password where there is one."""
    try:
        guest = ask.context.links.exchange(ask.path["token"], ask.form.get("password", ""), ip=ask.peer.ip)
    except (SignInFailed, Throttled, Conflict) as error:
        share = ask.context.links.look(ask.path["token"], ip=ask.peer.ip)
        return tell(_door(ask, share, str(error)), error)
    return set_guest(RedirectResponse(f"{GUESTS}/{guest.pid}", 303), ask, guest)


def _door(ask: Ask, share: Share, problem: str = "") -> Response:
    return unlisted(
        render(ask, "door.html", {"asks_password": share.password is not None, "problem": problem})
    )
