"""Events come, change, close and go to the archive.

An event is a collection of its owner's, and a share by which that shows itself to everybody at the event until it
is over. Both are written with it in one transaction, and end with it. An event that is over does not begin again.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.access.ends import moment
from services.accounts.acting import require_current
from services.accounts.texts import checked
from services.clock import DAY, now
from services.errors import AccessDenied, Conflict, UsageError
from services.events import prolonging
from services.events.doors import Doors
from services.events.expiring import close_due
from services.events.seeing import is_open, organised
from services.identifiers import new_pid
from services.models import (
    Collection,
    Event,
    EventPerson,
    Grant,
    Share,
    Storage,
    audit,
    counters,
    transaction,
)  # fmt: skip
from services.names import fold
from services.sharing import ending
from services.storages import paths
from services.storages.patterns import is_skipped
from services.viewers import Viewer

MAX_NAME = 120
MAX_FOLDER = 400
DEFAULT_LIFE = 30 * DAY
GUESTS = ("view", "contribute", "drop")
"""What guests do: look; look and bring; or only bring, and see nothing but their own."""
FIELDS = frozenset(
    {
        "name", "starts", "ends", "expires", "guests", "approval", "download", "names", "place", "max_files",
        "max_bytes", "storage", "folder",
    }
)  # fmt: skip
DEFAULTS: Mapping[str, Any] = {
    "starts": None, "ends": None, "guests": "contribute", "approval": "organiser", "download": True, "names": False,
    "place": False, "max_files": None, "max_bytes": None, "storage": None, "folder": "",
}  # fmt: skip


class Events:
    """Makes events and changes them, for their organisers."""

    def __init__(self, doors: Doors) -> None:
        self.doors = doors

    def make(self, viewer: Viewer, given: Mapping[str, Any]) -> Event:
        """A new event of the viewer's with `given`, fields as for `change`. Only `name` is needed.

        It ends after 30 days, unless `expires` says otherwise. Raises UsageError naming the field, AccessDenied.
        """
        if "name" not in given:
            raise UsageError("An event needs a name.", field="name")
        drawn = self.doors.draw()
        with transaction():
            _require_maker(viewer)
            wanted = {"expires": moment() + DEFAULT_LIFE, **DEFAULTS, **given}
            values, asks = _checked(viewer, wanted)
            _require_period(values)
            time = now()
            collection = Collection.create(
                pid=new_pid(), owner=viewer.user_id, kind="static", purpose="event", name=values["name"],
                name_fold=fold(values["name"]), arrivals=asks, created_at=time, changed_at=time,
            )  # fmt: skip
            event = Event.create(
                pid=new_pid(), owner=viewer.user_id, collection=collection, created_at=time, **values
            )
            EventPerson.create(event=event, user=viewer.user_id, role="organiser", joined_at=time)
            self.doors.hang(event, drawn)
            _show(event, collection)
            audit.record("event_made", actor=viewer.user_id, subject=viewer.user_id, object=event.name)
            counters.bump_content()
        return Event.get_by_id(event.id)

    def change(self, viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Event:
        """Change an event that the viewer organises, while it is open.

        `name`; `starts`, `ends` (yyyymmdd or None); `expires` (microseconds since 1970 or None); `guests` (view,
        contribute, drop); `approval` (organiser, none); `download`, `names`, `place` (true or false); `max_files`
        and `max_bytes` a guest may bring (or None); `storage` (an id of the owner's, or None) and `folder` to which
        dropped files go. Raises NotFound, UsageError naming the field, Conflict when it is over.
        """
        with transaction():
            require_current(viewer)
            event = organised(viewer, pid)
            if not is_open(event):
                raise Conflict("This event is over, and stays as it was.")
            values, asks = _checked(viewer, changes, event)
            _require_period({"starts_on": event.starts_on, "ends_on": event.ends_on} | values)
            before = event.expires_at
            if values:
                Event.update(**values).where(Event.id == event.id).execute()
            event = Event.get_by_id(event.id)
            named: dict[str, Any] = {"name": event.name, "name_fold": fold(event.name), "changed_at": now()}
            if "approval" in changes:
                named["arrivals"] = asks
            Collection.update(**named).where(Collection.id == event.collection_id).execute()
            ending_with_it = _show_as_changed(event, before)
            prolonging.note(viewer, event, before, ending_with_it)
            audit.record(
                "event_changed", actor=viewer.user_id, subject=event.owner_id, object=event.name,
                fields=sorted(changes),
            )  # fmt: skip
            counters.bump_policy()
            counters.bump_content()
        return event

    def close(self, viewer: Viewer, pid: str) -> ending.Receipt:
        """End an event now: for guests and who takes part, and for all that came into it. Raises NotFound."""
        require_current(viewer)
        event = organised(viewer, pid)
        here = (Grant.event == event.id) & Grant.ended_at.is_null()
        return ending.end_grants(viewer, list(Grant.select().where(here)))

    def archive(self, viewer: Viewer, pid: str, *, archived: bool = True) -> None:
        """Put an event that is over away, or take it out again. Raises NotFound, Conflict while it is open."""
        close_due()
        with transaction():
            require_current(viewer)
            event = organised(viewer, pid)
            if event.state == "open":
                raise Conflict("This event is still open. Close it first.")
            state = "archived" if archived else "closed"
            Event.update(state=state).where(Event.id == event.id).execute()
            counters.bump_content()


def _show(event: Event, collection: Collection) -> None:
    """The share by which everybody at the event sees what is in it, and its grant."""
    share = Share.create(
        pid=new_pid(), owner=event.owner_id, collection=collection, kind="event", may_reshare=False,
        created_at=now(), **_terms(event),
    )  # fmt: skip
    Grant.create(
        pid=new_pid(), share=share, owner=event.owner_id, collection=collection, kind="event", event=event,
        state="active", expires_at=event.expires_at, created_at=now(),
    )  # fmt: skip


def _show_as_changed(event: Event, before: int | None) -> set[int]:
    """The event's share and the rights by it say what the event says; contributions end with it as they did `before`.

    One that its owner has end sooner keeps that end: it is theirs, and no organiser's, to let it last longer. Answers
    whose contributions end with it.
    """
    shown = (Share.collection == event.collection_id) & Share.ended_at.is_null()
    Share.update(**_terms(event)).where(shown & (Share.kind == "event")).execute()
    end = event.expires_at
    Share.update(expires_at=end).where(shown & (Share.kind == "screen")).execute()
    if not event.may_download:
        Share.update(may_download=False).where(shown & (Share.kind == "screen")).execute()
    here = (Grant.collection == event.collection_id) & Grant.ended_at.is_null()
    Grant.update(expires_at=end).where(here).execute()
    with_it = Grant.expires_at.is_null() if before is None else Grant.expires_at == before
    too_long = Grant.expires_at.is_null() | (Grant.expires_at > end) if end is not None else with_it
    came = (Grant.into == event.collection_id) & Grant.ended_at.is_null() & (with_it | too_long)
    moved = list(Grant.select(Grant.share, Grant.owner).where(came))
    Grant.update(expires_at=end).where(came).execute()
    Share.update(expires_at=end).where(Share.id.in_([grant.share_id for grant in moved])).execute()
    return {grant.owner_id for grant in moved}


def _terms(event: Event) -> dict[str, Any]:
    return {
        "may_download": event.may_download, "may_contribute": event.guests != "view",
        "shows_place": event.shows_place, "expires_at": event.expires_at,
    }  # fmt: skip


def _require_maker(viewer: Viewer) -> None:
    require_current(viewer)
    if viewer.kind != "person" or viewer.role != "adult":
        raise AccessDenied("Events are made by adults. Ask one of your household.")


def _require_period(values: Mapping[str, Any]) -> None:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and starts > ends:
        raise UsageError("The event ends before it begins.", field="ends")


def _checked(
    viewer: Viewer, given: Mapping[str, Any], event: Event | None = None
) -> tuple[dict[str, Any], str]:
    """The columns of an event that these fields make, and whether its collection asks about what comes in."""
    if unknown := sorted(set(given) - FIELDS):
        raise UsageError(f"An event has no “{unknown[0]}” to be set.", field=unknown[0])
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name != "approval":
            values |= _CHECKS[name](viewer if event is None else event.owner_id, name, value)
    approval = given.get("approval", "organiser")
    if approval not in ("organiser", "none"):
        raise UsageError("The approval of an event is “organiser” or “none”.", field="approval")
    return values, "owner" if approval == "organiser" else "none"


def _name(_: Any, field: str, value: Any) -> dict[str, Any]:
    text = checked(value, field=field, limit=MAX_NAME) if isinstance(value, str) else ""
    if not text:
        raise UsageError("An event needs a name.", field=field)
    return {"name": text}


def _day(_: Any, field: str, value: Any) -> dict[str, Any]:
    column = f"{field}_on"
    if value is None or value == "":
        return {column: None}
    digits = str(value).replace("-", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) == 8 and _is_day(digits)):
        raise UsageError("A day is written like 2026-07-04.", field=field)
    return {column: int(digits)}


def _is_day(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _end(_: Any, field: str, value: Any) -> dict[str, Any]:
    if value is not None and type(value) is not int:
        raise UsageError("The end of an event is a moment, or nothing.", field=field)
    if value is not None and value <= moment():
        raise UsageError(
            "The end of an event lies ahead, not in the past. To end it now, close it.", field=field
        )
    return {"expires_at": value}


def _guests(_: Any, field: str, value: Any) -> dict[str, Any]:
    if value not in GUESTS:
        raise UsageError(f"What guests may do is one of {', '.join(GUESTS)}.", field=field)
    return {"guests": value}


def _flag(column: str) -> Any:
    def check(_: Any, field: str, value: Any) -> dict[str, Any]:
        if not isinstance(value, bool):
            raise UsageError(f"{field} is true or false.", field=field)
        return {column: value}

    return check


def _limit(_: Any, field: str, value: Any) -> dict[str, Any]:
    if value is not None and (type(value) is not int or not 0 < value < 1 << 53):
        raise UsageError("A limit is a whole number above 0, or nothing.", field=field)
    return {field: value}


def _storage(owner: Any, field: str, value: Any) -> dict[str, Any]:
    """Of the event's owner: what is dropped belongs to whom the storage does."""
    if value is None or value == "":
        return {"storage": None}
    user = owner if isinstance(owner, int) else owner.user_id
    mine = (Storage.pid == value) & (Storage.owner == user) & Storage.removed_at.is_null()
    found = Storage.get_or_none(mine)
    if found is None:
        raise UsageError("There is no such storage of the event's owner.", field=field)
    if not found.writable:
        raise UsageError(
            f"“{found.name}” is for reading only. Allow writing in its settings first.", field=field
        )
    return {"storage": found.id}


def _folder(_: Any, field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) > MAX_FOLDER or "\0" in value:
        raise UsageError(f"A folder is a path of at most {MAX_FOLDER} characters.", field=field)
    parts = [part.strip() for part in value.split("/") if part.strip()]
    if any(part.startswith(".") for part in parts):
        raise UsageError("No part of the folder's path begins with a dot.", field=field)
    passed = [part for part in parts if is_skipped(part)]
    if passed:
        raise UsageError(
            f"Scans pass over “{passed[0]}”, so nothing in it would be found. Choose another folder.",
            field=field,
        )
    folder = "/".join(parts)
    paths.to_bytes(folder)
    return {"folder": folder}


_CHECKS: Mapping[str, Any] = {
    "name": _name, "starts": _day, "ends": _day, "expires": _end, "guests": _guests,
    "download": _flag("may_download"), "names": _flag("shows_names"), "place": _flag("shows_place"),
    "max_files": _limit, "max_bytes": _limit, "storage": _storage, "folder": _folder,
}  # fmt: skip
