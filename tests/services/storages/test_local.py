import hashlib
import os
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.errors import Forbidden, ReadOnly, StorageFull, StorageNotFound, UsageError
from services.storages.handles import Handle
from services.storages.local import LocalStorage
from tests.contracts.harness import without_root_powers
from tests.services.storages.conftest import Mounter

PROJECT = Path(__file__).parents[3]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(b"photo")
    return folder


def test_pipes_sockets_and_devices_are_never_listed_or_opened(root: Path) -> None:
    os.mkfifo(root / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(root)  # the address of a socket is at most 108 bytes long
        listener.bind("socket.jpg")
        os.chdir(here)
    odd = ["pipe.jpg", "socket.jpg"]
    try:
        os.mknod(root / "device.jpg", 0o600 | 0o020000, os.makedev(1, 5))  # /dev/zero
        odd.append("device.jpg")
    except PermissionError:
        pass  # only root may; the other two show the rule
    storage = LocalStorage(root, writable=True)
    assert [entry.name for entry in storage.list("").entries] == ["a.jpg"]
    with ThreadPoolExecutor(1) as pool:
        for name in odd:
            for ask in ("stat", "open_read", "delete"):
                with pytest.raises(StorageNotFound):
                    pool.submit(getattr(storage, ask), name).result(timeout=30)
            assert os.path.lexists(root / name)


def test_a_file_swapped_for_a_pipe_at_the_last_moment_is_refused(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def swap_and_open(path: str | bytes, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if path == b"a.jpg":
            (root / "a.jpg").unlink()
            os.mkfifo(root / "a.jpg")
        return real(path, flags, mode, dir_fd=dir_fd)

    storage = LocalStorage(root)
    monkeypatch.setattr(os, "open", swap_and_open)
    with pytest.raises(StorageNotFound, match="is not a file"):
        storage.open_read("a.jpg")


def test_a_file_that_may_not_be_read_is_forbidden_not_absent(root: Path) -> None:
    (root / "a.jpg").chmod(0)
    storage = LocalStorage(root)
    assert without_root_powers(lambda: storage.stat("a.jpg").size) == 5
    with pytest.raises(Forbidden, match="permissions"):
        without_root_powers(lambda: storage.open_read("a.jpg"))


def test_a_folder_that_may_not_be_entered(root: Path) -> None:
    """Its names can be read, but of no entry anything else: a listing with an error for each."""
    (root / "album").mkdir()
    (root / "album/a.jpg").write_bytes(b"1")
    (root / "album").chmod(0o444)
    storage = LocalStorage(root)
    try:
        listing = without_root_powers(lambda: storage.list("album"))
        with pytest.raises(Forbidden):
            without_root_powers(lambda: storage.stat("album/a.jpg"))
    finally:
        (root / "album").chmod(0o755)
    assert not listing.complete
    assert listing.entries == []
    assert "album/a.jpg" in listing.errors[0]


def test_a_folder_that_may_only_be_entered_gives_known_files(root: Path) -> None:
    (root / "album").mkdir()
    (root / "album/a.jpg").write_bytes(b"1")
    (root / "album").chmod(0o111)
    storage = LocalStorage(root)
    try:
        assert without_root_powers(lambda: storage.stat("album/a.jpg").size) == 1
        assert not without_root_powers(lambda: storage.list("album")).complete
    finally:
        (root / "album").chmod(0o755)


def test_a_root_that_may_not_be_read_is_offline(root: Path) -> None:
    storage = LocalStorage(root)
    root.chmod(0)
    try:
        health = without_root_powers(storage.probe)
        listing = without_root_powers(lambda: storage.list(""))
    finally:
        root.chmod(0o755)
    assert health.state == "offline"
    assert "permissions" in health.reason
    assert not listing.complete


def test_names_are_utf8_whatever_the_locale(root: Path) -> None:
    (root / "Grüße.jpg").write_bytes(b"1")
    program = (
        "import sys; from services.storages.local import LocalStorage; s = LocalStorage(sys.argv[1]);"
        "names = sorted(e.name for e in s.list('').entries); assert s.stat(names[0]).size == 1;"
        "print(sys.getfilesystemencoding(), ascii(names))"
    )
    plain = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C", "PYTHONPATH": str(PROJECT)}
    done = subprocess.run(
        [sys.executable, "-c", program, str(root)], env=plain, capture_output=True, text=True, check=True
    )
    encoding, names = done.stdout.split(maxsplit=1)
    assert encoding != "utf-8"
    assert names.strip() == ascii(["Grüße.jpg", "a.jpg"])


def test_no_descriptor_is_left_open(root: Path) -> None:
    storage = LocalStorage(root, writable=True)
    storage.fingerprint()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  counted only
    for number in range(10):
        storage.list("")
        storage.stat("a.jpg")
        storage.open_read("a.jpg").close()
        with pytest.raises(StorageNotFound):
            storage.open_read("absent/b.jpg")
        storage.write(f"{number}.jpg", [b"1"], size=1)
        storage.move(f"{number}.jpg", f"{number}.jpeg")
        storage.delete(f"{number}.jpeg")
        storage.probe()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208  counted only


def at_once_here(handle: Handle) -> None:
    """Leave a test out where the file system of the tests does not say what is in memory."""
    if handle.at_once(0, 1) is None:
        pytest.skip("this file system does not read without waiting")


def test_at_once_is_what_lies_in_memory(root: Path) -> None:
    body = os.urandom(300_000)
    (root / "a.jpg").write_bytes(body)
    with LocalStorage(root).open_read("a.jpg") as handle:
        at_once_here(handle)
        assert handle.at_once(0, len(body)) == body
        assert handle.at_once(299_990, 10) == body[-10:]
        assert handle.at_once(299_990, 11) is None
    assert handle.at_once(0, 1) is None


@pytest.mark.parametrize("how", ["rewritten", "dated", "replaced", "deleted"])
def test_of_a_file_that_changed_nothing_is_had_at_once(root: Path, how: str) -> None:
    path = root / "a.jpg"
    path.write_bytes(b"a" * 100)
    os.utime(path, ns=(10**18, 10**18))
    with LocalStorage(root).open_read("a.jpg") as handle:
        at_once_here(handle)
        if how == "rewritten":
            path.write_bytes(b"b" * 100)
        elif how == "dated":
            os.utime(path, ns=(10**18, 10**18 + 10**9))
        elif how == "replaced":
            (root / "b.jpg").write_bytes(b"b" * 100)
            os.utime(root / "b.jpg", ns=(10**18, 10**18))
            (root / "b.jpg").replace(path)
        else:
            path.unlink()
        assert handle.at_once(0, 100) is None


def test_what_lies_on_the_disk_alone_is_not_waited_for(root: Path) -> None:
    path = root / "a.jpg"
    path.write_bytes(os.urandom(8 << 20))
    with LocalStorage(root).open_read("a.jpg") as handle:
        at_once_here(handle)
        descriptor = handle.fileno()
        assert descriptor is not None
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        if handle.at_once(4 << 20, 65536) is not None:
            pytest.skip("this file system lies in memory as a whole")
        assert len(handle.pread(4 << 20, 65536)) == 65536
        assert handle.at_once(4 << 20, 65536) == handle.pread(4 << 20, 65536)
        assert handle.at_once(4 << 20, 4 << 20) is None, "not all of it"


def test_all_hashes_in_one_read(root: Path) -> None:
    found = LocalStorage(root).hashes("a.jpg", ["md5", "sha1", "sha256"])
    assert found == {
        kind: hashlib.new(kind, b"photo", usedforsecurity=False).hexdigest()
        for kind in ("md5", "sha1", "sha256")
    }


def test_a_real_full_disk(tmp_path: Path, mount: Mounter) -> None:
    disk = mount(tmp_path / "disk", size="1m")
    storage = LocalStorage(disk, writable=True)
    with pytest.raises(StorageFull):
        storage.write("big.mov", (bytes(65536) for _ in range(64)), size=None)
    assert storage.list("").entries == []
    storage.write("small.jpg", [b"fits"], size=4)


def test_a_disk_mounted_for_reading_only(tmp_path: Path, mount: Mounter) -> None:
    disk = mount(tmp_path / "disk")
    (disk / "a.jpg").write_bytes(b"1")
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    storage = LocalStorage(disk, writable=True)
    for attempt in (
        lambda: storage.write("b.jpg", [b"1"], size=1),
        lambda: storage.delete("a.jpg"),
        lambda: storage.move("a.jpg", "b.jpg"),
        lambda: storage.make_folder("album"),
    ):
        with pytest.raises(ReadOnly, match="mounted for reading only"):
            attempt()


def test_a_disk_inside_the_root_has_its_own_trash(tmp_path: Path, root: Path, mount: Mounter) -> None:
    inner = mount(root / "usb")
    (inner / "b.jpg").write_bytes(b"2")
    storage = LocalStorage(root, writable=True)
    there = storage.delete("usb/b.jpg")
    assert there is not None
    assert there.startswith("usb/.hypomos-trash/")
    assert storage.move(there, "usb/b.jpg").size == 1
    with pytest.raises(UsageError, match="another disk"):
        storage.move("usb/b.jpg", "b.jpg")
    assert (inner / "b.jpg").read_bytes() == b"2"


def test_room_is_that_of_the_disk(tmp_path: Path, mount: Mounter) -> None:
    disk = mount(tmp_path / "disk", size="1m")
    (disk / "a.mov").write_bytes(bytes(500_000))
    quota = LocalStorage(disk).about()
    assert quota is not None
    assert quota.total == 1024 * 1024
    assert quota.used is not None
    assert quota.free is not None
    assert 500_000 <= quota.used < 600_000
    assert quota.free + quota.used == quota.total
