"""Who may add which folder of this machine as a storage.

An administrator may add folders anywhere, a person only below a root that an administrator assigned
to them. Nobody may add Hypomos' own data, the system's folders, or what another storage has already.
Links are resolved first. What a person is told never says whether a folder outside their roots
exists, nor where anybody else's storage lies.
"""

import os
from collections.abc import Iterable
from pathlib import Path

from services.errors import UsageError
from services.names import shown

_SYSTEM = tuple(
    Path("/", name)
    for name in (
        *(
            "bin",
            "boot",
            "dev",
            "etc",
            "lib",
            "lib32",
            "lib64",
            "libx32",
            "lost+found",
            "proc",
            "run",
            "sbin",
        ),
        *("snap", "sys", "usr"),
        *(f"var/{name}" for name in ("backups", "cache", "db", "lib", "lock", "log", "mail", "run", "spool")),
    )
)
_IN_SYSTEM_YET_OURS = (Path("/run/media"),)
"""Desktops mount removable disks here, as /run/media/<person>/<disk>."""

_TOO_WIDE = tuple(Path(name) for name in ("/", "/home", "/root", "/var", "/var/home", "/run/media"))
"""Folders that hold the private files of several people or programs: only what is in them may be added."""


def check_folder(
    path: str | Path,
    *,
    by_admin: bool,
    local_roots: Iterable[str | Path] = (),
    data_dir: str | Path,
    other_roots: Iterable[str | Path] = (),
) -> Path:
    """The folder with all links resolved, to be the root of a new storage. Raises UsageError.

    `local_roots` are those assigned to the person who asks, `other_roots` the roots of all other
    local storages on this machine.
    """
    given = str(path)
    if not given.startswith("/") or "\0" in given:
        raise _refusal(given, "is not a full path. Give the whole path of the folder, beginning with “/”.")
    folder = Path(os.path.realpath(given))
    if not by_admin:
        _require_assigned(given, folder, [_resolved(root) for root in local_roots])
    _require_not_system(given, folder)
    if overlap(folder, _resolved(data_dir)):
        raise _refusal(given, "holds Hypomos' own data, or is part of it. Choose a folder apart from it.")
    _require_readable(given, folder)
    if any(overlap(folder, _resolved(root)) for root in other_roots):
        raise _refusal(
            given,
            "is part of another storage, or has one in it. Choose another folder, or remove that one first.",
        )
    return folder


def overlap(one: Path, other: Path) -> bool:
    """Whether one of two resolved folders is the other or lies in it, also by way of a second mount."""
    if one.is_relative_to(other) or other.is_relative_to(one):
        return True
    return _is_same_or_above(one, other) or _is_same_or_above(other, one)


def _require_assigned(given: str, folder: Path, roots: list[Path]) -> None:
    if not roots:
        raise _refusal(given, "cannot be added by you: ask an administrator to assign a folder to you first.")
    if not any(folder.is_relative_to(root) for root in roots):
        allowed = ", ".join(f"“{shown(str(root))}”" for root in roots)
        raise _refusal(given, f"is not in a folder that is assigned to you. Choose one in {allowed}.")


def _require_not_system(given: str, folder: Path) -> None:
    if folder in _TOO_WIDE:
        raise _refusal(given, "holds files of many people or programs. Choose one folder in it, with media.")
    if any(folder.is_relative_to(place) for place in _IN_SYSTEM_YET_OURS):
        return
    if any(folder.is_relative_to(place) for place in _SYSTEM):
        raise _refusal(given, "belongs to the operating system. Choose a folder that holds media.")


def _require_readable(given: str, folder: Path) -> None:
    try:
        with os.scandir(folder) as entries:
            next(entries, None)
    except FileNotFoundError:
        raise _refusal(
            given, "does not exist. Check how it is written, and that its disk is mounted."
        ) from None
    except NotADirectoryError:
        raise _refusal(given, "is a file, not a folder. Give the folder it lies in.") from None
    except PermissionError:
        raise _refusal(
            given,
            "cannot be read by Hypomos. Give the user that runs Hypomos the right to read and enter it.",
        ) from None
    except OSError as error:
        raise _refusal(
            given, f"cannot be opened: {error.strerror}. Check the disk, then try again."
        ) from None


def _is_same_or_above(upper: Path, lower: Path) -> bool:
    identity = _identity(upper)
    return identity is not None and any(_identity(step) == identity for step in (lower, *lower.parents))


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _resolved(path: str | Path) -> Path:
    return Path(os.path.realpath(path))


def _refusal(given: str, reason: str) -> UsageError:
    return UsageError(f"“{shown(given)}” {reason}", field="path")
