"""/sessions and /tokens: the proofs of who somebody is, listed and ended by that person."""

from starlette.responses import JSONResponse, Response

from services import accounts
from services.accounts import SessionInfo, TokenInfo
from services.errors import UsageError
from web.api.views import instant
from web.handling import Ask


def list_sessions(ask: Ask) -> Response:
    """GET /sessions"""
    found = [_session(s) for s in accounts.list_sessions(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def revoke_session(ask: Ask) -> Response:
    """DELETE /sessions/{id}"""
    accounts.revoke_session(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def list_tokens(ask: Ask) -> Response:
    """GET /tokens"""
    found = [_token(t) for t in accounts.list_tokens(ask.viewer)]
    return JSONResponse({"items": found, "next": None, "total": len(found)})


def create_token(ask: Ask) -> Response:
    """POST /tokens {kind: app|api, scopes?, label?}: the secret is in this answer and nowhere else."""
    scopes, label, kind = ask.data.get("scopes"), ask.data.get("label", ""), ask.data.get("kind", "app")
    if scopes is not None and not (isinstance(scopes, list) and all(isinstance(s, str) for s in scopes)):
        raise UsageError("scopes must be a list of texts.", field="scopes")
    if not isinstance(label, str) or not isinstance(kind, str):
        raise UsageError("kind and label must be texts.", field="label")
    made = accounts.create_token(ask.viewer, kind, scopes=scopes, label=label)
    return JSONResponse(_token(made.info) | {"secret": made.secret}, 201, {"Cache-Control": "no-store"})


def revoke_token(ask: Ask) -> Response:
    """DELETE /tokens/{id}"""
    accounts.revoke_token(ask.viewer, ask.path["id"])
    return Response(status_code=204)


def _session(s: SessionInfo) -> dict[str, object]:
    return {
        "id": s.pid, "created": instant(s.created_at), "seen": instant(s.seen_at), "expires": instant(s.expires_at),
        "ip": s.ip, "agent": s.agent, "current": s.current,
    }  # fmt: skip


def _token(t: TokenInfo) -> dict[str, object]:
    return {
        "id": t.pid, "kind": t.kind, "label": t.label, "scopes": list(t.scopes), "created": instant(t.created_at),
        "expires": instant(t.expires_at), "last_used": instant(t.last_used_at), "last_ip": t.last_ip,
    }  # fmt: skip
