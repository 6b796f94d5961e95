"""What a storage says about itself and about its files: plain frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, Self

from services.errors import StorageError, StorageThrottled, Unauthorized, Unavailable
from services.storages import paths

NO_HASHES: Mapping[str, str] = MappingProxyType({})


class Caps(NamedTuple):
    """What a storage can do.

    `hashes` it can name at all, `free_hashes` without reading the file; `precision_ns` of its times in
    nanoseconds; `ids` that outlive a rename; `about` tells the room left; `server_move` and `server_copy`
    need no download; `atomic_write`: never half a file under the final name; `slow_mtime`: asking for
    times costs a request a file; `watch` is how it tells of changes. Without `whole_listings` one that seems
    whole may lack something: what it lacks is gone only when it is not there by its name either.
    """

    hashes: frozenset[str] = frozenset()
    free_hashes: frozenset[str] = frozenset()
    precision_ns: int = 1
    ids: bool = False
    about: bool = False
    server_move: bool = False
    server_copy: bool = False
    atomic_write: bool = False
    slow_mtime: bool = False
    case_insensitive: bool = False
    whole_listings: bool = True
    watch: Literal["events", "delta", "none"] = "none"


class Entry(NamedTuple):
    """One file or folder as its storage describes it.

    `size` in bytes, 0 for a folder; `mtime_ns` in nanoseconds since 1970 UTC, None when the storage has
    no times. `id` outlives a rename, where Caps.ids says so; a storage may give the id of a deleted file
    to a new one, so an equal id means the same file only together with equal size and time. `hashes` by
    lower-case name, hexadecimal unless the provider has its own form. `change_key` differs when the
    bytes may differ; it means nothing outside its storage.
    """

    path: str
    name: str
    is_dir: bool
    size: int
    mtime_ns: int | None
    id: str | None
    change_key: str
    hashes: Mapping[str, str] = NO_HASHES
    mime: str | None = None


class Listing(NamedTuple):
    """The entries of one folder, in no order. Only if `complete` may what it lacks mean anything.

    `errors` is what its owner is to be told of it, also of a whole one.
    """

    entries: list[Entry]
    complete: bool = True
    errors: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """What kept entries from being seen, in words, where it is not complete."""
        return "; ".join(self.errors) or "The listing was cut short."

    def whole(self) -> list[Entry]:
        """The entries; raises Unavailable when there may be others."""
        if not self.complete:
            raise Unavailable(self.problem)
        return self.entries


class Quota(NamedTuple):
    """Room in bytes; each None when the storage does not say. `free` is what we may use."""

    total: int | None
    used: int | None
    free: int | None


class Change(NamedTuple):
    """Folders whose entries may have changed. With `everything` any folder may have: changes went unseen."""

    folders: frozenset[str] = frozenset()
    everything: bool = False


class Health(NamedTuple):
    """How a storage is; `reason` is in words, for its owner, and empty when online.

    `retry_after` are the seconds that one which is throttled asks to wait; None when it does not say.
    """

    state: Literal["online", "offline", "needs_reconnect", "throttled"]
    reason: str = ""
    retry_after: float | None = None

    @classmethod
    def of(cls, error: StorageError) -> Self:
        """How a storage is that answers a probe so."""
        if isinstance(error, Unauthorized):
            return cls("needs_reconnect", str(error))
        if isinstance(error, StorageThrottled):
            return cls("throttled", str(error), error.retry_after)
        return cls("offline", str(error))

    @property
    def online(self) -> bool:
        """Whether listings of this storage may be believed."""
        return self.state == "online"


class Canary(NamedTuple):
    """A file by which a root is known again: where it lies and its size in bytes."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """By what a storage's root is known again.

    `volume` names the file system, `marker` is the text of our marker file (None in a read-only
    storage), `canaries` are some of its files, `mounts` folders in it where another disk is mounted.
    """

    volume: str | None = None
    marker: str | None = None
    canaries: tuple[Canary, ...] = ()
    mounts: tuple[str, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """The fingerprint as JSON data."""
        return {
            "volume": self.volume,
            "marker": self.marker,
            "canaries": [[paths.to_json(path), size] for path, size in self.canaries],
            "mounts": [paths.to_json(path) for path in self.mounts],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The reverse of `to_json`."""
        return cls(
            volume=data["volume"],
            marker=data["marker"],
            canaries=tuple(Canary(paths.from_json(path), int(size)) for path, size in data["canaries"]),
            mounts=tuple(paths.from_json(path) for path in data["mounts"]),
        )
