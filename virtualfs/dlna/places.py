"""What lies at which object id: the containers a screen sees, never more than 1,000 entries in one.

Ids are short and hold nothing that must be escaped. A container is written as its kind, then the collection, the
year or month and the part, with dots between; an item is the id of its container and its own.

    0  new  fav  p  v  a       top, newest, favourites, photos, videos, sounds
    p.2026  p.202607  p.0      a year, a month, what is undated
    c  e  s.<id>               collections, events, one of them, which is divided like the rest
    p.202607.b2                the second thousand of what is too much for one container
    p.202607.i<id>             an item in it
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from services import showing
from services.showing import Count, Every, Favourite, Narrowing, OfKinds, OnDays, Order, Shelf, Within
from services.viewers import Viewer
from virtualfs.dlna.soap import NO_SUCH_OBJECT, Fault
from virtualfs.keeping import Kept

MAX_CHILDREN = 1000
NEWEST = 500
KEPT_IDS = 300_000
"""Ids of items that are kept in their order: a few megabytes."""
LIST = 500
"""What a list of ids counts besides its ids: a search that finds nothing leaves what it asked for, too."""

FOLDER, ALBUM = "object.container.storageFolder", "object.container.album.photoAlbum"

_KINDS = {"p": "photo", "v": "video", "a": "audio"}
TITLES = {
    "0": "Hypomos", "new": "Newest", "fav": "Favourites", "p": "Photos", "v": "Videos", "a": "Sounds",
    "c": "Collections", "e": "Events",
}  # fmt: skip
UNDATED = "Undated"
_ALIASES = {
    "": "0", "I": "p", "V": "v", "A": "a",
    "1": "a", "2": "v", "3": "p", **{str(n): "a" for n in range(4, 15)}, "15": "v", "16": "p",
}  # fmt: skip
"""What Samsung and Xbox ask for without having been told of it."""

_ID = re.compile(
    r"(?:(?P<kind>0|new|fav|[pvace])|s\.(?P<shelf>[\w-]{1,64}))"
    r"(?:\.(?P<month>0|[0-9]{4}|[0-9]{6}))?(?:\.b(?P<part>[1-9][0-9]{0,5}))?(?:\.i(?P<item>[\w-]{1,64}))?"
)


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the tree: `month` is a year, a month (yyyymm) or 0, `part` counts from 1."""

    kind: str
    shelf: str = ""
    month: int | None = None
    part: int | None = None
    item: str = ""

    @property
    def id(self) -> str:
        """The object id."""
        text = f"s.{self.shelf}" if self.kind == "s" else self.kind
        text += "" if self.month is None else f".{self.month:0{1 if not self.month else 4}}"
        text += "" if self.part is None else f".b{self.part}"
        return f"{text}.i{self.item}" if self.item else text

    @property
    def parent(self) -> "Spot | None":
        """The container it lies in; None for the top. Of a collection it depends on what that is."""
        if self.item:
            return replace(self, item="")
        if self.part is not None:
            return replace(self, part=None)
        if self.month is not None:
            year = self.month // 100 if self.month > 9999 else None
            return replace(self, month=year)
        return None if self.kind == "0" else Spot("0")


TOP = Spot("0")


