"""An unmounted root is empty without any error (T1c): absence is believed only where the root is known."""

from pathlib import Path
from typing import Any

import pytest

from services.errors import (
    StorageNotFound,
    Unavailable,
)
from services.storages import Fingerprint
from services.storages.values import Canary
from tests.services.storages.rclone.fakes import FakeDaemon, file, make


def test_a_root_that_is_not_found_is_unavailable(tmp_path: Path) -> None:
    storage = make(FakeDaemon(operations__list=StorageNotFound("x")), tmp_path, root="renamed")
    with pytest.raises(Unavailable, match="renamed or moved"):
        storage.list("")


# T1c: an unmounted root is empty without any error


def test_an_empty_root_is_believed_only_with_its_canaries(tmp_path: Path) -> None:
    known = Fingerprint(canaries=(Canary("a.jpg", 5),))
    there: dict[str, Any] = {"item": None}
    daemon = FakeDaemon(
        operations__list={"list": []},
        operations__stat=lambda p: there if p["remote"] == "a.jpg" else {"item": None},
    )
    storage = make(daemon, tmp_path, expected=known)
    with pytest.raises(Unavailable, match="known by"):
        storage.list("")
    assert storage.probe(known).state == "offline"
    with pytest.raises(Unavailable):
        storage.stat("anything")
    there["item"] = file("a.jpg", 5)
    assert storage.probe(known).online


def test_nothing_counts_as_absent_in_a_root_that_is_not_known(tmp_path: Path) -> None:
    known = Fingerprint(canaries=(Canary("a.jpg", 5),))
    storage = make(FakeDaemon(operations__stat={"item": None}), tmp_path, expected=known)
    with pytest.raises(Unavailable):
        storage.stat("b.jpg")
