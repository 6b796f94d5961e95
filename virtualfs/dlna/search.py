"""SearchCriteria and SortCriteria: read into a small tree, and from that what it means for items and containers.

Source: ContentDirectory:1, section 2.5.5. Both and their depth are bounded: whoever may send a SOAP body may send
these. What is no criterion, or asks for what we do not keep, is fault 708.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from services.models.items import UNDATED
from services.showing import Either, Every, IsItem, Narrowing, OfKinds, OnDays, Order, Taken, Titled
from virtualfs.dlna.places import Container, Spot, read
from virtualfs.dlna.soap import BAD_SEARCH, Fault

MAX_LENGTH = 2000
MAX_DEPTH = 16
MAX_TESTS = 40

SEARCHED = "@id,@parentID,@refID,upnp:class,dc:title,dc:date"
SORTED = "dc:title,dc:date,upnp:class"

CLASSES = {
    "photo": "object.item.imageItem.photo", "video": "object.item.videoItem", "audio": "object.item.audioItem",
}  # fmt: skip

_WORD = re.compile(r'\s*(?:([()])|"((?:[^"\\]|\\.)*)"|([^\s()"]+))', re.DOTALL)
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?")
_EPOCH = datetime.datetime(1970, 1, 1)
_SORTS: dict[str, Order] = {"dc:title": "name", "dc:date": "taken", "upnp:class": "type"}


@dataclass(frozen=True, slots=True)
class Test:
    """One comparison. `by` is an operator, or "exists" with a value of "true" or "false"."""

    name: str
    by: str
    value: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Several, of which all must hold, or one."""

    all: bool
    parts: tuple["Criteria", ...]


Criteria: TypeAlias = Test | Joined
ANYTHING = Joined(True, ())


def parse(text: str) -> Criteria:
    """Read criteria; raises Fault (708)."""
    if len(text) > MAX_LENGTH:
        raise Fault(BAD_SEARCH)
    if text.strip() in {"", "*"}:
        return ANYTHING
    return _Reader(_words(text)).whole()


def order(text: str, default: Order) -> Order:
    """The first order we know of those asked for; others are passed over, as sets ask for what they like."""
    for part in text[:MAX_LENGTH].split(","):
        found = _SORTS.get(part.strip().lstrip("+-"))
        if found is not None:
            down = part.strip().startswith("-")
            return f"-{found}" if down else found  # type: ignore[return-value]  # each has its opposite
    return default


def narrowing(criteria: Criteria, below: Callable[[Spot], Narrowing]) -> Narrowing:
    """Which items meet the criteria; `below` says which are in a container. Raises Fault (708)."""
    match criteria:
        case Joined(every, parts):
            found = tuple(narrowing(part, below) for part in parts)
            return Every(found) if every else Either(found)
        case Test("upnp:class", by, value):
            return OfKinds(frozenset(kind for kind, name in CLASSES.items() if _compares(name, by, value)))
        case Test("dc:title", by, value):
            return _titled(by, value)
        case Test("dc:date", by, value):
            return _dated(by, value)
        case Test("@id", "=", value):
            spot = _spot(value)
            return IsItem(spot.item) if spot is not None and spot.item else Either()
        case Test("@parentID", "=", value):
            spot = _spot(value)
            return Either() if spot is None or spot.item or spot.kind in {"0", "c", "e"} else below(spot)
        case Test("@refID", by, value):  # no item refers to another one
            return Every() if (by, value) == ("exists", "false") else Either()
        case Test("@id" | "@parentID", "exists", value):
            return Every() if value == "true" else Either()
    raise Fault(BAD_SEARCH)


def holds(criteria: Criteria, container: Container) -> bool:
    """Whether a container meets the criteria. Raises Fault (708)."""
    match criteria:
        case Joined(every, parts):
            found = [holds(part, container) for part in parts]
            return all(found) if every else any(found)
        case Test("upnp:class", by, value):
            return _compares(container.kind, by, value)
        case Test("dc:title", by, value):
            return _compares(container.title.lower(), by, value if by == "exists" else value.lower())
        case Test("@id", by, value):
            return _compares(container.id, by, value)
        case Test("@parentID", by, value):
            return _compares(container.parent, by, value)
        case Test("@refID" | "dc:date", by, value):
            return (by, value) == ("exists", "false")
    raise Fault(BAD_SEARCH)


