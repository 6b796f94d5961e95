"""From what the catalogue knows of a storage to the object that reaches it: the list of all kinds."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches

from services.errors import UsageError
from services.names import shown
from services.storages.base import Storage
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.values import Fingerprint

Factory = Callable[[str, Mapping[str, object], bool, Fingerprint | None], Storage]


def make_storage(
    kind: str,
    root: str,
    *,
    options: Mapping[str, object] | None = None,
    writable: bool = False,
    expected: Fingerprint | None = None,
) -> Storage:
    """The storage of this kind. `expected` is the fingerprint that was recorded of it, None at first.

    Raises UsageError for an unknown kind or option. Nothing is opened yet.
    """
    kinds = _kinds()
    if kind not in kinds:
        close = get_close_matches(kind, kinds, n=1)
        hint = f"Did you mean “{close[0]}”?" if close else f"Known are: {', '.join(sorted(kinds))}."
        raise UsageError(f"“{shown(kind)}” is not a kind of storage. {hint}", field="kind")
    return kinds[kind](root, options or {}, writable, expected)


def known_kinds() -> list[str]:
    """The names that `make_storage` takes as kind."""
    return sorted(_kinds())


def _kinds() -> dict[str, Factory]:
    return {"local": _local, "memory": _memory}


def _local(root: str, options: Mapping[str, object], writable: bool, expected: Fingerprint | None) -> Storage:
    _require_no_options("local", options)
    return LocalStorage(root, writable=writable, expected=expected)


def _memory(
    root: str, options: Mapping[str, object], writable: bool, expected: Fingerprint | None
) -> Storage:
    del root  # a storage in memory is nowhere
    _require_no_options("memory", options)
    return MemoryStorage(writable=writable, expected=expected)


def _require_no_options(kind: str, options: Mapping[str, object]) -> None:
    if options:
        names = ", ".join(shown(name) for name in sorted(options))
        raise UsageError(f"A storage of kind “{kind}” has no option {names}.", field="options")
