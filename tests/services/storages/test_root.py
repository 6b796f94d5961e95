import os
from pathlib import Path

import pytest

from services.errors import StorageNotFound, Unavailable, UsageError
from services.storages.confined import best_opener
from services.storages.local import LocalStorage
from services.storages.patterns import MARKER
from services.storages.root import Root
from services.storages.values import Fingerprint
from tests.contracts.harness import without_root_powers
from tests.services.storages.conftest import Mounter, unmount


def make_root(path: Path | str, expected: Fingerprint | None = None) -> Root:
    return Root(str(path), opener=best_opener(), expected=expected)


def test_the_root_is_opened_and_closed_again(tmp_path: Path) -> None:
    with make_root(f"{tmp_path}/").opened() as descriptor:
        assert os.path.samestat(os.fstat(descriptor), tmp_path.stat())
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_the_very_top_can_be_a_root() -> None:
    with make_root("/").opened() as descriptor:
        assert os.path.samestat(os.fstat(descriptor), Path("/").stat())


@pytest.mark.parametrize("path", ["photos", "./photos", "", "/a/../b", "/a//b"])
def test_a_root_is_a_full_and_plain_path(path: str) -> None:
    with pytest.raises(UsageError):
        make_root(path)


@pytest.mark.parametrize("kind", ["absent", "file", "link", "linked/inner"])
def test_a_root_that_is_no_folder_any_more_is_unavailable(tmp_path: Path, kind: str) -> None:
    (tmp_path / "real/inner").mkdir(parents=True)
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "linked").symlink_to("real")
    with pytest.raises(Unavailable, match="cannot be opened"), make_root(tmp_path / kind).opened():
        pass


def test_a_root_that_may_not_be_looked_into_is_no_other_disk(tmp_path: Path) -> None:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"1")
    known = LocalStorage(root).fingerprint()
    root.chmod(0)
    try:
        health = without_root_powers(lambda: LocalStorage(root).probe(known))
    finally:
        root.chmod(0o755)
    assert health.state == "offline"
    assert health.reason == f"Hypomos may not open “{root}”: Permission denied. Check its permissions."
    assert LocalStorage(root).probe(known).online


def test_a_root_swapped_for_a_link_leads_nowhere(tmp_path: Path) -> None:
    """A person who may add a folder below theirs could otherwise put a link to anything in its place."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "others").mkdir()
    root = make_root(tmp_path / "mine")
    with root.opened():
        (tmp_path / "mine").rmdir()
    (tmp_path / "mine").symlink_to("others")
    with pytest.raises(Unavailable), root.opened():
        pass


def test_a_marker_is_written_once_and_only_if_allowed(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    reading = LocalStorage(tmp_path)
    assert reading.fingerprint().marker is None
    assert not (tmp_path / MARKER).exists()
    writing = LocalStorage(tmp_path, writable=True)
    first = writing.fingerprint()
    assert first.marker
    assert (tmp_path / MARKER).read_text() == f"{first.marker}\n"
    assert writing.fingerprint() == first
    assert reading.fingerprint().marker == first.marker


def test_a_marker_that_is_a_link_or_a_pipe_is_none(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("mark")
    (tmp_path / MARKER).symlink_to("elsewhere")
    assert LocalStorage(tmp_path).fingerprint().marker is None
    (tmp_path / MARKER).unlink()
    os.mkfifo(tmp_path / MARKER)
    assert LocalStorage(tmp_path).fingerprint().marker is None


def test_canaries_are_not_looked_for_through_links(tmp_path: Path) -> None:
    root = tmp_path / "root"
    (root / "album").mkdir(parents=True)
    (root / "album/a.jpg").write_bytes(b"1")
    recorded = LocalStorage(root).fingerprint()
    (root / "album").rename(tmp_path / "moved")
    (root / "album").symlink_to(tmp_path / "moved")
    assert LocalStorage(root).probe(recorded).state == "offline"


def test_a_replaced_root_with_the_same_files_is_known_again(tmp_path: Path) -> None:
    """A backup put back in place: another folder by its number, the same by its files."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"1")
    storage = LocalStorage(root)
    storage.fingerprint()
    root.rename(tmp_path / "old")
    root.mkdir()
    (root / "a.jpg").write_bytes(b"1")
    assert [entry.name for entry in storage.list("").entries] == ["a.jpg"]


