"""/me: the person who asks."""

from starlette.responses import JSONResponse, Response

from services import profiles
from services.errors import UsageError
from web.handling import Ask

EDITABLE = frozenset({"display", "language", "zone"})


def show_me(ask: Ask) -> Response:
    """GET /me"""
    viewer, profile = ask.viewer, profiles.profile(ask.viewer)
    return JSONResponse(
        {
            "login": profile["login"], "display": profile["display"], "language": profile["language"],
            "zone": profile["zone"], "role": viewer.role, "admin": viewer.is_admin,
            "scopes": None if viewer.scopes is None else sorted(viewer.scopes),
        }
    )  # fmt: skip


def edit_me(ask: Ask) -> Response:
    """PATCH /me {display?, language?, zone?}"""
    unknown = sorted(set(ask.data) - EDITABLE)
    if unknown:
        raise UsageError(
            f"“{unknown[0]}” cannot be changed here; {', '.join(sorted(EDITABLE))} can.", field=unknown[0]
        )
    profiles.edit_profile(ask.viewer, **ask.data)
    return show_me(ask)
