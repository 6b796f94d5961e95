"""What the sample household does together: a collection that both see, and a wedding that guests come to.

Made once, of what the scan has found; where it found none of it (a household drawn for a test), nothing is made.
"""

from services import access, accounts, catalogue, collections, sharing
from services import events as at_event
from services.clock import DAY, now
from services.collections import Draft
from services.events import Events
from services.filters import FilterError
from services.models import Event, Item, Storage
from services.sharing import Terms
from services.viewers import Viewer

FAMILY, WEDDING = "label:family", "label:wedding"
NAME = "Jana & Tom"
LASTS = 90 * DAY


def gather(events: Events, host: str, other: str) -> str | None:
    """Share and invite in the name of `host`; gives the token of the event, None where there is nothing to show."""
    hosts, others = accounts.viewer_for(host), accounts.viewer_for(other)
    known = Event.get_or_none((Event.owner == hosts.user_id) & (Event.state == "open"))
    if known is None:
        known = _begin(events, hosts, others)
    door = None if known is None else events.doors.show(hosts, known.pid)
    return None if door is None else door.token


def _begin(events: Events, host: Viewer, other: Viewer) -> Event | None:
    shown = _own(host, WEDDING)
    if not shown:
        return None
    for viewer, to in ((host, other), (other, host)):
        if _own(viewer, FAMILY):
            family = collections.create(viewer, Draft("Family", FAMILY), {"trusted": ["file"]})
            sharing.offer(viewer, family.pid, {"user": to.login}, Terms())
    storage = Storage.get_or_none((Storage.owner == host.user_id) & Storage.writable)
    event = events.make(
        host,
        {
            "name": NAME,
            "expires": now() + LASTS,
            "storage": None if storage is None else storage.pid,
            "names": True,
        },
    )
    at_event.contribute_items(host, event.pid, [item.pid for item in shown])
    door = events.doors.show(host, event.pid)
    if door is not None:
        events.doors.join(other, door.token, ip="127.0.0.1")
        theirs = [item.pid for item in _own(other, WEDDING)]
        if theirs:
            at_event.contribute_items(other, event.pid, theirs)
    return event


def _own(viewer: Viewer, query: str) -> list[Item]:
    """Somebody's own items of which a query holds; none where nobody knows its words."""
    try:
        tree = catalogue.read(viewer, query)
    except FilterError:
        return []
    mine = access.visible_items(viewer).where(Item.owner == viewer.user_id).select(Item.id)
    return list(catalogue.found(viewer, tree).where(Item.id.in_(mine)))
