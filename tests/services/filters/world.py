"""A small household full of odd items, for holding SQL and Python against each other."""

import random
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from services.catalogue.labelling import refresh_tokens
from services.clock import now
from services.filters.dates import local_us
from services.filters.facts import Facts, load
from services.matching import shown
from services.models import (
    Arrival,
    Asset,
    Collection,
    CollectionItem,
    Event,
    EventPerson,
    Item,
    ItemLabel,
    Label,
    Overlay,
    Tombstone,
    User,
)
from services.models.items import UNDATED
from services.names import fold
from tests.factories import Make
from tests.services.filters.trees import THINGS

NAMES = [
    "IMG_0412.jpg",
    "img_1.HEIC",
    "Größe 100%.jpg",
    "a_b.mp4",
    "c*n.JPG",
    "ÉTÉ.jpeg",
    "北京.png",
    "canon.nef",
    "x..y",
    "ẞ.dng",
]
CAMERAS = [
    (None, None),
    ("Canon", "Canon EOS R6"),
    ("Apple", "iPhone 15"),
    ("", ""),
    ("NIKON", None),
    (None, "Größe 1"),
]
POSITIONS = [
    (None, None),
    (47.37, 8.54),
    (47.38, 8.55),
    (-33.0, 179.99),
    (-33.0, -179.99),
    (0.0, 0.0),
    (89.6, 12.0),
]
DAYS = [
    None,
    "2024-02-29",
    "2024-12-31",
    "2025-02-28",
    "2026-07-01",
    "2026-07-04",
    "1969-12-31",
    "1888-03-01",
    "2025-02-15",
]
METAS: list[dict[str, Any]] = [
    {},
    {"fps": None, "codec": None},
    {"fps": 29.97, "codec": "hevc"},
    {"iso": 200, "f": 2.8, "mm": 28.0},
    {"iso": None, "exposure": 1 / 250, "flash": True},
    {"flash": False, "codec": "aac", "fps": 50},
    {"people": ["Zoë"]},
    {"audio": True, "codec": "hevc", "fps": 25},
    {"audio": False},
    {"audio": None},
]


@dataclass
class World:
    """People and their items."""

    people: list[User]
    items: list[Item]
    facts: dict[int, Facts]


def build(make: Make, seed: int, number: int = 30) -> World:
    """Items with anything in any column, the same for the same seed."""
    rng = random.Random(seed)
    people = [make.user(name) for name in THINGS["user"].values()]
    for id, name in THINGS["label"].items():
        Label.create(id=id, name=name, name_fold=fold(name))
    storages = [
        make.storage(people[0], "NAS"),
        make.storage(people[1], "my cloud", state="offline"),
        make.storage(people[0], "old", removed_at=1),
    ]
    folders = [
        make.folder(s, path)
        for s in storages
        for path in ("Photos", "Photos/2026", "Photos/2026/Größe & Maß")
    ]
    collections = [make.collection(people[0], "Holidays"), make.collection(people[0], "Gone", deleted_at=1),
                   make.collection(people[1], "Of the event", purpose="event"), make.collection(people[1])]  # fmt: skip
    items = [_item(make, rng, people) for _ in range(number)]
    for item in items:
        for _ in range(rng.randrange(3)):
            _asset(make, rng, item, [f for f in folders if f.storage.owner_id == item.owner_id])
        for _ in range(rng.randrange(3)):
            _label(rng, item, people)
        _gather(rng, item, people, collections)
    _offer(make, people, collections)
    refresh_tokens([i.id for i in items])
    found = list(Item.select().order_by(Item.id))
    facts = {
        id: replace(each, shows_place=bool(each.item.panorama))
        for id, each in load(found, decisions=True).items()
    }
    return World(people, found, facts)


def _item(make: Make, rng: random.Random, people: list[User]) -> Item:
    day = rng.choice(DAYS)
    camera, position = rng.choice(CAMERAS), rng.choice(POSITIONS)
    width, height = rng.choice([(None, None), (4000, 3000), (3000, 4000), (1000, 1000), (9000, 2000), (0, 5)])
    taken = None if day is None else _midnight(day) + rng.randrange(24 * 60) * 60_000_000
    given: dict[str, Any] = {
        "type": rng.choice(["photo", "photo", "video", "audio"]),
        "size": rng.choice([0, 10, 5_000_000, 5_242_880, 10**10]),
        "sort_at": UNDATED if taken is None else taken,
        "day": 0 if day is None else int(day.replace("-", "")),
        "width": width,
        "height": height,
        "ratio": width / height if width and height else 1.0,
        "duration_ms": rng.choice([None, 0, 89_500, 90_000, 90_500, 120_000]),
        "make": camera[0],
        "model": camera[1],
        "lens": rng.choice([None, "", "RF 50mm F1.8", "größe"]),
        "lat": position[0],
        "lon": position[1],
        "rating": rng.choice([None, 0, 3, 4, 5]),
        "favourite": rng.random() < 0.5,
        "title": rng.choice([None, "", "Canon am Strand"]),
        "description": rng.choice([None, None, "100% fun"]),
        "animated": rng.random() < 0.3,
        "panorama": rng.random() < 0.3,
        "motion": rng.random() < 0.3,
        "stack": rng.choice([None, "s"]),
        "stack_cover": rng.random() < 0.5,
        "missing": rng.random() < 0.2,
        "suspect": rng.random() < 0.2,
        "damaged": rng.choice([None, "cut short"]),
        "trashed_at": rng.choice([None, None, 1]),
        "withdrawn_at": rng.choice([None, None, 1]),
        "created_at": now() - rng.choice([0, 1, 8, 40, 800]) * 86_400_000_000,
        "changed_at": rng.choice([0, now()]),
        "source": rng.choice([None, "scan", "upload", "event"]),
    }
    return make.item(rng.choice(people), rng.choice(NAMES), taken=taken, **given)


