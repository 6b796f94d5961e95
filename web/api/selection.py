"""/selection: one act on many items; /undo: what was before comes back."""

from starlette.responses import JSONResponse, Response

from services import sharing
from services.collections import selecting
from services.errors import NotFound, UsageError
from services.viewers import Viewer
from web.handling import Ask


def act(ask: Ask) -> Response:
    """POST /selection {ids | q, except?, action: add|remove|label|unlabel|favourite|rate|hide|trash, …}"""
    data = ask.data
    ids, q, without = data.get("ids"), data.get("q"), data.get("except", [])
    for name, value in (("ids", ids), ("except", without)):
        if value is not None and not (isinstance(value, list) and all(isinstance(v, str) for v in value)):
            raise UsageError(f"{name} is a list of ids of items.", field=name)
    if q is not None and not isinstance(q, str):
        raise UsageError("q must be a text.", field="q")
    items = selecting.chosen(ask.viewer, ids=ids, q=q, without=without)
    done = selecting.act(ask.viewer, items, str(data.get("action", "")), data, throw=thrower(ask))
    return JSONResponse({"number": done.number, "left": done.left, "undo": done.undo})


def undo(ask: Ask) -> Response:
    """POST /undo/{id}: take an act back, while that is possible"""
    return JSONResponse({"number": take_back(ask, ask.path["id"])})


def thrower(ask: Ask) -> selecting.Throw:
    """Puts an item with all its files into the trash."""

    def throw(viewer: Viewer, pid: str) -> list[str]:
        return [thrown.pid for thrown in ask.context.filing.delete_item(viewer, pid)][:1]

    return throw


def take_back(ask: Ask, pid: str) -> int:
    """Undo an act on a selection, or a decision about what waits. Raises NotFound."""
    try:
        return selecting.undo(ask.viewer, pid, bring_back=ask.context.trashing.restore)
    except NotFound:
        return sharing.undo(ask.viewer, pid)
