"""How many visible items there are on each day: one's own from stored counts, those of others counted once.

What was counted of others is kept in memory for each viewer and catalogue until anything is added or any right narrows,
also by the clock. It decides no right: lists and bytes ask anew.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple

from services.access import paths
from services.access.ends import moment, next_end
from services.models import counters, database
from services.viewers import Viewer

Day = tuple[int, int, float]
KEPT = 256

_OWN = "SELECT day, n, ratio FROM day_count WHERE owner_id = ? ORDER BY day DESC"
_OTHERS = """
    SELECT d.day, COUNT(*), SUM(d.ratio) FROM item d
    WHERE d.owner_id <> ? AND d.id IN (SELECT item_id FROM ({}) way WHERE on_timeline)
    GROUP BY d.day ORDER BY d.day DESC
"""


class _Counted(NamedTuple):
    versions: tuple[int, int]
    until: int | None
    days: list[Day]


_counted: OrderedDict[tuple[object, ...], _Counted] = OrderedDict()
_lock = threading.Lock()


def own(viewer: Viewer) -> list[Day]:
    """The days of the viewer's own items."""
    return [(day, int(n), ratio) for day, n, ratio in database.rows(_OWN, viewer.user_id)]


def of_others(viewer: Viewer) -> list[Day]:
    """The days of what others let the viewer see on the timeline."""
    key = (
        database.proxy.obj,
        viewer.user_id,
        viewer.event_id,
        viewer.share_id,
        viewer.screen_id,
        viewer.guest_id,
    )
    asked = moment()
    # read before counting: what changes meanwhile is counted anew next time
    versions = counters.read(counters.POLICY_EPOCH), counters.read(counters.CONTENT_VERSION)
    with _lock:
        found = _counted.get(key)
    if found and found.versions == versions and (found.until is None or asked < found.until):
        return found.days
    query = paths.paths(viewer)
    rows = database.rows(_OTHERS.format(query.sql), viewer.user_id, *query.values)
    counted = _Counted(versions, next_end(asked), [(day, int(n), ratio) for day, n, ratio in rows])
    with _lock:
        _counted[key] = counted
        _counted.move_to_end(key)
        while len(_counted) > KEPT:
            _counted.popitem(last=False)
    return counted.days


def together(*lists: Iterable[Day]) -> list[Day]:
    """The days of several lists as one, newest first."""
    sums: dict[int, tuple[int, float]] = {}
    for day, n, ratio in (each for days in lists for each in days):
        before = sums.get(day, (0, 0.0))
        sums[day] = before[0] + n, before[1] + ratio
    return [(day, *sums[day]) for day in sorted(sums, reverse=True)]
