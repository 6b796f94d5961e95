"""A descriptor for a decoder child: a local file's own, anything else through an unnamed copy."""

import os
from pathlib import Path

import pytest

from services.errors import Unavailable
from services.scanning import descriptors
from services.scanning.descriptors import descriptor
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage


def test_a_local_file_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"bytes")
    with LocalStorage(str(tmp_path)).open_read("a.jpg") as handle, descriptor(handle, 5) as fd:
        assert fd == handle.fileno()
        assert os.pread(fd, 10, 0) == b"bytes"


@pytest.mark.parametrize("size", [0, 1, 9, 10, 11, 25])
def test_anything_else_is_copied_whole(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr(descriptors, "BLOCK", 10)
    memory = MemoryStorage()
    content = bytes(range(size))
    memory.put("a.jpg", content)
    with memory.open_read("a.jpg") as handle, descriptor(handle, size) as fd:
        assert os.read(fd, 100) == content  # it stands at its beginning
        assert os.fstat(fd).st_nlink == 0  # and has no name that could be left behind
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_a_storage_that_ends_early_gives_no_half_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptors, "BLOCK", 10)
    memory = MemoryStorage()
    memory.put("a.jpg", bytes(25))
    memory.faults.short_body["a.jpg"] = 10
    with memory.open_read("a.jpg") as handle, pytest.raises(Unavailable):
        descriptor(handle, 25).__enter__()
