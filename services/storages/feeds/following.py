"""Reading a feed to its end, page by page, within a time."""

from collections.abc import Iterator

from services.errors import Unavailable
from services.storages.feeds.base import Feed, FeedPage
from services.storages.jsonapi import Deadline


def follow(feed: Feed, cursor: str, *, within_s: float) -> Iterator[FeedPage]:
    """The pages since the cursor, until there is no more, a reset, or the time is over.

    The caller processes a page, stores its cursor, and only then goes on. What the time cut off comes
    the next time. Raises what the feed raises, and Unavailable for one that goes in a circle.
    """
    deadline = Deadline(within_s)
    seen = {cursor}
    while True:
        page = feed.changes(cursor)
        if page.more and page.cursor in seen:
            raise Unavailable("The provider gives the same changes again and again.")
        yield page
        if not page.more or page.reset or deadline.left() <= 0:
            return
        cursor = page.cursor
        seen.add(cursor)
