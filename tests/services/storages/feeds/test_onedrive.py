"""OneDrive's delta: pages, ids and paths, links that are too old, and every way it can fail."""

import json
import time
from typing import Any

import pytest

from services.errors import Forbidden, StorageThrottled, Unauthorized, Unavailable
from services.storages.feeds import FeedChange, FeedPage, follow
from services.storages.feeds.onedrive import OneDriveFeed
from tests.servers.http import Reply
from tests.servers.microsoft import DRIVE, ROOT, FakeMicrosoft
from tests.services.storages.feeds.conftest import Tokens, onedrive_feed


@pytest.fixture
def feed(microsoft: FakeMicrosoft, token: Tokens) -> OneDriveFeed:
    return onedrive_feed(microsoft, token)


def changed(id: str, path: str | None, is_dir: bool = False) -> FeedChange:
    return FeedChange("changed", f"{DRIVE}#{id}", path, is_dir)


def item(id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "name": f"{id}.jpg",
        "parentReference": {"driveId": DRIVE, "id": ROOT},
        "file": {},
    } | more


def page(microsoft: FakeMicrosoft, *items: object, **links: str) -> Reply:
    links = links or {"deltaLink": f"{microsoft.address}/v1.0/drives/{DRIVE}/root/delta?token=0"}
    return Reply(200, {"value": list(items)} | {f"@odata.{k}": v for k, v in links.items()})


