"""Browse of a large library in pages of 100, of 200 and of everything, against minidlna.

Each call has a connection of its own, as most televisions make them. minidlna has all files in one folder, we have
them by month, in containers of at most 1,000: so many more calls are counted as ours. Where it is asked for everything
it gives what fits into two megabytes and says so; who asks on from there gets the rest, as of us.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from PIL import Image

from services.models import counters, database, transaction
from tests.benchmarks import rows
from tests.benchmarks.measuring import cpu_spent, take_turns
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import answers, free_port, hypomos, process
from tests.virtualfs.dlna.house import fill
from tools import packages

MARKS = {100: Mark("cost", 1), 200: Mark("cost", 1), 0: Mark("amount", 40)}
"""By the width of a page. A television asks for pages; everything at once is to take 0.4 s for 10,000."""

UNIT = "µs CPU/item"

ENVELOPE = """<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">
<s:Body><u:Browse xmlns:u="urn:schemas-upnp-org:service:ContentDirectory:1"><ObjectID>{id}</ObjectID>
<BrowseFlag>BrowseDirectChildren</BrowseFlag><Filter>*</Filter><StartingIndex>{start}</StartingIndex>
<RequestedCount>{count}</RequestedCount><SortCriteria></SortCriteria></u:Browse></s:Body></s:Envelope>"""
HEADERS = {
    "Content-Type": 'text/xml; charset="utf-8"',
    "SOAPACTION": '"urn:schemas-upnp-org:service:ContentDirectory:1#Browse"',
}
CONFIGURATION = """\
port={port}
network_interface=lo
media_dir=P,{root}
db_dir={own}
log_dir={own}
friendly_name=benchmark
inotify=no
notify_interval=3600
"""
_NUMBER = re.compile(rb"<(NumberReturned|TotalMatches)>(\d+)<")
_CONTAINER = re.compile(rb'&lt;container id="([^"]+)"')


@dataclass(frozen=True, slots=True)
class Size:
    """So many photos; all of them are asked for `times` a turn."""

    photos: int
    times: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(10_000, times=3, turns=5),
    "quick": Size(2_000, times=10, turns=3),
    "tiny": Size(60, times=1, turns=1),
}


@dataclass(frozen=True, slots=True)
class Library:
    """A server: its process, where it takes actions, and the containers that hold the photos, with how many."""

    pid: int
    port: int
    path: str
    containers: tuple[tuple[str, int], ...]


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size = SIZES[scale]
    with rows.household(scratch / "data") as make:
        fill(make.data, size.photos, b"\xff\xd8")
        database.close()
        environment = {"HYPOMOS_DLNA_ENABLED": "true", "HYPOMOS_DLNA_LISTEN": f"127.0.0.1:{free_port()}"}
        with hypomos(make.data, "anna", "", more=environment) as server, minidlna(scratch, size) as theirs:
            port = int(environment["HYPOMOS_DLNA_LISTEN"].rpartition(":")[2])
            ours = Library(server.pid, port, "/ctl/cds", tuple(leaves(port, "/ctl/cds", "p")))
            compared = [first(size, ours, theirs)]
            compared += [compare(width, size, ours, theirs) for width in MARKS]
    return Outcome(compared)


def first(size: Size, ours: Library, theirs: Library | None) -> Row:
    """One row: the same before anything of ours is kept, as after a start and after each change."""
    once = Size(size.photos, times=1, turns=1)
    with transaction():
        counters.bump_content()
    database.close()
    costs = [cost(each, 200, once) for each in ([ours] if theirs is None else [ours, theirs])]
    peer = Sample((costs[1],)) if theirs else None
    return Row(
        f"the first Browse of {size.photos:,} photos, pages of 200",
        UNIT,
        Sample((costs[0],)),
        "minidlna",
        peer,
    )


def compare(width: int, size: Size, ours: Library, theirs: Library | None) -> Row:
    """One row: what an item of a listing in pages of this width costs either server."""
    works = [ours] if theirs is None else [ours, theirs]
    samples = take_turns(size.turns, *(lambda each=each: cost(each, width, size) for each in works))
    work = f"Browse of {size.photos:,} photos, " + (f"pages of {width}" if width else "RequestedCount=0")
    peer: Sample | None = samples[1] if theirs else None
    return Row(work, UNIT, samples[0], "minidlna", peer, MARKS[width])


def cost(library: Library, width: int, size: Size) -> float:
    """Microseconds of processor time an item."""

    def list_all() -> None:
        for _ in range(size.times):
            listed = sum(
                listing(library, container, photos, width) for container, photos in library.containers
            )
            if listed != size.photos:
                raise RuntimeError(f"{listed} of {size.photos} photos were listed at {library.path}")

    return cpu_spent(library.pid, list_all) / size.times / size.photos * 1e6


def listing(library: Library, container: str, photos: int, width: int) -> int:
    """Ask for all of a container, page by page; gives how many there were.

    What it is said to hold is asked for once, before: minidlna says 0 of it now and then.
    """
    seen = 0
    while seen < photos:
        answer = browse(library.port, library.path, container, seen, width)
        returned = int(dict(_NUMBER.findall(answer))[b"NumberReturned"])
        if not returned:
            break
        seen += returned
    return seen


def leaves(port: int, path: str, container: str) -> Iterator[tuple[str, int]]:
    """The containers below one that hold items, with how many."""
    answer = browse(port, path, container, 0, 0)
    inside = [each.decode() for each in _CONTAINER.findall(answer)]
    if not inside:
        yield container, int(dict(_NUMBER.findall(answer))[b"TotalMatches"])
    for each in inside:
        yield from leaves(port, path, each)


def browse(port: int, path: str, container: str, start: int, count: int) -> bytes:
    """One call, on a connection of its own."""
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    try:
        body = ENVELOPE.format(id=container, start=start, count=count)
        connection.request("POST", path, body, HEADERS)
        answer = connection.getresponse()
        data = answer.read()
    finally:
        connection.close()
    if answer.status != 200:
        raise RuntimeError(f"Browse of {container} was answered by {answer.status}: {data[:300]!r}")
    return data


@contextmanager
def minidlna(scratch: Path, size: Size) -> Iterator[Library | None]:
    """minidlna with as many photos in one folder, once it has read them all; None when it is not here."""
    program = packages.program("minidlnad")
    if program is None:
        yield None
        return
    own, root, port = scratch / "minidlna", scratch / "photos", free_port()
    own.mkdir()
    root.mkdir()
    Image.new("RGB", (4000, 3000), "teal").save(root / "IMG_00000.jpg")
    for number in range(1, size.photos):
        os.link(root / "IMG_00000.jpg", root / f"IMG_{number:05}.jpg")
    (own / "minidlna.conf").write_text(CONFIGURATION.format(port=port, root=root, own=own), encoding="utf-8")
    command = [str(program), "-S", "-R", "-f", str(own / "minidlna.conf"), "-P", str(own / "pid")]

    def has_read_all() -> bool:
        if not answers(port):
            return False
        found = dict(_NUMBER.findall(browse(port, "/ctl/ContentDir", "64", size.photos - 1, 1)))
        return found == {b"NumberReturned": b"1", b"TotalMatches": str(size.photos).encode()}

    with process(command, own / "output.log", has_read_all, start_s=180) as pid:
        yield Library(pid, port, "/ctl/ContentDir", (("64", size.photos),))
