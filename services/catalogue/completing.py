"""What may be meant while a query is typed: names of fields, and values that the viewer's own view holds.

Every value comes from what the viewer may see at this moment: labels, people, storages, collections and events by
`ViewerNames`, cameras and days by `access` itself. What ended is offered no more: nothing is kept in between.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

from peewee import Field as Column

from services import access
from services.catalogue import hiding, timeline
from services.catalogue.naming import ViewerNames
from services.filters import fields
from services.filters.caret import Caret, find_caret
from services.filters.fields import Field
from services.filters.kinds import is_plain, quote
from services.filters.names import KINDS
from services.models import Item, database
from services.names import plain
from services.viewers import Viewer

MOST = 10
NEWEST = 2000
"""Of so many pictures the cameras are told where all of them would take too long."""
IN_TIME_S = 1.0
MEANT = 2
"""From so many letters on a word may be the beginning of a value of any field."""

T = TypeVar("T")
_STATES = ("type", "is", "has")
_DAYS = ("today", "yesterday")
_TAKEN = frozenset({"taken", "after", "before", "year"})
_AGES = frozenset({"newer_than", "older_than"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A text that may stand where somebody is typing: a `field` with its sign, whose value follows, or a `value`.

    `help` says what a field asks for; it is empty where the text says so itself.
    """

    text: str
    kind: Literal["field", "value"]
    help: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """What may stand in place of `length` characters from `position` on."""

    position: int
    length: int
    offers: tuple[Offer, ...]


def complete(viewer: Viewer, q: str, at: int) -> Completion:
    """What may be meant at the caret, `at` characters from the beginning, the likeliest first."""
    caret = find_caret(q, at)
    if caret is None:
        return Completion(at, 0, ())
    names = ViewerNames(viewer)
    if caret.field is not None:
        offers = [
            Offer(_written(caret.field, v), "value") for v in _values(viewer, caret.field, caret, names)
        ]
    else:
        offers = list(_of_word(viewer, caret, names)) if caret.typed else []
    there = q[caret.position : caret.position + caret.length]
    offers = list(dict.fromkeys(offers))[:MOST]
    is_done = [each.text for each in offers] == [there]
    return Completion(caret.position, caret.length, () if is_done else tuple(offers))


def _of_word(viewer: Viewer, caret: Caret, names: ViewerNames) -> Iterator[Offer]:
    """Fields whose name begins so, then values that do."""
    typed = caret.typed.casefold()
    for field in fields.FIELDS:
        if not field.missing and any(n.startswith(typed) for n in (field.name, *field.aliases)):
            bare = field.kind == "bare"
            yield Offer(field.name if bare else f"{field.name}:", "value" if bare else "field", field.help)
    if len(typed) < MEANT:
        return
    for name in ("label", "owner", "collection", "event"):
        yield from _with_field(
            fields.get_field(name), _fitting(caret.typed, names.known(KINDS[name]).values())
        )
    for name in _STATES:
        yield from _with_field(fields.get_field(name), _words(fields.get_field(name), caret.typed))
    yield from _with_field(fields.get_field("camera"), _fitting(caret.typed, _cameras(viewer, newest=True)))


def _with_field(field: Field, values: Iterable[str]) -> Iterator[Offer]:
    for value in values:
        yield Offer(f"{field.name}:{_written(field, value)}", "value")


def _values(viewer: Viewer, field: Field, caret: Caret, names: ViewerNames) -> Sequence[str]:
    """Values of a field that begin so."""
    typed = caret.typed
    if field.missing:
        return ()
    if field.kind == "output":
        down, word = ("-", typed[1:]) if field.name == "sort" and typed.startswith("-") else ("", typed)
        return [down + each for each in _words(field, word)]
    found = _words(field, typed)
    if field.name in KINDS:
        found += _fitting(typed, names.known(KINDS[field.name]).values())
    elif field.name in {"camera", "make", "lens"}:
        found += _fitting(typed, _of_cameras(viewer, field.name))
    elif field.name in _TAKEN:
        found += _dates(viewer, typed, only_years=field.name == "year")
    if field.kind == "date" and field.name not in _AGES:
        found = [each for each in _DAYS if each.startswith(typed.casefold())] + found
    return found


def _words(field: Field, typed: str) -> list[str]:
    """Words of a field's closed list that begin so, in any spelling, and of which something is known."""
    folded = typed.casefold()
    return [
        word
        for word in fields.words_of(field)
        if not field.why_missing(word)
        and any(each.startswith(folded) for each in (word, *field.words.get(word, ())))
        and not (field.name == "has" and (other := fields.find_field(word)) and other.missing)
    ]


def _fitting(typed: str, values: Iterable[str]) -> list[str]:
    """Values that begin so, then those of which a later word does."""
    wanted = plain(typed)
    known = sorted({v for v in values if v.strip()}, key=plain)
    first = [v for v in known if plain(v).startswith(wanted)]
    later = [v for v in known if v not in first and f" {wanted}" in plain(v)]
    return first + later


def _written(field: Field, value: str) -> str:
    """A value as it stands in a query."""
    if field.kind in {"text", "ref", "person"} and not (is_plain(value) or value in field.words):
        return quote(value)
    return value


def _dates(viewer: Viewer, typed: str, *, only_years: bool) -> list[str]:
    """Years of the viewer's timeline, and behind a year its months, behind a month its days."""
    days = _in_time(lambda: [f"{d.day:08}" for d in timeline.days(viewer) if d.day]) or []
    typed = typed.replace("/", "-")
    forms = ["-".join(filter(None, (d[:4], d[4:6], d[6:]))) for d in days]
    width = 4 if only_years or len(typed) < 4 else 7 if len(typed) < 7 else 10
    return [each for each in dict.fromkeys(form[:width] for form in forms) if each.startswith(typed)]


def _of_cameras(viewer: Viewer, name: str) -> list[str]:
    if name == "camera":
        return _cameras(viewer)
    return [value for (value,) in _seen(viewer, [Item.make if name == "make" else Item.lens]) if value]


def _cameras(viewer: Viewer, *, newest: bool = False) -> list[str]:
    """The models of cameras of what the viewer sees, and the maker where no model is known."""
    seen = (model or make for make, model in _seen(viewer, [Item.make, Item.model], newest=newest))
    return [name for name in seen if name]


def _seen(viewer: Viewer, columns: list[Column], *, newest: bool = False) -> list[tuple[str | None, ...]]:
    """What stands in some columns of the items the viewer sees and has not hidden; at least of the newest of them."""
    visible = hiding.unhidden(viewer, access.visible_items(viewer)).select(*columns)
    found = None if newest else _in_time(lambda: list(visible.distinct().tuples()))
    if found is None:
        latest = visible.order_by(Item.sort_at.desc(), Item.id.desc()).limit(NEWEST)
        found = _in_time(lambda: list(latest.tuples())) or []
    return list(dict.fromkeys(found))


def _in_time(ask: Callable[[], T]) -> T | None:
    """An answer; None when it takes longer than somebody who types can wait."""
    try:
        with database.within(IN_TIME_S):
            return ask()
    except database.TookTooLong:
        return None
