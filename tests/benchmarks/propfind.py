"""Listing 10,000 entries over WebDAV, in one real folder and split by year and month, against Apache.

Apache gets folders with the very names that Hypomos shows. Counted is what the server spends.
"""

from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import rows
from tests.benchmarks.asking import ASK_NAMED, Client, client, members, name_of
from tests.benchmarks.measuring import cpu_spent, take_turns
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos, peers

MARK = Mark("cost", 1)
LOGIN = "anna"
FOLDER, LIBRARY = "Storages/Photos/0000/", "Library/"


@dataclass(frozen=True, slots=True)
class Size:
    """`files` in the folder; each listing is asked for `times` a turn."""

    files: int
    times: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(files=10_000, times=5, turns=5),
    "quick": Size(files=2_000, times=3, turns=2),
    "tiny": Size(files=30, times=1, turns=1),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size = SIZES[scale]
    root = scratch / "photos"
    rows.make_files(root, 1, size.files)
    measured: list[Row] = []
    with rows.household(scratch / "data") as make:
        storage = make.storage(make.user(LOGIN), root=root)
        rows.add_tree(storage)
        rows.add_items(storage)
        with hypomos(make.data, LOGIN, "") as ours, client(ours) as asking:
            real = [ours.root + FOLDER]
            split = folders_below(asking, ours.root + LIBRARY)
            mirror = scratch / "mirror"
            copy_names(asking, ours.root, [*real, *split], mirror)
            with peers(mirror, scratch, ["apache"]) as others:
                apache = others.get("apache")
                work = f"PROPFIND of {size.files:,} entries"
                measured = [
                    compare(f"{work} in one real folder, all properties", "", real, size, ours, apache),
                    compare(f"{work} in one real folder, 9 named", ASK_NAMED, real, size, ours, apache),
                    compare(f"{work} split over {len(split)} folders", "", split, size, ours, apache),
                ]
    return Outcome(measured)


def folders_below(asking: Client, top: str) -> list[str]:
    """A folder and all folders below it, as paths on the server."""
    found = [top]
    for folder in found:
        found += [path for path, is_folder in members(asking.propfind(folder)) if is_folder]
    return found


def copy_names(asking: Client, root: str, folders: list[str], mirror: Path) -> None:
    """Make files with the names that these folders show, below `mirror` at the same places."""
    for folder in folders:
        here = mirror.joinpath(*[name_of(part) for part in folder.removeprefix(root).split("/") if part])
        here.mkdir(parents=True, exist_ok=True)
        for path, is_folder in members(asking.propfind(folder)):
            if not is_folder:
                (here / name_of(path)).write_bytes(b"picture")


def compare(work: str, body: str, folders: list[str], size: Size, ours: Server, apache: Server | None) -> Row:
    """One row: what listing these folders costs either server."""
    servers = [ours] if apache is None else [ours, apache]
    samples = take_turns(
        size.turns, *(lambda s=s: listing_cost(s, ours, folders, body, size.times) for s in servers)
    )
    theirs: Sample | None = samples[1] if apache else None
    return Row(work, "ms CPU", samples[0], "Apache mod_dav", theirs, MARK)


def listing_cost(server: Server, ours: Server, folders: list[str], body: str, times: int) -> float:
    """Milliseconds of processor time for listing all folders once."""
    paths = [server.root + folder.removeprefix(ours.root) for folder in folders]

    def ask() -> None:
        with client(server) as asking:
            for path in paths * times:
                asking.propfind(path, body)

    return cpu_spent(server.pid, ask) / times * 1000
