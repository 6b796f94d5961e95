"""Collections come, change, go, and come back: their names, periods, covers and rules.

A collection that goes takes the shares of it along, in the same transaction; when it comes back it is
shared with nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import peewee

from services import access
from services.clock import now
from services.collections.seeing import own
from services.errors import Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.models import Collection, Grant, Guest, Share, audit, counters, transaction
from services.names import fold, shown
from services.viewers import Viewer

MAX_NAME = 120
MAX_TEXT = 10_000
FIELDS = frozenset(
    {"name", "description", "starts", "ends", "cover", "approval", "arrivals", "require_labelled"}
)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new collection is to be. `query` is the tree of a dynamic one."""

    name: str
    query: dict[str, Any] | None = None
    purpose: str = "own"


def create(viewer: Viewer, draft: Draft, more: Mapping[str, Any] | None = None) -> Collection:
    """Make a collection of the viewer's; `more` are fields as for `edit`. Raises UsageError, Conflict."""
    values = _checked(viewer, {"name": draft.name, **(more or {})})
    kind = "static" if draft.query is None else "dynamic"
    with transaction():
        collection = _saved(
            lambda: Collection.create(
                pid=new_pid(), owner=viewer.user_id, kind=kind, query=draft.query, purpose=draft.purpose,
                created_at=now(), changed_at=now(), **values,
            ),
            draft.name,
        )  # fmt: skip
        counters.bump_content()
    return collection


def edit(viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Collection:
    """Change name, description, starts, ends (yyyymmdd or None), cover (an item's id or None), approval,
    arrivals or require_labelled of one's own collection.

    What holds things back from now on concerns what is not decided yet. Raises NotFound, UsageError naming
    the field, Conflict for a name that another of one's collections has.
    """
    values = _checked(viewer, changes)
    with transaction():
        collection = own(viewer, pid)
        values = {"starts_on": collection.starts_on, "ends_on": collection.ends_on} | values
        if values["starts_on"] and values["ends_on"] and values["starts_on"] > values["ends_on"]:
            raise UsageError("The period ends before it begins.", field="ends")
        name = str(values.get("name", collection.name))
        mine = Collection.id == collection.id
        _saved(lambda: Collection.update(**values, changed_at=now()).where(mine).execute(), name)
        counters.bump_policy()
        counters.bump_content()
    return own(viewer, pid)


def delete(viewer: Viewer, pid: str) -> int:
    """Throw one's collection away; its items stay where they are. Answers how many shares ended with it."""
    with transaction():
        collection = own(viewer, pid)
        ended = end_shares_of(collection, "revoked")
        Collection.update(deleted_at=now()).where(Collection.id == collection.id).execute()
        audit.record(
            "collection_deleted", actor=viewer.user_id, subject=viewer.user_id, object=collection.name
        )
        counters.bump_policy()
        counters.bump_content()
    return ended


def restore(viewer: Viewer, pid: str) -> Collection:
    """Bring a collection back that was thrown away, shared with nobody. Raises NotFound, Conflict."""
    with transaction():
        gone = (
            (Collection.pid == pid)
            & (Collection.owner == viewer.user_id)
            & Collection.deleted_at.is_null(False)
        )
        collection = Collection.get_or_none(gone)
        if collection is None:
            raise NotFound
        mine = Collection.id == collection.id
        _saved(lambda: Collection.update(deleted_at=None).where(mine).execute(), collection.name)
        counters.bump_content()
    return own(viewer, pid)


def end_shares_of(collection: Collection, why: str) -> int:
    """End every share of a collection; call inside the transaction that ends it, which bumps the policy."""
    moment = now()
    mine = (Share.collection == collection.id) & Share.ended_at.is_null()
    guests = Guest.share_id.in_(Share.select(Share.id).where(mine)) & Guest.ended_at.is_null()
    Guest.update(ended_at=moment).where(guests).execute()
    ended = int(Share.update(ended_at=moment, ended_why=why).where(mine).execute())
    open_ = (Grant.collection == collection.id) & Grant.ended_at.is_null()
    Grant.update(state=why, ended_at=moment).where(open_).execute()
    into = (Grant.into == collection.id) & Grant.ended_at.is_null()
    Grant.update(state=why, ended_at=moment).where(into).execute()
    return ended


def _saved(write: Any, name: str) -> Any:
    try:
        with transaction():  # nested: a savepoint, so that the outer one survives a taken name
            return write()
    except peewee.IntegrityError as error:
        raise Conflict(
            f"You have a collection “{name}” already. Choose another name.", field="name"
        ) from error


def _checked(viewer: Viewer, changes: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in FIELDS:
            raise UsageError(f"A collection has no “{name}” to be set.", field=name)
        values |= _CHECKS[name](viewer, name, value)
    return values


def _name(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    text = shown(value).strip() if isinstance(value, str) else ""
    if not 0 < len(text) <= MAX_NAME:
        raise UsageError(f"A name has 1 to {MAX_NAME} characters.", field=field)
    return {"name": text, "name_fold": fold(text)}


def _text(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise UsageError(f"A description is a text of at most {MAX_TEXT} characters.", field=field)
    return {field: value.replace("\x00", "").strip()}


def _day(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    column = f"{field}_on"
    if value is None or value == "":
        return {column: None}
    digits = value.replace("-", "") if isinstance(value, str) else str(value)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 8 and _is_day(digits)):
        raise UsageError("A day is written like 2026-07-04.", field=field)
    return {column: int(digits)}


def _is_day(digits: str) -> bool:
    return 1 <= int(digits[4:6]) <= 12 and 1 <= int(digits[6:]) <= 31 and int(digits[:4]) >= 1


def _cover(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    return {"cover": None if value is None else access.get_item(viewer, str(value)).id}


def _choice(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    if value not in ("none", "owner"):
        raise UsageError(f"{field} is “none” or “owner”.", field=field)
    return {field: value}


def _flag(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, bool):
        raise UsageError(f"{field} is true or false.", field=field)
    return {field: value}


_CHECKS = {
    "name": _name,
    "description": _text,
    "starts": _day,
    "ends": _day,
    "cover": _cover,
    "approval": _choice,
    "arrivals": _choice,
    "require_labelled": _flag,
}
