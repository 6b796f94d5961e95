"""rclone's configuration file: encrypted from its first byte, here and only here.

It is the one place where tokens and passwords of storages lie; rclone itself renews them in it. The
password is made from the appliance's secret key, which lies elsewhere and in no backup. rclone does
not encrypt a file that it makes by itself, whatever password it is given, so the file is made here.
"""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from services.errors import HypomosError

FILE_NAME = "rclone.conf"
HEADER = b"# Encrypted rclone configuration File"
_DEADLINE_S = 60.0


class ConfigUnusable(HypomosError):
    """Raised when rclone's configuration cannot be made or is not encrypted."""


def ensure(path: Path, rclone: Path, password: str, environ: Mapping[str, str]) -> None:
    """Make the configuration file if there is none. Raises ConfigUnusable, also for one in plain text."""
    if not path.exists():
        _make(path, rclone, password, environ)
    require_encrypted(path)


def require_encrypted(path: Path) -> None:
    """Raise ConfigUnusable unless the file begins as an encrypted one does."""
    try:
        with path.open("rb") as file:
            beginning = file.read(len(HEADER))
    except OSError as error:
        raise ConfigUnusable(f"{path} cannot be read: {error.strerror}.") from error
    if beginning != HEADER:
        raise ConfigUnusable(
            f"{path} is not encrypted, so it is not used: it may hold passwords in plain text. Move it away; "
            "the storages in it have to be connected again."
        )


def _make(path: Path, rclone: Path, password: str, environ: Mapping[str, str]) -> None:
    """Make an empty encrypted file and give it its name when it is whole."""
    part = path.with_name(f".{path.name}.new")
    part.unlink(missing_ok=True)
    answer = f"{password}\n{password}\n"  # asked for twice
    try:
        done = subprocess.run(  # noqa: S603 (a fixed command line)
            [str(rclone), "--config", str(part), "config", "encryption", "set"],
            input=answer, env=dict(environ), capture_output=True, text=True, timeout=_DEADLINE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigUnusable(f"rclone cannot be run: {error}.") from error
    if done.returncode or not part.exists():
        raise ConfigUnusable(f"rclone could not make its configuration file (exit code {done.returncode}).")
    part.chmod(0o600)
    require_encrypted(part)
    part.replace(path)
