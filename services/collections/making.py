"""Collections come, change, go, and come back: their names, periods, covers and rules.

A collection that goes takes the shares of it along, in the same transaction; when it comes back it is
shared with nobody.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import peewee

from services import access, matching, revocations
from services.clock import now
from services.collections import querying
from services.collections.seeing import own
from services.errors import Conflict, NotFound, UsageError
from services.identifiers import new_pid
from services.matching import arriving
from services.models import Collection, Grant, Guest, Share, audit, counters, transaction
from services.names import fold, shown
from services.viewers import Viewer

MAX_NAME = 120
MAX_TEXT = 10_000
FIELDS = frozenset(
    {
        "name",
        "description",
        "starts",
        "ends",
        "cover",
        "approval",
        "arrivals",
        "require_labelled",
        "query",
        "trusted",
    }
)
ASKING = frozenset({"query", "trusted", "require_labelled"})
"""What changes which items a query matches."""

SOURCES = frozenset({"file", "analysis"})
AT_ONCE = 2000
"""So many items come into a dynamic collection at once; the rest by a job."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a new collection is to be. With a `query`, as text, it is dynamic."""

    name: str
    query: str | None = None
    purpose: str = "own"


def create(viewer: Viewer, draft: Draft, more: Mapping[str, Any] | None = None) -> Collection:
    """Make a collection of the viewer's; `more` are fields as for `edit`. Raises UsageError, Conflict.

    What a dynamic one finds is in it at once, or where that is very much within a minute.
    """
    values = _checked(viewer, {"name": draft.name, **(more or {})})
    _require_period(values)
    kind = "static" if draft.query is None else "dynamic"
    tree = None if draft.query is None else querying.stored_form(viewer, draft.query)
    with transaction():
        collection = _saved(
            lambda: Collection.create(
                pid=new_pid(), owner=viewer.user_id, kind=kind, query=tree, purpose=draft.purpose,
                created_at=now(), changed_at=now(), **values,
            ),
            draft.name,
        )  # fmt: skip
        counters.bump_content()
    if kind == "dynamic":
        matching.evaluate(collection.id, most=AT_ONCE)
    return Collection.get_by_id(collection.id)


def edit(viewer: Viewer, pid: str, changes: Mapping[str, Any]) -> Collection:
    """Change name, description, starts, ends (yyyymmdd or None), cover (an item's id or None), approval,
    arrivals, require_labelled, or the query, as text, and the trusted sources of labels of a dynamic one.

    What holds things back from now on concerns what is not decided yet. What a new query does not match is out of
    the collection at once. Raises NotFound, UsageError naming the field, FilterError, Conflict for a name that
    another of one's collections has.
    """
    values = _checked(viewer, changes)
    asks = bool(ASKING & changes.keys())
    with transaction():
        collection = own(viewer, pid)
        values = {"starts_on": collection.starts_on, "ends_on": collection.ends_on} | values
        _require_period(values)
        if "query" in values:
            querying.require_dynamic(collection)
            querying.require_no_circle(collection, values["query"])
        name = str(values.get("name", collection.name))
        mine = Collection.id == collection.id
        _saved(lambda: Collection.update(**values, changed_at=now()).where(mine).execute(), name)
        if asks:
            matching.narrow(collection.id)
        counters.bump_policy()
        counters.bump_content()
    if asks:
        matching.evaluate(collection.id, most=AT_ONCE)
    return own(viewer, pid)


def delete(viewer: Viewer, pid: str) -> int:
    """Throw one's collection away; its items stay where they are. Answers how many shares ended with it."""
    if own(viewer, pid).purpose != "own":  # what is not there leaves no trace in the journal
        raise NotFound
    with revocations.noting([("collection", pid)]), transaction():
        collection = own(viewer, pid)
        ended = end_shares_of(collection, "revoked")
        Collection.update(deleted_at=now()).where(Collection.id == collection.id).execute()
        matching.lose("collection", collection.id)
        audit.record(
            "collection_deleted", actor=viewer.user_id, subject=viewer.user_id, object=collection.name
        )
        counters.bump_policy()
        counters.bump_content()
    return ended


def restore(viewer: Viewer, pid: str) -> Collection:
    """Bring a collection back that was thrown away, shared with nobody.

    Raises NotFound, Conflict, FilterError where its query would go round in a circle by now.
    """
    with revocations.noting([("collection", pid)], again=True), transaction():
        gone = (
            (Collection.pid == pid)
            & (Collection.owner == viewer.user_id)
            & Collection.deleted_at.is_null(False)
        )
        collection = Collection.get_or_none(gone)
        if collection is None:
            raise NotFound
        if collection.query is not None:
            querying.require_no_circle(collection, collection.query)
        mine = Collection.id == collection.id
        _saved(
            lambda: Collection.update(deleted_at=None, checked_at=None).where(mine).execute(), collection.name
        )
        matching.unsettle([viewer.user_id])
        counters.bump_content()
    matching.evaluate(collection.id, most=AT_ONCE)
    return own(viewer, pid)


def end_shares_of(collection: Collection, why: str) -> int:
    """End every share of a collection; call inside the transaction that ends it, which bumps the policy."""
    moment = now()
    mine = (Share.collection == collection.id) & Share.ended_at.is_null()
    guests = Guest.share_id.in_(Share.select(Share.id).where(mine)) & Guest.ended_at.is_null()
    Guest.update(ended_at=moment).where(guests).execute()
    ended = int(Share.update(ended_at=moment, ended_why=why).where(mine).execute())
    arriving.end((Grant.collection == collection.id) & Grant.ended_at.is_null(), why, moment)
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


def _require_period(values: Mapping[str, Any]) -> None:
    starts, ends = values.get("starts_on"), values.get("ends_on")
    if starts and ends and starts > ends:
        raise UsageError("The period ends before it begins.", field="ends")


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


def _query(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, str):
        raise UsageError("A query is a text.", field=field)
    return {field: querying.stored_form(viewer, value)}


def _sources(viewer: Viewer, field: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, list) or not set(map(str, value)) <= SOURCES:
        raise UsageError(f"The sources of labels to trust are {', '.join(sorted(SOURCES))}.", field=field)
    return {field: sorted(set(value))}


_CHECKS = {
    "query": _query,
    "trusted": _sources,
    "name": _name,
    "description": _text,
    "starts": _day,
    "ends": _day,
    "cover": _cover,
    "approval": _choice,
    "arrivals": _choice,
    "require_labelled": _flag,
}
