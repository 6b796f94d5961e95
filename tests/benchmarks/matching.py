"""One changed item, held against 200 dynamic collections: all that its transaction spends on that.

The floor is the same transaction without any dynamic collection.
"""

from pathlib import Path

from services import catalogue, filters
from services.models import Collection, Item, ItemLabel, Label, User, transaction
from services.names import fold
from services.viewers import Viewer
from tests.benchmarks import measuring, rows
from tests.benchmarks.results import Mark, Outcome, Row, Sample
from tests.benchmarks.scales import Scale
from tests.factories import Make

COLLECTIONS = {"full": 200, "quick": 200, "tiny": 5}
TURNS = {"full": 40, "quick": 10, "tiny": 2}
MOST_MS = 50.0
KEYWORDS = 5
QUERIES = (
    "label:{label} -label:private", "rating:>={stars} camera:Canon|Apple", "taken:20{year}-01..20{year}-06 type:photo",
    "(label:{label} OR rating:5) -type:video larger:5M", "has:gps near:47.37,8.54,{year}km",
    "2of(label:{label} rating:>=4 has:gps)",
)  # fmt: skip


def run(scale: Scale, scratch: Path) -> Outcome:
    """Measure edits of one item by its owner, who has many dynamic collections."""
    with rows.household(scratch / "data") as make:
        anna = make.user("anna")
        viewer = make.viewer(anna)
        item = make.item(anna, "IMG_1.jpg", taken=1_790_000_000_000_000, make="Canon", lat=47.37, lon=8.54)
        make.asset(item)
        bare = _turns(viewer, item, TURNS[scale])
        names = _labels(viewer, item)
        for number in range(COLLECTIONS[scale]):
            _collection(make, anna, number, names)
        ours = _turns(viewer, item, TURNS[scale])
        found = Collection.select().where(Collection.size > 0).count()
    row = Row(
        f"one edit, {COLLECTIONS[scale]} dynamic collections", "ms", ours, "no dynamic collection", bare,
        Mark("amount", MOST_MS),
    )  # fmt: skip
    return Outcome([row], [f"the item is in {found} of {COLLECTIONS[scale]} at the end"])


def _turns(viewer: Viewer, item: Item, times: int) -> Sample:
    costs = []
    for turn in range(times):
        changes = {"rating": 5 - turn % 6, "labels": ["family"] if turn % 2 else ["family", "private"]}
        costs.append(measuring.own_cpu(lambda c=changes: catalogue.edit(viewer, item.pid, c)) * 1000)  # type: ignore[misc]
    return Sample(tuple(costs))


def _labels(viewer: Viewer, item: Item) -> list[str]:
    names = [f"label{n}" for n in range(20)]
    with transaction():
        for name in (*names, "family", "private"):
            Label.insert(name=name, name_fold=fold(name)).on_conflict_ignore().execute()
    catalogue.edit(viewer, item.pid, {"labels": ["family", "private", *names]})
    with (
        transaction()
    ):  # keywords in its file: what they alone would find is proposed, so it is asked for twice
        for name in names[:KEYWORDS]:
            label = Label.get(Label.name == name)
            ItemLabel.insert(item=item, label=label, source="file", created_at=0).execute()
    return ["family", *names]


def _collection(make: Make, owner: User, number: int, names: list[str]) -> None:
    text = QUERIES[number % len(QUERIES)].format(
        label=names[number % len(names)], stars=number % 5 + 1, year=10 + number % 17
    )
    tree = filters.parse(text, catalogue.ViewerNames(make.viewer(owner)))
    make.collection(owner, f"Collection {number}", kind="dynamic", query=filters.to_json(tree))
