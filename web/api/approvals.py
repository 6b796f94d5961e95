"""/approvals: what waits for the viewer's word: going out of theirs, coming in to theirs, and offered to them."""

from starlette.responses import JSONResponse, Response

from services import sharing
from services.errors import UsageError
from web.api import views
from web.handling import Ask

SHOWN = 200


def list_approvals(ask: Ask) -> Response:
    """GET /approvals: oldest first, 200 at most; `total` is null where more follow when these are decided

    Of the side `offer` is a share that waits until the viewer accepts it: it has no item.
    """
    asked = [(o.since, views.offering(o)) for o in sharing.offered(ask.viewer, limit=SHOWN + 1)]
    asked += [(w.since, views.waiting(w)) for w in sharing.waiting(ask.viewer, limit=SHOWN + 1)]
    found = [view for _, view in sorted(asked, key=lambda each: each[0])]
    total = len(found) if len(found) <= SHOWN else None
    return JSONResponse({"items": found[:SHOWN], "next": None, "total": total})


def decide(ask: Ask) -> Response:
    """POST /approvals {ids, decision: approve|reject}: all of them or none; answers the id to undo it by

    To approve an offer is to accept it, to reject it to decline it.
    """
    ids, decision = ask.data.get("ids"), ask.data.get("decision")
    if not isinstance(ids, list) or not all(isinstance(i, str) for i in ids):
        raise UsageError("ids is a list of what GET /approvals gave.", field="ids")
    if decision not in ("approve", "reject"):
        raise UsageError("The decision is “approve” or “reject”.", field="decision")
    return JSONResponse({"undo": sharing.decide(ask.viewer, ids, decision)})


def undo(ask: Ask) -> Response:
    """POST /approvals/undo/{id}: take a decision back, for ten minutes"""
    return JSONResponse({"undone": sharing.undo(ask.viewer, ask.path["id"])})
