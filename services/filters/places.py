"""Around a position, and in a rectangle of degrees: the same arithmetic for SQL and for Python.

Distances are taken on a flat map that is true at the position itself: right to a few in a thousand within
some hundred kilometres, and no database needs more than the four operations for it.
"""

import math

from services.filters.statement import Part, every, some
from services.filters.tree import Box, Near

METRES = 111_195.0
"""One degree of latitude."""


def near_sql(near: Near) -> Part:
    """Within the distance."""
    lat, lon, narrow = _constants(near)
    north, east = (
        f"(t1.lat - ?) * {METRES}",
        "(CASE WHEN ABS(t1.lon - ?) > 180 THEN 360 - ABS(t1.lon - ?) ELSE ABS(t1.lon - ?) END) * ?",
    )
    return Part(
        f"t1.lat IS NOT NULL AND ({north}) * ({north}) + ({east}) * ({east}) <= ?",
        (lat, lat, lon, lon, lon, narrow, lon, lon, lon, narrow, float(near.metres) ** 2),
    )


def is_near(near: Near, lat: float, lon: float) -> bool:
    """The same of a position."""
    lat0, lon0, narrow = _constants(near)
    north = (lat - lat0) * METRES
    east = abs(lon - lon0)
    east = (360 - east if east > 180 else east) * narrow
    return north * north + east * east <= float(near.metres) ** 2


def box_sql(box: Box) -> Part:
    """Inside the rectangle."""
    west, east = Part("t1.lon >= ?", (float(box.west),)), Part("t1.lon <= ?", (float(box.east),))
    around = some([west, east]) if box.west > box.east else every([west, east])
    lat = Part("t1.lat >= ? AND t1.lat <= ?", (float(box.south), float(box.north)))
    return every([Part("t1.lat IS NOT NULL"), lat, around])


def is_inside(box: Box, lat: float, lon: float) -> bool:
    """The same of a position."""
    if not box.south <= lat <= box.north:
        return False
    if box.west > box.east:
        return lon >= box.west or lon <= box.east
    return box.west <= lon <= box.east


def _constants(near: Near) -> tuple[float, float, float]:
    return float(near.lat), float(near.lon), METRES * math.cos(math.radians(near.lat))
