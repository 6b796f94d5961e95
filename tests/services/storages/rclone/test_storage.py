"""The contract in terms of rclone's remote control, against what rclone answers: faults, reading (T2, T3), room.

What every storage must do is in `tests/contracts`; here a daemon is played that answers as rclone does.
"""

from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    Forbidden,
    StorageError,
    StorageFull,
    StorageNotFound,
    StorageThrottled,
    Unauthorized,
    Unavailable,
)
from services.storages.rclone.faults import CLOCKS_DIFFER, from_text
from services.storages.values import Canary, Fingerprint, Health
from tests.services.storages.rclone.fakes import FakeDaemon, file, make


@pytest.mark.parametrize(
    "fault",
    [Unavailable("x"), Unauthorized("x"), StorageThrottled("x", retry_after=1)],
    ids=lambda fault: type(fault).__name__,
)
def test_a_fault_is_never_an_empty_listing(tmp_path: Path, fault: StorageError) -> None:
    storage = make(FakeDaemon(operations__list=fault), tmp_path)
    with pytest.raises(type(fault)):
        storage.list("album")


def test_how_a_probe_names_what_is_wrong(tmp_path: Path) -> None:
    for fault, state in (
        (Unauthorized("x"), "needs_reconnect"),
        (StorageThrottled("x", retry_after=9), "throttled"),
        (Unavailable("x"), "offline"),
    ):
        health = make(FakeDaemon(operations__list=fault), tmp_path).probe()
        assert (health.state, bool(health.reason)) == (state, True)
        assert health.retry_after == getattr(fault, "retry_after", None)


UNNAMED = [
    Forbidden("The storage refuses this (api error Forbidden: Forbidden)."),
    Unavailable("The storage cannot be reached just now (StatusCode: 503, api error ServiceUnavailable)."),
]
"""How S3 answers to HEAD, by which a probe looks for the files that a root is known by."""


@pytest.mark.parametrize("look", UNNAMED, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize(
    ("listing", "state", "words"),
    [
        (Unauthorized("InvalidAccessKeyId"), "needs_reconnect", "InvalidAccessKeyId"),
        (StorageThrottled("SlowDown", retry_after=9), "throttled", "SlowDown"),
        (Unavailable("a fault of its own"), "offline", "The storage"),
        (StorageNotFound("x"), "offline", "The storage"),
        (Unavailable(f"The storage is away ({CLOCKS_DIFFER})."), "offline", "clock"),
        ({"list": []}, "offline", "The storage"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_what_an_answer_without_a_body_cannot_say_a_listing_says(
    tmp_path: Path, look: StorageError, listing: Any, state: str, words: str
) -> None:
    known = Fingerprint(None, None, (Canary("a.jpg", 3),))
    health = make(FakeDaemon(operations__stat=look, operations__list=listing), tmp_path).probe(known)
    assert health.state == state
    assert words in health.reason


def test_where_azure_may_mean_the_clock_it_is_asked_once_more(tmp_path: Path) -> None:
    """And a wrong password is not tried twice."""
    known = Fingerprint(None, None, (Canary("a.jpg", 3),))
    clocks = Unavailable(f"The storage is away ({CLOCKS_DIFFER}).")
    look = Unauthorized("The storage wants a new sign-in (403 Forbidden: AuthenticationFailed).")
    assert make(FakeDaemon(operations__stat=look, operations__list=clocks), tmp_path).probe(known) == (
        Health("offline", str(clocks))
    )
    daemon = FakeDaemon(operations__stat=Unauthorized("530"))
    assert make(daemon, tmp_path).probe(known).state == "needs_reconnect"
    assert daemon.asked("operations/list") == []


def test_a_probe_that_nobody_answers_is_not_followed_by_a_listing(tmp_path: Path) -> None:
    known = Fingerprint(None, None, (Canary("a.jpg", 3),))
    daemon = FakeDaemon(operations__stat=Unavailable("it does not answer in time"))
    assert make(daemon, tmp_path).probe(known).state == "offline"
    assert daemon.asked("operations/list") == []


# T2, T3: answers to reading


def test_a_file_that_cannot_be_opened_is_not_a_deleted_one(tmp_path: Path) -> None:
    daemon = FakeDaemon(GET=Unavailable("404 as text"))
    with pytest.raises(Unavailable):
        make(daemon, tmp_path).open_read("a.jpg", expect_size=10, span=(0, 9))


def test_a_span_is_one_request_and_no_look_before(tmp_path: Path) -> None:
    daemon = FakeDaemon(GET=StorageNotFound("x"))
    with pytest.raises(StorageNotFound):
        make(daemon, tmp_path, type="sftp").open_read("a.jpg", expect_size=100, span=(10, 19))
    assert [name for name, _ in daemon.calls] == ["GET"]
    assert daemon.calls[0][1]["span"] == (10, 19)


def test_a_null_is_absent(tmp_path: Path) -> None:
    with pytest.raises(StorageNotFound):
        make(FakeDaemon(operations__stat={"item": None}), tmp_path).stat("a.jpg")


def test_a_storage_without_room_is_told_before_a_byte_is_sent(tmp_path: Path) -> None:
    info = {"Precision": 1, "Features": {"About": True, "Move": True}}
    daemon = FakeDaemon(
        operations__fsinfo=info, operations__about={"free": 3}, operations__stat={"item": None}
    )
    with pytest.raises(StorageFull):
        make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4)
    assert daemon.asked("operations/copyfile") == []


@pytest.mark.parametrize(
    "fault",
    [Unavailable('(not supported with shell type "none")'), Unavailable("x"), Forbidden("x")],
    ids=["unsupported", "unavailable", "forbidden"],
)
def test_a_storage_that_does_not_tell_its_room_is_written_to(tmp_path: Path, fault: StorageError) -> None:
    sent: dict[str, Any] = {"item": None}

    def copy(params: Any) -> dict[str, Any]:
        sent["item"] = file("a.jpg", size=4)
        return {}

    daemon = FakeDaemon(
        operations__fsinfo={"Precision": 1, "Features": {"About": True}}, operations__about=fault,
        operations__stat=lambda params: sent, operations__copyfile=copy,
    )  # fmt: skip
    assert make(daemon, tmp_path, writable=True).write("a.jpg", [b"1234"], size=4).size == 4


def test_a_storage_that_cannot_tell_its_room_is_not_away(tmp_path: Path) -> None:
    info = {"Precision": 1, "Features": {"About": True}}
    untold = from_text('about call failed: not supported with shell type "none"')
    assert make(FakeDaemon(operations__fsinfo=info, operations__about=untold), tmp_path).about() is None
    away = FakeDaemon(operations__fsinfo=info, operations__about=from_text("dial tcp: connection refused"))
    with pytest.raises(Unavailable):
        make(away, tmp_path).about()


def test_a_file_that_lists_as_itself_is_no_folder(tmp_path: Path) -> None:
    """As servers of FTP do."""
    item: dict[str, Any] = {"item": None}
    daemon = FakeDaemon(operations__list={"list": [file("a.jpg")]}, operations__stat=lambda params: item)
    storage = make(daemon, tmp_path, type="ftp")
    with pytest.raises(StorageNotFound, match="is not a folder"):
        storage.list("album/a.jpg")
    item["item"] = {"Name": "a.jpg", "IsDir": True}
    assert [each.path for each in storage.list("album/a.jpg").entries] == ["album/a.jpg/a.jpg"]