def _compares(text: str, by: str, value: str) -> bool:
    match by:
        case "=":
            return text == value
        case "!=":
            return text != value
        case "contains":
            return value in text
        case "doesNotContain":
            return value not in text
        case "startsWith":
            return text.startswith(value)
        case "derivedfrom":
            return text == value or text.startswith(f"{value}.")
        case "exists":
            return value == "true"
    raise Fault(BAD_SEARCH)


def _titled(by: str, value: str) -> Narrowing:
    match by:
        case "=":
            return Titled("is", value)
        case "!=":
            return Titled("is", value, negated=True)
        case "contains":
            return Titled("holds", value)
        case "doesNotContain":
            return Titled("holds", value, negated=True)
        case "startsWith":
            return Titled("begins", value)
        case "exists":
            return Every() if value == "true" else Either()
    raise Fault(BAD_SEARCH)


def _dated(by: str, value: str) -> Narrowing:
    if by == "exists":
        return Taken(">", UNDATED) if value == "true" else OnDays(0, 0)
    first, after = _span(value)
    match by:
        case "=":
            return Every((Taken(">=", first), Taken("<", after)))
        case "!=":
            return Either((Taken("<", first), Taken(">=", after)))
        case "<":
            return Taken("<", first)
        case "<=":
            return Taken("<", after)
        case ">":
            return Taken(">=", after)
        case ">=":
            return Taken(">=", first)
    raise Fault(BAD_SEARCH)


def _span(text: str) -> tuple[int, int]:
    """From when to when a date or a moment lasts, in microseconds of the wall clock."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        raise Fault(BAD_SEARCH)
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        moment = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        raise Fault(BAD_SEARCH) from None
    first = (moment - _EPOCH) // datetime.timedelta(microseconds=1)
    return first, first + (1 if found[4] else 24 * 3600) * 1_000_000


def _spot(text: str) -> Spot | None:
    try:
        return read(text)
    except Fault:
        return None


def _words(text: str) -> list[tuple[str, str]]:
    """The words of a text, each with what it is: a bracket, a quoted value, or a word."""
    found, at, text = [], 0, text.rstrip()
    while at < len(text):
        match = _WORD.match(text, at)
        if match is None:
            raise Fault(BAD_SEARCH)
        bracket, quoted, word = match.groups()
        if bracket:
            found.append(("bracket", bracket))
        elif quoted is not None:
            found.append(("value", re.sub(r"\\(.)", r"\1", quoted)))
        else:
            found.append(("word", word))
        at = match.end()
    return found


class _Reader:
    """Reads words from left to right; `and` binds closer than `or`."""

    def __init__(self, words: list[tuple[str, str]]) -> None:
        self._words = words
        self._at = 0
        self._tests = 0

    def whole(self) -> Criteria:
        found = self._either(0)
        if self._at != len(self._words):
            raise Fault(BAD_SEARCH)
        return found

    def _either(self, depth: int) -> Criteria:
        parts = [self._every(depth)]
        while self._takes("or"):
            parts.append(self._every(depth))
        return parts[0] if len(parts) == 1 else Joined(False, tuple(parts))

    def _every(self, depth: int) -> Criteria:
        parts = [self._one(depth)]
        while self._takes("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Joined(True, tuple(parts))

    def _one(self, depth: int) -> Criteria:
        kind, text = self._next()
        if (kind, text) == ("bracket", "("):
            if depth >= MAX_DEPTH:
                raise Fault(BAD_SEARCH)
            found = self._either(depth + 1)
            if self._next() != ("bracket", ")"):
                raise Fault(BAD_SEARCH)
            return found
        by_kind, by = self._next()
        value_kind, value = self._next()
        self._tests += 1
        if kind != "word" or by_kind != "word" or self._tests > MAX_TESTS:
            raise Fault(BAD_SEARCH)
        if by == "exists":
            value_kind, value = "value", value.lower()
            if value not in {"true", "false"}:
                raise Fault(BAD_SEARCH)
        if value_kind != "value":
            raise Fault(BAD_SEARCH)
        return Test(text, by, value)

    def _takes(self, word: str) -> bool:
        there = self._at < len(self._words) and self._words[self._at][0] == "word"
        if there and self._words[self._at][1].lower() == word:
            self._at += 1
            return True
        return False

    def _next(self) -> tuple[str, str]:
        if self._at >= len(self._words):
            raise Fault(BAD_SEARCH)
        self._at += 1
        return self._words[self._at - 1]
