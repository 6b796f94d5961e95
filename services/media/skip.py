"""Which names a scan passes over, and which are mere probes of network drive clients; pure functions."""

import re
from collections.abc import Iterable

HALF_WRITTEN = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart", ".!ut", ".aria2")
"""Endings of files that are still being written or copied."""
TRASHED = (".trashed-", ".pending-")
"""How Android names what is deleted or still being taken."""
SYSTEM = frozenset(
    name.casefold()
    for name in (
        "@eaDir",
        "#recycle",
        "#snapshot",
        "$RECYCLE.BIN",
        "System Volume Information",
        "lost+found",
        "Thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "Icon\r",
    )
)
"""What NAS and desktop systems put beside people's files."""
PROBES = re.compile(
    r"""\._.*|\.DS_Store|\.hidden|\.metadata_never_index(_unless_rootfs)?|\.ql_disable(thumbnails|cache)
    |\.Spotlight-V100|\.Trashes|\.fseventsd|\.TemporaryItems|\.apdisk|\.localized|\.VolumeIcon\.icns
    |\.directory|\.Trash(-\d+)?|\.xdg-volume-info|\.nomedia|Backups\.backupdb|mach_kernel|Icon\r
    |autorun\.inf|desktop\.ini|thumbs\.db|ehthumbs(_vista)?\.db""",
    re.IGNORECASE | re.VERBOSE,
)


def is_skipped(name: str) -> bool:
    """Whether a scan passes over a file or folder of this name.

    Hidden names (with them `.hypomos*`, `._*`, `.DS_Store`, `.thumbnails`, `.stfolder`, `.trashed-*`),
    half-written files, and the folders that systems keep for themselves.
    """
    folded = name.casefold()
    return folded.startswith(".") or folded.endswith(HALF_WRITTEN) or folded in SYSTEM


def is_path_skipped(parts: Iterable[str]) -> bool:
    """Whether any part of a path is skipped."""
    return any(is_skipped(part) for part in parts)


def is_half_written(name: str) -> bool:
    """Whether a name says that its file is not finished, so that another look later is worth it."""
    folded = name.casefold()
    return folded.endswith(HALF_WRITTEN) or folded.startswith(TRASHED[1])


def is_probe(name: str) -> bool:
    """Whether a client asks for this name by itself, on any network drive.

    Finder, Explorer and GNOME look for such names in every folder; a facade may answer "not there"
    without looking. No name that a person would give a picture is among them.
    """
    return PROBES.fullmatch(name) is not None
