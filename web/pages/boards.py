"""/events/{id}/board: what came to an event, waiting, visible or rejected, and what its organisers decide."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from services import events, sharing
from services.errors import UsageError
from services.events.board import STATES, State
from web.addresses import id_or_nothing
from web.asking import Ask
from web.pages.approvals import decided
from web.pages.events import show_event

PAGE = 60


def show(ask: Ask) -> Response:
    """One state of what came, oldest first."""
    return _page(ask)


def decide(ask: Ask) -> Response:
    """Decide on the pictures ticked, or on the one whose button it was."""
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    try:
        decision, picked = decided(ask)
        undo_id = events.decide(ask.viewer, pid, picked, decision)
    except UsageError as error:
        return _page(ask, str(error), 422)
    state = _state(ask.form.get("state", ""))
    return RedirectResponse(
        f"/events/{pid}/board?state={state}&did={decision}&n={len(picked)}&undo={undo_id}", 303
    )


def undo(ask: Ask) -> Response:
    """Take the last decision back."""
    pid = ask.path["id"]
    events.organised(ask.viewer, pid)
    sharing.undo(ask.viewer, ask.form.get("undo", ""))
    return RedirectResponse(f"/events/{pid}/board?did=undone", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    pid = ask.path["id"]
    state = _state(ask.form.get("state") or ask.query.get("state", ""))
    offset = max(0, ask.number("from", 0))
    board = events.board(ask.viewer, pid, state, offset=offset, limit=PAGE)
    values: dict[str, Any] = {
        "board": board, "state": state, "from_": offset, "page": PAGE, "problem": problem,
        "did": ask.query.get("did", ""), "n": ask.number("n", 1),
        "undo": id_or_nothing(ask.query.get("undo", "")),
    }  # fmt: skip
    return show_event(ask, "event_board.html", events.get(ask.viewer, pid), values, status=status)


def _state(text: str) -> State:
    return next((state for state in STATES if state == text), "pending")
