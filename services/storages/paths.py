"""Paths inside a storage: how they are written, taken apart and turned into bytes. Here and only here.

A path is a `str` relative to the storage's root, separated by `/`, without a leading slash; the
empty path is the root. Bytes of a name that are not UTF-8 are kept as lone surrogates
("surrogateescape", PEP 383), so that every name goes back to exactly the bytes it came from.
"""

from urllib.parse import unquote_to_bytes

from services.errors import UsageError
from services.names import fold, shown

_NEVER_A_NAME = {"", ".", ".."}
LONGEST_NAME = 255
"""In bytes: what storages take."""


def parts(path: str) -> list[str]:
    """The names in `path` from the root down; none for the root. Raises UsageError for what is no path."""
    if not path:
        return []
    names = path.split("/")
    if "\0" in path or not _NEVER_A_NAME.isdisjoint(names):
        seen = shown(path.encode("utf-8", "backslashreplace").decode())
        raise UsageError(f"“{seen}” is no path: it has an empty name, “.”, “..” or NUL in it.", field="path")
    return names


def to_bytes(path: str) -> bytes:
    """The bytes of a path, checked by `parts`."""
    parts(path)
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise UsageError("The path has half a character in it: no name can.", field="path") from None


def to_text(name: bytes) -> str:
    """The reverse of `to_bytes`."""
    return name.decode("utf-8", "surrogateescape")


def to_json(path: str) -> str:
    """A path as text that any database and any JSON reader keeps: bytes that are no UTF-8 as `%XX`."""
    return "".join(
        f"%{ord(c) - 0xDC00:02X}" if "\udc80" <= c <= "\udcff" else c for c in path.replace("%", "%25")
    )


def from_json(text: str) -> str:
    """The reverse of `to_json`."""
    return to_text(unquote_to_bytes(text))


def join(folder: str, name: str) -> str:
    """The path of `name` in `folder`."""
    return f"{folder}/{name}" if folder else name


def parent(path: str) -> str:
    """The folder that holds `path`; the root holds itself."""
    return path.rpartition("/")[0]


def leaf(path: str) -> str:
    """The last name of `path`."""
    return path.rpartition("/")[2]


def is_within(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or lies somewhere below it."""
    return not folder or path == folder or path.startswith(folder + "/")


def differ_in_letters(one: str, other: str) -> bool:
    """Whether two paths are the same but for the case of letters in the last name, or for how those are written."""
    return one != other and parent(one) == parent(other) and fold(leaf(one)) == fold(leaf(other))
