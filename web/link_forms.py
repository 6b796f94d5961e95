"""What is asked for when a link is made or changed, on its page and over the API: read and checked here."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.clock import DAY, now
from services.errors import UsageError
from services.sharing import LinkTerms

DAYS = ("1", "7", "30", "90", "365", "")
"""How long a link lasts, to choose from; empty is until its owner ends it."""
FIELDS = {"rights", "place", "expires", "password", "max_uses", "note"}


def from_form(form: Mapping[str, str]) -> dict[str, Any]:
    """The changes of a form. A password that was left empty stays what it is, unless `open` is ticked."""
    changes: dict[str, Any] = {
        "rights": ["view", *(["download"] if form.get("download") else [])],
        "place": bool(form.get("place")),
    }
    days = form.get("days", "keep")
    if days in DAYS:
        changes["expires"] = now() + int(days) * DAY if days else None
    if form.get("password") or form.get("open"):
        changes["password"] = form.get("password") or None
    uses = form.get("max_uses", "").strip()
    if uses and not (uses.isascii() and uses.isdigit() and len(uses) < 10):
        raise UsageError("The number of uses is a whole number.", field="max_uses")
    changes["max_uses"] = int(uses) if uses else None
    return changes


def from_json(data: Mapping[str, Any]) -> dict[str, Any]:
    """The changes that a JSON object asks for; `expires` is ISO 8601 with an offset, or null. Raises UsageError."""
    changes = {name: value for name, value in data.items() if name in FIELDS}
    if unknown := sorted(set(data) - FIELDS - {"collection", "to"}):
        raise UsageError(f"A link has no “{unknown[0]}” to be set.", field=unknown[0])
    if "rights" in changes and not (
        isinstance(changes["rights"], list) and set(map(str, changes["rights"])) <= {"view", "download"}
    ):
        raise UsageError("By a link one can look, and download.", field="rights")
    if isinstance(changes.get("expires"), str):
        changes["expires"] = _instant(changes["expires"])
    return changes


def terms_of(changes: Mapping[str, Any]) -> LinkTerms:
    """The terms of a new link. Raises UsageError."""
    given = dict(changes)
    rights = given.pop("rights", ["view"])
    for name, kind in (("place", bool), ("expires", int | None), ("note", str), ("password", str | None)):
        if name in given and not isinstance(given[name], kind):
            raise UsageError(f"“{name}” of a link cannot be set to this.", field=name)
    return LinkTerms(download="download" in rights, **given)


def _instant(text: str) -> int:
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise ValueError
        return round(at.astimezone(UTC).timestamp() * 1_000_000)
    except (ValueError, OverflowError) as error:
        raise UsageError("An end is written like 2026-07-18T20:00:00Z.", field="expires") from error
