"""/problems: everything that is wrong, storage by storage, in words, with what to do and the way to do it."""

from starlette.responses import RedirectResponse, Response

from services import access, problems
from services.errors import StorageError
from services.problems import Group
from web.asking import Ask
from web.rendering import render

PAGE = 100
FILES = 20
"""So many files of each storage, before its own page of them."""


def show(ask: Ask) -> Response:
    """All storages with something wrong; with `storage` only the files of that one, page by page."""
    return _page(ask)


def again(ask: Ask) -> Response:
    """Try it again."""
    try:
        ask.context.problems.again(ask.viewer, ask.path["id"])
    except StorageError as error:
        return _page(ask, str(error), 422)
    return RedirectResponse("/problems?did=again", 303)


def dismiss(ask: Ask) -> Response:
    """The person has seen it."""
    ask.context.problems.dismiss(ask.viewer, ask.path["id"])
    return RedirectResponse("/problems", 303)


def _page(ask: Ask, problem: str = "", status: int = 200) -> Response:
    groups, chosen = _groups(ask)
    offers = {
        g.storage.pid: ask.context.remotes.find_offer(g.storage) for g in groups if g.storage is not None
    }
    values = {
        "groups": groups, "chosen": chosen, "problem": problem, "did": ask.query.get("did", ""),
        "signs_in": {pid for pid, offer in offers.items() if offer and ask.context.remotes.methods(offer)},
        "icons_of": {pid: offer.icon for pid, offer in offers.items() if offer},
    }  # fmt: skip
    return render(ask, "problems.html", values, status=status)


def _groups(ask: Ask) -> tuple[list[Group], bool]:
    """What is shown, and whether that is only some files of one storage."""
    if "storage" in ask.query and ask.request.method == "GET":
        storage = access.get_storage(ask.viewer, ask.query["storage"])
        files, more = problems.files_of(ask.viewer, storage, after=ask.number("after", 0), limit=PAGE)
        if files:
            return [Group(storage, [], files, more)], True
    return problems.by_storage(ask.viewer, files=FILES), False
