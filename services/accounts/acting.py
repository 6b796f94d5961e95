"""Who acts: viewers made from users, and the conditions under which one may act on accounts.

The conditions are asked again inside the transaction of what they guard, so a person who was disabled
a moment ago does nothing more.
"""

import logging
from typing import Any, Literal, cast

import peewee

from services import access
from services.accounts.lookups import Known
from services.errors import AccessDenied
from services.models import User, transaction
from services.viewers import Proof, Viewer

log = logging.getLogger(__name__)

OPERATOR = Viewer(user_id=0, login="", display="", is_admin=True)
"""Whoever runs commands on the appliance itself: runs accounts as an administrator does, owns nothing."""


def viewer_of(
    user: User | Known,
    *,
    proof: Proof | None = None,
    scopes: frozenset[str] | None = None,
    not_after: int | None = None,
) -> Viewer:
    """This person as a viewer. A token makes an administrator only with the scope `admin`."""
    return Viewer(
        user_id=user.id,
        login=user.login,
        display=user.display,
        role=cast(Literal["adult", "child"], user.role),
        is_admin=user.is_admin and (scopes is None or "admin" in scopes),
        cred_version=user.cred_version,
        language=user.language,
        zone=user.zone,
        letter_keys=user.letter_keys,
        scopes=scopes,
        proof=proof,
        not_after=not_after,
    )


def actor_id(viewer: Viewer) -> int | None:
    """Who is named in the audit log; None for the operator."""
    return viewer.user_id or None


def require_current(viewer: Viewer) -> None:
    """Raise AccessDenied unless the person is active and their proof still holds."""
    if viewer != OPERATOR and not access.holds(viewer):
        raise AccessDenied("This sign-in has ended or the account is disabled. Sign in again.")


def require_admin(viewer: Viewer) -> None:
    """Raise AccessDenied unless the viewer runs the appliance, by what the catalogue says now."""
    require_current(viewer)
    still = viewer == OPERATOR or User.select().where((User.id == viewer.user_id) & User.is_admin).exists()
    if not (viewer.is_admin and still):
        raise AccessDenied("Only administrators may do this.")


def require_in_person(viewer: Viewer) -> None:
    """Raise AccessDenied for tokens: only somebody at the keyboard, with a session or on the appliance."""
    require_current(viewer)
    if viewer.scopes is not None or (viewer.proof is not None and viewer.proof.kind != "session"):
        raise AccessDenied("This cannot be done with a token. Sign in with the browser.")


def require_credentials(viewer: Viewer) -> None:
    """Raise AccessDenied unless the viewer may manage the person's sessions and tokens."""
    require_current(viewer)
    if not viewer.allows("credentials"):
        raise AccessDenied("This token may not manage sessions and tokens.")


def note(query: Any) -> None:
    """Run an update that nobody waits for: a full or busy disk must not stop who only reads."""
    try:
        with transaction():
            query.execute()
    except peewee.OperationalError as error:
        log.warning("the time of last use was not noted: %s", error)
