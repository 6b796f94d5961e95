"""Anna's objects: what each route that names one is asked for, made when it is needed.

They can all be there at once, so that one household does for every route. Only what some of them are made from
changes for others: `stages` says which routes are asked in which order.
"""

import re
from collections.abc import Iterable, Iterator

from services import accounts, collections, events, screens
from services.models import (
    Collection,
    Event,
    File,
    Grant,
    Group,
    Job,
    Membership,
    Screen,
    Share,
    Storage,
    Trash,
    Undo,
    Upload,
    User,
)  # fmt: skip
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import Web
from web.rules import Rule

ABSENT = "AAAAAAAAAAAAAAAA"
LEFT = ("/after", "/freeing")
"""What is asked of an event that is over."""


def stages(rules: Iterable[Rule]) -> Iterator[list[Rule]]:
    """The rules in the order in which one household can be asked for all of them.

    First come things as they are, then what is left of an event that is over, the words of a film, what failed, and a
    storage that lies elsewhere: these are made of what the others ask for.
    """
    parts: list[list[Rule]] = [[], [], [], [], []]
    for rule in rules:
        if "/draft" not in rule.path and rule.path.endswith("/reconnect"):
            parts[4].append(rule)
        elif "/problems/" in rule.path:
            parts[3].append(rule)
        elif "{file}" in rule.path:
            parts[2].append(rule)
        else:
            parts["/events/" in rule.path and rule.path.endswith(LEFT)].append(rule)
    return (part for part in parts if part)


def address(web: Web, rule: Rule, *, absent: bool = False) -> str:
    """The route's address for anna's own object, which is there from now on, or for none."""
    pid = ABSENT if absent else object_of(web, rule)
    given = {
        "id": pid,
        "role": "original",
        "size": "320",
        "month": "202607",
        "token": ABSENT,
        "path": "IMG_1.jpg",
        "type": "webdav",
        "provider": "google",
        "login": "anna",
        "grant": ABSENT,
        "guest": ABSENT,
        "person": "ben",
        "screen": ABSENT,
        "file": f"{web.add_subtitle()}.vtt" if "{file}" in rule.path else "",
    }
    path = re.sub(r"{(\w+)(?::\w+)?}", lambda m: given[m[1]], rule.path)
    if path.endswith("/why"):
        return f"{path}?item={web.item.pid}"
    return f"{path}?path=IMG_1.jpg" if path.endswith("/files/entry") else path


def object_of(web: Web, rule: Rule) -> str:
    """The id of what is anna's and of the kind that the route names."""
    pid: str = web.item.pid
    if "/draft" in rule.path:
        options = {"url": "http://127.0.0.1/", "user": "anna", "pass": "x"}
        pid = web.context.remotes.begin(accounts.viewer_for("anna"), "webdav", options).pid
    elif rule.path.endswith("/reconnect"):
        pid = far_storage(web).pid
    elif "/problems/" in rule.path:
        pid = f"file-{unread(web).pid}" if "/again" in rule.path else f"job-{failed(web).pid}"
    elif "/events/" in rule.path:
        pid = gathering(web, over=rule.path.endswith(LEFT)).pid
    elif rule.path.endswith("/contribute"):
        pid = asking(web).pid
    elif rule.path.endswith(("/collections/{id}/query", "/collections/{id}/trust")):
        pid = asked(web).pid
    elif "/collections/" in rule.path and "/items/{id}/collections" not in rule.path:
        pid = gathered(web).pid
    elif "/uploads/" in rule.path:
        pid = sending(web).pid
    elif "/approvals/undo/" in rule.path:
        pid = decided(web).pid
    elif "/undo/" in rule.path:
        pid = undoable(web).pid
    elif "/storages/" in rule.path:
        pid = web.storage.pid
    elif "/trash/" in rule.path:
        pid = thrown(web).pid
    elif rule.path.startswith("/links/") or rule.path.endswith(("/shares/{id}/pause", "/shares/{id}/renew")):
        pid = linked(web)
    elif "/shares/" in rule.path:
        pid = shared(web).pid
    elif "/grants/" in rule.path:
        pid = received(web).pid
    elif "/groups/" in rule.path:
        pid = grouped(web)
    elif "/jobs/" in rule.path:
        pid = web.job.pid
    elif "/people/" in rule.path or "/users/" in rule.path:
        pid = web.people["anna"].pid
    elif "/tokens/" in rule.path or "/passwords/" in rule.path:
        pid = accounts.create_token(accounts.viewer_for("anna"), "app").info.pid
    elif "/screens/" in rule.path:
        pid = device_of(web) if "/devices/" in rule.path else screen_of(web)
    elif "/sessions/" in rule.path:
        pid = accounts.list_sessions(accounts.viewer_for("anna"))[0].pid  # who asks has signed her in
    return pid


def gathered(web: Web) -> Collection:
    """A collection of anna's with her picture."""
    mine = (Collection.owner == web.people["anna"]) & (Collection.purpose == "own")
    mine &= Collection.kind == "static"
    found: Collection | None = Collection.get_or_none(mine)
    if found is not None:
        return found
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, collections.Draft("Lake"))
    collections.add(anna, made.pid, [web.item.pid])
    return made