def test_without_a_record_a_replaced_root_waits_for_a_probe(tmp_path: Path) -> None:
    root = tmp_path / "root"
    root.mkdir()
    storage = LocalStorage(root)
    storage.list("")
    root.rename(tmp_path / "old")
    root.mkdir()
    with pytest.raises(Unavailable, match="another folder or disk"):
        storage.list("")
    assert storage.probe().online
    assert storage.list("").complete


def test_a_real_disk_unmounted_and_mounted_again(tmp_path: Path, mount: Mounter) -> None:
    disk = mount(tmp_path / "disk")
    (disk / "a.jpg").write_bytes(b"1")
    storage = LocalStorage(disk)
    recorded = storage.fingerprint()
    unmount(disk)  # possible: nothing keeps the root open
    assert storage.probe(recorded).state == "offline"
    with pytest.raises(Unavailable):
        storage.list("")
    mount(disk)
    assert storage.probe(recorded).state == "offline"  # a disk, but an empty one
    (disk / "a.jpg").write_bytes(b"1")
    assert storage.probe(recorded).online


def test_an_empty_disk_is_known_by_its_volume(tmp_path: Path, mount: Mounter) -> None:
    disk = mount(tmp_path / "disk")
    recorded = LocalStorage(disk).fingerprint()
    assert recorded.canaries == ()
    assert LocalStorage(disk).probe(recorded).online
    unmount(disk)
    assert LocalStorage(disk).probe(recorded).state == "offline"


def test_a_disk_inside_the_root_that_is_gone_is_not_an_empty_folder(tmp_path: Path, mount: Mounter) -> None:
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"1")
    inner = mount(root / "my disk")
    (inner / "b.jpg").write_bytes(b"2")
    storage = LocalStorage(root)
    recorded = storage.fingerprint()
    assert recorded.mounts == ("my disk",)
    assert storage.list("my disk").complete
    unmount(inner)
    assert storage.probe(recorded).online
    assert storage.list("").complete
    listing = storage.list("my disk")
    assert not listing.complete
    assert "my disk" in listing.errors[0]


def test_nothing_is_absent_nor_written_where_a_disk_inside_the_root_is_gone(
    tmp_path: Path, mount: Mounter
) -> None:
    """What is written under it would be hidden when it is back, and what is there would seem to be gone for good."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "a.jpg").write_bytes(b"1")
    inner = mount(root / "my disk")
    (inner / "album").mkdir()
    (inner / "album" / "b.jpg").write_bytes(b"2")
    storage = LocalStorage(root, writable=True)
    storage.fingerprint()
    assert storage.write("my disk/album/c.jpg", [b"3"], size=1).size == 1
    unmount(inner)
    for ask in (
        lambda: storage.stat("my disk/album/b.jpg"),
        lambda: storage.stat("my disk/b.jpg"),
        lambda: storage.list("my disk/album"),
        lambda: storage.open_read("my disk/album/b.jpg"),
        lambda: storage.write("my disk/d.jpg", [b"4"], size=1),
        lambda: storage.make_folder("my disk/album"),
        lambda: storage.move("a.jpg", "my disk/a.jpg"),
        lambda: storage.delete("my disk"),
        lambda: storage.move("my disk", "other"),
    ):
        with pytest.raises(Unavailable, match="No disk is mounted on “my disk”"):
            ask()
    assert list(inner.iterdir()) == []
    assert storage.stat("my disk").is_dir
    (inner / "e.jpg").write_bytes(b"5")  # somebody has it there instead, and no disk any more
    assert storage.stat("my disk/e.jpg").size == 1
    with pytest.raises(StorageNotFound):
        storage.stat("my disk of others/b.jpg")
    mount(inner)
    assert storage.write("my disk/d.jpg", [b"4"], size=1).size == 1


def test_ids_name_the_volume_and_are_left_out_where_inodes_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jpg").write_bytes(b"1")
    status = (tmp_path / "a.jpg").stat()
    table = tmp_path / "mountinfo"
    for kind, has_ids in (("ext4", True), ("vfat", False)):
        table.write_text(f"27 1 254:0 / / rw - {kind} /dev/vda rw\n")
        monkeypatch.setattr("services.storages.mounts.read_mounts.__defaults__", (table,))
        storage = LocalStorage(tmp_path)
        entry = storage.stat("a.jpg")
        assert storage.caps().ids is has_ids
        assert (entry.id is not None) is has_ids
        assert (str(status.st_ino) in entry.change_key) is has_ids
        if entry.id is not None:
            assert entry.id.endswith(f":{status.st_ino}")
