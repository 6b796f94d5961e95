"""Reading a feed to its end, and no longer than it may take."""

import time

import pytest

from services.errors import StorageThrottled, Unavailable
from services.storages.feeds import Feed, FeedPage, follow


class Scripted(Feed):
    """Gives what it is told, by cursor."""

    def __init__(self, pages: dict[str, FeedPage | Exception], slow_s: float = 0) -> None:
        self.pages, self.slow_s = pages, slow_s

    def start(self) -> str:
        return "0"

    def changes(self, cursor: str) -> FeedPage:
        time.sleep(self.slow_s)
        page = self.pages[cursor]
        if isinstance(page, Exception):
            raise page
        return page

    def close(self) -> None:
        pass


def page(cursor: str, *, more: bool = True, reset: bool = False) -> FeedPage:
    return FeedPage((), cursor, more, reset)


def test_to_the_end() -> None:
    pages = {"0": page("1"), "1": page("2"), "2": page("3", more=False), "3": page("4")}
    assert [p.cursor for p in follow(Scripted(dict(pages)), "0", within_s=9)] == ["1", "2", "3"]


def test_a_reset_ends_it() -> None:
    feed = Scripted({"0": page("1"), "1": page("9", more=False, reset=True)})
    assert [p.reset for p in follow(feed, "0", within_s=9)] == [False, True]


def test_an_error_keeps_what_was_read() -> None:
    feed = Scripted({"0": page("1"), "1": StorageThrottled("wait", retry_after=5)})
    found = follow(feed, "0", within_s=9)
    assert next(found).cursor == "1"
    with pytest.raises(StorageThrottled):
        next(found)


def test_the_time_is_over() -> None:
    feed = Scripted({str(n): page(str(n + 1)) for n in range(100)}, slow_s=0.05)
    found = list(follow(feed, "0", within_s=0.12))
    assert 1 < len(found) < 10, "at least one page, so that it goes on each time"
    assert len(list(follow(feed, "0", within_s=0))) == 1


@pytest.mark.parametrize("back", ["0", "1", "2"])
def test_a_circle_ends(back: str) -> None:
    feed = Scripted({"0": page("1"), "1": page("2"), "2": page(back)})
    with pytest.raises(Unavailable, match="again and again"):
        list(follow(feed, "0", within_s=9))


def test_a_feed_that_cannot_wait_is_asked_at_times() -> None:
    feed = Scripted({})
    assert not feed.can_wait
    assert feed.wait("0", 60).changes
