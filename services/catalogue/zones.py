"""The time zone in which a person's files are dated where nothing in them states one: theirs, until they say it UTC.

Every reader asks here. Without any zone an instant (the header of a video, the time of last change) would have no
wall clock and its item no day; by UTC it has one that may be hours off, and is marked as guessed.
"""

from services.media.dates import find_zone
from services.models import User

UNSAID = "UTC"


def owner_zone(owner: int) -> str:
    """The IANA name of this person's time zone; UTC when they have said none, or none that this system knows."""
    zone: str | None = User.select(User.zone).where(User.id == owner).scalar()
    return zone if zone and find_zone(zone) is not None else UNSAID
