"""What a remote can do, read out of what rclone says of it (`operations/fsinfo`), and what follows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from services.storages.values import Caps, Entry

HASHES = frozenset({"md5", "sha1", "sha256", "quickxor", "dropbox"})
"""The hashes that Hypomos makes of every file it reads, so that a provider's can be recognised."""

WITHOUT_HASHES = frozenset({"sftp", "smb", "ftp"})
"""Types of which no listing ever tells a hash."""

HALF_LISTED = frozenset({"drive"})
"""Types whose listings may be cut without a word: rclone only logs Google's `incompleteSearch` (T1b)."""

WITH_IDS = frozenset({"onedrive", "drive", "dropbox", "box", "pcloud"})
WITH_FEEDS = frozenset({"onedrive", "drive", "dropbox"})
HALF_SEEN = frozenset({
    "webdav", "ftp", "smb", "sftp", "koofr", "azurefiles", "filefabric", "sia", "local", "alias",
})  # fmt: skip
"""Types where an upload that breaks off may leave half a file under its name."""

_UNSETTABLE_NS = 3_153_600_000_000_000_000
"""rclone's precision for times that cannot be set: a hundred years."""

_SECOND = 10**9


@dataclass(frozen=True, slots=True)
class Features:
    """`precision_ns` is None where times cannot be set; without `empty_folders` one is there by what is in it."""

    type: str
    hashes: frozenset[str]
    slow_hash: bool
    slow_mtime: bool
    precision_ns: int | None
    about: bool
    move: bool
    moves_folders: bool
    copy: bool
    empty_folders: bool
    case_insensitive: bool

    @classmethod
    def read(cls, type: str, said: Mapping[str, Any]) -> Self:
        """From the answer of `operations/fsinfo`."""
        can = said.get("Features") or {}
        precision = int(said.get("Precision") or _SECOND)
        return cls(
            type=type,
            hashes=HASHES.intersection(said.get("Hashes") or ()),
            slow_hash=bool(can.get("SlowHash")),
            slow_mtime=bool(can.get("SlowModTime")),
            precision_ns=None if precision >= _UNSETTABLE_NS else max(1, precision),
            about=bool(can.get("About")),
            move=bool(can.get("Move")),
            moves_folders=bool(can.get("DirMove")),
            copy=bool(can.get("Copy")),
            empty_folders=bool(can.get("CanHaveEmptyDirectories", True)),
            case_insensitive=bool(can.get("CaseInsensitive")),
        )

    @property
    def ids(self) -> bool:
        """Whether an entry's id outlives a rename."""
        return self.type in WITH_IDS

    @property
    def free_hashes(self) -> frozenset[str]:
        """What a listing tells without a file being read."""
        return frozenset() if self.slow_hash else self.hashes

    @property
    def atomic_upload(self) -> bool:
        """Whether a file that is being sent is seen only when it is whole."""
        return self.type not in HALF_SEEN or not self.renames

    @property
    def renames(self) -> bool:
        """Whether a file gets another name without being sent again: stores of objects copy it to there."""
        return self.move or self.copy

    def caps(self) -> Caps:
        """The same in the words of the contract."""
        return Caps(
            hashes=self.hashes,
            free_hashes=self.free_hashes,
            precision_ns=self.precision_ns or _SECOND,
            ids=self.ids,
            about=self.about,
            server_move=self.move,
            server_copy=self.copy,
            atomic_write=True,
            slow_mtime=self.slow_mtime,
            case_insensitive=self.case_insensitive,
            whole_listings=self.type not in HALF_LISTED,
            watch="delta" if self.type in WITH_FEEDS else "none",
        )

    def listing_options(self) -> dict[str, Any]:
        """What a listing asks for: never a time that costs a request a file, never a hash that reads it."""
        options: dict[str, Any] = {"noMimeType": True, "noModTime": self.slow_mtime}
        if self.free_hashes:
            options |= {"showHash": True, "hashTypes": sorted(self.free_hashes)}
        return options

    def time(self, text: str | None) -> int | None:
        """A time as rclone writes it, in nanoseconds since 1970 at the remote's precision; None for none."""
        if self.slow_mtime or not text:
            return None
        moment = _nanoseconds(text)
        precision = self.precision_ns or _SECOND
        return None if moment is None else moment // precision * precision

    def change_key(self, entry: Entry) -> str:
        """Differs when the bytes may differ: id, size, time and free hash."""
        hashes = ",".join(f"{kind}={entry.hashes[kind]}" for kind in sorted(entry.hashes))
        return f"{entry.id or ''}:{entry.size}:{'' if entry.mtime_ns is None else entry.mtime_ns}:{hashes}"


def _nanoseconds(text: str) -> int | None:
    """RFC 3339 with up to nine digits of a second, exactly; None for what is none, or before 1970."""
    head, dot, rest = text.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))] if dot else ""
    zone = rest[len(digits) :] if dot else ""
    try:
        seconds = int(datetime.fromisoformat(head + zone).timestamp())
    except (ValueError, OverflowError):
        return None
    return seconds * _SECOND + int(digits.ljust(9, "0")[:9] or 0) if seconds > 0 else None
