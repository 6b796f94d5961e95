"""A process that stores one upload and kills itself (SIGKILL) at the n-th step of it.

python -m tests.services.uploads.killed, then lines of JSON: [DATA, UPLOAD, N]
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from services.filing import Filing, Journal
from services.filing.hands import Hands
from services.jobs import Jobs, Run
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.models import Item, Storage, Upload, audit, database
from services.storages.local import LocalStorage
from services.uploads import Spool, Storing
from tests.fakes import FakePool, FakeStore
from tests.forking import serve
from tests.services.filing.killed import Points, mortal


class FreeRun:
    """A run that no job stands behind."""

    def __init__(self, upload: int) -> None:
        self.payload = {"upload": upload}

    def progress(self, *given: object) -> None:
        pass

    checkpoint = owned = progress


def hear(upload: Upload, item: Item, is_known: bool) -> None:
    """What landed, written down in the transaction that ends the upload."""
    audit.record("test.landed", actor=None, subject=None, object=upload.pid, known=is_known)


def around(points: Points, real: Callable[..., Any]) -> Callable[..., Any]:
    """The step, with a point to die at before and after it."""

    def step(*given: Any, **named: Any) -> Any:
        points.pass_one()
        result = real(*given, **named)
        points.pass_one()
        return result

    return step


def storing(data: Path, points: Points) -> Storing:
    """What stores uploads, mortal at each step."""
    storages = {s.id: mortal(LocalStorage(s.root, writable=True), points) for s in Storage.select()}
    store = cast(RenditionStore, FakeStore())
    jobs = Jobs(lambda lane, job: None, "here")
    hands = Hands(lambda s: storages[s.id], jobs, Journal(data, "here"), store)
    spool = Spool(data)
    made = Storing(
        spool=spool,
        hands=hands,
        filing=Filing(hands),
        pool=cast(DecoderPool, FakePool()),
        store=store,
        landed=hear,
    )
    for owner, names in ((made, ("_note", "_settled", "_record")), (spool, ("remove",))):
        for name in names:
            setattr(owner, name, around(points, getattr(owner, name)))
    return made


def do(data: str, upload: int, n: int) -> None:
    database.connect(os.environ.get("HYPOMOS_TEST_DATABASE_URL", ""), Path(data))
    storing(Path(data), Points(n)).run(cast(Run, FreeRun(upload)))


if __name__ == "__main__":
    serve(do)
