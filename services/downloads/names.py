"""Names inside a zip: plain file names that every system unpacks where it should. Here and only here.

A name is NFC, holds no separator, drive, control or reserved character, is no device of Windows, does not begin with
a dot twice, and is at most 200 bytes. Two that differ at most in case get ` (2)`, ` (3)`.
"""

import re

from services.names import DEVICE, fold, shown, split_ending

MAX_BYTES = 200
_ILLEGAL = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]')


def safe(name: str, instead: str = "file") -> str:
    """The name as it may stand in an archive."""
    text = _ILLEGAL.sub("_", shown(name)).strip(" ").rstrip(". ")
    if set(text) <= {"."}:
        text = ""
    if DEVICE.match(text):
        text = f"_{text}"
    stem, ending = split_ending(text or instead)
    return _shorten(stem, MAX_BYTES - len(ending.encode())) + ending


class Unique:
    """Makes each name one that was not given before in this archive."""

    def __init__(self) -> None:
        self._given: set[int] = set()  # hashes: a hundred thousand names take a few megabytes
        self._numbers: dict[int, int] = {}

    def name(self, name: str) -> str:
        """This safe name, or with a number before its ending."""
        key = hash(fold(name))
        if key not in self._given:
            self._given.add(key)
            return name
        stem, ending = split_ending(name)
        number = self._numbers.get(key, 1)
        while True:
            number += 1
            tail = f" ({number}){ending}"
            other = _shorten(stem, MAX_BYTES - len(tail.encode())) + tail
            if hash(fold(other)) not in self._given:
                self._numbers[key] = number
                self._given.add(hash(fold(other)))
                return other


def _shorten(text: str, size: int) -> str:
    return text.encode()[:size].decode("utf-8", "ignore").rstrip(" ")
