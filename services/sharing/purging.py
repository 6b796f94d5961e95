"""Guest sessions that are long over: their rows go. What the audit says of their link stays, and so does the link.

A line of the journal that says that one ended outlives its row: an older catalogue, which has it, ends it again.
"""

from services.access.ends import moment
from services.clock import DAY
from services.models import Arrival, Guest, Item, Share, Upload, transaction

KEPT = 30 * DAY
"""So long a guest is told that the visit, its link or its event has ended; after that the address is not found."""


def purge_guests() -> int:
    """Delete the sessions that ended, with or without their link, over thirty days ago; returns how many.

    Whoever contributed something stays, for that remembers them. An event that closes ends its guests by itself.
    """
    before = moment() - KEPT
    over = Share.select(Share.id).where((Share.ended_at < before) | (Share.expires_at < before))
    past = (Guest.ended_at < before) | (Guest.expires_at < before) | Guest.share_id.in_(over)
    gave = [
        Item.select(Item.contributed_by_id).where(Item.contributed_by_id.is_null(False)),
        Arrival.select(Arrival.guest).where(Arrival.guest.is_null(False)),
        Upload.select(Upload.guest).where(Upload.guest.is_null(False)),
    ]
    kept = [Guest.id.not_in(ids) for ids in gave]
    with transaction():
        gone = Guest.delete().where(past & kept[0] & kept[1] & kept[2])
        return int(gone.execute())
