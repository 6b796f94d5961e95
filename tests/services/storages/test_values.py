import json

import pytest

from services.errors import StorageThrottled, Unauthorized, Unavailable
from services.storages.values import Canary, Fingerprint, Health, Listing


def test_a_fingerprint_survives_json() -> None:
    full = Fingerprint("ab12", "marker", (Canary("2026/a\n ü.jpg", 5), Canary("b.jpg", 6)), ("usb", "nas/b"))
    for fingerprint in (full, Fingerprint()):
        assert Fingerprint.from_json(json.loads(json.dumps(fingerprint.to_json()))) == fingerprint


def test_only_online_is_online() -> None:
    assert Health("online").online
    assert not Health("offline", "unmounted").online
    assert not Health("throttled").online
    assert not Health("needs_reconnect").online


def test_how_a_storage_is_that_answers_so() -> None:
    assert Health.of(Unauthorized("expired")) == ("needs_reconnect", "expired", None)
    assert Health.of(StorageThrottled("wait", retry_after=900)) == ("throttled", "wait", 900)
    assert Health.of(Unavailable("away")) == ("offline", "away", None)


def test_a_listing_that_was_cut_is_no_whole_one() -> None:
    assert Listing([], errors=("said of a whole one",)).whole() == []
    with pytest.raises(Unavailable, match="no right"):
        Listing([], complete=False, errors=("no right",)).whole()
    with pytest.raises(Unavailable, match="cut short"):
        Listing([], complete=False).whole()
