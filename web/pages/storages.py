"""/storages: the storages of the person, how they are, and adding a folder. Also steps 2 and 3 of the wizard.

Those that lie elsewhere are connected in `connecting` and `reconnecting`.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from services import access
from services.budgets import Budget
from services.errors import AccessDenied, Conflict, Forbidden, StorageError, UsageError
from services.filing.browsing import folders_of
from services.models import Storage
from services.storages import paths
from web import budget_forms
from web.asking import Ask
from web.budget_forms import BudgetForm
from web.rendering import language_of, render


@dataclass(frozen=True, slots=True)
class Refused:
    """A form of a storage's page that is shown again: what was `typed`, and the `problem` with it."""

    form: str
    problem: str
    typed: str = ""

    def of(self, form: str) -> str:
        """What is wrong with this form; empty when it is another one, or none."""
        return self.problem if form == self.form else ""


def index(ask: Ask) -> Response:
    """All storages with their health and progress, and the form to add one."""
    return _index(ask)


def check(ask: Ask) -> Response:
    """Test a folder before it is added: may it be, and what lies in it."""
    try:
        root = ask.context.connecting.check_local(ask.viewer, ask.form.get("path", ""))
    except (UsageError, AccessDenied) as error:
        return _index(ask, str(error), getattr(error, "field", None), 422)
    return _index(ask, tested=ask.context.connecting.look(root))


def add(ask: Ask) -> Response:
    """Add a folder and begin to scan it; `test` in the form only tests it."""
    if ask.form.get("act") == "test":
        return check(ask)
    form = ask.form
    try:
        storage = ask.context.connecting.add_local(
            ask.viewer, form.get("name", ""), form.get("path", ""), writable=form.get("writable") == "on"
        )
    except (UsageError, Conflict, AccessDenied) as error:
        return _index(ask, str(error), getattr(error, "field", None), 422)
    return RedirectResponse(f"/storages/{storage.pid}{'?first=1' if _is_first(ask) else ''}", 303)


def show(ask: Ask) -> Response:
    """One storage with live progress and its errors file by file."""
    return _one(ask)


def _one(
    ask: Ask, refused: Refused | None = None, status: int = 200, budget: BudgetForm | None = None
) -> Response:
    pid = ask.path["id"]
    after = ask.number("after", 0)
    problems = ask.context.connecting.problems(ask.viewer, pid, after=after, limit=51)
    found = ask.context.connecting.overview(ask.viewer, pid)
    offer = ask.context.remotes.find_offer(found.storage)
    kept = Budget.of(found.storage.options, ask.viewer.zone)
    values = {
        "o": found,
        "offer": offer,
        "signs_in": _signs_in(ask, found.storage),
        "again": ask.query.get("again") == "1",
        "problems": problems[:50],
        "more": problems[49].id if len(problems) > 50 else None,
        "folders": ask.context.connecting.folder_problems(ask.viewer, pid),
        "first": _is_first(ask),
        "refused": refused or Refused("", ""),
        "known": [f for f in folders_of(ask.viewer, pid) if f],
        "looking": ask.query.get("looking"),
        "instead": ask.query.get("instead"),
        "budget": budget or budget_forms.of_budget(kept, language_of(ask)),
        "saved": ask.query.get("saved", ""),
    }
    return render(ask, "storage.html", values, status=status)


def scan(ask: Ask) -> Response:
    """Scan now: the whole storage, or the `folder` of the form with all below it."""
    pid, folder = ask.path["id"], ask.form.get("folder")
    if folder is None:
        ask.context.connecting.scan(ask.viewer, pid)
        return RedirectResponse(f"/storages/{pid}", 303)
    try:
        job = ask.context.connecting.scan_folder(ask.viewer, pid, folder.strip())
    except UsageError as error:
        return _one(ask, Refused("folder", str(error), folder), 422)
    asked = "/".join(paths.parts(folder.strip().strip("/")))
    looking = "".join(paths.from_json(each) for each in job.payload.get("folders", [])[:1])
    instead = "" if looking == asked else f"&instead={quote(paths.to_bytes(asked))}"
    return RedirectResponse(f"/storages/{pid}?looking={quote(paths.to_bytes(looking))}{instead}", 303)


