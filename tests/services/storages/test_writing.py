import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.storages import writing
from services.storages.local import LocalStorage
from services.storages.patterns import TRASH, is_skipped

PROJECT = Path(__file__).parents[3]

KILLED = """
import os, signal, sys
from services.storages import writing
from services.storages.local import LocalStorage

root, moment, if_absent = sys.argv[1], sys.argv[2], sys.argv[3] == "True"
if sys.argv[4] == "False":
    os.O_TMPFILE = 0  # as where a file cannot be without a name

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

def source():
    yield b"x" * 70000
    if moment == "half-way":
        die()
    yield b"y" * 70000

if moment == "before the sync":
    writing.os.fsync = die
elif moment == "before the name":
    writing.rename_absent = os.rename = os.link = die
elif moment == "between two names":
    os.rename = die
elif moment == "after the name":
    writing.sync_folder = die
LocalStorage(root, writable=True).write("a.jpg", source(), size=140000, if_absent=if_absent)
"""


@pytest.mark.parametrize("nameless", [True, False])
@pytest.mark.parametrize(("moment", "if_absent"), [
    ("half-way", True), ("half-way", False), ("before the sync", False), ("before the name", True),
    ("before the name", False), ("between two names", False), ("after the name", True), ("after the name", False),
])  # fmt: skip
def test_killed_while_writing_the_name_has_all_or_nothing(
    tmp_path: Path, moment: str, if_absent: bool, nameless: bool
) -> None:
    """What was written so far has no name, and so it is gone with the process; not every disk can do that."""
    if not if_absent:
        (tmp_path / "a.jpg").write_bytes(b"old")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), moment, str(if_absent), str(nameless)],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    final = tmp_path / "a.jpg"
    if moment == "after the name":
        assert final.read_bytes() == b"x" * 70000 + b"y" * 70000
    elif if_absent:
        assert not final.exists()
    else:
        assert final.read_bytes() == b"old"
    left = [path.name for path in tmp_path.iterdir() if path != final]
    assert len(left) == (moment == "between two names" or (moment != "after the name" and not nameless))
    assert all(is_skipped(name) for name in left)


KILLED_ON_ITS_WAY = """
import os, signal, sys
from services.storages import writing
from services.storages.local import LocalStorage

root, moment = sys.argv[1:]

def die(*args, **options):
    os.kill(os.getpid(), signal.SIGKILL)

setattr(writing, moment, die)
LocalStorage(root, writable=True).delete("album/a.jpg", shelf="5he1f")
"""


@pytest.mark.parametrize(
    ("moment", "is_moved"), [("_require_empty", False), ("rename_absent", False), ("sync_folder", True)]
)
def test_killed_on_its_way_to_the_trash_it_goes_there_when_asked_again(
    tmp_path: Path, moment: str, is_moved: bool
) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / "album/a.jpg").write_bytes(b"a")
    done = subprocess.run(
        [sys.executable, "-c", KILLED_ON_ITS_WAY, str(tmp_path), moment],
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert (tmp_path / TRASH / "5he1f").is_dir()
    assert (tmp_path / "album/a.jpg").exists() is not is_moved
    storage = LocalStorage(tmp_path, writable=True)
    if not is_moved:
        storage.delete("album/a.jpg", shelf="5he1f")
    assert [path.name for path in (tmp_path / "album").iterdir()] == []
    assert (tmp_path / TRASH / "5he1f/a.jpg").read_bytes() == b"a"


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
@pytest.mark.parametrize("has_links", [True, False])
def test_nothing_is_replaced_on_simpler_disks_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: int, has_links: bool
) -> None:
    """NFS cannot rename without replacing, some disks have no second names for a file."""
    monkeypatch.setattr(writing, "_renameat2", lambda src, dst: refusal)
    if not has_links:

        def no_links(*args: object, **options: object) -> None:
            raise OSError(errno.EPERM, "no hard links here")

        monkeypatch.setattr(os, "link", no_links)
        monkeypatch.setattr(os, "O_TMPFILE", 0)  # nor files without a name
    storage = LocalStorage(tmp_path, writable=True)
    storage.write("a.jpg", [b"a"], size=1)
    storage.write("b.jpg", [b"b"], size=1)
    storage.make_folder("album")
    for src, dst in (("a.jpg", "b.jpg"), ("album", "a.jpg"), ("a.jpg", "album")):
        with pytest.raises(Exception, match="there already"):
            storage.move(src, dst)
    storage.move("a.jpg", "c.jpg")
    storage.move("album", "2026")
    there = storage.delete("b.jpg")
    assert there is not None
    storage.move(there, "2026/b.jpg")
    assert (tmp_path / "c.jpg").read_bytes() == b"a"
    assert (tmp_path / "2026/b.jpg").read_bytes() == b"b"
    assert not (tmp_path / "a.jpg").exists()


def test_what_is_written_can_be_read_by_who_may_enter_the_folder(tmp_path: Path) -> None:
    """The service runs with a mask of 077, and others of the household still want to see their photos."""
    album = tmp_path / "album"
    album.mkdir()
    album.chmod(0o2750)
    storage = LocalStorage(tmp_path, writable=True)
    before = os.umask(0o077)
    try:
        storage.write("album/a.jpg", [b"1"], size=1)
        storage.make_folder("album/inner")
    finally:
        os.umask(before)
    assert stat.S_IMODE((album / "a.jpg").stat().st_mode) == 0o640
    assert stat.S_IMODE((album / "inner").stat().st_mode) == 0o2750


def test_a_failing_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    storage = LocalStorage(tmp_path, writable=True)
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Exception, match="could not be reached: Input/output error"):
        storage.write("a.jpg", [b"1"], size=1)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_sync_folders_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.fsync

    def only_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", only_files)
    assert LocalStorage(tmp_path, writable=True).write("a.jpg", [b"1"], size=1).size == 1


def test_file_and_folder_are_synced_before_and_after_the_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage = LocalStorage(tmp_path, writable=True)
    synced: list[tuple[str, bool]] = []
    real = os.fsync

    def noted(descriptor: int) -> None:
        kind = "folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file"
        synced.append((kind, (tmp_path / "a.jpg").exists()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    storage.write("a.jpg", [b"1"], size=1)
    assert synced == [("file", False), ("folder", True)]


def test_a_broken_off_write_closes_and_removes_its_file(tmp_path: Path) -> None:
    def source() -> Iterator[bytes]:
        yield b"1"
        raise KeyboardInterrupt

    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted only
    with pytest.raises(KeyboardInterrupt):
        LocalStorage(tmp_path, writable=True).write("a.jpg", source(), size=2)
    assert list(tmp_path.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  counted only
