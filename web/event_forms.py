"""What is asked for when an event is made or changed, on its pages and over the API: read and checked here."""

from collections.abc import Mapping
from typing import Any

from services.clock import DAY, now
from services.errors import UsageError
from services.models import Collection, Event
from web.moments import parse_end, parse_wall, wall_of

MEGABYTE = 1_000_000
MOST_DAYS = 3650
PRESETS: Mapping[str, Mapping[str, str]] = {
    "party": {"guests": "contribute", "days": "30", "approval": "on", "download": "on"},
    "delivery": {"guests": "view", "days": "30", "approval": "on", "download": "on"},
    "box": {"guests": "drop", "days": "14", "approval": "on"},
}
"""What a form begins with, for each of the three things that events are made for."""


def blank(preset: str) -> dict[str, str]:
    """The form of a new event."""
    return {"preset": preset, "lasts": "days", **PRESETS.get(preset, PRESETS["party"])}


def of_event(event: Event, zone: str) -> dict[str, str]:
    """The form of an event as it is."""
    day, clock = wall_of(event.expires_at, zone)
    asks = Collection.get_by_id(event.collection_id).arrivals == "owner"
    flags = {
        "approval": asks, "download": event.may_download, "names": event.shows_names, "place": event.shows_place,
    }  # fmt: skip
    return {
        "name": event.name, "starts": _day(event.starts_on), "ends": _day(event.ends_on), "guests": event.guests,
        "lasts": "keep", "days": "30", "until_day": day, "until_time": clock,
        "max_files": str(event.max_files or ""), "max_mb": _megabytes_of(event.max_bytes),
        "storage": "" if event.storage is None else event.storage.pid, "folder": event.folder,
        **{name: "on" for name, is_on in flags.items() if is_on},
    }  # fmt: skip


def from_form(form: Mapping[str, str], zone: str, *, owns: bool = True) -> dict[str, Any]:
    """The changes of a form; where dropped files go is asked of the event's owner alone. Raises UsageError."""
    changes: dict[str, Any] = {
        "name": form.get("name", ""), "starts": form.get("starts", ""), "ends": form.get("ends", ""),
        "guests": form.get("guests", ""), "approval": "organiser" if form.get("approval") else "none",
        "max_files": _number(form, "max_files"), "max_bytes": _megabytes(form),
        **{name: bool(form.get(name)) for name in ("download", "names", "place")}, **_end(form, zone),
    }  # fmt: skip
    if owns:
        changes |= {"storage": form.get("storage") or None, "folder": form.get("folder", "")}
    return changes


def from_json(data: Mapping[str, Any], zone: str) -> dict[str, Any]:
    """The changes that a JSON object asks for; `expires` is a day, a moment with an offset, or null."""
    changes = dict(data)
    if isinstance(changes.get("expires"), str):
        changes["expires"] = parse_end(changes["expires"], zone, field="expires")
    elif changes.get("expires") is not None:
        raise UsageError("An end is written like 2026-07-04, or 2026-07-04T18:00:00Z.", field="expires")
    return changes


def _end(form: Mapping[str, str], zone: str) -> dict[str, Any]:
    lasts = form.get("lasts", "keep")
    if lasts == "days":
        text = form.get("days", "").strip()
        if not (text.isascii() and text.isdigit() and len(text) < 5 and 0 < int(text) <= MOST_DAYS):
            raise UsageError(f"Say after how many days it ends: 1 to {MOST_DAYS}.", field="days")
        return {"expires": now() + int(text) * DAY}
    if lasts == "until":
        return {
            "expires": parse_wall(form.get("until_day", ""), form.get("until_time", ""), zone, field="until")
        }
    return {"expires": None} if lasts == "open" else {}


def _number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and int(text[:10]) > 0 and len(text) < 10):
        raise UsageError("A limit is a whole number above 0, or nothing.", field=name)
    return int(text)


def _megabytes(form: Mapping[str, str]) -> int | None:
    number = _number(form, "max_mb")
    return None if number is None else number * MEGABYTE


def _megabytes_of(octets: int | None) -> str:
    return "" if octets is None else str(max(1, octets // MEGABYTE))


def _day(yyyymmdd: int | None) -> str:
    text = f"{yyyymmdd:08}" if yyyymmdd else ""
    return f"{text[:4]}-{text[4:6]}-{text[6:]}" if text else ""
