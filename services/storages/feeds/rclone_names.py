"""Names and places as rclone writes them, so that a change is found under the path of a listing. Pure functions.

Rules: rclone, “Overview”, restricted characters and encoding. What a path cannot hold is written with a
look-alike (a slash in a name as `／`, control characters as their pictures, the names `.` and `..` in
full width), and a look-alike that is in the name already gets `‛` before it. Where the provider cannot
hold a character either, rclone stored the look-alike there, and takes it back when it reads: which ones
is the default of the option `encoding` of each type of remote.
"""

from dataclasses import dataclass
from typing import Final

from services.storages import paths

QUOTE = "\u201b"
_DOT = "\uff0e"
_SPACE = "\u2420"

_CONTROLS: Final = {chr(n): chr(0x2400 + n) for n in range(1, 0x20)}
_STANDARD: Final = {"\0": "\u2400", "/": "\uff0f", "\x7f": "\u2421"} | _CONTROLS
_ALIKE: Final = frozenset({QUOTE, *_STANDARD.values()})


@dataclass(frozen=True, slots=True)
class Encoding:
    """The look-alikes that stand for another character: anywhere, at the beginning and at the end of a name."""

    anywhere: dict[str, str]
    left: dict[str, str]
    right: dict[str, str]
    dots: bool


def _encoding(anywhere: str, alike: str, *, controls: bool, left: str, right: str, dots: bool) -> Encoding:
    back = dict(zip(alike, anywhere, strict=True)) | {"\u2400": "\0"}
    if controls:
        back |= {v: k for k, v in _CONTROLS.items()}
    ends = {_SPACE: " ", "\uff5e": "~", _DOT: "."}
    return Encoding(back, {c: ends[c] for c in left}, {c: ends[c] for c in right}, dots)


ONEDRIVE: Final = _encoding(
    '/<>":?*|\\\x7f', "／＜＞＂：？＊｜＼␡", controls=True, left="␠～", right="␠．", dots=True
)
GOOGLE: Final = _encoding("", "", controls=False, left="", right="", dots=False)
DROPBOX: Final = _encoding("/\\\x7f", "／＼␡", controls=False, left="", right="␠", dots=True)


def name(raw: str, encoding: Encoding) -> str:
    """A provider's name as a name of a path."""
    return _encoded(_decoded(raw, encoding))


def below(path: str | None, root: str, *, ignore_case: bool = False) -> str | None:
    """A path of the whole drive as one of the storage at `root`; None outside of it."""
    if path is None:
        return None
    names, above = paths.parts(path), paths.parts(root)
    start = names[: len(above)]
    if ignore_case:
        start, above = [n.casefold() for n in start], [n.casefold() for n in above]
    return "/".join(names[len(above) :]) if start == above else None


def _encoded(raw: str) -> str:
    if raw in {".", ".."}:
        return _DOT * len(raw)
    if raw in {_DOT, _DOT * 2}:
        return "".join(QUOTE + dot for dot in raw)
    return "".join(QUOTE + c if c in _ALIKE else _STANDARD.get(c, c) for c in raw)


def _decoded(raw: str, encoding: Encoding) -> str:
    if encoding.dots:
        if raw in {_DOT, _DOT * 2}:
            return "." * len(raw)
        if raw in {QUOTE + _DOT, (QUOTE + _DOT) * 2}:
            return raw.replace(QUOTE, "")
    found: list[str] = []
    at = 0
    while at < len(raw):
        quoted = raw[at] == QUOTE and at + 1 < len(raw)
        char = raw[at + 1] if quoted else raw[at]
        following = at + 2 if quoted else at + 1
        stands_for = char if quoted and char == QUOTE else encoding.anywhere.get(char)
        if stands_for is None and at == 0:
            stands_for = encoding.left.get(char)
        if stands_for is None and following == len(raw):
            stands_for = encoding.right.get(char)
        if stands_for is None:
            found.append(raw[at])
            at += 1
        else:
            found.append(char if quoted else stands_for)
            at = following
    return "".join(found)
