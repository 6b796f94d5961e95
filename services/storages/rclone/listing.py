"""What the running rclone says of its kinds of storage and their options (`config/providers`). Here and only here.

It says what there is, and in which words; what of it may be set is judged elsewhere (`judged.py`).

Threading: `Listings` may be used from any thread.
"""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, Self

from services.errors import Unavailable
from services.storages.rclone import binary
from services.storages.rclone.forms import Choice


@dataclass(frozen=True, slots=True)
class Option:
    """One option as rclone has it. `type` is rclone's word for what it takes: string, bool, SizeSuffix …

    `provider` is for which values of the option `provider` it is there: names with commas, after “!” all but
    those, empty for all. `examples` are the only values where it is `exclusive`.
    """

    name: str
    help: str
    type: str
    default: str
    required: bool
    password: bool
    sensitive: bool
    advanced: bool
    exclusive: bool
    provider: str
    examples: tuple[Choice, ...]

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> Self:
        """From an element of `Options`."""
        examples = said.get("Examples") or ()
        return cls(
            name=str(said["Name"]),
            help=str(said.get("Help") or ""),
            type=str(said.get("Type") or ""),
            default=str(said.get("DefaultStr") or ""),
            required=bool(said.get("Required")),
            password=bool(said.get("IsPassword")),
            sensitive=bool(said.get("Sensitive")),
            advanced=bool(said.get("Advanced")),
            exclusive=bool(said.get("Exclusive")),
            provider=str(said.get("Provider") or ""),
            examples=tuple(Choice(str(e.get("Value") or ""), str(e.get("Help") or "")) for e in examples),
        )


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of storage; an option may stand there several times, for different providers."""

    type: str
    options: tuple[Option, ...]


Listing = Mapping[str, Backend]
"""Kinds of storage by type."""


def read(said: Sequence[Mapping[str, Any]]) -> Listing:
    """From `providers` in the answer of `config/providers`, or what `rclone config providers` prints."""
    found = (Backend(str(b["Name"]), tuple(map(Option.read, b.get("Options") or ()))) for b in said)
    return MappingProxyType({backend.type: backend for backend in found})


class Asked(Protocol):
    """The daemon, as far as it is needed here."""

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """A control call. Raises StorageError."""


class Listings:
    """The list of the rclone that answers now; read once for each version. Asking starts rclone if need be."""

    def __init__(self, daemon: Asked) -> None:
        self._daemon = daemon
        self._lock = threading.Lock()
        self._version = ""
        self._listing: Listing = {}

    def get(self) -> Listing:
        """What there is. Raises StorageError when rclone does not answer or is too old."""
        said = self._daemon.call("core/version")
        if problem := binary.why_too_old(said.get("decomposed") or ()):
            raise Unavailable(problem)
        version = str(said.get("version"))
        with self._lock:
            if version != self._version:
                self._listing = read(self._daemon.call("config/providers").get("providers") or ())
                self._version = version
            return self._listing
