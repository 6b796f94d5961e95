"""The contract of a change feed: what a provider says has changed since a cursor.

    cursor = feed.start()                    before the first full scan
    page = feed.changes(cursor)              what has changed since; then store page.cursor

A feed keeps nothing: the caller stores the cursor of a page after it has processed the page. A crash in
between repeats work and loses none. No feed decides what a change means for the catalogue.
"""

from abc import ABC, abstractmethod
from typing import ClassVar, Literal, NamedTuple


class FeedChange(NamedTuple):
    """A file or folder that is new, other or gone.

    `id` is that of `Entry.id` of the same storage; None where the provider names only the path (a
    deletion in Dropbox). `path` is relative to the storage's root; None where it cannot be told: of a
    deletion, or of what lies outside the root now. What is known by that id is then to be looked for.
    `is_dir` is None where the provider does not say.

    A changed folder may be a moved one: nothing is said of what lies in it, so all of it is to be listed.
    A deleted folder says the same of what was in it, except in Dropbox, where all below is gone.
    Dropbox may write the upper folders of a path in other case than its listings do.
    """

    kind: Literal["changed", "deleted"]
    id: str | None
    path: str | None
    is_dir: bool | None


class FeedPage(NamedTuple):
    """Changes in their order. With `more` there is another page at `cursor` already.

    With `reset` the old cursor is worth nothing: changes went unseen, and only a full scan that begins
    after this page was got, with deletions by the rules of listings, knows. Then `cursor` goes on from
    before that scan and is stored after it.
    """

    changes: tuple[FeedChange, ...]
    cursor: str
    more: bool = False
    reset: bool = False


class Wait(NamedTuple):
    """Whether there may be changes; and for how long the provider does not want to be asked again."""

    changes: bool
    pause_s: float = 0.0


class Feed(ABC):
    """Changes of one storage.

    Methods raise StorageError: Unauthorized when a new sign-in is needed, StorageThrottled when the
    provider asks to wait, Incomplete when nothing may be concluded, Unavailable for all else; the cursor
    is as good as before. Each call ends within a deadline.

    Threading: one thread at a time, but `wait` may run beside the others.
    """

    can_wait: ClassVar[bool] = False
    """Whether `wait` returns as soon as something has changed; else it is to be asked at times."""

    ignores_case: ClassVar[bool] = False
    """Whether paths may be written in other case than listings write them."""

    @abstractmethod
    def start(self) -> str:
        """The cursor of now: changes after this call are after it."""

    @abstractmethod
    def changes(self, cursor: str) -> FeedPage:
        """One page of what has changed since the cursor."""

    def wait(self, cursor: str, at_most_s: float) -> Wait:
        """Wait until something has changed since the cursor, or the time is over."""
        del cursor, at_most_s
        return Wait(changes=True)

    @abstractmethod
    def close(self) -> None:
        """Close the connections. It may be used again afterwards."""
