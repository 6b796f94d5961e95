"""How the values of each kind of field are written: from a piece of text to a test, and back.

Both directions stand side by side here, because the text is only a view of the tree: what `write` gives,
`read` takes for the same test.
"""

import re
from collections.abc import Callable

from services.filters import dates, fields, numbers
from services.filters.errors import FilterError
from services.filters.fields import Field
from services.filters.lexer import Piece
from services.filters.names import KINDS, Names
from services.filters.tree import Between, Box, Compare, Empty, Near, Operator, Ref, Test, Text, Value, Word
from services.names import plain

FLIPPED: dict[str, Operator] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "="}
"""An age and the date it means run in opposite directions."""

_PLAIN_TEXT = re.compile(r"[^\W_][\w/-]*(?:\.[\w/-]+)*\.?")
_PATTERN = re.compile(r"[\w./*?\-]*[*?][\w./*?\-]*")
_CLOCK = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?")
_DEGREES = re.compile(r"-?[0-9]{1,3}(?:\.[0-9]{1,12})?")
_DISTANCE = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,6})?)(km|m)")
_ITEM = re.compile(r"[\w-]{1,64}(?:,\d{1,3})?", re.ASCII)
_TOKEN = re.compile(r"[a-z0-9][a-z0-9.+-]{0,31}")
_WHOLE = {"year": (1, 9999), "day": (1, 31)}
"""Numbers that are whole, and lie between these."""

MAX_METRES = 1_000_000


def read(field: Field, op: str, piece: Piece, names: Names) -> Test:
    """The test that a piece of text means; `op` stands before all values. Raises FilterError."""
    operator = _operator(field, op, piece)
    if not piece.quoted and operator == "=":
        special = _special(field, piece)
        if special:
            return special
    if field.kind in fields.COMPARED:
        return _compared(field, operator, piece)
    return _READERS[field.kind](field, piece, names)


def write(field: Field, test: Test, names: Names) -> str:
    """The text of a test, with the operator it needs."""
    match test:
        case Empty():
            return "never" if field.name == "seen" else "none"
        case Word(word):
            return word
        case Text(text, pattern):
            return text if pattern or is_plain(text) else quote(text)
        case Ref(id):
            name = names.name(KINDS[field.name], id)
            if name is None:
                return f"#{id}"
            return name if is_plain(name) and fields.find_word(field, name) is None else quote(name)
        case Near(lat, lon, metres):
            far = f"{numbers.plain(metres // 1000)}km" if metres % 1000 == 0 else f"{numbers.plain(metres)}m"
            return ",".join([*map(numbers.plain, (lat, lon)), far])
        case Box(south, west, north, east):
            return ",".join(map(numbers.plain, (south, west, north, east)))
        case Between(low, high):
            return "..".join("" if x is None else _write_value(field, x) for x in (low, high))
        case Compare(op, value):
            if field.kind == "date" and op != "=" and isinstance(value, str) and value.endswith("-ago"):
                return FLIPPED[op] + value.removesuffix("-ago")
            return ("" if op == "=" else op) + _write_value(field, value)


def is_plain(text: str) -> bool:
    """Whether a text can stand without quotes."""
    return bool(_PLAIN_TEXT.fullmatch(text)) and text.casefold() not in {"none", "never"}


