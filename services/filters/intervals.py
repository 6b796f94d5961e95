"""What tests of dates and numbers mean as intervals of a column: the same for SQL and for Python."""

from dataclasses import dataclass
from datetime import tzinfo

from services.filters import dates
from services.filters.context import Context
from services.filters.fields import Field
from services.filters.tree import Between, Compare, Test, Value, Word

Number = int | float

SCALES = {"mp": 1_000_000, "duration": 1000}
"""How many of the column's units are one of the field's."""

SHAPES: dict[str, tuple[Number | None, Number | None]] = {
    "landscape": (1.02, None), "portrait": (None, 0.98), "square": (0.98, 1.02), "panorama": (2, None),
}  # fmt: skip
"""Shapes as ratios of width to height."""

LARGEST = 1 << 62


@dataclass(frozen=True, slots=True)
class Interval:
    """Numbers from `low` on, and below `high` or up to it; a side that is None is open."""

    low: Number | None = None
    high: Number | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: Number) -> bool:
        """Whether the number lies in it."""
        if self.low is not None and (value < self.low or (self.low_open and value == self.low)):
            return False
        return self.high is None or value < self.high or (value == self.high and not self.high_open)


def intervals_of(field: Field, test: Test, context: Context) -> tuple[Interval, ...]:
    """The intervals of which one must hold the column's value."""
    if isinstance(test, Word):
        return (_word(field, test.word),)
    if field.kind == "date" or field.name == "year":
        return (_days(field, test, context),)
    if isinstance(test, Between) and field.kind in {"clock", "month", "weekday"} and _wraps(test):
        return Interval(low=_number(test.low)), Interval(high=_number(test.high))
    return (_numbers(field, test),)


def _word(field: Field, word: str) -> Interval:
    if field.name == "flash":
        return Interval(int(word == "yes"), int(word == "yes"))
    low, high = SHAPES[word]
    is_open = word in {"landscape", "portrait"}
    return Interval(low, high, low_open=is_open, high_open=is_open)


def _wraps(test: Between) -> bool:
    return test.low is not None and test.high is not None and _number(test.low) > _number(test.high)


def _numbers(field: Field, test: Test) -> Interval:
    scale = SCALES.get(field.name, 1)
    if isinstance(test, Between):
        low, high = (None if x is None else _scaled(_number(x) * scale) for x in (test.low, test.high))
        return Interval(low, high)
    assert isinstance(test, Compare)  # noqa: S101  numbers have no other tests
    value = _number(test.value)
    if test.op == "=":
        relative, absolute = field.near
        off = max(value * relative, absolute)
        return Interval(_scaled((value - off) * scale), _scaled((value + off) * scale))
    return _compared(test.op, _scaled(value * scale), _scaled(value * scale))


def _days(field: Field, test: Test, context: Context) -> Interval:
    zone = context.zone if field.name in {"added", "changed"} else None
    if isinstance(test, Between):
        low = None if test.low is None else _bounds(test.low, context, zone)[0]
        high = None if test.high is None else _bounds(test.high, context, zone)[1]
        return Interval(low, high, high_open=True)
    assert isinstance(test, Compare)  # noqa: S101  dates have no other tests
    first, after = _bounds(test.value, context, zone)
    if test.op == "=":
        return Interval(first, after, high_open=True)
    return {
        "<": Interval(high=first, high_open=True), "<=": Interval(high=after, high_open=True),
        ">": Interval(low=after), ">=": Interval(low=first),
    }[test.op]  # fmt: skip


def _bounds(value: Value, context: Context, zone: tzinfo | None) -> tuple[int, int]:
    """The first microsecond a date means and the first after it, on the wall clock or in a zone."""
    text = value if isinstance(value, str) else f"{value:04}"
    first, after = dates.days_of(text, context.today)
    if zone is None:
        return dates.local_us(first), dates.local_us(after)
    return dates.instant_us(first, zone), dates.instant_us(after, zone)


def _compared(op: str, first: Number, last: Number) -> Interval:
    return {
        "<": Interval(high=first, high_open=True), "<=": Interval(high=last),
        ">": Interval(low=last, low_open=True), ">=": Interval(low=first),
    }[op]  # fmt: skip


def _number(value: Value | None) -> Number:
    assert isinstance(value, int | float)  # noqa: S101  the parser lets nothing else through
    return value


def _scaled(value: Number) -> Number:
    return max(-LARGEST, min(LARGEST, value))
