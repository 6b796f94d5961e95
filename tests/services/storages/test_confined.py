import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.errors import StorageError
from services.storages import confined
from services.storages.confined import FOLDER, FolderOpener, OpenAt2, best_opener, open_by_walk
from services.storages.local import LocalStorage


@pytest.fixture(params=["openat2", "walk"])
def opener(request: pytest.FixtureRequest) -> FolderOpener:
    if request.param == "walk":
        return open_by_walk
    found = best_opener()
    if not isinstance(found, OpenAt2):
        pytest.skip("needs Linux 5.6")
    return found


@pytest.fixture
def base(tmp_path: Path) -> Iterator[int]:
    (tmp_path / "root" / "a" / "b").mkdir(parents=True)
    (tmp_path / "outside" / "b").mkdir(parents=True)
    descriptor = os.open(tmp_path / "root", os.O_PATH)
    yield descriptor
    os.close(descriptor)


def same(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    finally:
        os.close(descriptor)


def test_folders_are_opened_at_any_depth(opener: FolderOpener, base: int, tmp_path: Path) -> None:
    assert same(opener(base, b""), tmp_path / "root")
    assert same(opener(base, b"a"), tmp_path / "root/a")
    assert same(opener(base, b"a/b", os.O_RDONLY | FOLDER), tmp_path / "root/a/b")


def test_descriptors_are_not_inherited(opener: FolderOpener, base: int) -> None:
    for path in (b"", b"a/b"):
        descriptor = opener(base, path)
        assert not os.get_inheritable(descriptor)
        os.close(descriptor)


@pytest.mark.parametrize("path", [b"..", b"a/../..", b"../outside", b"/etc"])
def test_nothing_leads_up_or_out(opener: FolderOpener, base: int, path: bytes) -> None:
    with pytest.raises(OSError) as caught:  # noqa: PT011  the number is what counts
        opener(base, path)
    assert caught.value.errno == errno.EXDEV


@pytest.mark.parametrize("target", ["../outside", "a", "/", "link", "nowhere"])
@pytest.mark.parametrize("below", [b"", b"/b"])
def test_no_link_is_followed(
    opener: FolderOpener, base: int, tmp_path: Path, target: str, below: bytes
) -> None:
    (tmp_path / "root/link").symlink_to(target)
    with pytest.raises(OSError) as caught:  # noqa: PT011  the number is what counts
        opener(base, b"link" + below)
    assert caught.value.errno in (errno.ELOOP, errno.ENOTDIR)


def test_a_file_is_no_folder(opener: FolderOpener, base: int, tmp_path: Path) -> None:
    (tmp_path / "root/file").write_bytes(b"")
    for path in (b"file", b"file/x"):
        with pytest.raises(NotADirectoryError):
            opener(base, path)
    with pytest.raises(FileNotFoundError):
        opener(base, b"a/absent")


def test_a_path_longer_than_the_kernel_takes_at_once(opener: FolderOpener, base: int) -> None:
    name = b"x" * 200
    here = os.dup(base)
    for _ in range(25):
        os.mkdir(name, dir_fd=here)
        deeper = os.open(name, os.O_PATH, dir_fd=here)
        os.close(here)
        here = deeper
    found = opener(base, b"/".join([name] * 25))
    assert os.path.samestat(os.fstat(found), os.fstat(here))
    os.close(found)
    os.close(here)


def test_no_descriptor_is_left_open(opener: FolderOpener, base: int) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted only
    for _ in range(20):
        os.close(opener(base, b"a/b"))
        for path in (b"a/absent/b", b"../x"):
            with pytest.raises(OSError):  # noqa: PT011  whichever it is
                opener(base, path)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  counted only


def test_without_the_system_call_every_step_is_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confined, "_OPENAT2", 100_000)  # no kernel knows this one
    assert best_opener() is open_by_walk


def test_a_folder_swapped_for_a_link_is_never_a_way_out(opener: FolderOpener, tmp_path: Path) -> None:
    """Somebody who may write in the root swaps a folder and a link as fast as they can."""
    root, outside = tmp_path / "root", tmp_path / "outside"
    for folder, body in ((root / "album", b"inside"), (outside, b"secret")):
        folder.mkdir(parents=True)
        (folder / "photo.jpg").write_bytes(body)
    stop = threading.Event()

    def swap() -> None:
        while not stop.is_set():
            (root / "album").rename(root / "aside")
            (root / "album").symlink_to(outside)
            time.sleep(0)
            (root / "album").unlink()
            (root / "aside").rename(root / "album")

    storage = LocalStorage(root, opener=opener)
    swapper = threading.Thread(target=swap)
    swapper.start()
    inside = refused = fooled = 0
    until = time.monotonic() + 20
    try:
        while not (inside > 50 and refused > 50 and fooled) and time.monotonic() < until:
            try:
                with storage.open_read("album/photo.jpg") as handle:
                    assert handle.pread(0, 9) == b"inside"
                    inside += 1
            except StorageError:
                refused += 1
            try:
                fooled += (root / "album/photo.jpg").read_bytes() == b"secret"
            except OSError:
                continue
    finally:
        stop.set()
        swapper.join()
    assert inside
    assert refused
    assert fooled, "the swapping is too slow to fool even plain opening: this test shows nothing"
