"""Numbers as people write them, with their units, and back: `5M`, `1.5G`, `2min`, `1/250`, `3:2`."""

import re
from decimal import Decimal
from fractions import Fraction

from services.filters.fields import Unit
from services.filters.limits import MAX_NUMBER

Number = int | float

_PLAIN = r"[0-9]{1,15}(?:\.[0-9]{1,40})?"
_SIZES = {
    "": 1, "b": 1, "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "t": 10**12,
    "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip
_TIMES = {"": 1, "s": 1, "sec": 1, "m": 60, "min": 60, "h": 3600}
_WITH_UNIT = re.compile(rf"({_PLAIN})([a-z]*)")
_PAIR = re.compile(rf"({_PLAIN})[:/]({_PLAIN})")


def parse_number(text: str, unit: Unit) -> Number | None:
    """The number in the unit's base (bytes, seconds); None when it is none."""
    text = text.lower()
    if unit in {"exposure", "ratio"}:
        pair = _PAIR.fullmatch(text.removesuffix("s") if unit == "exposure" else text)
        if pair:
            return _pair(pair[1], pair[2])
    found = _WITH_UNIT.fullmatch(text)
    if not found:
        return None
    factors = {"size": _SIZES, "duration": _TIMES, "exposure": {"": 1, "s": 1}}.get(unit, {"": 1})
    if found[2] not in factors:
        return None
    value = Decimal(found[1]) * factors[found[2]]
    return _checked(round(value) if unit == "size" else value)


def format_number(value: Number, unit: Unit) -> str:
    """The number as its shortest text that means exactly the same."""
    if unit == "size" and value:
        for name, factor in (("T", 10**12), ("G", 10**9), ("M", 10**6), ("k", 10**3)):
            if value % factor == 0:
                return f"{value // factor}{name}"
    if unit == "duration":
        for name, factor in (("h", 3600), ("min", 60)):
            if value and value % factor == 0:
                return f"{int(value // factor)}{name}"
        return f"{plain(value)}s"
    if unit == "exposure" and 1e-9 < value < 1 and 1 / round(1 / value) == value:
        return f"1/{round(1 / value)}"
    if unit == "ratio" and isinstance(value, float):
        near = Fraction(value).limit_denominator(30)
        if near.denominator and near.numerator / near.denominator == value:
            return f"{near.numerator}:{near.denominator}"
    return plain(value)


def plain(value: Number) -> str:
    """A number without exponent."""
    return str(value) if isinstance(value, int) else format(Decimal(repr(value)), "f")


def normal(value: Number) -> Number:
    """A whole number as int: 3.0 and 3 are one value."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _pair(above: str, below: str) -> Number | None:
    return _checked(Decimal(float(above) / float(below))) if float(below) else None


def _checked(value: Decimal | int) -> Number | None:
    if not value < MAX_NUMBER:
        return None
    return value if isinstance(value, int) else normal(float(value))
