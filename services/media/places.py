"""The time zone of a position. Runs in the decoder child only: tzfpy takes 33 MB with the first question."""

import tzfpy

AT_SEA = "Etc/"
"""The zones of the open sea go by longitude, which no camera's clock does."""


def zone_of(lat: float | None, lon: float | None) -> str | None:
    """The IANA name of the time zone of a position in degrees; None at sea and without one."""
    if lat is None or lon is None:
        return None
    name = tzfpy.get_tz(lon, lat)
    return None if not name or name.startswith(AT_SEA) else name
