"""A million items: the start of the timeline, a page of a search, the first page of what is visible.

Three viewers, who see 50, 10,000 and 900,000 of them. Each answer is compared with a bare query on the
same connection: the cheapest that gives the same rows, found by trying those written here. So both a
bad plan and a costly way to make objects of the rows show in the ratio. The plan that SQLite chooses for
our query is among the remarks.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from services import catalogue
from services.catalogue import search
from services.models import transaction
from services.viewers import Viewer
from tests.benchmarks import rows
from tests.benchmarks.measuring import own_cpu, take_turns
from tests.benchmarks.results import Mark, Outcome, Row
from tests.benchmarks.scales import Scale

MARK = Mark("cost", 3)
LIMIT = 100
FIRST = datetime(2006, 1, 1, tzinfo=UTC)
SPAN_S = 20 * 365 * 86_400
CAMERAS = (
    ("Canon", "EOS R6"), ("Apple", "iPhone 15"), ("SONY", "ILCE-7M4"), ("Google", "Pixel 8"), ("NIKON", "Z 6"),
)  # fmt: skip
RARE, POPULAR = "regatta", "family"
"""On one item of ten thousand, and on one of ten."""


@dataclass(frozen=True, slots=True)
class Size:
    """How many items each viewer sees; what is left of `total` belongs to somebody else."""

    total: int
    seen: tuple[int, int, int]
    turns: int


SIZES: dict[Scale, Size] = {
    "full": Size(total=1_000_000, seen=(50, 10_000, 900_000), turns=15),
    "quick": Size(total=50_000, seen=(50, 5_000, 40_000), turns=7),
    "tiny": Size(total=400, seen=(10, 50, 300), turns=2),
}

LISTED = "SELECT item.* FROM item WHERE owner_id = ? AND trashed_at IS NULL"
NEWEST = f"ORDER BY sort_at DESC, id DESC LIMIT {LIMIT + 1}"
DAYS = "SELECT day, SUM(n), SUM(ratio) FROM day_count WHERE owner_id = ? GROUP BY day ORDER BY day DESC"
FIRST_PAGE = f"{LISTED} {NEWEST}"
BY_TIME = f"{LISTED} AND id IN (SELECT rowid FROM item_fts WHERE item_fts MATCH ?) {NEWEST}"
BY_WORD = (
    "SELECT item.* FROM item_fts CROSS JOIN item ON item.id = item_fts.rowid "
    f"WHERE +item.owner_id = ? AND item.trashed_at IS NULL AND item_fts MATCH ? {NEWEST}"
)


@dataclass(frozen=True, slots=True)
class Work:
    """Something asked of the catalogue: ours, and bare queries that answer the same by different plans."""

    name: str
    ask: Callable[[], Sequence[Any]]
    bare: tuple[str, ...]
    values: tuple[Any, ...]
    column: str = "id"
    """The first column of the bare answers, an attribute of ours."""
    about: int = 20
    """The milliseconds that the design names beside the ratio."""


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure on a catalogue in `scratch`."""
    size = SIZES[scale]
    measured: list[Row] = []
    plans: list[str] = []
    with rows.household(scratch / "data") as make:
        people = [make.user(f"sees-{seen}") for seen in size.seen]
        owners = [*people, make.user("other")]
        counts = [*size.seen, size.total - sum(size.seen)]
        fill([owner.id for owner in owners], counts)
        for person, seen in zip(people, size.seen, strict=True):
            for work in works(make.viewer(person)):
                row, plan = measure(work, seen, size)
                measured.append(row)
                plans += plan
    return Outcome(measured, plans)


def works(viewer: Viewer) -> Iterator[Work]:
    """What is asked for a viewer."""

    def find(words: str) -> Callable[[], Sequence[Any]]:
        return lambda: catalogue.page(viewer, words, limit=LIMIT).items

    mine = (viewer.user_id,)
    yield Work("timeline start", lambda: catalogue.days(viewer), (DAYS,), mine, "day", about=50)
    yield Work("first page", find(""), (FIRST_PAGE,), mine)
    for words in (RARE, POPULAR, f"{POPULAR} canon"):
        match = " ".join(f'"{word}"*' for word in words.split())
        yield Work(f"filter page “{words}”", find(words), (BY_TIME, BY_WORD), (*mine, match))


