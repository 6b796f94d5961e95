"""From names to ids and back: what a query's text says of labels, people, storages, collections, events.

The tree holds ids. Who can look them up, and for whom, is the catalogue's business: it gives a `Names`.
"""

from typing import Protocol

KINDS = {"label": "label", "owner": "user", "liked": "user", "storage": "storage", "collection": "collection",
         "event": "event"}  # fmt: skip
"""What kind of thing each field points to."""


class Names(Protocol):
    """Looks things up for one person: it finds what they may know of, and nothing else."""

    def find(self, kind: str, name: str) -> int | None:
        """The id of the thing with this name; None when there is none this person may know of."""

    def name(self, kind: str, id: int) -> str | None:
        """The name by which `find` gives this id; None when it does not."""

    def similar(self, kind: str, name: str) -> tuple[str, ...]:
        """Names that may have been meant."""


class NoNames:
    """Knows nobody and nothing: for reading queries that name nothing."""

    def find(self, kind: str, name: str) -> int | None:
        """Nothing."""
        return None

    def name(self, kind: str, id: int) -> str | None:
        """No name."""
        return None

    def similar(self, kind: str, name: str) -> tuple[str, ...]:
        """None."""
        return ()