def asked(web: Web) -> Collection:
    """A collection of anna's by a query."""
    mine = (Collection.owner == web.people["anna"]) & (Collection.kind == "dynamic")
    found: Collection | None = Collection.get_or_none(mine)
    draft = collections.Draft("Asked", query="type:photo")
    return found or collections.create(accounts.viewer_for("anna"), draft)


def sending(web: Web) -> Upload:
    """A file that anna is sending."""
    found = Upload.get_or_none()
    return found or Upload.create(
        pid="UPLOAD_OF_ANNA_1", user=web.people["anna"], storage=web.storage, name="IMG_1.jpg", size=9, node="here",
        created_at=1, expires_at=2**57,
    )  # fmt: skip


def gathering(web: Web, *, over: bool = False) -> Event:
    """An event of anna's with her picture; what is left after it is asked of one that is over."""
    anna = accounts.viewer_for("anna")
    found = Event.get_or_none()
    if found is None:
        found = web.context.events.make(anna, {"name": "Wedding"})
        events.contribute_items(anna, found.pid, [web.item.pid])
    if over:
        web.context.events.close(anna, found.pid)
    return found


def undoable(web: Web) -> Undo:
    """Something that anna may take back."""
    values = {"user": web.people["anna"], "detail": {"before": []}, "created_at": 1, "expires_at": 1 << 60}
    found = Undo.get_or_none(Undo.action == "selection")
    return found or Undo.create(pid="CAN_BE_UNDONE_01", action="selection", **values)


def thrown(web: Web) -> Trash:
    """Something in the trash of anna's storage."""
    found = Trash.get_or_none()
    return found or Trash.create(
        pid="IN_THE_TRASH_012", batch="b", owner=web.people["anna"], storage=web.storage, kind="deleted",
        path="gone.jpg", place="t/gone.jpg", name="gone.jpg", is_dir=False, size=1, files=1, trashed_at=1,
    )  # fmt: skip


def shared(web: Web) -> Share:
    """A share of anna's, by which nobody has a right."""
    found = Share.get_or_none((Share.owner == web.people["anna"]) & Share.kind.not_in(["event", "link"]))
    return found or Make(web.data).share(gathered(web), kind="group", group=group_of(web))


def received(web: Web) -> Grant:
    """What somebody who is nobody here shares with anna."""
    found = Grant.get_or_none(Grant.user == web.people["anna"])
    if found is not None:
        return found
    make = Make(web.data)
    return make.grant(make.share(make.collection(zoe(web))), user=web.people["anna"])


def zoe(web: Web) -> User:
    """Somebody who is nobody here."""
    return User.get_or_none(User.login == "zoe") or Make(web.data).user("zoe")


def asking(web: Web) -> Collection:
    """A collection of somebody who is nobody here, and who asks anna for contributions."""
    found = Collection.get_or_none(Collection.name == "Bring yours")
    if found is not None:
        return found
    make = Make(web.data)
    made = make.collection(zoe(web), "Bring yours")
    make.grant(make.share(made, may_contribute=True), user=web.people["anna"])
    return made


def group_of(web: Web) -> Group:
    """A group with anna in it."""
    found = Group.get_or_none()
    if found is None:
        found = Group.create(pid="GROUP_OF_ANNA_01", name="Family", name_fold="family", created_at=1)
        Membership.create(group=found, user=web.people["anna"])
    return found


def grouped(web: Web) -> str:
    return str(group_of(web).pid)


def device_of(web: Web) -> str:
    """A television that asks to be let in."""
    return screens.identify("192.168.1.40", "a4:83:e7:11:22:33", "SEC_HHP_[TV] Samsung/1.0").pid


def screen_of(web: Web) -> str:
    """A screen that anna let in, which shows her picture."""
    found = Screen.get_or_none(Screen.removed_at.is_null())
    if found is None:
        asking = screens.identify("192.168.1.41").pid
        show = [gathered(web).pid]
        found = screens.approve(accounts.viewer_for("anna"), asking, name="Living room", show=show)
    return str(found.pid)


def decided(web: Web) -> Undo:
    """A decision of anna's that she may take back."""
    return Undo.get_or_none(Undo.action == "decide") or Undo.create(
        pid="UNDO_OF_ANNA_012", user=web.people["anna"], action="decide", detail={"before": []}, created_at=1,
        expires_at=2**60,
    )  # fmt: skip


def linked(web: Web) -> str:
    """A link to a collection of hers."""
    return web.context.links.make(accounts.viewer_for("anna"), gathered(web).pid, LinkTerms()).share.pid


def unread(web: Web) -> File:
    """A file of anna's storage that could not be read."""
    file: File = File.get(File.id == web.file.id)
    File.update(problem="it is cut").where(File.id == file.id).execute()
    return file


def failed(web: Web) -> Job:
    """A job of anna's that failed."""
    Job.update(state="failed", finished_at=1, error="it broke").where(Job.id == web.job.id).execute()
    return web.job


def far_storage(web: Web) -> Storage:
    """A storage of anna's that lies elsewhere."""
    web.rclone.remotes["h_anna"] = {"type": "webdav", "url": "http://127.0.0.1/", "user": "anna", "pass": "x"}
    Storage.update(kind="rclone", root="Photos", options={"type": "webdav", "remote": "h_anna"}).where(
        Storage.id == web.storage.id
    ).execute()
    return web.storage
