import pytest

from services.storages.rclone.features import Features
from services.storages.values import Entry

WEBDAV = {"Precision": 3_153_600_000_000_000_000, "Hashes": [], "Features": {"Move": True, "DirMove": True}}
S3 = {"Precision": 1, "Hashes": ["md5"], "Features": {"SlowModTime": True, "Copy": True}}
SFTP = {
    "Precision": 10**9,
    "Hashes": ["md5", "sha1"],
    "Features": {"SlowHash": True, "Move": True, "About": True},
}
ONEDRIVE = {
    "Precision": 10**9,
    "Hashes": ["quickxor"],
    "Features": {"Move": True, "DirMove": True, "About": True},
}


def test_s3_is_never_asked_for_times_since_each_costs_a_request() -> None:
    can = Features.read("s3", S3)
    options = can.listing_options()
    assert options == {"noMimeType": True, "noModTime": True, "showHash": True, "hashTypes": ["md5"]}
    assert can.time("2026-07-01T10:00:00Z") is None
    assert can.caps().slow_mtime


def test_hashes_that_read_the_file_are_never_asked_for_in_listings() -> None:
    can = Features.read("sftp", SFTP)
    assert can.hashes == {"md5", "sha1"}
    assert can.free_hashes == frozenset()
    assert "showHash" not in can.listing_options()


def test_times_that_cannot_be_set_are_told_by_the_second() -> None:
    can = Features.read("webdav", WEBDAV)
    assert can.precision_ns is None
    assert can.time("2023-11-14T22:13:20.123456789Z") == 1_700_000_000 * 10**9
    assert can.caps().precision_ns == 10**9


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20.5Z", 1_700_000_000_500_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000_000_000_000),
        ("2023-11-15T00:13:20.000000001+02:00", 1_700_000_000_000_000_001),
        ("0001-01-01T00:00:00Z", None),
        ("nonsense", None),
        ("", None),
    ],
)
def test_times(text: str, nanoseconds: int | None) -> None:
    assert Features.read("local", {"Precision": 1}).time(text) == nanoseconds


def test_ids_and_feeds_where_the_provider_has_them() -> None:
    can = Features.read("onedrive", ONEDRIVE)
    assert can.ids
    assert can.caps().watch == "delta"
    assert can.free_hashes == {"quickxor"}
    assert not Features.read("s3", S3).ids
    assert Features.read("s3", S3).caps().watch == "none"


def test_half_files_are_hidden_where_they_could_be_seen() -> None:
    assert not Features.read("webdav", WEBDAV).atomic_upload
    assert not Features.read("sftp", SFTP).atomic_upload
    assert Features.read("onedrive", ONEDRIVE).atomic_upload
    assert Features.read("s3", S3).atomic_upload


def test_what_google_lists_may_be_cut_without_a_word() -> None:
    assert not Features.read("drive", ONEDRIVE).caps().whole_listings
    assert Features.read("onedrive", ONEDRIVE).caps().whole_listings


def test_stores_of_objects_rename_by_copying() -> None:
    for can, renames in (({"Move": True}, True), ({"Copy": True}, True), ({}, False)):
        assert Features.read("s3", {"Features": can}).renames == renames


def test_the_change_key_tells_apart_what_may_differ() -> None:
    can = Features.read("s3", S3)
    entry = Entry("a", "a", False, 5, None, None, "", {"md5": "aa"})
    key = can.change_key(entry)
    assert key == can.change_key(entry)
    for other in (
        entry._replace(size=6), entry._replace(hashes={"md5": "ab"}), entry._replace(mtime_ns=1),
        entry._replace(id="x"),
    ):  # fmt: skip
        assert can.change_key(other) != key
