"""ContentDirectory: what lies where, page by page, for the screen that asks.

An answer holds at most 1,000 items or two megabytes, and says how many there are; every set asks on from there.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from services import memory, showing
from services.access import ends
from services.catalogue import tree_rows
from services.models import counters
from services.showing import Narrowing, Order, Shown
from services.viewers import Viewer
from virtualfs.dlna import didl, samsung, search
from virtualfs.dlna.description import CONTENT
from virtualfs.dlna.places import ALBUM, FOLDER, TOP, Container, Places, Spot, read
from virtualfs.dlna.quirks import Client
from virtualfs.dlna.soap import INVALID_ACTION, INVALID_ARGUMENTS, NO_SUCH_OBJECT, Call, Fault, Raw

MAX_ITEMS = 1000
MAX_BYTES = 2 * 1024 * 1024
MAX_FILTER = 2000
AT_ONCE = 200
"""Items that are written at once: what that takes lies between what is kept, and serves for the next ones again."""
KEPT_TEXTS = 12_000
"""Items that are kept as text: a quarter of a kB each, 3 MB in all."""

Lengths = Callable[[Viewer, Sequence[Shown]], Mapping[int, Mapping[str, int]]]
Listed = Callable[[Viewer, Sequence[str]], None]
_Key = tuple[int | None, str, frozenset[str], str]
NEWEST_FIRST: Order = "-taken"
"""What is found anywhere comes so, unless another order is asked for."""
_LETTERS = {"photo": "p", "video": "v", "audio": "a"}


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks, and how they are answered.

    `viewer` is None for a device that nobody approved: it is shown how that is done, under `title` and at
    addresses that begin with `ask`. `base` gives the beginning of the addresses of an item's bytes by its public id,
    `word` what our own names are in the language of the screen.
    """

    viewer: Viewer | None
    client: Client
    base: Callable[[bytes], bytes]
    word: Callable[[str], str] = str
    title: str = ""
    ask: str = ""


@dataclass(frozen=True, slots=True)
class _Page:
    start: int
    count: int
    wanted: frozenset[str]
    sort: str

    @property
    def end(self) -> int:
        return self.start + (min(self.count, MAX_ITEMS) or MAX_ITEMS)


@dataclass(frozen=True, slots=True)
class _Found:
    """What is to be listed: containers first, then items by id, all in `parent` or, without one, each in its home."""

    containers: Sequence[Container]
    ids: Sequence[int]
    parent: str | None = None

    @property
    def total(self) -> int:
        return len(self.containers) + len(self.ids)


