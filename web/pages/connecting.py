"""/storages/new: connecting a storage that lies elsewhere, one page a step, none of which needs a script.

form of the provider -> sign-in at the provider, where it has one -> choosing the folder -> its page
"""

from contextlib import suppress
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from services import access
from services.errors import AccessDenied, Conflict, NotFound, StorageError, UsageError
from services.names import shown
from services.remotes import Draft, Folders, Offer, StorageSignInFailed
from web.asking import Ask
from web.errors import problem_of
from web.provider_forms import fields_of, options_of, values_of
from web.rendering import render

TROUBLE = (UsageError, Conflict, AccessDenied, StorageError, StorageSignInFailed)
"""What a person can do something about: told on the page where it happened."""


def form(ask: Ask) -> Response:
    """The form of one provider; where rclone gives it, and does not answer, the page says so."""
    return _form(ask, _offer(ask))


def begin(ask: Ask) -> Response:
    """Check what was given and try it; then sign in, or choose the folder."""
    offer = _offer(ask)
    try:
        draft = ask.context.remotes.begin(
            ask.viewer, offer.type, options_of(offer, ask.form), writable=ask.form.get("writable") == "on",
            method=ask.form.get("method", ""),
        )  # fmt: skip
    except TROUBLE as error:
        return _form(ask, offer, error)
    return RedirectResponse(_address(draft), 303)


def show(ask: Ask) -> Response:
    """Where a draft stands: signing in, or choosing the folder."""
    return _draft(ask, ask.context.remotes.draft(ask.viewer, ask.path["id"]))


def poll(ask: Ask) -> Response:
    """Ask the provider how far the sign-in is. A script asks again and again and gets nothing while it waits."""
    draft = ask.context.remotes.draft(ask.viewer, ask.path["id"])
    try:
        draft, trouble = ask.context.remotes.poll(ask.viewer, draft.pid)
    except TROUBLE as error:
        return _ended(ask, draft, error)
    if not draft.is_ready and not draft.is_done and not trouble and _is_script(ask):
        return Response(status_code=204)
    return _onward(ask, draft, trouble)


def finish(ask: Ask) -> Response:
    """Hand in a code or an address; one that is wrong can be entered again."""
    draft = ask.context.remotes.draft(ask.viewer, ask.path["id"])
    try:
        draft, trouble = ask.context.remotes.finish(ask.viewer, draft.pid, ask.form.get("given", ""))
    except StorageSignInFailed as error:
        if error.reason == "wrong_code":
            return _draft(ask, draft, problem=str(error), wrong="given", status=422)
        return _ended(ask, draft, error)
    except TROUBLE as error:
        return _ended(ask, draft, error)
    return _onward(ask, draft, trouble)


def came_back(ask: Ask) -> Response:
    """A provider sent the browser back with its answer."""
    state = ask.query.get("state", "")
    draft = ask.context.remotes.find_draft(ask.viewer, ask.path["provider"], state)
    try:
        draft, trouble = ask.context.remotes.finish(ask.viewer, draft.pid, ask.request.url.query)
    except TROUBLE as error:
        return _ended(ask, draft, error)
    return _onward(ask, draft, trouble)


def connect(ask: Ask) -> Response:
    """The folder is chosen: make the storage and begin to scan it."""
    draft = ask.context.remotes.draft(ask.viewer, ask.path["id"])
    root, name = ask.form.get("root", ""), ask.form.get("name", "")
    try:
        storage = ask.context.remotes.connect(ask.viewer, draft.pid, name, root)
    except TROUBLE as error:
        return _draft(ask, draft, path=root, error=error)
    return RedirectResponse(f"/storages/{storage.pid}", 303)


def cancel(ask: Ask) -> Response:
    """Not now: forget all of it."""
    draft = ask.context.remotes.draft(ask.viewer, ask.path["id"])
    ask.context.remotes.drop(ask.viewer, draft.pid)
    return RedirectResponse(_origin(draft), 303)


def _offer(ask: Ask) -> Offer:
    """What this person may connect, with its form. Raises NotFound, and StorageError when rclone gives it not."""
    remotes, type = ask.context.remotes, ask.path["type"]
    if all(offer.type != type for offer in remotes.offers(ask.viewer)):
        raise NotFound
    return remotes.offer(ask.viewer, type)