def quote(text: str) -> str:
    """A text in quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _operator(field: Field, op: str, piece: Piece) -> Operator:
    written = piece.op if op in {":", "=", "!="} else op
    if op not in {":", "=", "!="} and piece.op:
        raise FilterError("There is an operator already.", position=piece.position, length=len(piece.op))
    if written and field.kind not in fields.COMPARED:
        raise FilterError(
            f"“{field.name}” cannot be compared with {written}.",
            position=piece.position, length=piece.length,
            suggestions=(quote(piece.text) if piece.quoted else piece.text,),
        )  # fmt: skip
    return written or "="  # type: ignore[return-value]  # the lexer knows no other operators


def _special(field: Field, piece: Piece) -> Test | None:
    folded = piece.text.casefold()
    if folded == "none" or (folded == "never" and field.name == "seen"):
        if field.optional:
            return Empty()
        raise _wrong(f"“{field.name}” is never empty.", piece)
    if field.words and field.kind in {"number", "ref", "person"}:
        word = fields.find_word(field, piece.text)
        return Word(word) if word else None
    return None


def _compared(field: Field, op: Operator, piece: Piece) -> Test:
    if piece.quoted:
        raise _wrong(f"“{field.name}” takes no text in quotes.", piece)
    low, dots, high = piece.text.partition("..")
    if field.kind == "number" and not dots and piece.text.count("-") == 1:
        low, dots, high = piece.text.partition("-")
        if not low or not high:
            raise _no_value(field, piece)
    if not dots:
        return _single(field, op, piece)
    if op != "=":
        raise _wrong("A range takes no operator.", piece)
    if not low and not high:
        raise _wrong("A range needs at least one end.", piece)
    first = _value(field, low, piece, "first") if low else None
    last = _value(field, high, piece, "last") if high else None
    if first is not None and last is not None and _is_backwards(field, first, last):
        raise FilterError(
            "This range ends before it begins.",
            position=piece.position, length=piece.length, suggestions=(f"{high}{dots}{low}",),
        )  # fmt: skip
    return Between(first, last)


def _single(field: Field, op: Operator, piece: Piece) -> Test:
    if field.kind == "date":
        age = dates.parse_age(piece.text)
        if age is not None:
            if op == "=":
                raise FilterError(
                    f"“{piece.text}” is an age; say whether younger or older than that.",
                    position=piece.position, length=piece.length, suggestions=(f"<{piece.text}", f">{piece.text}"),
                )  # fmt: skip
            return Compare(FLIPPED[op], age)
    first, last = _value(field, piece.text, piece, "first"), _value(field, piece.text, piece, "last")
    if first != last and op == "=":
        return Between(first, last)
    return Compare(op, last if op in {">", "<="} else first)


def _value(field: Field, text: str, piece: Piece, end: str) -> Value:
    found: Value | None = None
    if field.kind == "date":
        found = dates.parse_date(text)
    elif field.kind == "number":
        found = numbers.parse_number(text, field.unit)
        least, most = _WHOLE.get(field.name, (None, 0))
        if least is not None and not (isinstance(found, int) and least <= found <= most):
            found = None
    elif field.kind == "clock":
        found = _clock(text, end)
    else:
        found = _numbered(field, text)
    if found is None:
        raise _no_value(field, piece)
    return found


def _clock(text: str, end: str) -> int | None:
    found = _CLOCK.fullmatch(text)
    if not found or int(found[1]) > 23 or int(found[2] or 0) > 59:
        return None
    return int(found[1]) * 60 + int(found[2] or (59 if end == "last" else 0))


def _numbered(field: Field, text: str) -> int | None:
    """The number of a month or a day of the week, from 1."""
    known = tuple(field.words)
    if text.isascii() and text.isdigit():
        return int(text) if 1 <= int(text) <= len(known) else None
    word = fields.find_word(field, text)
    return known.index(word) + 1 if word else None


def _write_value(field: Field, value: Value) -> str:
    if isinstance(value, str):
        return value
    if field.kind == "clock":
        return f"{int(value) // 60:02}:{int(value) % 60:02}"
    if field.kind in {"month", "weekday"}:
        return tuple(field.words)[int(value) - 1]
    return numbers.format_number(value, field.unit)


def _is_backwards(field: Field, low: Value, high: Value) -> bool:
    """Times of day, months and days of the week go round; relative dates are known only later."""
    if field.kind == "number":
        return low > high  # type: ignore[operator]  # both are numbers
    if field.kind != "date" or dates.is_relative(str(low)) or dates.is_relative(str(high)):
        return False
    return str(low) > str(high) + "-99"


def _text(field: Field, piece: Piece, names: Names) -> Test:
    if not plain(piece.text).strip():
        raise _wrong("There is no text to look for.", piece)
    pattern = not piece.quoted and ("*" in piece.text or "?" in piece.text)
    if pattern and not _PATTERN.fullmatch(piece.text):
        raise _wrong("A pattern has letters, digits, “_”, “-”, “.”, “/”, “*” and “?” only.", piece)
    return Text(piece.text, pattern)


def _token(field: Field, piece: Piece, names: Names) -> Test:
    text = piece.text.casefold().removeprefix("." if field.name == "ext" else "\0")
    if not _TOKEN.fullmatch(text):
        raise _no_value(field, piece)
    return Compare("=", text)


def _word(field: Field, piece: Piece, names: Names) -> Test:
    word = fields.find_word(field, piece.text)
    if word is None:
        raise FilterError(
            f"“{field.name}” does not know “{piece.text}”.",
            position=piece.position, length=piece.length, suggestions=fields.similar_words(field, piece.text),
        )  # fmt: skip
    return Word(word)


def _ref(field: Field, piece: Piece, names: Names) -> Test:
    if not piece.quoted and re.fullmatch(r"#[0-9]{1,15}", piece.text):
        return Ref(int(piece.text[1:]))
    kind = KINDS[field.name]
    found = names.find(kind, piece.text)
    if found is None:
        raise FilterError(
            f"There is no {kind} “{piece.text}” that you know of.",
            position=piece.position, length=piece.length,
            suggestions=tuple(n if is_plain(n) else quote(n) for n in names.similar(kind, piece.text)),
        )  # fmt: skip
    return Ref(found)


def _hash(field: Field, piece: Piece, names: Names) -> Test:
    if not re.fullmatch(r"[0-9a-f]{64}", piece.text.lower()):
        raise _wrong("A hash is a SHA-256 of 64 hexadecimal digits.", piece)
    return Compare("=", piece.text.lower())


def _near(field: Field, piece: Piece, names: Names) -> Test:
    parts = piece.text.split(",")
    far = _DISTANCE.fullmatch(parts[-1].lower())
    degrees = _degrees(parts[:-1], (90, 180))
    if far and degrees:
        metres = float(far[1]) * (1000 if far[2] == "km" else 1)
        if 0 < metres <= MAX_METRES:
            return Near(degrees[0], degrees[1], numbers.normal(round(metres, 3)))
    raise _wrong("A place is a latitude, a longitude and a distance, such as 47.37,8.54,5km.", piece)


def _box(field: Field, piece: Piece, names: Names) -> Test:
    degrees = _degrees(piece.text.split(","), (90, 180, 90, 180))
    if degrees and degrees[0] <= degrees[2]:
        return Box(*degrees)
    raise _wrong("A rectangle is south, west, north and east, such as 47,8,48,9.", piece)


def _degrees(texts: list[str], most: tuple[int, ...]) -> list[float] | None:
    if len(texts) != len(most) or not all(map(_DEGREES.fullmatch, texts)):
        return None
    found = [numbers.normal(float(text)) or 0 for text in texts]
    return found if all(abs(x) <= limit for x, limit in zip(found, most, strict=True)) else None


def _item(field: Field, piece: Piece, names: Names) -> Test:
    if not _ITEM.fullmatch(piece.text):
        raise _no_value(field, piece)
    return Compare("=", piece.text)


def _no_value(field: Field, piece: Piece) -> FilterError:
    return FilterError(
        f"“{piece.text}” is no value for “{field.name}”.",
        position=piece.position, length=piece.length,
        suggestions=(field.example.partition(":")[2],) if not field.words else fields.similar_words(field, piece.text),
    )  # fmt: skip


def _wrong(message: str, piece: Piece) -> FilterError:
    return FilterError(message, position=piece.position, length=piece.length)


_READERS: dict[str, Callable[[Field, Piece, Names], Test]] = {
    "text": _text, "token": _token, "word": _word, "ref": _ref, "person": _ref, "hash": _hash, "near": _near,
    "box": _box, "item": _item,
}  # fmt: skip
