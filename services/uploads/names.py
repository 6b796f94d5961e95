"""What an uploaded file is called: what its sender calls it, as a name that any storage and any system takes.

Never a path, never a name that scans pass over, and for a stranger's file an ending that says what it is.
"""

import unicodedata

from services.media.suffixes import PROMISES, promised
from services.names import DEVICE, split_ending
from services.storages.patterns import is_skipped

MAX_BYTES = 200
"""A number, and a name of ours for the half-written file, still fit beside it."""

NAMELESS = "file"
_ILLEGAL = str.maketrans(dict.fromkeys('<>:"|?*', "_"))
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINERS = "\u200d\ufe0f"
"""Of what is not seen these stay: emoji are made with them."""


def clean(name: str) -> str:
    """A legal NFC file name from whatever a sender calls it."""
    name = name.replace("\\", "/").rpartition("/")[2]
    name = unicodedata.normalize("NFC", "".join(c for c in name if _is_seen(c)))
    name = _cut(_trimmed(name.translate(_ILLEGAL)) or NAMELESS)
    if DEVICE.match(name):
        name = f"_{name}"
    if is_skipped(name):  # a scan would never see it: `film.mp4.part`, `thumbs.db`
        name = name.replace(".", "_")
    return name if not is_skipped(name) else f"_{name}"


def media_name(name: str, mime: str) -> str:
    """The name with an ending of media: what was judged a picture never lies there as a program or a page."""
    if promised(name) is not None:
        return name
    ending = next((end for end, (_, known) in PROMISES.items() if known == mime), "")
    return _cut(name, len(ending)) + ending if ending else _cut(name.replace(".", "_"))


def _is_seen(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _UNSEEN


def _trimmed(name: str) -> str:
    """Without dots and spaces of any kind at its beginning and end."""
    before = ""
    while before != name:
        before, name = name, name.strip().strip(".")
    return name


def _cut(name: str, less: int = 0) -> str:
    """At most so many bytes, without half a character, its ending kept."""
    most = MAX_BYTES - less
    if len(name.encode()) <= most:
        return name
    stem, ending = split_ending(name)
    return _trimmed(stem.encode()[: most - len(ending.encode())].decode("utf-8", "ignore")) + ending