def _form(ask: Ask, offer: Offer, error: Exception | None = None) -> Response:
    remotes = ask.context.remotes
    has_client = remotes.has_client(offer)
    values: dict[str, object] = {
        "offer": offer,
        "fields": fields_of(offer, has_client=has_client),
        "kept": values_of(offer, None if error is None else ask.form),
        "guide": remotes.guide(offer),
        "has_client": has_client,
        "methods": remotes.methods(offer),
        "method": ask.form.get("method", ""),
        "writable": ask.form.get("writable") == "on",
        "storage": None,
        "secrets": frozenset(),
        **told(error),
    }
    return render(ask, "provider.html", values, status=200 if error is None else problem_of(error).status)


def told(error: Exception | None) -> dict[str, str | None]:
    """What a form says went wrong, and at which field."""
    return {"problem": "" if error is None else str(error), "wrong": getattr(error, "field", None)}


def _draft(
    ask: Ask, draft: Draft, *, path: str | None = None, problem: str = "", wrong: str | None = None,
    status: int = 200, error: Exception | None = None, trouble: str = "",
) -> Response:  # fmt: skip
    """The page of a draft; `error` is one of connecting it."""
    offer = ask.context.remotes.offer_of(draft)
    folders: Folders | None = None
    if error is not None:
        problem, wrong, status = str(error), getattr(error, "field", None), problem_of(error).status
    if draft.is_ready:
        try:
            folders = ask.context.remotes.browse(
                ask.viewer, draft.pid, ask.query.get("path", "") if path is None else path
            )
        except (StorageError, UsageError) as unlisted:
            problem, wrong, status = str(unlisted), "root", problem_of(unlisted).status
    values: dict[str, object] = {
        "draft": draft,
        "offer": offer,
        "pending": draft.pending,
        "folders": folders,
        "address": lambda to: f"{_address(draft)}?path={quote(to, safe='', errors='replace')}",
        "name": ask.form.get("name") or _name(offer, folders),
        "problem": problem,
        "wrong": wrong,
        "trouble": trouble,
        "origin": _origin(draft),
    }
    return render(ask, "draft.html", values, status=status)


def _onward(ask: Ask, draft: Draft, trouble: str) -> Response:
    """The next page. A script is told to go there; the page itself shows what hinders."""
    if trouble:
        return _draft(ask, draft, trouble=trouble)
    if draft.is_done and draft.opens and not access.get_storage(ask.viewer, draft.storage).writable:
        try:  # it was signed in to again for that
            ask.context.connecting.allow_writing(ask.viewer, draft.storage, True)
        except TROUBLE as error:
            return _ended(ask, draft, error)
    address = f"/storages/{draft.storage}?again=1" if draft.is_done else _address(draft)
    if _is_script(ask):
        return Response(status_code=200, headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)


def _ended(ask: Ask, draft: Draft, error: Exception) -> Response:
    """The sign-in came to nothing: why, and the way to begin again."""
    with suppress(NotFound):
        ask.context.remotes.drop(ask.viewer, draft.pid)
    values: dict[str, object] = {
        "problem": str(error),
        "offer": ask.context.remotes.offer_of(draft),
        "origin": _origin(draft),
        "again": f"/storages/{draft.storage}/reconnect"
        if draft.storage
        else f"/storages/new/{quote(draft.type)}",
    }
    return render(ask, "draft_ended.html", values, status=problem_of(error).status)


def _name(offer: Offer, folders: Folders | None) -> str:
    """What the storage may be called: as its folder, else as the provider."""
    if folders is not None and folders.trail:
        return folders.trail[-1][0]
    return shown(offer.title.partition(",")[0])


def _address(draft: Draft) -> str:
    return f"/storages/new/draft/{draft.pid}"


def _origin(draft: Draft) -> str:
    """Where the person came from."""
    return f"/storages/{draft.storage}" if draft.storage else "/storages"


def _is_script(ask: Ask) -> bool:
    return "hx-request" in ask.request.headers
