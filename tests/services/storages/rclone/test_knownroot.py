"""An unmounted root is empty without any error (T1c): absence is believed only where the root is known."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from services.errors import (
    StorageNotFound,
    Unavailable,
)
from services.storages import Fingerprint
from services.storages.rclone import knownroot
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


def test_a_lost_root_is_looked_at_again_by_one_call_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the worker probes: other processes find by themselves that a disk is mounted again."""
    moment = [1000.0]
    monkeypatch.setattr(knownroot, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    there: dict[str, Any] = {"item": None}
    inside: list[Callable[[], None]] = []

    def stat(params: dict[str, Any]) -> dict[str, Any]:
        while inside:
            inside.pop()()
        return there if params["remote"] == "a.jpg" else {"item": None}

    daemon = FakeDaemon(operations__list={"list": []}, operations__stat=stat)
    storage = make(daemon, tmp_path, expected=Fingerprint(canaries=(Canary("a.jpg", 5),)))

    def is_refused_unasked() -> None:
        calls = len(daemon.calls)
        with pytest.raises(Unavailable, match="not the one"):
            storage.stat("a.jpg")
        assert len(daemon.calls) == calls

    with pytest.raises(Unavailable):
        storage.list("")
    is_refused_unasked()
    moment[0] += knownroot.LOST_S
    inside.append(is_refused_unasked)  # another call meanwhile
    with pytest.raises(Unavailable, match="not the one"):
        storage.stat("a.jpg")
    assert not inside
    is_refused_unasked()
    there["item"] = file("a.jpg", 5)
    is_refused_unasked()
    moment[0] += knownroot.LOST_S
    assert storage.stat("a.jpg").size == 5
    assert storage.stat("a.jpg").size == 5
