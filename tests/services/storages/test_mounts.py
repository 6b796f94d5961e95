from pathlib import Path

import pytest

from services.storages.mounts import Mount, mount_of, mounts_below, read_mounts

TABLE = """\
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw
40 27 0:40 / /mnt/nas rw shared:1 - nfs4 nas:/photos rw
41 27 0:41 / /mnt/my\\040disk\\134x\\012y rw - vfat /dev/sdb1 rw
42 40 8:1 / /mnt/nas/usb rw - exfat /dev/sdc1 rw
43 27 0:43 / /home/anna/remote rw master:2 propagate_from:1 - fuse.sshfs anna@host: rw
44 40 0:44 / /mnt/nas rw - autofs systemd-1 rw
broken line
"""


@pytest.fixture
def mounts(tmp_path: Path) -> list[Mount]:
    table = tmp_path / "mountinfo"
    table.write_text(TABLE)
    return read_mounts(table)


def test_points_and_kinds_are_read(mounts: list[Mount]) -> None:
    assert mounts[0] == Mount("/", "ext4")
    assert mounts[2] == Mount("/mnt/my disk\\x\ny", "vfat")
    assert len(mounts) == 6


def test_the_deepest_and_latest_mount_holds_a_path(mounts: list[Mount]) -> None:
    assert mount_of("/mnt/nas/usb/a", mounts).kind == "exfat"
    assert mount_of("/mnt/nas", mounts).kind == "autofs"
    assert mount_of("/mnt/nasty", mounts).kind == "ext4"
    assert mount_of("/home/anna/remote/x", mounts).kind == "fuse.sshfs"
    assert mount_of("/anywhere", []).kind == ""


def test_mounts_below_a_folder(mounts: list[Mount]) -> None:
    assert mounts_below("/mnt", mounts) == ["my disk\\x\ny", "nas", "nas/usb"]
    assert mounts_below("/mnt/nas", mounts) == ["usb"]
    assert mounts_below("/", mounts)[0] == "home/anna/remote"
    assert mounts_below("/mnt/nas/usb", mounts) == []


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "fuse.rclone", "fuse", "ceph", "virtiofs"]
)
def test_network_mounts_tell_no_changes(kind: str) -> None:
    assert Mount("/x", kind).is_network


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "fuseblk", "vfat", "overlay", "tmpfs"])
def test_local_disks_do(kind: str) -> None:
    assert not Mount("/x", kind).is_network


@pytest.mark.parametrize(
    ("kind", "elsewhere"),
    [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("fuse.rclone", True), ("ext4", False), ("fuseblk", False),
     ("fuse.mergerfs", False), ("fuse.shfs", False), ("9p", False), ("virtiofs", False), ("", False)],
)  # fmt: skip
def test_folders_shown_in_another_way_are_on_this_machine(kind: str, elsewhere: bool) -> None:
    assert Mount("/x", kind).is_elsewhere is elsewhere


def test_what_is_not_known_to_keep_inodes_does_not() -> None:
    assert Mount("/x", "ext4").keeps_inodes
    assert Mount("/x", "nfs4").keeps_inodes
    for kind in ("vfat", "exfat", "cifs", "fuse.sshfs", "unheard-of", ""):
        assert not Mount("/x", kind).keeps_inodes


def test_case_matters_but_on_some() -> None:
    assert Mount("/x", "exfat").ignores_case
    assert not Mount("/x", "ext4").ignores_case


def test_this_machine_has_a_root_and_an_absent_table_none(tmp_path: Path) -> None:
    assert mount_of("/", read_mounts()).kind
    assert read_mounts(tmp_path / "absent") == []
