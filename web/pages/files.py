"""/storages/{id}/files: the folders and files of a storage, and what its owner does to them, without scripts.

Paths stand in the query, percent-encoded, whatever bytes they are made of; forms carry new names only.
"""

from typing import Any, get_args
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response

from services import access
from services.errors import Conflict, NotFound, StorageError, UsageError
from services.filing import Thrown, browse
from services.filing.browsing import folders_of, place
from services.filing.changing import Taken
from services.filing.transferring import under_way
from services.storages import paths
from services.viewers import Viewer
from web.api.files import answered
from web.asking import Ask
from web.rendering import render

PAGE = 200


def show(ask: Ask) -> Response:
    """A folder with what is in it, and the forms to add to it."""
    return _folder(ask, ask.asked_path)


def upload(ask: Ask) -> Response:
    """Files of a form into the folder, one after the other; one that cannot be is told, the others stay."""
    folder, taken, done, problems = ask.asked_path, _taken(ask.form.get("taken", "")), 0, []
    announced = ask.request.headers.get("content-length", "")
    room = int(announced) if announced.isdigit() else None
    access.get_storage(ask.viewer, ask.path["id"])
    for part in ask.files:
        name = (part.filename or "").replace("\\", "/").rpartition("/")[2].strip()
        try:
            ask.context.filing.upload(
                ask.viewer, ask.path["id"], paths.join(folder, name), part.data, size=None, taken=taken,
                announced=room,
            )  # fmt: skip
            done += 1
        except (Conflict, UsageError, StorageError) as error:
            problems.append(str(error))
        room = None
    if problems or not done:
        return _folder(ask, folder, problems or ["Choose one or more files first."], done, 422)
    return _to(ask, folder, did="uploaded", n=str(done))


def make_folder(ask: Ask) -> Response:
    """A new folder."""
    folder, name = ask.asked_path, ask.form.get("name", "").strip()
    try:
        _require_plain(name)
        ask.context.filing.make_folder(ask.viewer, ask.path["id"], paths.join(folder, name))
    except (Conflict, UsageError, StorageError) as error:
        return _folder(ask, folder, [str(error)], 0, 422)
    return _to(ask, paths.join(folder, name))


def scan(ask: Ask) -> Response:
    """Look at this folder now, with all below it."""
    folder = ask.asked_path
    ask.context.connecting.scan_folder(ask.viewer, ask.path["id"], folder)
    return _to(ask, folder, did="scanning")


def entry(ask: Ask) -> Response:
    """One file or folder: its name, where it goes, the trash."""
    return _entry(ask)


def rename(ask: Ask) -> Response:
    """Another name in the same folder."""
    path, name = ask.asked_path, ask.form.get("name", "").strip()
    folder = paths.parent(path)
    try:
        _require_plain(name)
        with answered():
            ask.context.filing.move(ask.viewer, ask.path["id"], path, paths.join(folder, name))
    except (Conflict, UsageError, StorageError) as error:
        return _entry(ask, str(error), 422)
    return _to(ask, folder, did="moved")


def move(ask: Ask) -> Response:
    """Another folder, or another storage, under the same name."""
    path, pid = ask.asked_path, ask.path["id"]
    to, folder = ask.form.get("storage") or pid, ask.form.get("folder", "").strip().strip("/")
    target = paths.join(folder, paths.leaf(path))
    try:
        with answered():
            if to == pid:
                ask.context.filing.move(ask.viewer, pid, path, target)
                return _to(ask, folder, did="moved")
            ask.context.transfers.move(ask.viewer, pid, path, to, target)
    except (Conflict, UsageError, StorageError) as error:
        return _entry(ask, str(error), 422)
    return _to(ask, paths.parent(path), did="moving")


def delete(ask: Ask) -> Response:
    """Into the trash; the folder's page then offers the way back."""
    path = ask.asked_path
    try:
        with answered():
            thrown = ask.context.filing.delete(ask.viewer, ask.path["id"], path)
    except (Conflict, UsageError, StorageError) as error:
        return _entry(ask, str(error), 422)
    return _to(ask, paths.parent(path), did="thrown", trash=thrown.pid)


def _folder(
    ask: Ask, path: str, problems: list[str] | None = None, done: int = 0, status: int = 200
) -> Response:
    listing = browse(ask.viewer, ask.path["id"], path, after=ask.query.get("after"), limit=PAGE)
    names = paths.parts(path)
    values = {
        "s": listing.storage, "listing": listing, "problems": problems or [],
        "crumbs": [("/".join(names[: n + 1]), name) for n, name in enumerate(names)],
        "did": ask.query.get("did", ""), "done": done or ask.number("n", 0), "thrown": _thrown(ask),
        "moving": under_way(ask.viewer, listing.storage.pid),
    }  # fmt: skip
    return render(ask, "files.html", values, status=status)


def _entry(ask: Ask, problem: str = "", status: int = 200) -> Response:
    pid, path = ask.path["id"], ask.asked_path
    storage = access.get_storage(ask.viewer, pid)
    values = {
        "s": storage, "p": place(ask.viewer, pid, path), "folder": paths.parent(path), "problem": problem,
        "folders": [f for f in folders_of(ask.viewer, pid) if f], "storages": _writable(ask.viewer),
    }  # fmt: skip
    return render(ask, "entry.html", values, status=status)


def _writable(viewer: Viewer) -> list[Any]:
    return [s for s in access.visible_storages(viewer) if s.writable]


def _thrown(ask: Ask) -> Thrown | None:
    """What was just put into the trash, as long as it is there."""
    if "trash" not in ask.query:
        return None
    try:
        return ask.context.trashing.get(ask.viewer, ask.query["trash"])
    except NotFound:
        return None


def _to(ask: Ask, folder: str, **more: str) -> RedirectResponse:
    query = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    return RedirectResponse(
        f"/storages/{ask.path['id']}/files?path={quote(paths.to_bytes(folder), safe='')}{query}", 303
    )


def _require_plain(name: str) -> None:
    if not name:
        raise UsageError("A name is missing.", field="name")
    if "/" in name:
        raise UsageError("A name has no slash; to put it elsewhere, move it.", field="name")


def _taken(value: str) -> Taken:
    for known in get_args(Taken):
        if value == known:
            chosen: Taken = known
            return chosen
    return "free"
