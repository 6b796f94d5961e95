"""Which names a scan passes over: half-written files, and what other programs keep for themselves.

The list is fixed on purpose: an owner who wonders why a file is not shown finds the answer in one
place. Our own names all begin with `.hypomos`.
"""

import secrets

from services.storages import paths

OURS = ".hypomos"
"""Every file and folder that Hypomos makes for itself in a storage begins so."""

MARKER = OURS + "-root"
TRASH = OURS + "-trash"

_BEGINNINGS = (OURS, "._", ".trashed-", ".pending-")
_ENDINGS = (".part", ".partial", ".tmp", ".crdownload")
_NAMES = frozenset({".ds_store", "thumbs.db", "@eadir", "#recycle", ".stfolder", ".thumbnails"})


def new_shelf() -> str:
    """A name in the trash that nothing ever had."""
    return secrets.token_hex(8)


def half_name(shelf: str) -> str:
    """The name under which a file is written that is to take the place of another."""
    return f"{OURS}-{shelf}.part"


def is_half(name: str) -> bool:
    """Whether this is a name of ours for half a file, which nobody else gives to anything."""
    return name.startswith(OURS) and name.endswith(".part")


def is_skipped(name: str) -> bool:
    """Whether a scan passes over a file or folder of this name."""
    folded = name.casefold()
    return folded in _NAMES or folded.startswith(_BEGINNINGS) or folded.endswith(_ENDINGS)


def is_passing(name: str) -> bool:
    """Whether a name is passed over only because its file is still to get its own: `a.jpg.part`, `~1.tmp`."""
    folded = name.casefold()
    return folded.endswith(_ENDINGS) and folded not in _NAMES and not folded.startswith(_BEGINNINGS)


def is_path_skipped(path: str) -> bool:
    """Whether the last name or any folder above it is passed over."""
    return any(is_skipped(name) for name in paths.parts(path))
