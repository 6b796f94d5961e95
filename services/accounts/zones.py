"""Time zones as people name them: checked, and the one that is offered to who has said none yet."""

import os
from pathlib import Path
from zoneinfo import available_timezones

from services.errors import UsageError

UTC = "UTC"
LOCALTIME = Path("/etc/localtime")
"""A link into the time zone database, on most systems."""


def require_zone(zone: str) -> str:
    """The zone as it is kept: an IANA name, empty while it is unknown. Raises UsageError."""
    if zone and zone not in available_timezones():
        raise UsageError(f"“{zone}” is no time zone such as Europe/Berlin.", field="zone")
    return zone


def home_zone() -> str:
    """The zone of this machine, which stands in the household's home more often than not; UTC when it tells none."""
    name = os.environ.get("TZ", "").removeprefix(":") or str(LOCALTIME.resolve()).partition("/zoneinfo/")[2]
    return name if name in available_timezones() else UTC
