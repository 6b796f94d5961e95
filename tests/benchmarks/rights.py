"""Rights over a million items: what is visible through 100,000 grants, the check before a chunk, the ledger.

Nobody of the three viewers owns what they see: 50, 10,000 and 900,000 items reach them by grants alone. The
first page is compared with the bare query of the cheapest plan that gives the same rows: of what those
grants lead to, written out without any rule but the grant's own.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services import access, catalogue, sharing
from services.broker import Stream
from services.models import Item, counters
from services.sharing.ledger import PAGE
from services.viewers import Viewer
from tests.benchmarks import million, rows
from tests.benchmarks.measuring import own_cpu, take_turns
from tests.benchmarks.million import LIMIT, NEWEST, plans_of
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale

MARK = Mark("cost", 3)
CHUNK_MARK = Mark("cost", 1)
CHUNK_US = 20.0
"""What the check before a chunk may cost, in microseconds of processor time."""
CHECKS = 2000


@dataclass(frozen=True, slots=True)
class Size:
    """`seen` items reach each viewer, by so many grants of `through`; `grants` there are in all."""

    total: int
    seen: tuple[int, int, int]
    through: tuple[int, int, int]
    grants: int
    ledger: int
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(1_000_000, (50, 10_000, 900_000), (5, 500, 20), 100_000, 10_000, 15),
    "quick": Size(50_000, (50, 5_000, 40_000), (5, 100, 10), 5_000, 1_000, 7),
    "tiny": Size(400, (10, 50, 300), (2, 5, 3), 100, 50, 2),
}

LIVE = "g.state = 'active' AND (g.expires_at IS NULL OR g.expires_at > 0)"
BY_TIME = f"""
    SELECT item.* FROM item WHERE trashed_at IS NULL AND withdrawn_at IS NULL AND NOT missing AND EXISTS (
        SELECT 1 FROM collection_item m CROSS JOIN "grant" g WHERE m.item_id = item.id AND m.shown
            AND g.collection_id = m.collection_id AND g.user_id = ? AND {LIVE}
    ) {NEWEST}
"""
BY_GRANTS = f"""
    SELECT item.* FROM item WHERE trashed_at IS NULL AND withdrawn_at IS NULL AND NOT missing AND id IN (
        SELECT m.item_id FROM "grant" g CROSS JOIN collection_item m WHERE m.collection_id = g.collection_id
            AND m.shown AND g.user_id = ? AND {LIVE}
    ) {NEWEST}
"""
LEDGER = f"""
    SELECT g.*, s.*, c.*, u.*, p.*, k.* FROM "grant" g JOIN share s ON s.id = g.share_id
    JOIN collection c ON c.id = g.collection_id LEFT JOIN "user" u ON u.id = g.user_id
    LEFT JOIN "group" p ON p.id = s.group_id LEFT JOIN collection k ON k.id = g.into_id
    WHERE g.owner_id = ? AND g.ended_at IS NULL ORDER BY g.id DESC LIMIT {PAGE}
"""


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure on a catalogue in `scratch`."""
    size = SIZES[scale]
    measured: list[Row] = []
    plans: list[str] = []
    with rows.household(scratch / "data") as make:
        owner = make.user("owner")
        viewers = [make.viewer(make.user(f"sees-{seen}")) for seen in size.seen]
        alone = make.viewer(make.user("alone"))
        million.fill([owner.id], [size.total])
        share(owner.id, [v.user_id for v in viewers], size, make.user("other").id)
        item = Item.get_by_id(catalogue.page(viewers[0], limit=1).items[0].id)
        file = make.file(make.storage(owner), asset=make.asset(item))
        for viewer, seen in zip(viewers, size.seen, strict=True):
            row, plan = first_page(viewer, seen, size)
            measured.append(row)
            plans += plan
        measured.append(nobody(alone, size))
        measured += checks(viewers, file.id, size)
        measured.append(ledger(make.viewer(owner), size))
    return Outcome(measured, plans)


def first_page(viewer: Viewer, seen: int, size: Size) -> tuple[Row, list[str]]:
    """The first page of what somebody sees by grants alone."""
    found, cheapest = same_rows(viewer)

    def ask() -> Sequence[Any]:
        return catalogue.page(viewer, limit=LIMIT).items

    ours, theirs = take_turns(
        size.turns, lambda: own_cpu(ask) * 1000, lambda: own_cpu(bare(cheapest, viewer.user_id)) * 1000
    )
    name = f"first page, {seen:,} of {size.total:,} by grants"
    row = Row(
        name,
        "ms CPU",
        ours,
        "bare query",
        theirs,
        MARK,
        f"{len(found)} rows, plan {access.choose_plan(viewer)}",
    )
    return row, [f"plan of {name}: {plan}" for plan in plans_of(ask)]


