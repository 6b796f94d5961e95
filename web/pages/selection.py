"""/selection: one act on the items that were picked on a page, by a plain form; /undo/{id}: the way back."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.responses import RedirectResponse, Response

from services import collections
from services.collections import Draft, selecting
from services.collections.members import Step
from services.errors import UsageError
from web.api.selection import take_back, thrower
from web.asking import Ask

STEPS: Mapping[str, Step] = {"first": "first", "earlier": "earlier", "later": "later"}
MARKS: Mapping[str, tuple[str, dict[str, Any]]] = {
    "favourite": ("favourite", {"favourite": True}),
    "unfavourite": ("favourite", {"favourite": False}),
    "hide": ("hide", {"hidden": True}),
    "unhide": ("hide", {"hidden": False}),
}


def act(ask: Ask) -> Response:
    """Whatever button was pressed; the page it was on tells what became of it, with the way back."""
    items = ask.picked
    back, what = local(ask.form.get("back", "/")), ask.form.get("do", "")
    if not items:
        return _after(back, "nothing")
    here = ask.form.get("here", "")
    if what in STEPS:
        collections.step(ask.viewer, here, items, STEPS[what])
        return RedirectResponse(back, 303)
    if what == "cover":
        collections.edit(ask.viewer, here, {"cover": items[0]})
        return RedirectResponse(back, 303)
    if what == "make":
        made = collections.create(ask.viewer, Draft(ask.form.get("name", "")))
        collections.add(ask.viewer, made.pid, items)
        return RedirectResponse(f"/collections/{made.pid}", 303)
    done = _done(ask, what, items, here)
    return _after(back, {"trash": "thrown"}.get(what, what) if done.number else "nothing", done)


def undo(ask: Ask) -> Response:
    """Take an act back."""
    take_back(ask, ask.path["id"])
    return _after(local(ask.form.get("back", "/")), "undone")


def local(address: str) -> str:
    """An address of ours that a form named; the timeline for anything else."""
    parts = urlsplit(address)
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/") and "\\" not in address
    return address if ours and not address.startswith("//") and address.isprintable() else "/"


def _done(ask: Ask, what: str, items: list[str], here: str) -> selecting.Acted:
    if what in MARKS:
        action, given = MARKS[what]
        return selecting.act(ask.viewer, items, action, given)
    if what in {"label", "unlabel"}:
        labels = [word.strip() for word in ask.form.get("labels", "").split(",") if word.strip()]
        return selecting.act(ask.viewer, items, what, {"labels": labels})
    if what == "trash":
        return selecting.act(ask.viewer, items, what, {}, throw=thrower(ask))
    if what in {"add", "remove"}:
        collection = here if what == "remove" else ask.form.get("collection", "")
        return selecting.act(ask.viewer, items, what, {"collection": collection})
    raise UsageError(f"There is no action “{what}”.", field="do")


def _after(back: str, did: str, done: selecting.Acted | None = None) -> Response:
    more = {"deed": did} | ({"n": str(done.number), "undo": done.undo or ""} if done else {})
    return RedirectResponse(f"{back}{'&' if '?' in back else '?'}{urlencode(more)}", 303)