def read(text: str) -> Spot:
    """The place with this object id; raises Fault (701)."""
    text = _ALIASES.get(text, text)
    found = _ID.fullmatch(text) if len(text) < 200 and text.isascii() else None
    if found is None:
        raise Fault(NO_SUCH_OBJECT)
    return Spot(
        found["kind"] or "s", found["shelf"] or "", None if found["month"] is None else int(found["month"]),
        None if found["part"] is None else int(found["part"]), found["item"] or "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Container:
    """A container as it is listed; `children` says how many entries it has.

    Its title is in English, but for an album's, which is called as its owner calls it.
    """

    id: str
    parent: str
    title: str
    kind: str
    children: int


@dataclass(frozen=True, slots=True)
class _Look:
    """What one viewer finds at all, as far as containers need to know."""

    counts: tuple[Count, ...]
    shelves: tuple[Shelf, ...]

    def months(self, kind: str) -> dict[int, int]:
        """How many of a kind there are in each month, the newest first."""
        found: dict[int, int] = {}
        for count in self.counts:
            if count.kind == kind:
                found[count.month] = found.get(count.month, 0) + count.n
        return found


@dataclass(frozen=True, slots=True)
class Stock:
    """What a container holds: containers, or items that are chosen by this and come in this order."""

    containers: tuple[Container, ...] = ()
    narrowing: Narrowing | None = None
    order: Order = "taken"
    most: int | None = None
    part: int | None = None


class Places:
    """Finds out what lies where. What it keeps is keyed by viewer and dies when a right or content changes.

    Threading: may be used from any thread.
    """

    def __init__(self) -> None:
        self._looks: Kept[_Look] = Kept(lambda: 50, lambda look: 1, ends_by_clock=True)
        self._months: Kept[dict[int, int]] = Kept(lambda: 200, lambda months: 1, ends_by_clock=True)
        self._ids: Kept[Sequence[int]] = Kept(
            lambda: KEPT_IDS, lambda ids: len(ids) + LIST, ends_by_clock=True
        )

    def shelves(self, viewer: Viewer) -> tuple[Shelf, ...]:
        """Every collection that is shared with the viewer."""
        return self._look(viewer).shelves

    def ids(
        self,
        viewer: Viewer,
        narrowing: Narrowing,
        order: Order,
        most: int | None = None,
        part: int | None = None,
    ) -> Sequence[int]:
        """The ids of the items that are meant, or of one thousand of them, in order."""
        key = viewer.screen_id, narrowing, order, most
        found = self._ids.get(viewer, key, lambda: showing.ids(viewer, narrowing, order, most))
        if part is None:
            return found
        return found[(part - 1) * MAX_CHILDREN : part * MAX_CHILDREN]

    def stock(self, viewer: Viewer, spot: Spot) -> Stock:
        """What a container holds; raises Fault (701)."""
        look = self._look(viewer)
        if spot.kind == "0" and spot == TOP:
            return Stock(tuple(self._tops(look)))
        if spot.kind in {"c", "e"} and spot.month is None:
            return self._shelves_in(viewer, look, spot)
        if spot.kind == "new" and spot.month is None and spot.part is None:
            return Stock(narrowing=_looked_at(), order="-taken", most=NEWEST)
        narrowing, months, order, by_year = self._series(viewer, look, spot)
        if spot.month is None:
            total = sum(months.values())
            if spot.part is None and (by_year or (total > MAX_CHILDREN and spot.kind != "fav")):
                return Stock(tuple(self._years(spot, months)))
            return self._items(spot, total, narrowing, order)
        if 0 < spot.month <= 9999:
            inside = [(month, n) for month, n in months.items() if month // 100 == spot.month]
            if not inside or spot.part is not None:
                raise Fault(NO_SUCH_OBJECT)
            return Stock(tuple(_month(spot, month, n) for month, n in inside))
        if spot.month not in months:
            raise Fault(NO_SUCH_OBJECT)
        days = OnDays(0, 0) if not spot.month else OnDays(spot.month * 100, spot.month * 100 + 99)
        return self._items(spot, months[spot.month], Every((narrowing, days)), "taken")

    def container(self, viewer: Viewer, spot: Spot) -> Container:
        """A container itself; raises Fault (701)."""
        if spot == TOP:
            return Container("0", "-1", TITLES["0"], FOLDER, len(self.stock(viewer, spot).containers))
        stock = self.stock(viewer, spot)  # raises for what is not there
        parent = self._parent(viewer, spot)
        for each in self.stock(viewer, parent).containers:
            if each.id == spot.id:
                return each
        children = len(stock.containers)
        if stock.narrowing is not None:
            children = len(self.ids(viewer, stock.narrowing, stock.order, stock.most, stock.part))
        return Container(spot.id, parent.id, _title(spot), FOLDER, children)

    def narrowing(self, viewer: Viewer, spot: Spot) -> Narrowing:
        """Which items are anywhere below a container; raises Fault (701)."""
        if spot.kind in {"0", "c", "e"}:
            return Every()
        if spot.kind == "new":
            return _looked_at()
        narrowing, *_ = self._series(viewer, self._look(viewer), spot)
        if spot.month is None:
            return narrowing
        first = spot.month * (100 if spot.month > 9999 else 10_000)
        last = first + (99 if spot.month > 9999 else 9999) if spot.month else 0
        return Every((narrowing, OnDays(first, last)))

    def _parent(self, viewer: Viewer, spot: Spot) -> Spot:
        if spot.kind == "s" and spot.month is None and spot.part is None:
            shelf = self._shelf(self._look(viewer), spot)
            return Spot("e" if shelf.purpose == "event" else "c")
        return spot.parent or TOP

    def _look(self, viewer: Viewer) -> _Look:
        def look() -> _Look:
            return _Look(tuple(showing.counts(viewer)), tuple(showing.shelves(viewer)))

        return self._looks.get(viewer, viewer.screen_id, look)

    def _tops(self, look: _Look) -> list[Container]:
        by_kind = {kind: sum(look.months(kind).values()) for kind in _KINDS.values()}
        sizes = {
            "new": min(by_kind["photo"] + by_kind["video"], NEWEST),
            "fav": _tops_of(sum(c.n for c in look.counts if c.favourite)),
            "p": len(_years_of(look.months("photo"))),
            "v": _entries(look.months("video")),
            "a": _entries(look.months("audio")),
            "c": _tops_of(sum(shelf.purpose != "event" for shelf in look.shelves)),
            "e": _tops_of(sum(shelf.purpose == "event" for shelf in look.shelves)),
        }
        return [Container(kind, "0", TITLES[kind], FOLDER, n) for kind, n in sizes.items() if n]

    def _shelves_in(self, viewer: Viewer, look: _Look, spot: Spot) -> Stock:
        wanted = [shelf for shelf in look.shelves if (shelf.purpose == "event") == (spot.kind == "e")]
        if spot.part is None and len(wanted) > MAX_CHILDREN:
            return Stock(tuple(_parts(spot, len(wanted))))
        if spot.part is not None:
            wanted = wanted[(spot.part - 1) * MAX_CHILDREN : spot.part * MAX_CHILDREN]
            if not wanted:
                raise Fault(NO_SUCH_OBJECT)
        return Stock(tuple(self._album(viewer, spot, shelf) for shelf in wanted))

    def _album(self, viewer: Viewer, parent: Spot, shelf: Shelf) -> Container:
        children = (
            shelf.size if shelf.size <= MAX_CHILDREN else len(_years_of(self._months_in(viewer, shelf)))
        )
        return Container(Spot("s", shelf.pid).id, parent.id, shelf.name, ALBUM, children)

    def _series(
        self, viewer: Viewer, look: _Look, spot: Spot
    ) -> tuple[Narrowing, dict[int, int], Order, bool]:
        """What a divided container is of: its items, how many a month has, their order, and whether always by year."""
        if spot.kind == "s":
            shelf = self._shelf(look, spot)
            return (
                Within(shelf.id),
                self._months_in(viewer, shelf),
                "hand" if shelf.by_hand else "taken",
                False,
            )
        if spot.kind == "fav" and spot.month is None:
            return Favourite(), {0: sum(c.n for c in look.counts if c.favourite)}, "-taken", False
        if spot.kind in _KINDS:
            kind = _KINDS[spot.kind]
            return OfKinds(frozenset({kind})), look.months(kind), "taken", kind == "photo"
        raise Fault(NO_SUCH_OBJECT)

    def _shelf(self, look: _Look, spot: Spot) -> Shelf:
        found = next((shelf for shelf in look.shelves if shelf.pid == spot.shelf), None)
        if found is None:
            raise Fault(NO_SUCH_OBJECT)
        return found

    def _months_in(self, viewer: Viewer, shelf: Shelf) -> dict[int, int]:
        def count() -> dict[int, int]:
            found: dict[int, int] = {}
            for each in showing.counts(viewer, Within(shelf.id)):
                found[each.month] = found.get(each.month, 0) + each.n
            return found

        return self._months.get(viewer, (viewer.screen_id, shelf.id), count)

    def _years(self, spot: Spot, months: dict[int, int]) -> list[Container]:
        found = []
        for year, n in _years_of(months).items():
            children = n if year else _tops_of(months[0])
            found.append(_made(replace(spot, month=year), spot, children))
        return found

    def _items(self, spot: Spot, total: int, narrowing: Narrowing, order: Order) -> Stock:
        if total > MAX_CHILDREN and spot.part is None:
            return Stock(tuple(_parts(spot, total)))
        if spot.part is not None and (spot.part - 1) * MAX_CHILDREN >= max(total, 1):
            raise Fault(NO_SUCH_OBJECT)
        return Stock(narrowing=narrowing, order=order, part=spot.part)


def _looked_at() -> Narrowing:
    return OfKinds(frozenset({"photo", "video"}))


def _tops_of(total: int) -> int:
    """How many entries a container of so many has: themselves, or the parts they are cut into."""
    return total if total <= MAX_CHILDREN else -(-total // MAX_CHILDREN)


def _years_of(months: dict[int, int]) -> dict[int, int]:
    """The years of some months, each with how many of them it has; 0 for what is undated."""
    years: dict[int, int] = {}
    for month in months:
        years[month // 100] = years.get(month // 100, 0) + 1
    return years


def _entries(months: dict[int, int]) -> int:
    total = sum(months.values())
    return total if total <= MAX_CHILDREN else len(_years_of(months))


def _month(parent: Spot, month: int, n: int) -> Container:
    return _made(replace(parent, month=month), parent, _tops_of(n))


def _parts(spot: Spot, total: int) -> list[Container]:
    return [
        _made(replace(spot, part=number), spot, min(MAX_CHILDREN, total - (number - 1) * MAX_CHILDREN))
        for number in range(1, _tops_of(total) + 1)
    ]


def _made(spot: Spot, parent: Spot, children: int) -> Container:
    return Container(spot.id, parent.id, _title(spot), FOLDER, children)


def _title(spot: Spot) -> str:
    if spot.part is not None:
        first = (spot.part - 1) * MAX_CHILDREN + 1
        return f"{first} – {first + MAX_CHILDREN - 1}"
    if spot.month is not None:
        if not spot.month:
            return UNDATED
        return f"{spot.month:04}" if spot.month <= 9999 else f"{spot.month // 100:04}-{spot.month % 100:02}"
    return TITLES.get(spot.kind, "")
