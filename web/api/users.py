"""/users and /invitations: accounts, for administrators."""

from starlette.responses import JSONResponse, Response

from services import accounts
from services.accounts import Person
from services.errors import UsageError
from web.api.views import instant
from web.handling import Ask


def list_users(ask: Ask) -> Response:
    """GET /users"""
    found = [_person(p) for p in accounts.list_people(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def edit_user(ask: Ask) -> Response:
    """PATCH /users/{id} {active}"""
    active = ask.data.get("active")
    if not isinstance(active, bool) or len(ask.data) != 1:
        raise UsageError('What can be changed is {"active": true or false}.', field="active")
    change = accounts.enable_person if active else accounts.disable_person
    change(ask.viewer, ask.path["id"])
    return JSONResponse(_person(accounts.get_person(ask.viewer, ask.path["id"])))


def create_invitation(ask: Ask) -> Response:
    """POST /invitations {role?, admin?, note?}: the link's token is in this answer and nowhere else."""
    role, note = ask.data.get("role", "adult"), ask.data.get("note", "")
    if not isinstance(role, str) or not isinstance(note, str):
        raise UsageError("role and note must be texts.", field="role")
    made = accounts.invite(ask.viewer, role=role, is_admin=ask.data.get("admin") is True, note=note)
    body = {"id": made.info.pid, "token": made.secret, "expires": instant(made.info.expires_at)}
    return JSONResponse(body, 201, {"Cache-Control": "no-store"})


def _person(p: Person) -> dict[str, object]:
    return {
        "id": p.pid, "login": p.login, "display": p.display, "role": p.role, "admin": p.is_admin, "active": p.active,
        "created": instant(p.created_at), "seen": instant(p.seen_at),
    }  # fmt: skip
