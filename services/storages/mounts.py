"""What is mounted where, and what follows from the kind of file system (proc(5), mountinfo)."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

MOUNTINFO = Path("/proc/self/mountinfo")

_ESCAPE = re.compile(rb"\\([0-7]{3})")

_NETWORK = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4"}
    | {"prl_fs", "smb3", "smbfs", "vboxsf", "virtiofs", "vmhgfs"}
)
_FUSE_ELSEWHERE = (
    "ceph", "cephfs", "curlftpfs", "glusterfs", "gvfsd-fuse", "juicefs", "rclone", "s3fs", "smbnetfs", "sshfs",
)  # fmt: skip
_ELSEWHERE = frozenset(
    {"afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
    | {f"fuse.{name}" for name in _FUSE_ELSEWHERE}
)
"""Named one by one: many others by FUSE (mergerfs, Unraid's shfs), and folders that a virtual machine or a
container is given, lie on disks of the same machine."""
_KEEPS_INODES = frozenset(
    {"bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "fuseblk", "hfsplus", "jfs", "nfs", "nfs4"}
    | {"ntfs3", "overlay", "tmpfs", "xfs", "zfs"}
)
_IGNORES_CASE = frozenset({"cifs", "exfat", "msdos", "smb3", "vfat"})


class Mount(NamedTuple):
    """One mounted file system: its folder (absolute, as a storage path is written) and its kind."""

    point: str
    kind: str

    @property
    def is_network(self) -> bool:
        """Whether changes may be made behind the kernel's back, so that it cannot tell of them."""
        return self.kind in _NETWORK or self.kind == "fuse" or self.kind.startswith("fuse.")

    @property
    def is_elsewhere(self) -> bool:
        """Whether another machine keeps the files, so that no memory is shared by them, as SQLite's WAL needs."""
        return self.kind in _ELSEWHERE

    @property
    def keeps_inodes(self) -> bool:
        """Whether a file's inode number outlives a remount. Kinds not known to keep it count as not."""
        return self.kind in _KEEPS_INODES

    @property
    def ignores_case(self) -> bool:
        """Whether `A.jpg` and `a.jpg` are the same file."""
        return self.kind in _IGNORES_CASE


def read_mounts(table: Path = MOUNTINFO) -> list[Mount]:
    """All mounts, in the order they were made; empty where the kernel shows none."""
    try:
        lines = table.read_bytes().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        fixed, _, rest = line.partition(b" - ")
        fields = fixed.split()
        if len(fields) >= 5 and rest:
            found.append(Mount(_unescaped(fields[4]), rest.split()[0].decode("ascii", "replace")))
    return found


def mount_of(path: str, mounts: Sequence[Mount]) -> Mount:
    """The mount that holds the absolute `path`: the deepest, and of several on one folder the last."""
    holding = Mount("/", "")
    for mount in mounts:
        inside = mount.point == "/" or path == mount.point or path.startswith(mount.point + "/")
        if inside and len(mount.point) >= len(holding.point):
            holding = mount
    return holding


def mounts_below(path: str, mounts: Sequence[Mount]) -> list[str]:
    """Folders below the absolute `path`, relative to it, on which something is mounted."""
    prefix = path.rstrip("/") + "/"
    return sorted(
        {m.point[len(prefix) :] for m in mounts if m.point.startswith(prefix) and m.point != prefix}
    )


def _unescaped(field: bytes) -> str:
    raw = _ESCAPE.sub(lambda match: bytes([int(match[1], 8)]), field)
    return raw.decode("utf-8", "surrogateescape")