def _midnight(day: str) -> int:
    return local_us(date.fromisoformat(day).toordinal())


def _asset(make: Make, rng: random.Random, item: Item, folders: list[Any]) -> None:
    content = bytes([rng.randrange(256)]) * 3
    role = rng.choice(["original", "raw", "sidecar", "live"])
    mime = rng.choice(["image/jpeg", "image/x-canon-cr2", "video/mp4"])
    if Asset.select().where((Asset.item == item.id) & (Asset.role == role)).exists():
        return
    asset = make.asset(item, content + role.encode(), role=role, mime=mime, meta=rng.choice(METAS))
    if rng.random() < 0.1:
        Asset.update(sha256=None).where(Asset.id == asset.id).execute()
    elif rng.random() < 0.2:
        Tombstone.create(
            owner=item.owner_id if rng.random() < 0.7 else 1,
            sha256=asset.sha256,
            name="x",
            reason="",
            deleted_at=0,
        )
    if rng.random() < 0.8:
        Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    for n in range(rng.randrange(5) if folders else 0):
        folder = rng.choice(folders)
        absent = rng.choice([("present", None)] * 6 + [("missing", 1), ("suspect", 1)])
        make.file(
            folder.storage,
            f"{item.pid}-{role}-{n}",
            folder,
            asset=asset,
            presence=absent[0],
            absent_since=absent[1],
        )


def _gather(rng: random.Random, item: Item, people: list[User], collections: list[Collection]) -> None:
    apart = random.Random(item.id)
    for collection in rng.sample(collections, rng.randrange(3)):
        matches, approval = (
            rng.random() < 0.7,
            apart.choice(["none", "none", "none", "pending", "approved", "rejected"]),
        )
        rule = "always" if approval == "approved" and apart.random() < 0.3 else ""
        CollectionItem.create(
            collection=collection, item=item, position=0, matches=matches, rule=rule, approval=approval,
            shown=shown(matches, rule, approval), added_at=0,
        )  # fmt: skip
    if rng.random() < 0.5:
        person, rating = rng.choice(people), rng.choice([None, 3, 5])
        favourite, hidden = rng.random() < 0.5, rng.random() < 0.5
        Overlay.create(user=person, item=item, favourite=favourite, rating=rating, hidden=hidden)


def _offer(make: Make, people: list[User], collections: list[Collection]) -> None:
    """An event at which one of them is a guest and has a grant; one grant has ended by the clock."""
    event = Event.create(
        pid="e",
        owner=people[1],
        collection=collections[2],
        name="Wedding",
        guests="view",
        may_download=True,
        created_at=0,
    )
    EventPerson.create(event=event, user=people[0], role="participant", joined_at=0)
    EventPerson.create(event=event, user=people[2], role="participant", joined_at=0, left_at=1)
    make.grant(make.share(collections[2]), user=people[2])
    make.grant(make.share(collections[0]), user=people[1], expires_at=1)
    open_grant = make.grant(make.share(collections[3], "collection"), into=collections[2])
    over = make.grant(make.share(collections[3], "collection"), into=collections[0], expires_at=1)
    states = {NAMES[1]: "approved", NAMES[2]: "pending", NAMES[3]: "pending", NAMES[4]: "rejected"}
    for item in Item.select().where(Item.name.in_(list(states))):
        state = states[item.name]
        Arrival.create(
            collection=collections[0] if item.name == NAMES[3] else collections[2], item=item,
            grant=over if item.name == NAMES[3] else open_grant, state=state, arrived_at=0,
            decided_at=None if state == "pending" else 0,
        )  # fmt: skip


def _label(rng: random.Random, item: Item, people: list[User]) -> None:
    label, source = rng.randrange(1, 7), rng.choice(["hand", "hand", "file", "analysis"])
    author = rng.choice(people).id if source == "hand" else None
    ItemLabel.insert(
        item=item, label=label, source=source, author=author, created_at=0
    ).on_conflict_ignore().execute()
