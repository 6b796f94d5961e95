"""/approvals: one inbox for what would go out of the viewer's collections, come in to them, and is offered to them."""

from starlette.responses import RedirectResponse, Response

from services import sharing
from services.errors import UsageError
from services.sharing.answering import split
from services.sharing.approving import Decision
from web.addresses import id_or_nothing
from web.asking import Ask
from web.rendering import asking_screens, render

SHOWN = 100


def index(ask: Ask) -> Response:
    """What waits, oldest first."""
    return _page(ask)


def decide(ask: Ask) -> Response:
    """Decide on what was picked: what is ticked, or the one whose button it was."""
    try:
        decision, picked = decided(ask)
        undo_id = sharing.decide(ask.viewer, picked, decision)
    except UsageError as error:
        return _page(ask, str(error), 422)
    offers, items = split(picked)
    told = f"did={decision}&n={len(items)}&offers={len(offers)}&undo={undo_id}"
    return RedirectResponse(f"/approvals?{told}", 303)


def decided(ask: Ask) -> tuple[Decision, list[str]]:
    """What a form of decisions says: which one, and on what. Raises UsageError when nothing was ticked."""
    decision, _, one = ask.form.get("decision", "").partition(" ")
    picked = [one] if one else [n.removeprefix("pick ") for n in ask.form if n.startswith("pick ")]
    if not picked:
        raise UsageError("Tick at least one picture first.")
    return "approve" if decision == "approve" else "reject", picked


def undo(ask: Ask) -> Response:
    """Take the last decision back."""
    sharing.undo(ask.viewer, ask.path["id"])
    return RedirectResponse("/approvals?did=undone", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    found, offers = (look(ask.viewer, limit=SHOWN + 1) for look in (sharing.waiting, sharing.offered))
    values = {
        "lines": found[:SHOWN],
        "offers": offers[:SHOWN],
        "more": len(found) > SHOWN or len(offers) > SHOWN,
        "did": ask.query.get("did", ""),
        "n": ask.number("n", 1),
        "answered": ask.number("offers", 0),
        "undo": id_or_nothing(ask.query.get("undo", "")),
        "asking": asking_screens(ask),
        "problem": problem,
    }
    return render(ask, "approvals.html", values, status=status)
