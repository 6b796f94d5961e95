"""What a screen is shown: visible items by what they are, when they were taken and where they belong.

Asked with the viewer first, like everything. A *narrowing* says which of the visible items are meant; it is a
value, so that whoever keeps an answer can name it. What is kept of these answers dies with the policy epoch, the
content version and the next end of a right, and decides no right: bytes are asked for anew.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

from peewee import SQL, fn

from services import access, collections
from services.access import paths
from services.catalogue.placing import content_key
from services.catalogue.subtitles import preferred, subtitles
from services.collections.seeing import placed
from services.filters.statement import FALSE, TRUE
from services.masks import is_unmaskable
from services.models import Asset, Item, database
from services.models.items import UNDATED
from services.viewers import Viewer

Kind = Literal["photo", "video", "audio"]
Order = Literal["taken", "-taken", "name", "-name", "type", "-type", "hand"]
Comparison = Literal["=", "<>", "<", "<=", ">", ">="]


@dataclass(frozen=True, slots=True)
class OfKinds:
    """Items of these kinds."""

    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class OnDays:
    """Items taken from a day to another (yyyymmdd, both inclusive); 0 is undated."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Items whose time (microseconds of the wall clock) compares so; never those without one."""

    by: Comparison
    at: int


@dataclass(frozen=True, slots=True)
class Titled:
    """Items whose title holds a text (or is it, or begins so), without regard to case."""

    how: Literal["is", "holds", "begins"]
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True)
class IsItem:
    """The item with this public id."""

    pid: str


@dataclass(frozen=True, slots=True)
class Favourite:
    """What its owner likes best."""


@dataclass(frozen=True, slots=True)
class Within:
    """What reaches the viewer by this collection."""

    collection: int


@dataclass(frozen=True, slots=True)
class Every:
    """What each of these holds of; of everything when there are none."""

    parts: tuple["Narrowing", ...] = ()


@dataclass(frozen=True, slots=True)
class Either:
    """What one of these holds of; of nothing when there are none."""

    parts: tuple["Narrowing", ...] = ()


Narrowing: TypeAlias = OfKinds | OnDays | Taken | Titled | IsItem | Favourite | Within | Every | Either


class Count(NamedTuple):
    """How many items of a month (yyyymm, 0 is undated) there are, of a kind, liked best or not."""

    month: int
    kind: str
    favourite: bool
    n: int


class Shown(NamedTuple):
    """An item as a screen lists it. `taken` is None when nobody knows, and `month` (yyyymm) 0 then.

    `size` is that of its original. `content` names the bytes of its cover, `asset` its row. `readable`: the viewer
    gets the bytes of its original at all, as they are or as masks leave them; of photos nobody asks. `subtitle` is
    the key of the one to be offered with a video, empty where the viewer gets none.
    """

    id: int
    pid: str
    kind: str
    title: str
    mime: str
    size: int
    taken: int | None
    whole_day: bool
    month: int
    width: int | None
    height: int | None
    duration_ms: int | None
    asset: int
    content: str
    readable: bool
    subtitle: str = ""


class Shelf(NamedTuple):
    """A collection that is shared with the viewer, with how many items they find in it."""

    id: int
    pid: str
    name: str
    purpose: str
    by_hand: bool
    size: int