def same_rows(viewer: Viewer) -> tuple[list[int], str]:
    """The ids of the first page, which all queries agree on, and the cheapest bare query."""
    found = [item.id for item in catalogue.page(viewer, limit=LIMIT).items]
    for query in (BY_TIME, BY_GRANTS):
        known = [row[0] for row in rows.connection().execute(query, (viewer.user_id,))]
        if known[: len(found)] != found or len(known) - len(found) > (len(found) == LIMIT):
            raise RuntimeError(f"ours gives other rows than the bare query {query}")
    return found, min((BY_TIME, BY_GRANTS), key=lambda query: own_cpu(bare(query, viewer.user_id)))


def bare(query: str, value: int) -> Callable[[], Any]:
    """A query as nothing but the database has it."""
    return lambda: rows.connection().execute(query, (value,)).fetchall()


def nobody(viewer: Viewer, size: Size) -> Row:
    """Who is given nothing pays nothing for it."""
    query = f"SELECT item.* FROM item WHERE owner_id = ? AND trashed_at IS NULL {NEWEST}"
    ours, theirs = take_turns(
        size.turns,
        lambda: own_cpu(lambda: [access.visible_items(viewer).sql() for _ in range(100)]) * 10_000,
        lambda: own_cpu(lambda: [bare(query, viewer.user_id)() for _ in range(100)]) * 10_000,
    )
    return Row(
        "visible_items of nothing, made", "µs CPU", ours, "bare query, asked", theirs, None, "for the record"
    )


def checks(viewers: Sequence[Viewer], file: int, size: Size) -> list[Row]:
    """What stands before each chunk: that nothing moved; and the whole question, after something did."""
    (viewer, *_) = viewers
    stream = object.__new__(Stream)
    known = {"_viewer": viewer, "_epoch": counters.read(counters.POLICY_EPOCH), "_until": None}
    for name, value in known.items():
        setattr(stream, name, value)

    def check() -> None:
        for _ in range(CHECKS):
            stream._require_right()

    def whole() -> None:
        for _ in range(CHECKS // 10):
            access.may_read(viewer, file)

    quick, mark = take_turns(size.turns, lambda: own_cpu(check) / CHECKS * 1e6, lambda: CHUNK_US)
    slow, _ = take_turns(size.turns, lambda: own_cpu(whole) / (CHECKS // 10) * 1e6, lambda: CHUNK_US)
    return [
        Row("check before a chunk", "µs CPU", quick, "the mark", mark, CHUNK_MARK, "nothing moved"),
        Row("check after something moved", "µs CPU", slow, "the mark", mark, None, "once for each change"),
    ]


def ledger(viewer: Viewer, size: Size) -> Row:
    """A page of what an owner has given away."""
    ours, theirs = take_turns(
        size.turns,
        lambda: own_cpu(lambda: sharing.ledger(viewer)) * 1000,
        lambda: own_cpu(bare(LEDGER, viewer.user_id)) * 1000,
    )
    return Row(
        f"share ledger of {size.ledger:,} grants", "ms CPU", ours, "bare query", theirs, MARK, "a page"
    )


def share(owner: int, viewers: Sequence[int], size: Size, other: int) -> None:
    """Collections of the owner, one grant each: some to the viewers, the others to somebody else."""
    chance = random.Random(4976)
    parts: list[tuple[int, list[int]]] = []
    everything = list(range(1, size.total + 1))
    for viewer, seen, through in zip(viewers, size.seen, size.through, strict=True):
        inside = chance.sample(everything, seen)
        parts += [(viewer, inside[number::through]) for number in range(through)]
    while len(parts) < size.grants:
        parts.append((other, [chance.choice(everything)]))
    chance.shuffle(parts)
    pids = [f"{number:022}" for number in range(len(parts))]
    rows.insert("collection", COLLECTION, (
        (n + 1, pids[n], owner, f"C{n}", f"c{n}", "static", "[]", 0, 0) for n in range(len(parts))
    ))  # fmt: skip
    rows.insert("collection_item", MEMBER, (
        (n + 1, item, 0, True, True, 0) for n, (_, items) in enumerate(parts) for item in items
    ))  # fmt: skip
    rows.insert("share", SHARE, (
        (n + 1, pids[n], owner, n + 1, "user", True, False, False, True, 0) for n in range(len(parts))
    ))  # fmt: skip
    rows.insert('"grant"', GRANT, (
        (n + 1, pids[n], n + 1, owner, n + 1, "user", who, "active", 0) for n, (who, _) in enumerate(parts)
    ))  # fmt: skip


COLLECTION = ("id", "pid", "owner_id", "name", "name_fold", "kind", "trusted", "created_at", "changed_at")
MEMBER = ("collection_id", "item_id", "position", "matches", "shown", "added_at")
SHARE = (
    "id", "pid", "owner_id", "collection_id", "kind", "may_download", "may_contribute", "may_reshare", "shows_place",
    "created_at",
)  # fmt: skip
GRANT = ("id", "pid", "share_id", "owner_id", "collection_id", "kind", "user_id", "state", "created_at")