def stop(ask: Ask) -> Response:
    """Stop what scans or reads it, until the next scan."""
    ask.context.connecting.stop(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/storages/{ask.path['id']}", 303)


def confirm(ask: Ask) -> Response:
    """What vanished is really gone: let go of the brake."""
    ask.context.connecting.resume(ask.viewer, ask.path["id"])
    return RedirectResponse(f"/storages/{ask.path['id']}", 303)


def writing(ask: Ask) -> Response:
    """Allow writing, or close the storage again; what its storage says against it stands on the page.

    A provider that was asked for the right to read alone refuses: then it is asked for the other one, at a new sign-in.
    """
    pid, allowed = ask.path["id"], ask.form.get("allow") == "yes"
    try:
        try:
            ask.context.connecting.allow_writing(ask.viewer, pid, allowed)
        except Forbidden:
            if not (allowed and _signs_in(ask, access.get_storage(ask.viewer, pid))):
                raise
            draft = ask.context.remotes.renew(ask.viewer, pid, {}, writable=True)
            if draft is None:
                raise
            return RedirectResponse(f"/storages/new/draft/{draft.pid}", 303)
    except (StorageError, Conflict, UsageError) as error:
        return _one(ask, Refused("writing", str(error)), 422)
    return RedirectResponse(f"/storages/{pid}#writing", 303)


def _signs_in(ask: Ask, storage: Storage) -> bool:
    """Whether a storage is signed in to on pages of its provider."""
    offer = ask.context.remotes.find_offer(storage)
    return offer is not None and bool(ask.context.remotes.methods(offer))


def set_budget(ask: Ask) -> Response:
    """What reading it in the background may take; what does not fit stays in the form, with the reason."""
    storage, form = access.get_storage(ask.viewer, ask.path["id"]), budget_forms.of_posted(ask.form)
    if form.problems:
        return _one(ask, status=422, budget=form)
    ask.context.connecting.set_budget(ask.viewer, storage.pid, form.value)
    return RedirectResponse(f"/storages/{storage.pid}?saved=budget#budget", 303)


def room(ask: Ask) -> Response:
    """How much room is left: asked of the storage, so apart from its page, which waits for nothing."""
    storage, found, problem = access.get_storage(ask.viewer, ask.path["id"]), None, ""
    try:
        found = ask.context.connecting.room(ask.viewer, storage.pid)
    except StorageError as error:
        problem = str(error)
    return render(ask, "room.html", {"s": storage, "room": found, "problem": problem})


def remove(ask: Ask) -> Response:
    """Out of Hypomos. The person types the storage's name: this is not undone with a click."""
    o = ask.context.connecting.overview(ask.viewer, ask.path["id"])
    if ask.form.get("name", "").strip() != o.storage.name:
        return _one(ask, Refused("remove", "This is not the storage's name, so nothing was removed."), 422)
    items: Any = ask.form.get("items", "keep")
    ask.context.connecting.remove(ask.viewer, ask.path["id"], items=items)
    ask.context.remotes.forget(o.storage)
    return RedirectResponse("/storages", 303)


def _index(
    ask: Ask, problem: str = "", field: str | None = None, status: int = 200, tested: object = None
) -> Response:
    kept = {name: ask.form.get(name, "") for name in ("name", "path", "writable")}
    values = {
        "storages": ask.context.connecting.overviews(ask.viewer),
        "kept": kept,
        "problem": problem,
        "wrong": field,
        "tested": tested,
        "offers": ask.context.remotes.offers(ask.viewer),
        "offer_of": ask.context.remotes.find_offer,
        "signs_in": lambda storage: _signs_in(ask, storage),
        "roots": ask.context.connecting.allowed_roots(ask.viewer),
        "first": _is_first(ask),
    }
    return render(ask, "storages.html", values, status=status)


def _is_first(ask: Ask) -> bool:
    """Whether this is a step of the wizard."""
    return ask.query.get("first") == "1"
