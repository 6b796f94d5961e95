"""Changes of files that meet a fault in their middle, and what has to be true afterwards, whatever it was.

No byte is lost, and none is another's: the old or the new bytes are there as a whole, and of what was replaced the
old ones too. After the next scan the catalogue says what the storage says. The owner was told in words, and whatever
did not happen happens when it is tried again.
"""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from services.errors import HypomosError, StorageNotFound, Unavailable
from services.models import FileOperation
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
}
ADDING = {"upload", "replace"}

DONE: dict[str, Callable[[Afar, Mapping[str, bytes]], bool]] = {
    "upload": lambda afar, seen: seen.get("album/new.jpg") == NEW,
    "replace": lambda afar, seen: seen.get("album/a.jpg") == NEW,
    "move": lambda afar, seen: seen.get("b.jpg") == OLD and "album/a.jpg" not in seen,
    "move-folder": lambda afar, seen: seen == {"moved/a.jpg": OLD, "moved/other.jpg": OTHER},
    "delete": lambda afar, seen: "album/a.jpg" not in seen,
    "restore": lambda afar, seen: seen.get("album/a.jpg") == OLD,
    "folder": lambda afar, seen: _is_folder(afar, "album/inner"),
    "transfer": lambda afar, seen: "album/a.jpg" not in seen and OLD in afar.moved(),
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
    if change == "restore":
        CHANGES["delete"](afar)
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
    settle(afar, ground, where)
    if error is None:
        assert DONE[change](afar, ground.visible()), f"it said that it was done, {where}"
    else:
        try_again(afar, ground, change, where)
    kept = set(ground.everything().values())
    assert ({OLD, OTHER} | ({NEW} if change in ADDING else set())) <= kept, f"bytes were lost {where}"
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
        settle(afar, ground, f"tried again, {where}")
    assert DONE[change](afar, ground.visible()), f"it does not happen when it is tried again, {where}"


def begin(afar: Afar, ground: Ground) -> None:
    """A catalogue that knows this album and nothing else."""
    ground.lay(ALBUM)
    afar.forget()
    with_budget(afar, {})
    afar.settle()
    assert sorted(afar.rows()) == sorted(ALBUM)


def settle(afar: Afar, ground: Ground, where: str) -> None:
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
    assert {OLD, OTHER} <= set(ground.everything().values()), f"bytes were lost {where}"


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
