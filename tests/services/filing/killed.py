"""A process that does one change of files and kills itself (SIGKILL) at the n-th step of it.

python -m tests.services.filing.killed DATA STORAGE VIEWER CHANGE N
"""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from services.filing import Filing, Journal, Transfers, Trashing, recover
from services.filing.hands import Hands
from services.jobs import Jobs, Run
from services.media.rendition_store import RenditionStore
from services.models import FileOperation, Storage, Trash, User, database
from services.storages.local import LocalStorage
from services.viewers import Viewer
from tests.fakes import FakeStore, photo
from tests.forking import serve

NEW = photo(n=99)


class FreeRun:
    """A run that no job stands behind."""

    def __init__(self, operation: int) -> None:
        self.payload = {"operation": operation}

    def progress(self, *given: object) -> None:
        pass

    def owned(self) -> None:
        pass


class Points:
    """Counts what is passed; the process dies at the n-th."""

    def __init__(self, n: int) -> None:
        self.left = n

    def pass_one(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def mortal(storage: LocalStorage, points: Points) -> LocalStorage:
    """The storage, with a point to die at before and after each step that changes it."""

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        def step(*given: Any, **named: Any) -> Any:
            points.pass_one()
            result = real(*given, **named)
            points.pass_one()
            return result

        return step

    for name in ("write", "make_folder", "move", "delete"):
        setattr(storage, name, around(getattr(storage, name)))
    return storage


def do(data: str, storage: int, viewer: int, change: str, n: int) -> None:
    database.connect(os.environ.get("HYPOMOS_TEST_DATABASE_URL", ""), Path(data))
    points = Points(n)
    user = User.get_by_id(viewer)
    anna = Viewer(user_id=user.id, login=user.login, display=user.display)
    row = Storage.get_by_id(storage)
    storages = {s.id: mortal(LocalStorage(s.root, writable=True), points) for s in Storage.select()}
    hands = Hands(
        lambda s: storages[s.id], Jobs(lambda lane, job: None, "here"), Journal(Path(data), "here"),
        cast(RenditionStore, FakeStore()),
    )  # fmt: skip
    filing, trashing = Filing(hands), Trashing(hands, 30)

    def pieces() -> Iterator[bytes]:
        yield NEW[:5]
        points.pass_one()
        yield NEW[5:]

    size, pid = len(NEW), row.pid
    thrown = Trash.select().order_by(Trash.id).first()
    changes: dict[str, Callable[[], object]] = {
        "upload": lambda: filing.upload(anna, pid, "album/new.jpg", pieces(), size=size),
        "replace": lambda: filing.upload(anna, pid, "album/a.jpg", pieces(), size=size, taken="replace"),
        "folder": lambda: filing.make_folder(anna, pid, "album/new"),
        "move": lambda: filing.move(anna, pid, "album/a.jpg", "b.jpg"),
        "move-over": lambda: filing.move(anna, pid, "album/a.jpg", "album/inner/b.jpg", taken="replace"),
        "move-folder": lambda: filing.move(anna, pid, "album", "summer"),
        "delete": lambda: filing.delete(anna, pid, "album/a.jpg"),
        "delete-folder": lambda: filing.delete(anna, pid, "album"),
        "restore": lambda: trashing.restore(anna, thrown.pid),
        "purge": lambda: trashing.delete(anna, thrown.pid),
        "recover": lambda: recover(hands),
        "transfer": lambda: Transfers(hands).run(cast(Run, FreeRun(FileOperation.get().id))),
    }
    changes[change]()


if __name__ == "__main__":
    serve(do)
