"""Changes of files that meet a fault in their middle, and what has to be true afterwards, whatever it was.

No byte is lost, and none is another's: the old or the new bytes are there as a whole, and of what was replaced the
old ones too. Only what is deleted for good goes, and then all of it, with what is remembered of it. After the next
scan the catalogue says what the storage says, and the trash what lies in it. The owner was told in words, and
whatever did not happen happens when it is tried again.
"""

import hashlib
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from services.errors import HypomosError, StorageNotFound, Unavailable
from services.models import Asset, FileOperation, Tombstone
from services.storages.patterns import TRASH
from tests.fakes import photo
from tests.faults.afar import BOUND_S, Afar, in_time
from tests.faults.test_scans import with_budget
from web.sentences import said

OLD, NEW, OTHER = (photo(n=n).ljust(3000) for n in range(3))
WHOLE = {OLD, NEW, OTHER}
ALBUM = {"album/a.jpg": OLD, "album/other.jpg": OTHER}
STEPS = 200
"""More requests than any of these changes makes; over SSH one is what came at once, which is never the same."""

CHANGES: dict[str, Callable[[Afar], object]] = {
    "upload": lambda a: a.upload("album/new.jpg", NEW),
    "replace": lambda a: a.upload("album/a.jpg", NEW, taken="replace"),
    "move": lambda a: a.filing.move(a.viewer, a.row.pid, "album/a.jpg", "b.jpg"),
    "move-folder": lambda a: a.filing.move(a.viewer, a.row.pid, "album", "moved"),
    "delete": lambda a: a.filing.delete(a.viewer, a.row.pid, "album/a.jpg"),
    "restore": lambda a: a.trashing.restore(a.viewer, a.thrown()[0].pid),
    "folder": lambda a: a.filing.make_folder(a.viewer, a.row.pid, "album/inner"),
    "transfer": lambda a: a.transfer("album/a.jpg"),
    "purge": lambda a: a.trashing.delete(a.viewer, a.thrown()[0].pid),
    "empty": lambda a: a.empty(),
}
ADDING = {"upload", "replace"}
LOSING = {"purge", "empty"}
THROWN: Mapping[str, tuple[str, ...]] = {
    "restore": ("album/a.jpg",), "purge": ("album",), "empty": tuple(ALBUM),
}  # fmt: skip
"""What lies in the trash before."""

DONE: dict[str, Callable[[Afar, Mapping[str, bytes]], bool]] = {
    "upload": lambda afar, seen: seen.get("album/new.jpg") == NEW,
    "replace": lambda afar, seen: seen.get("album/a.jpg") == NEW,
    "move": lambda afar, seen: seen.get("b.jpg") == OLD and "album/a.jpg" not in seen,
    "move-folder": lambda afar, seen: seen == {"moved/a.jpg": OLD, "moved/other.jpg": OTHER},
    "delete": lambda afar, seen: "album/a.jpg" not in seen,
    "restore": lambda afar, seen: seen.get("album/a.jpg") == OLD,
    "folder": lambda afar, seen: _is_folder(afar, "album/inner"),
    "transfer": lambda afar, seen: "album/a.jpg" not in seen and OLD in afar.moved(),
    "purge": lambda afar, seen: not afar.thrown(),
    "empty": lambda afar, seen: not afar.thrown(),
}
"""Whether it has happened, by what people see in the storage."""


class Ground(ABC):
    """A storage that can be laid anew, and broken at one of its requests."""

    @abstractmethod
    def lay(self, files: Mapping[str, bytes]) -> None:
        """These files lie there and no others, since long; and nothing is broken."""

    @abstractmethod
    def everything(self) -> dict[str, bytes]:
        """All that lies there, also in its trash."""

    @abstractmethod
    def break_(self, kind: str, step: int) -> None:
        """Have this fault from request number `step` on (0: the next one)."""

    @abstractmethod
    def mend(self) -> bool:
        """Be whole again; whether the fault was met."""

    def visible(self) -> dict[str, bytes]:
        """What lies there for people to see."""
        return {path: data for path, data in self.everything().items() if ".hypomos" not in path}


