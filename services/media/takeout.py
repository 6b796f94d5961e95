"""The JSON that Google Takeout writes beside a photo, to facts."""

import json
from typing import Any

from .dates import Rank, instant
from .facts import Facts, as_number
from .formats.blocks import FormatError

JSON_LIMIT = 1 << 20


def read_takeout(data: bytes) -> Facts:
    """Date, position and description of a Takeout JSON; raises FormatError for anything else."""
    if len(data) > JSON_LIMIT:
        raise FormatError(f"a Takeout JSON of {len(data)} bytes is above the limit of {JSON_LIMIT}")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"the Takeout JSON is broken: {error}") from error
    if not isinstance(found, dict):
        raise FormatError("the Takeout JSON is no description of a file")
    facts = Facts("Takeout")
    seconds = as_number(_inside(found, "photoTakenTime").get("timestamp"))
    if seconds is not None:
        facts.date(instant(Rank.TAKEOUT, "Takeout photoTakenTime", seconds))
    for place in ("geoData", "geoDataExif"):
        position = _inside(found, place)
        facts.put_position(as_number(position.get("latitude")), as_number(position.get("longitude")))
    facts.put_text("description", found.get("description"))
    return facts


def _inside(found: dict[str, Any], name: str) -> dict[str, Any]:
    part = found.get(name)
    return part if isinstance(part, dict) else {}
