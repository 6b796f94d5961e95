"""Dropbox: continuing a listing, the reset, the long poll with its backoff, and every way it can fail."""

import threading
import time
from typing import Any

import pytest

from services.errors import Forbidden, StorageThrottled, Unauthorized, Unavailable
from services.storages.feeds import FeedChange, FeedPage, Wait, follow
from services.storages.feeds.dropbox import DropboxFeed
from tests.servers.dropbox import FakeDropbox
from tests.servers.http import Reply
from tests.services.storages.feeds.conftest import Tokens, dropbox_feed

CONTINUE = "/2/files/list_folder/continue"
POLL = "/2/files/list_folder/longpoll"


@pytest.fixture
def feed(dropbox: FakeDropbox, token: Tokens) -> DropboxFeed:
    return dropbox_feed(dropbox, token)


def gone(path: str) -> FeedChange:
    return FeedChange("deleted", None, path, None)


def changed(path: str | None, id: str, is_dir: bool = False) -> FeedChange:
    return FeedChange("changed", f"id:{id}", path, is_dir)


def test_it_begins_with_now(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    dropbox.put("/old.jpg", "1")
    cursor = feed.start()
    assert feed.changes(cursor) == FeedPage((), cursor)


def test_in_their_order(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.put("/Sommer", "d", folder=True)
    dropbox.put("/Sommer/a.jpg", "a")
    dropbox.delete("/Sommer/a.jpg")
    dropbox.put("/Sommer/b.jpg", "a")
    found = feed.changes(cursor)
    assert found.changes == (
        changed("Sommer", "d", True),
        changed("Sommer/a.jpg", "a"),
        gone("Sommer/a.jpg"),
        changed("Sommer/b.jpg", "a"),
    )
    assert feed.changes(cursor) == found, "a crash before the cursor was stored repeats it all"
    assert feed.changes(found.cursor).changes == ()


def test_pages(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.page_size = 4
    for n in range(10):
        dropbox.put(f"/{n}.jpg", str(n))
    pages = list(follow(feed, cursor, within_s=20))
    assert [len(p.changes) for p in pages] == [4, 4, 2]
    assert [p.more for p in pages] == [True, True, False]


def test_a_huge_page(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.page_size = 100_000
    for n in range(20_000):
        dropbox.put(f"/deep/{n}.jpg", str(n))
    assert len(feed.changes(cursor).changes) == 20_000


def test_below_a_folder(dropbox: FakeDropbox, token: Tokens) -> None:
    dropbox.folders.add("/Bilder/İzmir")
    feed = dropbox_feed(dropbox, token, root="Bilder/İzmir")
    cursor = feed.start()
    dropbox.put("/Bilder/İzmir", "r", folder=True)
    dropbox.put("/Bilder/İzmir/a.jpg", "a")
    dropbox.put("/elsewhere.jpg", "e")
    dropbox.delete("/Bilder/İzmir/b/c.jpg")
    assert feed.changes(cursor).changes == (changed("a.jpg", "a"), gone("b/c.jpg"))


def test_a_root_that_goes_deletes_nothing(dropbox: FakeDropbox, token: Tokens) -> None:
    """Nothing follows from it for what was in it: it may be another folder by the same name."""
    dropbox.folders.add("/Bilder")
    feed = dropbox_feed(dropbox, token, root="Bilder")
    cursor = feed.start()
    dropbox.delete("/Bilder")
    dropbox.folders.remove("/Bilder")
    with pytest.raises(Unavailable, match="not in Dropbox now"):
        feed.changes(cursor)
    dropbox.folders.add("/Bilder")
    found = feed.changes(cursor)
    assert (found.changes, found.reset) == ((), True)


def test_what_is_not_mounted_has_no_path(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    unmounted = {"name": "x", "path_lower": None, "path_display": None}
    entries = [
        {".tag": "folder", "id": "id:f", **unmounted},
        {".tag": "deleted", **unmounted},
        {".tag": "file", "id": "id:g", "name": "g", "path_lower": "/g"},
    ]
    dropbox.fault(CONTINUE, Reply(200, {"entries": entries, "cursor": "7:", "has_more": False}))
    assert feed.changes("0:").changes == (changed(None, "f", True), changed("g", "g"))


@pytest.mark.parametrize("cursor", ["", "nonsense"])
def test_a_cursor_that_was_never_given(feed: DropboxFeed, cursor: str) -> None:
    assert feed.changes(cursor) == FeedPage((), "0:", reset=True)


def test_a_reset(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.put("/a.jpg", "a")
    dropbox.reset()
    found = feed.changes(cursor)
    assert (found.reset, found.more, found.changes) == (True, False, ())
    dropbox.put("/b.jpg", "b")
    assert feed.changes(found.cursor).changes == (changed("b.jpg", "b"),)


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Reply(429, {"error": {"reason": {".tag": "too_many_requests"}}}, {"Retry-After": "12"}), 12),
        (Reply(429, {"error": {"reason": {".tag": "too_many_requests"}, "retry_after": 300}}), 300),
        (Reply(429, raw=b"too many"), 30),
        (Reply(503, {}, {"Retry-After": "9"}), 9),
    ],
)
def test_throttled(dropbox: FakeDropbox, feed: DropboxFeed, answer: Reply, seconds: float) -> None:
    dropbox.fault("/2/files", answer, answer)
    for ask in (feed.start, lambda: feed.changes("0:")):
        with pytest.raises(StorageThrottled) as caught:
            ask()
        assert caught.value.retry_after == seconds


def test_a_token_that_runs_out(dropbox: FakeDropbox, feed: DropboxFeed, token: Tokens) -> None:
    token.given = ["stale", "good"]
    assert feed.start() == "0:"
    dropbox.tokens.clear()
    with pytest.raises(Unauthorized, match="Dropbox wants a new sign-in"):
        feed.changes("0:")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(409, {"error": {".tag": "other"}, "error_summary": "other/"}), Unavailable),
        (Reply(409, {"error": {".tag": "path", "path": {".tag": "not_found"}}}), Unavailable),
        (Reply(400, raw=b"Error in call to API function: your request body is odd"), Unavailable),
        (Reply(403, {"error": {".tag": "invalid_account_type"}}), Forbidden),
        (Reply(500, raw=b"oops"), Unavailable),
        (Reply(200, {"entries": []}, cut=True), Unavailable),
    ],
)
def test_other_faults_are_no_resets(
    dropbox: FakeDropbox, feed: DropboxFeed, fault: Reply, error: type[Exception]
) -> None:
    dropbox.fault(CONTINUE, fault)
    with pytest.raises(error):
        feed.changes("0:")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"entries": [], "has_more": False},
        {"entries": [], "cursor": "", "has_more": False},
        {"entries": {}, "cursor": "1:", "has_more": False},
        {"entries": [], "cursor": "1:", "has_more": "no"},
        {"entries": ["x"], "cursor": "1:", "has_more": False},
        {"entries": [{".tag": "link", "id": "id:1"}], "cursor": "1:", "has_more": False},
        {"entries": [{".tag": "file", "path_display": "/a"}], "cursor": "1:", "has_more": False},
    ],
)
def test_a_malformed_page_is_no_page(dropbox: FakeDropbox, feed: DropboxFeed, data: dict[str, Any]) -> None:
    dropbox.fault(CONTINUE, Reply(200, data))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes("0:")


