"""Whose upload it is, and where it goes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.models import Storage


@dataclass(frozen=True, slots=True)
class Target:
    """A person's upload (`user`) or a guest's (`guest`), to a folder of a storage; maybe brought to an `event`.

    `most_bytes` is how large it may be; None without a limit. `renew` asks again, where that changes with every file:
    it is called when no other one of theirs can begin.
    """

    user: int | None
    guest: int | None
    event: int | None
    storage: Storage
    folder: str
    most_bytes: int | None = None
    renew: Callable[[], "Target"] | None = field(default=None, compare=False)

    @property
    def is_brought(self) -> bool:
        """As for an upload: whether others are to see it."""
        return self.guest is not None or self.event is not None
