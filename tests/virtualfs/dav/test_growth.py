"""The network drive keeps nothing of what it was asked, however odd and however often."""

import gc
import itertools
import tracemalloc
from pathlib import Path

import pytest

from services.models import DriveLock, DriveWrite
from tests.virtualfs.dav.drive import Drive
from virtualfs import tree
from virtualfs.dav import app

OURS = str(Path(app.__file__).parents[2])
HERE = "Storages/Photos/"
LOCK = (
    '<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype>'
    "<D:owner>somebody {}</D:owner></D:lockinfo>"
)
NAMED = '<D:propfind xmlns:D="DAV:" xmlns:x="urn:{0}"><D:prop><D:getetag/><x:p{0}/></D:prop></D:propfind>'
SET = (
    '<D:propertyupdate xmlns:D="DAV:" xmlns:x="urn:x"><D:set><D:prop><x:p>{}</x:p></D:prop></D:set>'
    "</D:propertyupdate>"
)


def round_of(drive: Drive, n: int) -> None:
    """What clients and others ask, never twice the same; nothing of it stays in the storage."""
    name = f"{HERE}file {n}.jpg"
    asked = [
        drive.ask("PROPFIND", HERE, NAMED.format(n), Depth="1"),
        drive.ask("PROPFIND", f"{HERE}nowhere {n}/", Depth="0"),
        drive.ask("PROPFIND", "", f"<a{n}>" * 50, Depth="1"),
        drive.ask("GET", f"{HERE}a.jpg", Range=f"bytes={n % 4}-{n}", If_None_Match=f'"{n}"'),
        drive.ask("GET", f"%2e%2e/{n}/%00"),
        drive.ask("PUT", name, str(n).encode() * 100),
        drive.ask("PROPPATCH", name, SET.format(n)),
        drive.ask("LOCK", name, LOCK.format(n), Timeout="Second-600"),
        drive.ask("UNLOCK", name, Lock_Token=f"<opaquelocktoken:{n}>"),
        drive.ask(f"ODD{n}", name),
    ]
    held = asked[7].headers["lock-token"]
    asked.append(drive.ask("DELETE", name, If=f"({held})"))
    assert max(answer.status_code for answer in asked) < 500 or asked[-2].status_code == 501
    assert asked[-1].status_code == 204


@pytest.mark.sqlite("a client of PostgreSQL keeps the statements it prepared")
@pytest.mark.first
@pytest.mark.long
def test_nothing_grows(drive: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory of ours, and rows of locks and uploads: after a hundred rounds there is as much as before."""
    monkeypatch.setattr(tree, "KEPT_PATHS", 50)  # reached before it is looked
    drive.home.allow_writing()
    drive.home.file("a.jpg", b"hello")
    numbers = itertools.count()
    tracemalloc.start()  # from here on: what takes the place of something older is no growth
    for _ in range(80):
        round_of(drive, next(numbers))
    gc.collect()
    before = tracemalloc.take_snapshot()
    for _ in range(40):
        round_of(drive, next(numbers))
    gc.collect()
    after = tracemalloc.take_snapshot()
    tracemalloc.stop()
    ours = [each for each in after.compare_to(before, "filename") if str(each).startswith(OURS)]
    assert sum(each.size_diff for each in ours) < 20_000
    assert (DriveLock.select().count(), DriveWrite.select().count()) == (0, 0)
