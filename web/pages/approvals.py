"""/approvals: one inbox for what would go out of the viewer's collections and what would come in to them."""

import re

from starlette.responses import RedirectResponse, Response

from services import sharing
from services.errors import UsageError
from web.asking import Ask
from web.rendering import render

SHOWN = 100


def index(ask: Ask) -> Response:
    """What waits, oldest first."""
    return _page(ask)


def decide(ask: Ask) -> Response:
    """Decide on what was picked: the pictures ticked, or the one whose button it was."""
    decision, _, one = ask.form.get("decision", "").partition(" ")
    picked = [one] if one else [n.removeprefix("pick ") for n in ask.form if n.startswith("pick ")]
    try:
        if not picked:
            raise UsageError("Tick at least one picture first.")
        if decision == "approve":
            undo_id = sharing.decide(ask.viewer, picked, "approve")
        else:
            undo_id = sharing.decide(ask.viewer, picked, "reject")
    except UsageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse(f"/approvals?did={decision}&n={len(picked)}&undo={undo_id}", 303)


def undo(ask: Ask) -> Response:
    """Take the last decision back."""
    sharing.undo(ask.viewer, ask.path["id"])
    return RedirectResponse("/approvals?did=undone", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    found = sharing.waiting(ask.viewer, limit=SHOWN + 1)
    values = {
        "lines": found[:SHOWN],
        "more": len(found) > SHOWN,
        "did": ask.query.get("did", ""),
        "n": ask.number("n", 1),
        "undo": _id(ask.query.get("undo", "")),
        "problem": problem,
    }
    return render(ask, "approvals.html", values, status=status)


def _id(text: str) -> str:
    """An id as we make them, else nothing: it becomes part of the address of a form, which a link must not choose."""
    return text if re.fullmatch(r"[\w-]{1,64}", text, re.ASCII) else ""
