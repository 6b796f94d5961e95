"""/trash: what lies in the trash of the person's storages, the way back, and emptying it."""

from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from services.errors import Conflict, NotFound, StorageError, UsageError
from services.filing import Thrown
from services.storages import paths
from web.api.files import answered
from web.asking import Ask
from web.rendering import render

PAGE = 100


def show(ask: Ask) -> Response:
    """The lines of the trash, newest first."""
    return _page(ask)


def restore(ask: Ask) -> Response:
    """Back to where it was; also the undo of a deletion."""
    try:
        with answered():
            before = ask.context.trashing.get(ask.viewer, ask.path["id"])
            back = ask.context.trashing.restore(ask.viewer, ask.path["id"])
    except (Conflict, UsageError, StorageError) as error:
        return _page(ask, str(error), 422)
    called = "" if back[0].path == before.entry.path else f"&as={quote(paths.to_bytes(back[0].path))}"
    return RedirectResponse(f"/trash?did=restored&n={len(back)}{called}", 303)


def delete(ask: Ask) -> Response:
    """For good."""
    try:
        ask.context.trashing.delete(ask.viewer, ask.path["id"])
    except (Conflict, StorageError) as error:
        return _page(ask, str(error), 422)
    return RedirectResponse("/trash?did=deleted", 303)


def empty(ask: Ask) -> Response:
    """Everything for good, after the person said that they are sure."""
    if ask.form.get("sure") != "on":
        return _page(ask, "Nothing was deleted: say first that you are sure.", 422)
    ask.context.trashing.empty(ask.viewer)
    return RedirectResponse("/trash", 303)


def throw_item(ask: Ask) -> Response:
    """An item with all its files into the trash; this page then offers the way back."""
    with answered():
        thrown = ask.context.filing.delete_item(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/trash?trash={thrown[0].pid if thrown else ''}", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    after = ask.number("after", 0)
    lines = ask.context.trashing.page(ask.viewer, after=after or None, limit=PAGE + 1)
    values = {
        "lines": lines[:PAGE], "more": lines[PAGE - 1].entry.id if len(lines) > PAGE else None,
        "problem": problem, "thrown": _thrown(ask), "did": ask.query.get("did", ""),
        "called": ask.query.get("as", ""),
        "days": ask.context.trashing.days, "emptying": ask.context.trashing.emptying(ask.viewer),
        "left": ask.context.trashing.left(ask.viewer),
    }  # fmt: skip
    return render(ask, "trash.html", values, status=status)


def _thrown(ask: Ask) -> Thrown | None:
    try:
        return ask.context.trashing.get(ask.viewer, ask.query["trash"]) if ask.query.get("trash") else None
    except NotFound:
        return None
