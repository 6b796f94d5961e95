"""Listing 1,000 and 10,000 entries over WebDAV, in real folders and split by year and month, against Apache and rclone.

They get folders with the very names that Hypomos shows. Counted is what the server spends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import rows
from tests.benchmarks.asking import ASK_NAMED, Client, client, members, name_of
from tests.benchmarks.measuring import cpu_spent, take_turns
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale
from tests.benchmarks.serving import Server, hypomos, peers

PEERS = {"apache": ("Apache mod_dav", Mark("cost", 1)), "rclone": ("rclone serve webdav", None)}
LOGIN = "anna"
MANY, FEW, LIBRARY = "Storages/Photos/0000/", "Storages/Few/0000/", "Library/"


@dataclass(frozen=True, slots=True)
class Size:
    """`files` in one folder, `few` in another; each listing is asked for `times` a turn."""

    files: int
    few: int
    times: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(files=10_000, few=1_000, times=5, turns=5),
    "quick": Size(files=2_000, few=500, times=3, turns=2),
    "tiny": Size(files=30, few=10, times=1, turns=1),
}


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure, with files and catalogue in `scratch`."""
    size = SIZES[scale]
    with rows.household(scratch / "data") as make:
        owner = make.user(LOGIN)
        for name, files in (("Photos", size.files), ("Few", size.few)):
            rows.make_files(scratch / name, 1, files)
            storage = make.storage(owner, name=name, root=scratch / name)
            rows.add_tree(storage)
            rows.add_items(storage)
        with hypomos(make.data, LOGIN, "") as ours, client(ours) as asking:
            many, few = [ours.root + MANY], [ours.root + FEW]
            split = folders_below(asking, ours.root + LIBRARY)
            mirror = scratch / "mirror"
            copy_names(asking, ours.root, [*many, *few, *split], mirror)
            with peers(mirror, scratch, list(PEERS)) as others:
                work = f"PROPFIND of {size.files:,} entries"
                return Outcome([
                    *compare(f"PROPFIND of {size.few:,} entries in one real folder, all properties",
                             "", few, replace(size, times=10 * size.times), ours, others),
                    *compare(f"{work} in one real folder, all properties", "", many, size, ours, others),
                    *compare(f"{work} in one real folder, 9 named", ASK_NAMED, many, size, ours, others),
                    *compare(f"PROPFIND of {size.files + size.few:,} entries split over {len(split)} folders",
                             "", split, size, ours, others),
                ])  # fmt: skip


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


def compare(
    work: str, body: str, folders: list[str], size: Size, ours: Server, others: Mapping[str, Server]
) -> list[Row]:
    """A row for each peer: what listing these folders costs it and us."""
    servers = {"ours": ours, **others}
    costs = take_turns(
        size.turns,
        *(lambda s=s: listing_cost(s, ours, folders, body, size.times) for s in servers.values()),
    )
    samples = dict(zip(servers, costs, strict=True))
    return [
        Row(work, "ms CPU", samples["ours"], peer, samples.get(name), mark)
        for name, (peer, mark) in PEERS.items()
    ]


def listing_cost(server: Server, ours: Server, folders: list[str], body: str, times: int) -> float:
    """Milliseconds of processor time for listing all folders once."""
    paths = [server.root + folder.removeprefix(ours.root) for folder in folders]

    def ask() -> None:
        with client(server) as asking:
            for path in paths * times:
                asking.propfind(path, body)

    return cpu_spent(server.pid, ask) / times * 1000