def counts(viewer: Viewer, narrowing: Narrowing = Every()) -> list[Count]:
    """How many visible items there are, by month (the newest first), kind and whether they are favourites."""
    query = _narrowed(viewer, narrowing)
    # written out: PostgreSQL takes two placeholders for two different things
    rows = (
        query.select(fn.MIN(Item.day), Item.type, Item.favourite, fn.COUNT(Item.id))
        .group_by(SQL("t1.day / 100"), Item.type, Item.favourite)
        .order_by(SQL("t1.day / 100").desc(), Item.type)
    )
    return [Count(int(day) // 100, kind, bool(best), int(n)) for day, kind, best, n in rows.tuples()]


def ids(
    viewer: Viewer, narrowing: Narrowing, order: Order = "-taken", limit: int | None = None
) -> Sequence[int]:
    """The ids of visible items in order; equal ones by id, so that no two answers differ."""
    query = _narrowed(viewer, narrowing).select(Item.id)
    down = order.startswith("-")
    match order.removeprefix("-"):
        case "name":
            key: Any = fn.LOWER(Item.name)
        case "type":
            key = Item.type
        case "hand" if (shelf := _shelf_of(narrowing)) is not None:
            key = placed(shelf).expression()
        case _:
            key = Item.sort_at
    ordered = query.order_by(*((key.desc(), Item.id.desc()) if down else (key.asc(), Item.id)))
    limited = ordered if limit is None else ordered.limit(limit)
    return array("q", (found for (found,) in limited.tuples().iterator()))


def rows(viewer: Viewer, wanted: Sequence[int]) -> dict[int, Shown]:
    """The items with these ids that are visible now, by id."""
    found: dict[int, Shown] = {}
    for some in database.batches(list(wanted)):
        found |= _rows(viewer, some)
    return found


def find(viewer: Viewer, pid: str) -> Shown | None:
    """The visible item with this public id."""
    wanted = _narrowed(viewer, IsItem(pid), plan="time").select(Item.id).tuples().first()
    return None if wanted is None else _rows(viewer, wanted).get(wanted[0])


def shelves(viewer: Viewer) -> list[Shelf]:
    """The collections that are shared with the viewer, by name, those of events among them."""
    cards = collections.cards(viewer, mine=False, counted=False)
    sizes = _sizes(viewer) if cards else {}
    return [
        Shelf(
            card.collection.id, card.collection.pid, card.collection.name, card.collection.purpose,
            card.collection.kind == "static", sizes.get(card.collection.id, 0),
        )
        for card in sorted(cards, key=lambda c: (c.collection.name_fold, c.collection.id))
    ]  # fmt: skip


def _sizes(viewer: Viewer) -> dict[int, int]:
    """How many items reach the viewer by each collection, in one question for all of them."""
    way = paths.paths(viewer)
    text = f"""
        SELECT g.collection_id, COUNT(DISTINCT way.item_id) FROM ({way.sql}) way JOIN "grant" g ON g.id = way.grant_id
        GROUP BY g.collection_id
    """  # noqa: S608  our own text
    return {int(collection): int(n) for collection, n in database.rows(text, *way.values)}


def _rows(viewer: Viewer, wanted: Sequence[int]) -> dict[int, Shown]:
    columns = (
        Item.id, Item.pid, Item.type, Item.name, Item.title, Item.sort_at, Item.precision, Item.day, Item.width,
        Item.height, Item.duration_ms, Asset.id, Asset.mime, Asset.size, Asset.sha256, Asset.created_at,
    )  # fmt: skip
    visible = access.visible_items(viewer, plan="time").where(Item.id.in_(list(wanted)))
    listed = list(visible.select(*columns).join(Asset, on=(Asset.id == Item.cover_id)).tuples())
    players = [row[0] for row in listed if row[2] != "photo"]
    readable = _readable(viewer, players) if players else set()
    read_along = subtitles(viewer, [row[0] for row in listed if row[2] == "video"])
    return {
        row[0]: _shown(row, row[0] in readable)._replace(
            subtitle=preferred(read_along[row[0]], viewer.language).key if row[0] in read_along else ""
        )
        for row in listed
    }


def _readable(viewer: Viewer, wanted: list[int]) -> set[int]:
    """Of some videos and sounds those whose bytes the viewer gets: as they are, or as masks leave them or will."""
    visible = access.visible_items(viewer, plan="time").where(Item.id.in_(wanted))
    columns = Item.id, access.whole(viewer).alias("whole"), Asset.masks, Asset.meta
    found = visible.select(*columns).join(Asset, on=(Asset.id == Item.cover_id)).tuples()
    return {
        id_
        for id_, whole, known, meta in found
        if whole or known is not None or not is_unmaskable(Asset(meta=meta))
    }


def _shown(row: Sequence[Any], readable: bool) -> Shown:
    (
        id_,
        pid,
        kind,
        name,
        title,
        at,
        precision,
        day,
        width,
        height,
        duration,
        asset,
        mime,
        size,
        sha256,
        made,
    ) = row
    known = Asset(id=asset, size=size, sha256=sha256, created_at=made)
    stem = name.rpartition(".")[0] or name
    return Shown(
        id_, pid, kind, title or stem, mime, size, None if at == UNDATED else at, precision == "day",
        int(day) // 100, width, height, duration, asset, content_key(known), readable,
    )  # fmt: skip


def _narrowed(viewer: Viewer, narrowing: Narrowing, plan: access.Plan | None = None) -> Any:
    """The visible items that are meant, as a query: from the collection on where there is one."""
    shelf = _shelf_of(narrowing)
    if shelf is None:
        return access.visible_items(viewer, plan=plan).where(_condition(viewer, narrowing))
    rest = narrowing.parts if isinstance(narrowing, Every) else ()
    others = Every(tuple(part for part in rest if part != Within(shelf)))
    return access.items_through(viewer, shelf).where(_condition(viewer, others))


def _shelf_of(narrowing: Narrowing) -> int | None:
    """The one collection that everything meant is in."""
    parts: Iterable[Narrowing] = narrowing.parts if isinstance(narrowing, Every) else (narrowing,)
    return next((part.collection for part in parts if isinstance(part, Within)), None)


def _condition(viewer: Viewer, narrowing: Narrowing) -> Any:
    match narrowing:
        case OfKinds(kinds):
            return Item.type.in_(sorted(kinds)) if kinds else FALSE.expression()
        case OnDays(first, last):
            return Item.day.between(first, last)
        case Taken():
            return _compared(narrowing)
        case Titled():
            return ~_titled(narrowing) if narrowing.negated else _titled(narrowing)
        case IsItem(pid):
            return Item.pid == pid
        case Favourite():
            return Item.favourite == True  # noqa: E712 (a column)
        case Within(collection):
            return Item.id.in_(access.items_through(viewer, collection).select(Item.id))
        case Every(parts) | Either(parts):
            together = TRUE.expression() if isinstance(narrowing, Every) else FALSE.expression()
            for part in parts:
                each = _condition(viewer, part)
                together = (together & each) if isinstance(narrowing, Every) else (together | each)
            return together


def _compared(narrowing: Taken) -> Any:
    column, at = Item.sort_at, narrowing.at
    found = {
        "=": column == at, "<>": column != at, "<": column < at, "<=": column <= at, ">": column > at,
        ">=": column >= at,
    }[narrowing.by]  # fmt: skip
    return found & (column != UNDATED)


def _titled(narrowing: Titled) -> Any:
    """By the title that somebody gave, else by the file's name without its ending."""
    text, title = narrowing.text, fn.COALESCE(Item.title, "")
    match narrowing.how:
        case "holds":
            return title.contains(text) | ((title == "") & Item.name.contains(text))
        case "begins":
            return title.startswith(text) | ((title == "") & Item.name.startswith(text))
        case "is":
            same = fn.LOWER(title) == text.lower()
            return same | ((title == "") & Item.name.startswith(f"{text}."))