class ContentDirectory:
    """Answers actions.

    `lengths` tells how many bytes the pictures of items have that were made already; `listed` is told of the photos of
    each page.
    Threading: may be used from any thread.
    """

    def __init__(self, places: Places, lengths: Lengths, listed: Listed) -> None:
        self._places = places
        self._told = listed
        self._texts = _Texts(lengths)

    def answer(self, call: Call, asked: Asked) -> list[tuple[str, str | Raw]]:
        """What an action gives; raises Fault."""
        values: dict[str, str | Raw]
        match call.action:
            case "GetSearchCapabilities":
                values = {"SearchCaps": search.SEARCHED}
            case "GetSortCapabilities":
                values = {"SortCaps": search.SORTED}
            case "GetSystemUpdateID":
                values = {"Id": str(UNTOLD if asked.viewer is None else update_id())}
            case "Browse":
                values = self._browse(call, asked)
            case "Search":
                values = self._search(call, asked)
            case "X_GetFeatureList":
                values = {"FeatureList": samsung.FEATURES}
            case "X_SetBookmark":  # where somebody paused is theirs to know
                values = {}
            case "X_GetObjectIDfromIndex":
                values = {"ObjectID": self._at(call, asked)}
            case "X_GetIndexfromRID":
                values = {"Index": samsung.FIRST}
            case _:
                raise Fault(INVALID_ACTION)
        return CONTENT.ordered(call.action, values)

    def _browse(self, call: Call, asked: Asked) -> dict[str, str | Raw]:
        flag, page, spot = call.text("BrowseFlag"), _page(call, asked.client), read(call.text("ObjectID"))
        if flag not in {"BrowseMetadata", "BrowseDirectChildren"}:
            raise Fault(INVALID_ARGUMENTS)
        if asked.viewer is None:
            return _for_strangers(spot, flag, page, asked)
        update = update_id()  # of before looking: what changes meanwhile is noticed
        if flag == "BrowseMetadata":
            return self._metadata(asked.viewer, spot, page, asked, update)
        if spot.item:
            raise Fault(NO_SUCH_OBJECT)
        stock = self._places.stock(asked.viewer, spot)
        containers: Sequence[Container] = [_called(each, asked) for each in stock.containers]
        if page.sort.strip().lstrip("+-").startswith("dc:title"):
            containers = sorted(containers, key=lambda c: c.title, reverse=page.sort.strip().startswith("-"))
        ids: Sequence[int] = ()
        if stock.narrowing is not None:
            order = search.order(page.sort, stock.order)
            ids = self._places.ids(asked.viewer, stock.narrowing, order, stock.most, stock.part)
        return self._listed(asked.viewer, _Found(containers, ids, spot.id), page, asked, update)

    def _metadata(
        self, viewer: Viewer, spot: Spot, page: _Page, asked: Asked, update: int
    ) -> dict[str, str | Raw]:
        if not spot.item:
            parts = [didl.container(_called(self._places.container(viewer, spot), asked), page.wanted)]
            return _result(asked, parts, 1, update)
        shown = showing.find(viewer, spot.item)
        parent = spot.parent or TOP
        if shown is None or not _may_hold(parent, shown):
            raise Fault(NO_SUCH_OBJECT)
        self._places.stock(viewer, parent)  # raises when there is no such container
        found = _Found((), (shown.id,), parent.id)
        return self._listed(viewer, found, _Page(0, 1, page.wanted, ""), asked, update)

    def _search(self, call: Call, asked: Asked) -> dict[str, str | Raw]:
        criteria = search.parse(call.text("SearchCriteria", "*"))
        page, spot = _page(call, asked.client), read(call.text("ContainerID", "0"))
        if asked.viewer is None:
            return _for_strangers(spot, "BrowseDirectChildren", page, asked)
        viewer, update = asked.viewer, update_id()
        if spot.item:
            raise Fault(NO_SUCH_OBJECT)

        def below(inside: Spot) -> Narrowing:
            try:
                return self._places.narrowing(viewer, inside)
            except Fault:
                return showing.Either()  # nothing is below what is not there

        wanted = search.narrowing(criteria, below)
        within = self._places.narrowing(viewer, spot)
        order: Order = search.order(page.sort, NEWEST_FIRST)
        ids = self._places.ids(viewer, showing.Every((within, wanted)), order)
        containers = [c for c in self._albums(viewer, spot) if search.holds(criteria, c)]
        return self._listed(viewer, _Found(containers, ids), page, asked, update)

    def _at(self, call: Call, asked: Asked) -> str:
        """The object id of the n-th item of a category, counted as Search lists them without an order."""
        within, index = samsung.container_of(call.text("CategoryType", "")), call.number("Index", 0)
        if asked.viewer is None:
            return TOP.id  # where the one picture is
        if within == TOP:
            return within.id
        order = search.order(asked.client.sort, NEWEST_FIRST)
        ids = self._places.ids(asked.viewer, self._places.narrowing(asked.viewer, within), order)
        shown = showing.rows(asked.viewer, ids[index : index + 1])
        for each in shown.values():
            return f"{_home(each)}.i{each.pid}"
        raise Fault(NO_SUCH_OBJECT)

    def _albums(self, viewer: Viewer, spot: Spot) -> Iterator[Container]:
        """The collections below a container: what a search for containers finds."""
        for kind in ("c", "e") if spot == TOP else (spot.kind,) if spot in (Spot("c"), Spot("e")) else ():
            for part in self._places.stock(viewer, Spot(kind)).containers:
                if part.kind == ALBUM:
                    yield part

    def _listed(
        self, viewer: Viewer, found: _Found, page: _Page, asked: Asked, update: int
    ) -> dict[str, str | Raw]:
        start, end = page.start, min(page.end, found.total)
        parts = [didl.container(each, page.wanted) for each in found.containers[start:end]]
        size, offset = sum(map(len, parts)), len(found.containers)
        ids = found.ids[max(start - offset, 0) : max(end - offset, 0)]
        wanted = didl.KNOWN if asked.client.everything else page.wanted
        parent = None if found.parent is None else found.parent.encode()
        listed = []
        for text in self._texts.of(viewer, ids, wanted, asked.client):
            part = didl.placed(text, parent, asked.base)
            size += len(part)
            if size > MAX_BYTES and parts:
                break
            parts.append(part)
            listed.append(text)
        if len(listed) > 1:  # of one alone nothing is next: it was looked at closer
            self._told(viewer, [text.pid for text in listed if text.form.is_photo])
        return _result(asked, parts, found.total, update)


