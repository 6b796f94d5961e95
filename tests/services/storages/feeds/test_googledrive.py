"""Google Drive's changes: pages, parents and paths, the trash, rejected tokens, limits in disguise."""

import time
from typing import Any

import pytest

from services.errors import Forbidden, StorageThrottled, Unauthorized, Unavailable
from services.storages.feeds import FeedChange, FeedPage, follow
from services.storages.feeds.googledrive import GoogleDriveFeed
from tests.servers.google import FOLDER, ROOT, FakeGoogle, refusal
from tests.servers.http import Reply
from tests.services.storages.feeds.conftest import Tokens, google_feed

CHANGES = "/drive/v3/changes"


@pytest.fixture
def feed(google: FakeGoogle, token: Tokens) -> GoogleDriveFeed:
    return google_feed(google, token)


def changed(id: str, path: str | None, is_dir: bool = False) -> FeedChange:
    return FeedChange("changed", id, path, is_dir)


def test_it_begins_with_now(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    google.put("old", "old.jpg")
    assert feed.start() == "1"
    assert feed.changes("1") == FeedPage((), "1")


def test_new_moved_trashed_and_removed(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    google.put("d1", "2026", folder=True)
    google.put("d2", "07", "d1", folder=True)
    google.put("t", "t.jpg")
    google.put("r", "r.jpg")
    cursor = feed.start()
    google.put("new", "new.jpg", "d2")
    google.put("d2", "08", "d1", folder=True)
    google.trash("t")
    google.remove("r")
    found = feed.changes(cursor)
    assert found.changes == (
        changed("new", "2026/08/new.jpg"),
        changed("d2", "2026/08", True),
        FeedChange("deleted", "t", None, False),
        FeedChange("deleted", "r", None, None),
    )
    assert (found.more, found.reset) == (False, False)
    assert feed.changes(cursor) == found, "a crash before the cursor was stored repeats it all"
    assert feed.changes(found.cursor).changes == ()


def test_pages(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    cursor = feed.start()
    google.page_size = 4
    for n in range(10):
        google.put(f"f{n}", f"{n}.jpg")
    pages = list(follow(feed, cursor, within_s=20))
    assert [len(p.changes) for p in pages] == [4, 4, 2]
    assert [p.more for p in pages] == [True, True, False]
    assert [c.path for p in pages for c in p.changes] == [f"{n}.jpg" for n in range(10)]


def test_a_huge_page(google: FakeGoogle, token: Tokens) -> None:
    feed = google_feed(google, token, page_size=50_000)
    google.page_size = 50_000
    google.put("d", "deep", folder=True)
    cursor = feed.start()
    for n in range(20_000):
        google.put(f"f{n}", f"{n}.jpg", "d")
    found = feed.changes(cursor)
    assert len(found.changes) == 20_000
    assert found.changes[-1].path == "deep/19999.jpg"
    assert len(google.asked) == 4, "the page, the folder and the root"


def test_below_a_folder(google: FakeGoogle, token: Tokens) -> None:
    google.put("p", "Photos", folder=True)
    google.put("q", "photos", folder=True)
    feed = google_feed(google, token, root="Photos")
    cursor = feed.start()
    google.put("p", "Photos", folder=True)
    google.put("in", "in.jpg", "p")
    google.put("out", "out.jpg", "q")
    assert feed.changes(cursor).changes == (changed("in", "in.jpg"), changed("out", None))


def test_what_hangs_nowhere_has_no_path(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    google.put("t", "trashed", folder=True)
    google.trash("t")
    cursor = feed.start()
    google.put("shared", "shared.jpg", None)
    google.put("lost", "lost.jpg", "gone")
    google.put("child", "child.jpg", "t")
    google.put("c1", "c1", "c2", folder=True)
    google.put("c2", "c2", "c1", folder=True)
    assert [(c.id, c.path) for c in feed.changes(cursor).changes] == [
        (id, None) for id in ("shared", "lost", "child", "c1", "c2")
    ]


def test_the_root_itself_is_no_change(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    cursor = feed.start()
    google.put("a", "a.jpg")
    google.put(ROOT, "My Drive", None, folder=True)
    assert feed.changes(cursor).changes == (changed("a", "a.jpg"),)


def test_names_are_those_of_a_listing(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    cursor = feed.start()
    google.put("d", "1/2", folder=True)
    google.put("a", "a\n.jpg", "d")
    assert feed.changes(cursor).changes == (changed("d", "1／2", True), changed("a", "1／2/a␊.jpg"))


def test_shortcuts(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    cursor = feed.start()
    details = {"targetId": "far", "targetMimeType": FOLDER}
    google.put("s", "s", mimeType="application/vnd.google-apps.shortcut", shortcutDetails=details)
    assert feed.changes(cursor).changes == (changed("far\ts", "s", True),)


def test_shared_drives_are_left_out(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    listed = [{"changeType": "drive", "driveId": "x"}, {"changeType": "file", "fileId": "y", "removed": True}]
    google.fault(CHANGES, Reply(200, {"changes": listed, "newStartPageToken": "5"}))
    assert feed.changes("1") == FeedPage((FeedChange("deleted", "y", None, None),), "5")


@pytest.mark.parametrize(
    "answer",
    [refusal(400, "invalid", location="pageToken"), refusal(410, "gone"), Reply(410, raw=b"")],
)
def test_a_token_that_is_rejected(google: FakeGoogle, feed: GoogleDriveFeed, answer: Reply) -> None:
    google.put("a", "a.jpg")
    google.fault(CHANGES, answer)
    assert feed.changes("0") == FeedPage((), "1", reset=True)


def test_a_token_expires(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    google.put("a", "a.jpg")
    google.rejected.add("0")
    assert list(follow(feed, "0", within_s=20)) == [FeedPage((), "1", reset=True)]


def test_another_bad_request_is_no_reset(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    """Else a mistake of ours, or a change of the API, would be a full scan at every turn."""
    google.fault(CHANGES, refusal(400, "invalidParameter", location="fields"))
    with pytest.raises(Unavailable, match="status 400"):
        feed.changes("0")


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        (Reply(429, {}, {"Retry-After": "4"}), 4),
        (refusal(403, "userRateLimitExceeded"), 30),
        (refusal(403, "rateLimitExceeded"), 30),
    ],
)
@pytest.mark.parametrize("path", [CHANGES, "/drive/v3/files/d", "/drive/v3/files/root"])
def test_limits(google: FakeGoogle, feed: GoogleDriveFeed, answer: Reply, seconds: float, path: str) -> None:
    google.put("d", "d", folder=True)
    cursor = feed.start()
    google.put("a", "a.jpg", "d")
    google.fault(path, answer)
    with pytest.raises(StorageThrottled) as caught:
        feed.changes(cursor)
    assert caught.value.retry_after == seconds
    assert feed.changes(cursor).changes == (changed("a", "d/a.jpg"),)


def test_a_token_that_runs_out_in_the_middle(
    google: FakeGoogle, feed: GoogleDriveFeed, token: Tokens
) -> None:
    google.put("d", "d", folder=True)
    cursor = feed.start()
    google.put("a", "a.jpg", "d")
    token.given = ["good", "stale", "good"]
    assert feed.changes(cursor).changes == (changed("a", "d/a.jpg"),)


def test_an_account_that_wants_a_new_sign_in(google: FakeGoogle, feed: GoogleDriveFeed) -> None:
    google.tokens.clear()
    with pytest.raises(Unauthorized, match="Google wants a new sign-in"):
        feed.start()
    with pytest.raises(Unauthorized):
        feed.changes("0")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (refusal(403, "insufficientPermissions"), Forbidden),
        (refusal(404, "notFound"), Unavailable),
        (refusal(500, "backendError"), Unavailable),
        (Reply(200, {"changes": []}, cut=True), Unavailable),
    ],
)
def test_other_faults(
    google: FakeGoogle, feed: GoogleDriveFeed, fault: Reply, error: type[Exception]
) -> None:
    google.fault(CHANGES, fault)
    with pytest.raises(error):
        feed.changes("0")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"changes": []},
        {"changes": [], "newStartPageToken": 5},
        {"changes": {}, "newStartPageToken": "5"},
        {"changes": ["x"], "newStartPageToken": "5"},
        {"changes": [{"fileId": 5, "removed": True}], "newStartPageToken": "5"},
        {"changes": [{"fileId": "a", "removed": False}], "newStartPageToken": "5"},
        {"changes": [{"fileId": "a", "file": {"id": "a", "name": "a"}}], "newStartPageToken": "5"},
        {"changes": [{"removed": True}], "newStartPageToken": "5"},
    ],
)
def test_a_malformed_page_is_no_page(google: FakeGoogle, feed: GoogleDriveFeed, data: dict[str, Any]) -> None:
    google.fault(CHANGES, Reply(200, data))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes("0")


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/drive/v3/files/root", {"id": 5}),
        ("/drive/v3/files/d", {"id": "d"}),
        ("/drive/v3/changes/start", {}),
    ],
)
def test_other_malformed_answers(
    google: FakeGoogle, feed: GoogleDriveFeed, path: str, data: dict[str, Any]
) -> None:
    google.put("d", "d", folder=True)
    google.put("a", "a.jpg", "d")
    google.fault(path, Reply(200, data))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes("1") if "files" in path else feed.start()


def test_a_page_that_takes_too_long(google: FakeGoogle, token: Tokens) -> None:
    feed = google_feed(google, token, deadline_s=2)
    for n in range(100):
        google.put(f"d{n}", "d", folder=True)
        google.fault(
            f"/drive/v3/files/d{n}", Reply(200, {"id": f"d{n}", "name": "d", "mimeType": FOLDER}, hang_s=0.2)
        )
    cursor = feed.start()
    for n in range(100):
        google.put(f"f{n}", "a.jpg", f"d{n}")
    began = time.monotonic()
    with pytest.raises(Unavailable, match="took too long"):
        feed.changes(cursor)
    assert time.monotonic() - began < 10
