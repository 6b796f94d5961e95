"""/me: the person who asks."""

from starlette.responses import JSONResponse, Response

from services import profiles
from services.errors import UsageError
from web.handling import Ask

EDITABLE = frozenset({"display", "language", "letter_keys", "ask_first", "zone", "default_storage"})


def show_me(ask: Ask) -> Response:
    """GET /me"""
    viewer, profile = ask.viewer, profiles.profile(ask.viewer)
    return JSONResponse(
        {
            "login": profile["login"], "display": profile["display"], "language": profile["language"],
            "zone": profile["zone"], "letter_keys": profile["letter_keys"], "ask_first": profile["ask_first"],
            "default_storage": profile["default_storage"], "role": viewer.role, "admin": viewer.is_admin,
            "scopes": None if viewer.scopes is None else sorted(viewer.scopes),
        }
    )  # fmt: skip


def edit_me(ask: Ask) -> Response:
    """PATCH /me {display?, language?, zone?, letter_keys?, ask_first?, default_storage?}

    The last is a storage's id, null for none. With ask_first what others share waits among /approvals.
    """
    unknown = sorted(set(ask.data) - EDITABLE)
    if unknown:
        raise UsageError(
            f"“{unknown[0]}” cannot be changed here; {', '.join(sorted(EDITABLE))} can.", field=unknown[0]
        )
    given = dict(ask.data)
    if given.get("default_storage", "") is None:
        given["default_storage"] = ""
    profiles.edit_profile(ask.viewer, ask.context.jobs, **given)
    return show_me(ask)