class _Texts:
    """Items as text, kept until anything changes that a viewer could notice, also by the clock."""

    def __init__(self, lengths: Lengths) -> None:
        self._lengths = lengths
        self._kept: OrderedDict[_Key, dict[int, didl.Text]] = OrderedDict()
        self._lock = threading.Lock()
        self._state: tuple[tuple[int, int], int | None] | None = None

    def of(
        self, viewer: Viewer, ids: Sequence[int], wanted: frozenset[str], client: Client
    ) -> list[didl.Text]:
        """The items with these ids that are visible now, in this order."""
        state, key = self._now(viewer), (viewer.screen_id, viewer.language, wanted, client.name)
        with self._lock:
            kept = self._kept.get(key, {})
            entries = [kept.get(id_) for id_ in ids]
        if None not in entries:
            return entries  # type: ignore[return-value]  # none of them is None
        absent = [id_ for id_, entry in zip(ids, entries, strict=True) if entry is None]
        made: dict[int, didl.Text] = {}
        for begin in range(0, len(absent), AT_ONCE):
            some = absent[begin : begin + AT_ONCE]
            rows = showing.rows(viewer, some)
            known = self._lengths(viewer, [rows[id_] for id_ in some if id_ in rows])
            for id_, shown in rows.items():
                made[id_] = didl.item(shown, wanted, client, known.get(id_, {}), _home(shown))
        self._keep(state, key, made)
        memory.give_back()  # from now on it is asked for no more than whether anything changed
        found = [entry or made.get(id_) for id_, entry in zip(ids, entries, strict=True)]
        return [entry for entry in found if entry is not None]

    def _keep(self, state: object, key: _Key, made: dict[int, didl.Text]) -> None:
        """Keep what was made, unless something changed meanwhile; who asked longest ago makes room."""
        with self._lock:
            if self._state != state:
                return
            self._kept.setdefault(key, {}).update(made)
            self._kept.move_to_end(key)
            while sum(map(len, self._kept.values())) > KEPT_TEXTS:
                self._kept.popitem(last=False)
                if not self._kept:  # all of it is of one: the latest stay
                    self._kept[key] = made if len(made) <= KEPT_TEXTS else {}
                    break

    def _now(self, viewer: Viewer) -> object:
        """The state of the catalogue that what is kept holds of; it is thrown away when that is past."""
        version, moment = tree_rows.version(viewer), ends.moment()
        state = self._state
        if state is None or state[0] != version or (state[1] is not None and moment >= state[1]):
            until = ends.next_end(moment)
            with self._lock:
                self._kept.clear()
                state = self._state = version, until
        return state


UNTOLD = 0
"""SystemUpdateID for who was not let in: how often, and when, a household changes something is theirs to know."""


def update_id() -> int:
    """SystemUpdateID: moves whenever rights or content do, and never back."""
    return (counters.read(counters.POLICY_EPOCH) + counters.read(counters.CONTENT_VERSION)) % 2**32


def _called(found: Container, asked: Asked) -> Container:
    return found if found.kind == ALBUM else replace(found, title=asked.word(found.title))


def _page(call: Call, client: Client) -> _Page:
    return _Page(
        call.number("StartingIndex", 0),
        call.number("RequestedCount", 0),
        didl.read_filter(call.text("Filter", "*")[:MAX_FILTER]),
        call.text("SortCriteria", "").strip() or client.sort,
    )


def _for_strangers(spot: Spot, flag: str, page: _Page, asked: Asked) -> dict[str, str | Raw]:
    """One picture, wherever a device looks that nobody approved."""
    is_item = spot.item == "ask"
    if is_item and flag != "BrowseMetadata":
        raise Fault(NO_SUCH_OBJECT)
    if spot.shelf or (spot.item and not is_item):
        raise Fault(NO_SUCH_OBJECT)
    if flag == "BrowseMetadata" and not is_item:
        parent = "-1" if spot == TOP else "0"
        container = Container(spot.id, parent, "Hypomos", FOLDER, 1)
        return _result(asked, [didl.container(container, page.wanted)], 1, UNTOLD)
    parent = spot.parent.id if is_item and spot.parent else spot.id
    parts = [didl.ask(parent, asked.title, asked.ask)] if page.start == 0 or is_item else []
    return _result(asked, parts, 1, UNTOLD)


def _result(asked: Asked, parts: Sequence[bytes], total: int, update: int) -> dict[str, str | Raw]:
    return {
        "Result": Raw(b"".join([didl.head(asked.client.captions), *parts, didl.TAIL])),
        "NumberReturned": str(len(parts)),
        "TotalMatches": str(total),
        "UpdateID": str(update),
    }


def _home(shown: Shown) -> str:
    """The container that an item is in wherever else it may be: of its kind and month."""
    return f"{_LETTERS[shown.kind]}.{shown.month:0{6 if shown.month else 1}}"


def _may_hold(parent: Spot, shown: Shown) -> bool:
    return parent.kind not in _LETTERS.values() or parent.kind == _LETTERS[shown.kind]
