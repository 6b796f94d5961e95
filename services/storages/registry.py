"""From what the catalogue knows of a storage to the object that reaches it: the list of all kinds."""

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from services.errors import UsageError
from services.names import shown
from services.storages.base import Storage
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.rclone import Daemon, RcloneStorage
from services.storages.values import Fingerprint

KINDS = ("local", "memory", "rclone")
_REMARKS = frozenset({"account", "names"})
"""Options of a far storage that tell whose it is, and nothing of how it is reached."""


def make_storage(
    kind: str,
    root: str,
    *,
    options: Mapping[str, object] | None = None,
    writable: bool = False,
    expected: Fingerprint | None = None,
    daemon: Daemon | None = None,
    spool: Path | None = None,
) -> Storage:
    """The storage of this kind. `expected` is the fingerprint that was recorded of it, None at first.

    `daemon` and `spool` are for storages reached by rclone. Raises UsageError for an unknown kind or
    option. Nothing is opened yet.
    """
    options = options or {}
    if kind == "rclone":
        if daemon is None or spool is None:
            raise UsageError("This process cannot reach storages by way of rclone.", field="kind")
        _require_options(kind, {k: v for k, v in options.items() if k not in _REMARKS}, {"type", "remote"})
        return RcloneStorage(
            daemon, str(options["remote"]), type=str(options["type"]), root=root, spool=spool,
            writable=writable, expected=expected,
        )  # fmt: skip
    if kind == "local":
        _require_options(kind, options, set())
        return LocalStorage(root, writable=writable, expected=expected)
    if kind == "memory":
        _require_options(kind, options, set())
        return MemoryStorage(writable=writable, expected=expected)
    close = get_close_matches(kind, KINDS, n=1)
    hint = f"Did you mean “{close[0]}”?" if close else f"Known are: {', '.join(KINDS)}."
    raise UsageError(f"“{shown(kind)}” is not a kind of storage. {hint}", field="kind")


def known_kinds() -> list[str]:
    """The names that `make_storage` takes as kind."""
    return list(KINDS)


def _require_options(kind: str, options: Mapping[str, object], wanted: set[str]) -> None:
    if unknown := set(options) - wanted:
        names = ", ".join(shown(name) for name in sorted(unknown))
        raise UsageError(f"A storage of kind “{kind}” has no option {names}.", field="options")
    if missing := wanted - set(options):
        raise UsageError(f"A storage of kind “{kind}” needs {', '.join(sorted(missing))}.", field="options")
