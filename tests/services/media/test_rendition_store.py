"""Renditions on disk: sharded, checked when read, bounded."""

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from services.errors import NoSpace
from services.media import rendition_store
from services.media.rendition_store import RenditionStore
from services.media.types import GRID, RECIPE, VIEW

A, B = "a1" * 32, "b2" * 32


@pytest.fixture
def store(tmp_path: Path) -> RenditionStore:
    return RenditionStore(tmp_path, view_bytes=10_000)


def files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_what_was_put_is_got(store: RenditionStore) -> None:
    assert store.get(A, GRID) is None
    store.put(A, GRID, b"grid")
    store.put(A, VIEW, b"view")
    assert (store.get(A, GRID), store.get(A, VIEW), store.get(B, GRID)) == (b"grid", b"view", None)
    store.put(A, GRID, b"better")
    assert store.get(A, GRID) == b"better"


def test_the_length_is_known_without_reading(store: RenditionStore) -> None:
    assert store.length(A, "tv-lrg-1") is None
    store.put(A, "tv-lrg-1", b"large")
    assert (store.length(A, "tv-lrg-1"), store.get(A, "tv-lrg-1")) == (5, b"large")
    assert store.length(A, VIEW) is None
    store.remove(A)
    assert store.length(A, "tv-lrg-1") is None


def test_pictures_for_televisions_are_a_cache_too(tmp_path: Path) -> None:
    for number in range(5):
        RenditionStore(tmp_path, view_bytes=3_500).put(f"{number:02x}" * 32, "tv-tn-1", b"v" * 1000)
    assert len(files(tmp_path)) <= 3


def test_files_lie_in_shards(store: RenditionStore, tmp_path: Path) -> None:
    store.put(A, GRID, b"grid")
    (only,) = files(tmp_path)
    assert only.parent == tmp_path / "a1" / "a1"


def test_another_recipe_is_another_rendition(store: RenditionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(A, GRID, b"old")
    monkeypatch.setattr(rendition_store, "RECIPE", RECIPE + 1)
    assert store.get(A, GRID) is None


def test_removing_takes_all_sizes_and_recipes(
    store: RenditionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(A, GRID, b"old")
    monkeypatch.setattr(rendition_store, "RECIPE", RECIPE + 1)
    store.put(A, GRID, b"new")
    store.put(A, VIEW, b"view")
    store.put(B, GRID, b"other")
    store.remove(A)
    store.remove(A)
    assert [path.name[:2] for path in files(tmp_path)] == ["b2"]


@pytest.mark.parametrize("content", ["", "../../etc/passwd", "A1" * 32, "a1" * 31, "a1" * 32 + "\n"])
def test_only_hashes_become_paths(store: RenditionStore, content: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        store.get(content, GRID)
    with pytest.raises(ValueError, match="SHA-256"):
        store.put(content, GRID, b"x")


@pytest.mark.parametrize("harm", ["empty", "cut", "zeros", "flipped", "longer", "foreign"])
def test_damaged_files_count_as_absent_and_are_thrown_away(
    store: RenditionStore, tmp_path: Path, harm: str
) -> None:
    store.put(A, GRID, b"a rendition of some bytes")
    (path,) = files(tmp_path)
    data = path.read_bytes()
    harmed = {
        "empty": b"", "cut": data[:-3], "zeros": bytes(len(data)), "longer": data + b"x",
        "flipped": data[:-1] + bytes((data[-1] ^ 1,)), "foreign": b"RIFFxxxxWEBP",
    }  # fmt: skip
    path.write_bytes(harmed[harm])
    assert store.get(A, GRID) is None
    assert files(tmp_path) == []
    store.put(A, GRID, b"again")
    assert store.get(A, GRID) == b"again"


def age(path: Path, seconds: float) -> None:
    facts = path.stat()
    os.utime(path, (facts.st_atime - seconds, facts.st_mtime - seconds))


def test_views_unused_for_longest_go_first_and_the_grid_stays(tmp_path: Path) -> None:
    store = RenditionStore(tmp_path, view_bytes=5_500)
    names = [f"{n:02x}" * 32 for n in range(8)]
    for number, name in enumerate(names[:5]):
        store.put(name, GRID, b"g" * 2000)
        store.put(name, VIEW, b"v" * 1000)
        for path in (tmp_path / name[:2]).rglob("*-1600-*"):
            age(path, 100_000 - number * 10_000)
    assert store.get(names[0], VIEW) is not None, "used now, so it is the youngest"
    store.put(names[5], VIEW, b"v" * 1000)
    kept = [store.get(name, VIEW) is not None for name in names[:6]]
    assert kept == [True, False, False, True, True, True]
    assert all(store.get(name, GRID) for name in names[:5])


def test_large_ones_have_their_share_and_drive_out_no_previews(tmp_path: Path) -> None:
    """An evening's slide show in full resolution."""
    large = rendition_store.LARGE
    store = RenditionStore(tmp_path, view_bytes=8 * large)
    names = [f"{n:02x}" * 32 for n in range(20)]
    for number, name in enumerate(names):
        store.put(name, VIEW, bytes(large // 8))
        for path in (tmp_path / name[:2]).rglob("*-1600-*"):
            age(path, 100_000 - number * 1000)
    for number, name in enumerate(names):
        store.put(name, "tv-lrg-1", bytes(large))
        for path in (tmp_path / name[:2]).rglob("*-tv-*"):
            age(path, 10_000 - number * 100)
    assert all(store.get(name, VIEW) for name in names), "though unused for longer"
    shown = [store.get(name, "tv-lrg-1") is not None for name in names]
    assert shown == sorted(shown), "those unused for longest went"
    assert 4 <= sum(shown) <= 6


def test_large_ones_alone_may_have_all_that_nobody_else_needs(tmp_path: Path) -> None:
    large = rendition_store.LARGE
    store = RenditionStore(tmp_path, view_bytes=8 * large)
    for number in range(7):
        store.put(f"{number:02x}" * 32, "tv-lrg-1", bytes(large))
    assert len(files(tmp_path)) == 7


def test_a_new_store_counts_what_is_there(tmp_path: Path) -> None:
    for number in range(5):
        RenditionStore(tmp_path, view_bytes=3_500).put(f"{number:02x}" * 32, VIEW, b"v" * 1000)
    assert len(files(tmp_path)) <= 3


def test_unfinished_files_of_dead_processes_are_swept(tmp_path: Path) -> None:
    store = RenditionStore(tmp_path, view_bytes=100)
    store.put(A, GRID, b"grid")
    young, old = (tmp_path / "a1" / "a1" / f"{A}-1600-r1.{n}.part" for n in (1, 2))
    young.write_bytes(b"x")
    old.write_bytes(b"x")
    age(old, 7200)
    store.put(B, VIEW, b"v" * 200)
    assert young.exists()
    assert not old.exists()


def test_a_full_disk_is_told_and_leaves_nothing(
    store: RenditionStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(NoSpace):
        store.put(A, GRID, b"grid")
    assert files(tmp_path) == []


def test_readers_never_see_half_a_file(store: RenditionStore) -> None:
    wanted = {bytes((n,)) * 50_000 for n in range(4)}
    seen: set[bytes | None] = set()
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            seen.add(store.get(A, GRID))

    store.put(A, GRID, bytes(50_000))
    reader = threading.Thread(target=read)
    reader.start()
    for number in range(200):
        store.put(A, GRID, bytes((number % 4,)) * 50_000)
    stop.set()
    reader.join()
    assert seen <= wanted


def test_the_service_can_use_it_without_a_decoder() -> None:
    code = "import sys, services.media.rendition_store; print('PIL' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