def attempt(afar: Afar, ground: Ground, change: str, kind: str, step: int) -> bool:
    """One change whose request number `step` meets the fault; whether it got that far."""
    begin(afar, ground)
    for path in THROWN.get(change, ()):
        afar.filing.delete(afar.viewer, afar.row.pid, path)
    ground.break_(kind, step)
    error: HypomosError | None = None
    with in_time():
        try:
            CHANGES[change](afar)
        except HypomosError as raised:
            error = raised
    met = ground.mend() or (kind == "refused" and error is not None)
    where = f"at request {step} of {change}, {kind}"
    if error is not None:
        in_words(error)
    settle(afar, ground, change, where)
    if error is None:
        assert DONE[change](afar, ground.visible()), f"it said that it was done, {where}"
    else:
        try_again(afar, ground, change, where)
    kept = set(ground.everything().values())
    assert (_to_keep(change) | ({NEW} if change in ADDING else set())) <= kept, f"bytes were lost {where}"
    if change in LOSING:
        assert not kept & WHOLE, f"what is said to be gone for good lies there {where}"
    return met


def try_again(afar: Afar, ground: Ground, change: str, where: str) -> None:
    """The same once more; a machine with much to do may take longer for an answer than these daemons wait."""
    until = time.monotonic() + BOUND_S
    answered = False
    while not answered and not DONE[change](afar, ground.visible()):
        try:
            CHANGES[change](afar)
            answered = True
        except Unavailable:
            if time.monotonic() >= until:
                raise
        settle(afar, ground, change, f"tried again, {where}")
    assert DONE[change](afar, ground.visible()), f"it does not happen when it is tried again, {where}"


def begin(afar: Afar, ground: Ground) -> None:
    """A catalogue that knows this album and nothing else."""
    ground.lay(ALBUM)
    afar.forget()
    with_budget(afar, {})
    afar.settle()
    assert sorted(afar.rows()) == sorted(ALBUM)


def settle(afar: Afar, ground: Ground, change: str, where: str) -> None:
    """The next scan, and what the worker does now and then: then all agree."""
    assert afar.scan()["state"] == "online"
    afar.recover()
    afar.go_on()
    afar.settle()
    assert not FileOperation.select().exists(), f"it stays interrupted {where}"
    seen = ground.visible()
    present = {path for path, state in afar.rows().items() if state == "present"}
    assert present == set(seen), f"the catalogue says something else {where}"
    for path, data in seen.items():
        with afar.adapter.open_read(path) as handle:
            assert handle.pread(0, len(data)) == data
    assert set(seen.values()) <= WHOLE, f"half a file was seen {where}"
    assert _to_keep(change) <= set(ground.everything().values()), f"bytes were lost {where}"
    trash_agrees(afar, ground, where)


def trash_agrees(afar: Afar, ground: Ground, where: str) -> None:
    """Whatever lies in the trash is in one line of it, and what was deleted for good is remembered, nothing else."""
    lines = [entry.place or "" for entry in afar.thrown()]
    lying = [path for path in ground.everything() if path.startswith(f"{TRASH}/")]
    for path in lying:
        assert sum(f"{path}/".startswith(f"{place}/") for place in lines) == 1, f"nobody finds {path} {where}"
    there = {hashlib.sha256(data).digest() for data in ground.everything().values()}
    stones = [bytes(stone.sha256) for stone in Tombstone.select()]
    assert len(stones) == len(set(stones)), f"it is remembered twice {where}"
    assert there.isdisjoint(stones), f"it is remembered as gone {where}"
    known = {bytes(row[0]) for row in Asset.select(Asset.sha256).where(Asset.sha256.is_null(False)).tuples()}
    gone = {hashlib.sha256(data).digest() for data in ALBUM.values()} - known - there
    assert gone <= set(stones), f"it is forgotten {where}"


def _to_keep(change: str) -> set[bytes]:
    return set() if change in LOSING else {OLD, OTHER}


def in_words(error: HypomosError) -> None:
    """It is a sentence that the owner can read, in their language."""
    text = str(error)
    assert said(text, "de") != text, text
    assert "\n" not in text
    assert "127.0.0.1" not in text


def _is_folder(afar: Afar, path: str) -> bool:
    try:
        return bool(afar.adapter.stat(path).is_dir)
    except StorageNotFound:
        return False
