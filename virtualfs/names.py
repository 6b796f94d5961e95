"""Names in the virtual tree: safe on every client, unique in their folder, stable. Here and only here.

A name shown is NFC and legal on Windows: what is not is written with look-alikes (`:` as `：`), and a
mark (`‛`) stands before a look-alike that was meant, so that `restore` gives the name back. Only names
beyond 255 bytes lose something: their middle. Names that differ at most in case get ` (ID)`, by the
stable id of the entry and never by its position, so no name depends on how many others there are.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator

from services.names import DEVICE, fold, shown, split_ending

MAX_BYTES = 255
"""Longest name in bytes of UTF-8, as most file systems have it."""

_MARK = "‛"
_LOOK_ALIKES = (
    {ord(c): chr(ord(c) + 0xFEE0) for c in '<>:"/\\|?*'}
    | {c: chr(0x2400 + c) for c in range(0x20)}
    | {0x7F: "␡", 0xFFFE: "␥", 0xFFFF: "␦"}  # the last two cannot stand in XML at all
)
_END = {".": "．", " ": "␠"}
_ORIGINALS = {v: chr(k) for k, v in _LOOK_ALIKES.items() if chr(k) not in "/\0"} | {
    v: k for k, v in _END.items()
}
"""What look-alikes stand for; those of what no name has, which would lead into another folder, for themselves."""
_MARKED = re.compile(f"[{_MARK}{''.join(_ORIGINALS)}]")
_RESTORABLE = re.compile(f"{_MARK}([{_MARK}{''.join(_ORIGINALS)}])|{_MARK}|([{''.join(_ORIGINALS)}])")
_PLAIN = re.compile(r"[A-Za-z0-9_\-(][A-Za-z0-9_\-+,;=@()\[\]{}&%#!'~$^ .]{3,180}[A-Za-z0-9_\-)]")
_SUFFIXED = re.compile(r"(?P<stem>.+) \((?P<id>[0-9]{1,18})\)(?P<ending>\.[^.]*)?", re.DOTALL)
_CUT = re.compile(r"~[0-9a-f]{8}(?:\.[^.]*)?", re.DOTALL)

_JUNK = frozenset({".ds_store", ".localized", "desktop.ini", "thumbs.db", "autorun.inf"})
_MARKERS = frozenset({".metadata_never_index", ".ql_disablethumbnails"})


def safe(name: str) -> str:
    """The name as it is shown in a folder, before clashes are looked at."""
    if _PLAIN.fullmatch(name) and not DEVICE.match(name):
        return name
    text = shown(name)
    text = _MARKED.sub(lambda m: _MARK + m[0], text).translate(_LOOK_ALIKES)
    if text[-1:] in _END:
        text = text[:-1] + _END[text[-1]]
    if device := DEVICE.match(text):
        text = text[: device.end()] + _MARK + text[device.end() :]
    return _cut(text or _MARK)


def restore(name: str) -> str:
    """The reverse of `safe`, for names that were not cut."""
    return _RESTORABLE.sub(lambda m: m[1] or (_ORIGINALS[m[2]] if m[2] else ""), name)


def asked(segment: str) -> str:
    """A name as a client wrote it (any normal form, any bytes), in the form in which names are shown."""
    try:
        segment.encode()
    except UnicodeEncodeError:  # bytes that are no UTF-8, kept as surrogates
        return safe(segment)
    return segment if segment.isascii() else unicodedata.normalize("NFC", segment)


def suffixed(name: str, stable_id: int, is_taken: Callable[[str], bool]) -> str:
    """A safe name made unique by the id of its entry; `is_taken` is asked with the folded result."""
    tail = f" ({stable_id})"
    while True:
        stem, ending = split_ending(name)
        name = _shorten(stem, MAX_BYTES - len((tail + ending).encode())) + tail + ending
        if not is_taken(fold(name)):
            return name


def unsuffixed(name: str) -> Iterator[tuple[str, int]]:
    """The safe names, each with its id, that `suffixed` may have made this name of."""
    match = _SUFFIXED.fullmatch(name)
    while match is not None:
        natural = match["stem"] + (match["ending"] or "")
        yield natural, int(match["id"])
        again = _SUFFIXED.fullmatch(natural)
        match = again if again is not None and again["id"] == match["id"] else None


def may_be_cut(name: str) -> bool:
    """Whether this may be a name that was too long: it has to be looked for among all of a folder."""
    return len(name.encode("utf-8", "surrogateescape")) > MAX_BYTES - 32 or _CUT.search(name) is not None


def is_junk(name: str) -> bool:
    """Whether this is what systems look for or leave behind everywhere: never there, never looked up.

    `folder.jpg`, which Windows looks for too, is not among them: people have pictures of that name.
    """
    return name.startswith("._") or name.casefold() in _JUNK


def is_marker(name: str) -> bool:
    """Whether this is an empty file by which macOS is told not to index or preview the drive."""
    return name in _MARKERS


def _cut(name: str) -> str:
    """At most MAX_BYTES; what is left out is stood for by a hash, so that two long names stay two."""
    if len(name.encode("utf-8", "surrogateescape")) <= MAX_BYTES:
        return name
    tail = "~" + hashlib.blake2b(name.encode("utf-8", "surrogateescape"), digest_size=4).hexdigest()
    stem, ending = split_ending(name)
    return _shorten(stem, MAX_BYTES - len((tail + ending).encode())) + tail + ending


def _shorten(text: str, size: int) -> str:
    return text.encode()[: max(size, 0)].decode("utf-8", "ignore")