def test_it_begins_with_now(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    microsoft.put("old", "old.jpg")
    cursor = feed.start()
    assert microsoft.asked[0].query["token"] == "latest"
    assert "deleted" in microsoft.asked[0].query["$select"].split(",")
    assert feed.changes(cursor) == FeedPage((), cursor)


def test_new_moved_and_deleted(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    microsoft.put("d1", "2026", folder=True)
    microsoft.put("d2", "07", "d1", folder=True)
    microsoft.put("gone", "gone.jpg", "d2")
    cursor = feed.start()
    microsoft.put("new", "new.jpg", "d2")
    microsoft.put("moved", "moved.jpg")
    microsoft.delete("gone")
    found = feed.changes(cursor)
    assert found.changes == (
        changed("new", "2026/07/new.jpg"),
        changed("moved", "moved.jpg"),
        FeedChange("deleted", f"{DRIVE}#gone", None, False),
    )
    assert (found.more, found.reset) == (False, False)
    assert feed.changes(found.cursor).changes == ()
    assert feed.changes(cursor) == found, "a crash before the cursor was stored repeats it all"


def test_a_deletion_of_a_work_account_has_no_name(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    microsoft.business = True
    microsoft.put("d", "d", folder=True)
    cursor = feed.start()
    microsoft.delete("d")
    assert feed.changes(cursor).changes == (FeedChange("deleted", f"{DRIVE}#d", None, True),)


def test_pages(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.page_size = 4
    for n in range(10):
        microsoft.put(f"f{n}", f"{n}.jpg")
    pages = list(follow(feed, cursor, within_s=20))
    assert [len(p.changes) for p in pages] == [3, 4, 3]  # the root is on the first one
    assert [p.more for p in pages] == [True, True, False]
    assert [c.path for p in pages for c in p.changes] == [f"{n}.jpg" for n in range(10)]
    resumed = list(follow(feed, pages[0].cursor, within_s=20))
    assert [c for p in resumed for c in p.changes] == [c for p in pages[1:] for c in p.changes]


def test_a_huge_page(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.page_size = 100_000
    microsoft.put("d", "deep", folder=True)
    for n in range(20_000):
        microsoft.put(f"f{n}", f"{n}.jpg", "d")
    found = feed.changes(cursor)
    assert len(found.changes) == 20_001
    assert found.changes[-1].path == "deep/19999.jpg"
    assert len(microsoft.asked) == 2, "no question for what the page says itself"


def test_folders_are_asked_for_once_a_page(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    microsoft.put("d1", "a", folder=True)
    microsoft.put("d2", "b", "d1", folder=True)
    cursor = feed.start()
    for n in range(50):
        microsoft.put(f"f{n}", f"{n}.jpg", "d2")
    del microsoft.asked[:]
    assert {c.path for c in feed.changes(cursor).changes} == {f"a/b/{n}.jpg" for n in range(50)}
    assert len(microsoft.asked) == 3
    microsoft.put("d1", "renamed", folder=True)
    cursor = feed.start()
    microsoft.put("f0", "0.jpg", "d2")
    assert feed.changes(cursor).changes == (changed("f0", "renamed/b/0.jpg"),)


def test_the_last_occurrence_counts(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.fault(
        "/v1.0/drives",
        page(microsoft, item("a", name="1"), item("b"), item("a", name="2"), item("b", deleted={})),
    )
    assert feed.changes(cursor).changes == (
        changed("a", "2"),
        FeedChange("deleted", f"{DRIVE}#b", None, False),
    )


def test_below_a_folder(microsoft: FakeMicrosoft, token: Tokens) -> None:
    microsoft.put("p", "Pictures", folder=True)
    microsoft.put("q", "Pictures2", folder=True)
    feed = onedrive_feed(microsoft, token, root="pictures")
    cursor = feed.start()
    microsoft.put("p", "Pictures", folder=True)
    microsoft.put("in", "in.jpg", "p")
    microsoft.put("out", "out.jpg", "q")
    microsoft.put("top", "top.jpg")
    assert feed.changes(cursor).changes == (
        changed("in", "in.jpg"),
        changed("out", None),
        changed("top", None),
    ), "what was in it and is not now is named by its id"


def test_what_hangs_nowhere_has_no_path(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.put("a", "a.jpg", "unknown")
    microsoft.put("c1", "c1", "c2", folder=True)
    microsoft.put("c2", "c2", "c1", folder=True)
    assert feed.changes(cursor).changes == (
        changed("a", None), changed("c1", None, True), changed("c2", None, True),
    )  # fmt: skip


def test_what_is_shared_with_the_account(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    remote = {"id": "other!5", "folder": {}, "parentReference": {"driveId": "other"}}
    shortcut = {k: v for k, v in item("s", name="Ben").items() if k != "file"} | {"remoteItem": remote}
    microsoft.fault(
        "/v1.0/drives", page(microsoft, shortcut, item("x#y"), item("z", parentReference={"id": ROOT}))
    )
    assert feed.changes(cursor).changes == (
        FeedChange("changed", "other#other!5", "Ben", True),
        FeedChange("changed", "x#y", "x#y.jpg", False),
        FeedChange("changed", f"{DRIVE}#z", "z.jpg", False),
    )


def test_names_are_those_of_a_listing(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.put("a", "12：30／b.jpg")
    assert feed.changes(cursor).changes == (changed("a", "12:30／b.jpg"),)


@pytest.mark.parametrize(
    "answer",
    [
        Reply(410, {"error": {"code": "resyncRequired"}}),
        Reply(410, {"error": {"code": "resyncChangesUploadDifferences"}}),
        Reply(410, raw=b""),
        Reply(400, {"error": {"code": "syncStateNotFound"}}),
    ],
)
def test_a_link_that_is_too_old(microsoft: FakeMicrosoft, feed: OneDriveFeed, answer: Reply) -> None:
    cursor = feed.start()
    microsoft.put("a", "a.jpg")
    microsoft.fault("/v1.0/drives", answer)
    found = feed.changes(cursor)
    assert (found.reset, found.more, found.changes) == (True, False, ())
    assert feed.changes(found.cursor).changes == (), "from now on: the scan sees what was before"
    microsoft.put("b", "b.jpg")
    assert feed.changes(found.cursor).changes == (changed("b", "b.jpg"),)


def test_a_link_expires(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.put("a", "a.jpg")
    microsoft.oldest = 1
    assert list(follow(feed, cursor, within_s=20)) == [FeedPage((), feed.start(), reset=True)]


@pytest.mark.parametrize(
    "cursor", ["", "12", "https://evil.example/v1.0/delta", "https://[", "http://127.0.0.1:9/"]
)
def test_a_cursor_of_something_else(microsoft: FakeMicrosoft, feed: OneDriveFeed, cursor: str) -> None:
    """The token is sent to nobody but Graph."""
    assert feed.changes(cursor).reset
    assert all(asked.headers["host"] in microsoft.address for asked in microsoft.asked)


@pytest.mark.parametrize("key", ["nextLink", "deltaLink"])
def test_a_link_to_elsewhere_is_not_followed(microsoft: FakeMicrosoft, feed: OneDriveFeed, key: str) -> None:
    cursor = feed.start()
    microsoft.fault("/v1.0/drives", page(microsoft, item("a"), **{key: "https://evil.example/delta"}))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes(cursor)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"value": []},
        {"value": {}, "@odata.deltaLink": "LINK"},
        {"value": ["x"], "@odata.deltaLink": "LINK"},
        {"value": [{"name": "x"}], "@odata.deltaLink": "LINK"},
        {"value": [{"id": "x"}], "@odata.deltaLink": "LINK"},
        {"value": [{"id": 5, "name": "x"}], "@odata.deltaLink": "LINK"},
        {"value": [], "@odata.deltaLink": 5},
    ],
)
def test_a_malformed_page_is_no_page(
    microsoft: FakeMicrosoft, feed: OneDriveFeed, data: dict[str, Any]
) -> None:
    """An item that cannot be read would be a change that is lost."""
    cursor = feed.start()
    microsoft.fault("/v1.0/drives", Reply(200, json.loads(json.dumps(data).replace("LINK", cursor))))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes(cursor)


def test_a_malformed_folder(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    microsoft.put("d", "d", folder=True)
    cursor = feed.start()
    microsoft.put("a", "a.jpg", "d")
    microsoft.fault(f"/v1.0/drives/{DRIVE}/items", Reply(200, {"id": "d"}))
    with pytest.raises(Unavailable, match="does not understand"):
        feed.changes(cursor)
    assert feed.changes(cursor).changes == (changed("a", "d/a.jpg"),)


def test_throttled(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    cursor = feed.start()
    microsoft.put("a", "a.jpg")
    microsoft.fault("/v1.0/drives", Reply(429, {}, {"Retry-After": "17"}))
    with pytest.raises(StorageThrottled) as caught:
        feed.changes(cursor)
    assert caught.value.retry_after == 17
    assert feed.changes(cursor).changes == (changed("a", "a.jpg"),)


def test_throttled_in_the_middle_it_goes_on_where_it_was(
    microsoft: FakeMicrosoft, feed: OneDriveFeed
) -> None:
    """A page whose folders take more requests than are allowed at once still ends."""
    for n in range(30):
        microsoft.put(f"d{n}", f"d{n}", folder=True)
    cursor = feed.start()
    for n in range(30):
        microsoft.put(f"f{n}", "a.jpg", f"d{n}")
    tries = 0
    while tries < 10:
        tries += 1
        microsoft.fault(f"/v1.0/drives/{DRIVE}/items/d{tries * 7}", Reply(429, {}))
        try:
            found = feed.changes(cursor)
            break
        except StorageThrottled:
            pass
    assert tries == 5
    assert {c.path for c in found.changes} == {f"d{n}/a.jpg" for n in range(30)}
    assert sum("/items/" in path for path in microsoft.paths()) == 30 + 4, "none is asked for twice"


def test_a_token_that_runs_out_in_the_middle(
    microsoft: FakeMicrosoft, feed: OneDriveFeed, token: Tokens
) -> None:
    microsoft.put("d", "d", folder=True)
    cursor = feed.start()
    microsoft.put("a", "a.jpg", "d")
    microsoft.fault(f"/v1.0/drives/{DRIVE}/items/d", Reply(401, {}))
    microsoft.tokens["better"] = "Files.Read"
    token.given = ["better"]
    assert feed.changes(cursor).changes == (changed("a", "d/a.jpg"),)
    sent = [asked.bearer for asked in microsoft.asked[1:4]]
    assert sent == ["good", "good", "better"], "the page, its folder, and that again"


def test_an_account_that_wants_a_new_sign_in(
    microsoft: FakeMicrosoft, feed: OneDriveFeed, token: Tokens
) -> None:
    cursor = feed.start()
    del microsoft.tokens["good"]
    with pytest.raises(Unauthorized, match="Microsoft wants a new sign-in"):
        feed.changes(cursor)
    assert len(microsoft.asked) == 2, "the same token is not tried twice"
    token.given = ["stale", "staler"]
    with pytest.raises(Unauthorized):
        feed.start()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(403, {"error": {"code": "accessDenied"}}), Forbidden),
        (Reply(404, {"error": {"code": "itemNotFound"}}), Unavailable),
        (Reply(500, {}), Unavailable),
        (Reply(504, raw=b"gateway"), Unavailable),
        (Reply(302, {}, {"Location": "https://evil.example/"}), Unavailable),
        (Reply(200, {"value": []}, cut=True), Unavailable),
    ],
)
def test_other_faults_are_no_resets(
    microsoft: FakeMicrosoft, feed: OneDriveFeed, fault: Reply, error: type[Exception]
) -> None:
    cursor = feed.start()
    microsoft.fault("/v1.0/drives", fault)
    with pytest.raises(error):
        feed.changes(cursor)


def test_a_page_that_takes_too_long(microsoft: FakeMicrosoft, token: Tokens) -> None:
    """Each folder is answered quickly, all together take longer than a page may."""
    feed = onedrive_feed(microsoft, token, deadline_s=2)
    for n in range(100):
        microsoft.put(f"d{n}", f"d{n}", folder=True)
        microsoft.fault(f"/v1.0/drives/{DRIVE}/items/d{n}", Reply(200, item(f"d{n}", name="d"), hang_s=0.2))
    cursor = feed.start()
    for n in range(100):
        microsoft.put(f"f{n}", "a.jpg", f"d{n}")
    began = time.monotonic()
    with pytest.raises(Unavailable, match="took too long"):
        feed.changes(cursor)
    assert time.monotonic() - began < 10


def test_beginning_ends_too(microsoft: FakeMicrosoft, token: Tokens) -> None:
    """A service that always has one more page of nothing."""
    feed = onedrive_feed(microsoft, token, deadline_s=0.3)
    here = f"{microsoft.address}/v1.0/drives/{DRIVE}/root/delta?token=1"
    microsoft.fault("/v1.0/drives", *[page(microsoft, nextLink=here)] * 2000)
    with pytest.raises(Unavailable, match="took too long"):
        feed.start()


def test_beginning_with_several_pages(microsoft: FakeMicrosoft, feed: OneDriveFeed) -> None:
    here = f"{microsoft.address}/v1.0/drives/{DRIVE}/root/delta?token=0"
    microsoft.fault("/v1.0/drives", page(microsoft, nextLink=here))
    assert feed.start() == here


def test_the_drive_is_quoted(microsoft: FakeMicrosoft, token: Tokens) -> None:
    feed = OneDriveFeed("../me/x?y", token, api=microsoft.address + "/v1.0")
    with pytest.raises(Unavailable):
        feed.start()
    feed.close()
    assert microsoft.asked[0].path == "/v1.0/drives/../me/x?y/root/delta", "one part of the path, quoted"
