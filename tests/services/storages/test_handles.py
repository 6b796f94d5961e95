import asyncio
from pathlib import Path

import pytest

from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage


@pytest.mark.parametrize(
    ("offset", "length", "reach"), [(0, 10, 10), (0, 11, 10), (9, 5, 1), (10, 1, 0), (99, 1, 0), (3, 0, 0)]
)
def test_reach_ends_where_the_file_ends(offset: int, length: int, reach: int) -> None:
    storage = MemoryStorage()
    storage.put("a", b"0123456789")
    with storage.open_read("a") as handle:
        assert handle.reach(offset, length) == reach


def test_a_handle_without_descriptor_says_so() -> None:
    storage = MemoryStorage()
    storage.put("a", b"0")
    with storage.open_read("a") as handle:
        assert handle.fileno() is None


def test_from_a_disk_nothing_comes_by_itself(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"0123456789")
    with LocalStorage(tmp_path).open_read("a") as handle:
        assert not handle.comes(0)
        assert handle.came(0, 10) is None
        with pytest.raises(NotImplementedError):
            asyncio.run(handle.coming(0, 10))