def measure(work: Work, seen: int, size: Size) -> tuple[Row, list[str]]:
    """The row of one work, and the plan of each query that ours made."""
    db = rows.connection()
    found = [getattr(each, work.column) for each in work.ask()]
    for query in work.bare:
        bare = [
            row[0] for row in db.execute(query, work.values)
        ]  # a page asks for one row more than it shows
        if bare[: len(found)] != found or len(bare) - len(found) > (len(found) == LIMIT):
            raise RuntimeError(f"{work.name}: ours gives other rows than the bare query {query}")
    cheapest = min(work.bare, key=lambda query: own_cpu(lambda: db.execute(query, work.values).fetchall()))
    ours, theirs = take_turns(
        size.turns,
        lambda: own_cpu(work.ask) * 1000,
        lambda: own_cpu(lambda: db.execute(cheapest, work.values).fetchall()) * 1000,
    )
    name = f"{work.name}, {seen:,} of {size.total:,} visible"
    row = Row(name, "ms CPU", ours, "bare query", theirs, MARK, f"{len(found):,} rows; {work.about} ms named")
    return row, [f"plan of {name}: {plan}" for plan in plans_of(work.ask)]


def plans_of(ask: Callable[[], object]) -> list[str]:
    """How SQLite answers each query that `ask` makes."""
    db = rows.connection()
    asked: list[str] = []
    db.set_trace_callback(asked.append)
    try:
        ask()
    finally:
        db.set_trace_callback(None)
    queries = [q for q in asked if q.startswith("SELECT") and not q.startswith("SELECT rowid FROM")]
    return [" · ".join(step[3] for step in db.execute(f"EXPLAIN QUERY PLAN {q}")) for q in queries]


def fill(owners: Sequence[int], counts: Sequence[int]) -> None:
    """Add `counts` items of the owners, mixed over twenty years, and count their days."""
    chance = random.Random(4976)  # the same catalogue each time
    whose = [owner for owner, count in zip(owners, counts, strict=True) for _ in range(count)]
    chance.shuffle(whose)
    rows.insert("item", ITEM, (_item(number, owner, chance) for number, owner in enumerate(whose)))
    with transaction():
        rows.connection().execute(
            "INSERT INTO day_count SELECT owner_id, day, COUNT(*), SUM(ratio) FROM item GROUP BY owner_id, day"
        )


ITEM = (
    "pid", "owner_id", "type", "name", "mime", "size", "taken_local", "taken_utc", "taken_source", "sort_at", "day",
    "width", "height", "ratio", "make", "model", "thumbhash", "colour", "extra", "tokens", "created_at", "changed_at",
)  # fmt: skip


def _item(number: int, owner: int, chance: random.Random) -> tuple[Any, ...]:
    name = f"IMG_{number:07}.jpg"
    second = chance.randrange(SPAN_S)
    taken = FIRST + timedelta(seconds=second)
    at = (int(FIRST.timestamp()) + second) * 1_000_000
    make, model = chance.choice(CAMERAS)
    label = POPULAR if chance.random() < 0.1 else f"label{chance.randrange(2000)}"
    words = [name, make, model, label, *([RARE] if chance.random() < 0.0001 else [])]
    day = taken.year * 10000 + taken.month * 100 + taken.day
    return (
        f"{number:022}", owner, "photo", name, "image/jpeg", 4_200_000, at, at, "exif", at, day,
        4032, 3024, 4 / 3, make, model, "1QcSHQRnh493V4dIh4eXh1h4kJUI", "8090a0", "{}",
        search.item_tokens(words, day), at, at,
    )  # fmt: skip