def test_waiting_ends_with_a_change(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.backoff = 60
    timer = threading.Timer(0.3, dropbox.put, ("/a.jpg", "a"))
    timer.start()
    began = time.monotonic()
    assert feed.wait(cursor, 60) == Wait(changes=True, pause_s=60)
    assert 0.2 < time.monotonic() - began < 10
    timer.join()
    dropbox.backoff = None
    assert feed.wait(cursor, 60) == Wait(changes=True), "at once when there is something already"


def test_waiting_ends_with_its_time(feed: DropboxFeed) -> None:
    """Dropbox itself does not answer before 30 seconds."""
    began = time.monotonic()
    assert feed.wait(feed.start(), 0.4) == Wait(changes=False)
    assert time.monotonic() - began < 20


def test_waiting_with_a_worthless_cursor(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.reset()
    assert feed.wait(cursor, 60) == Wait(changes=True)
    assert feed.changes(cursor).reset


def test_waiting_asks_for_what_dropbox_allows(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    for seconds in (1, 100.9, 9999):
        dropbox.fault(POLL, Reply(200, {"changes": False}))
        assert feed.wait("0:", seconds) == Wait(changes=False)
    assert [asked.json["timeout"] for asked in dropbox.asked] == [30, 100, 480]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(429, {}, {"Retry-After": "8"}), StorageThrottled),
        (Reply(500, {}), Unavailable),
        (Reply(200, {"changes": "yes"}), Unavailable),
        (Reply(200, {"changes": True, "backoff": "long"}), Unavailable),
        (Reply(200, {"changes": True}, cut=True), Unavailable),
    ],
)
def test_faults_while_waiting(
    dropbox: FakeDropbox, feed: DropboxFeed, fault: Reply, error: type[Exception]
) -> None:
    dropbox.fault(POLL, fault)
    with pytest.raises(error):
        feed.wait("0:", 60)


def test_names_are_those_of_a_listing(dropbox: FakeDropbox, feed: DropboxFeed) -> None:
    cursor = feed.start()
    dropbox.put("/a\n/b／.jpg", "a")
    assert feed.changes(cursor).changes == (changed("a␊/b／.jpg", "a"),)


def test_an_answer_that_drips(dropbox: FakeDropbox, token: Tokens) -> None:
    feed = dropbox_feed(dropbox, token, deadline_s=2)
    dropbox.fault(CONTINUE, Reply(200, {"entries": [], "cursor": "x" * 600, "has_more": False}, drip_s=0.05))
    began = time.monotonic()
    with pytest.raises(Unavailable, match="took too long"):
        feed.changes("0:")
    assert time.monotonic() - began < 15
