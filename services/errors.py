"""The one tree of errors. Errors carry data; the facades (command line, web, WebDAV) render them.

HypomosError
├── UsageError              bad input from a person: what, where, what to do
├── NotFound                absent, or not for this viewer: the two are never told apart
├── AccessDenied            the viewer is known and may know that this is refused
├── Conflict                a name or a state that is already taken
├── Throttled               too many tries; carries the seconds to wait
├── DatabaseUnusable        the catalogue cannot be opened: newer schema, locked, read-only
├── NoSpace                 the data directory is full
├── JobLost                 the lease of a job went to somebody else
│   └── JobStopped          somebody asked the job to stop, or its worker closes down
├── PutOff                  a job waits for its time; carries the seconds
├── DecoderError            a decoder child could not do its work
│   ├── DecoderKilled       ended by a limit, a signal or its deadline
│   └── DecoderRefused      refused before decoding: too many pixels, not a picture
└── StorageError            an owner's storage did not do what was asked
    ├── StorageNotFound     positively absent in the storage
    ├── Unauthorized        needs signing in again
    ├── Forbidden           the storage refuses
    ├── StorageThrottled    asked to wait; carries the seconds
    ├── Unavailable         unreachable, timed out, cut short
    │   ├── Unreadable      one file alone cannot be opened
    │   ├── SenderEnded     whoever sends a file ended early
    │   └── CarrierEnded    what reaches the storages ended
    ├── Incomplete          a listing that is not whole
    ├── Changed             other bytes than the catalogue says
    ├── StorageFull         no room
    └── ReadOnly            written to, but for reading only; says why
"""


class HypomosError(Exception):
    """Root of all errors that Hypomos raises on purpose; `str()` is fit for a person."""


class UsageError(HypomosError):
    """Raised when a person gave something that cannot be used; `field` names the place."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class NotFound(HypomosError):
    """Raised for what is absent and for what this viewer may not see, alike."""

    def __init__(self, what: str = "Nothing here") -> None:
        super().__init__(what)


class AccessDenied(HypomosError):
    """Raised when the viewer may know of the thing but not do this with it."""


class Conflict(HypomosError):
    """Raised when a name or state is already taken; `field` names the place."""

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class Throttled(HypomosError):
    """Raised after too many tries; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"Too many tries. Try again in {max(1, round(retry_after))} seconds.")
        self.retry_after = retry_after


class DatabaseUnusable(HypomosError):
    """Raised when the catalogue cannot be opened or written."""


class NoSpace(HypomosError):
    """Raised when the data directory has no room left."""


class JobLost(HypomosError):
    """Raised inside a job whose lease is gone: it must stop without recording anything more."""


class JobStopped(JobLost):
    """Raised at a checkpoint of a job that shall end now: a person stopped it, or its worker closes down."""


class PutOff(HypomosError):
    """Raised inside a job that cannot be done before so many seconds: it waits, and nothing of it is lost."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class DecoderError(HypomosError):
    """Raised when a decoder child could not do its work; `reason` is in words, for the owner."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class DecoderKilled(DecoderError):
    """Raised when a child died on a file: by a limit, a signal or its deadline."""


class DecoderRefused(DecoderError):
    """Raised when a file is refused before it is decoded."""


class StorageError(HypomosError):
    """Raised when an owner's storage did not do what was asked."""


class StorageNotFound(StorageError):
    """Raised when the storage positively has no such path."""


class Unauthorized(StorageError):
    """Raised when the storage wants a new sign-in."""


class Forbidden(StorageError):
    """Raised when the storage refuses this path."""


class StorageThrottled(StorageError):
    """Raised when the storage asks to wait; `retry_after` is in seconds."""

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(StorageError):
    """Raised when the storage is unreachable, too slow, or ended an answer early."""


class Unreadable(Unavailable):
    """Raised when a file cannot be opened, and what its storage says does not tell why: the storage may be well."""


class SenderEnded(Unavailable):
    """Raised when fewer bytes came than were announced by whoever sends a file."""


class CarrierEnded(Unavailable):
    """Raised when what reaches the storages for us ended, or does not start: of the storage that tells nothing."""


class Incomplete(StorageError):
    """Raised when a listing is not whole: nothing may be concluded from what it lacks."""


class Changed(StorageError):
    """Raised when the bytes are not those the catalogue knows."""


class StorageFull(StorageError):
    """Raised when the storage has no room."""


class ReadOnly(StorageError):
    """Raised when somebody writes to what is for reading only, as a storage that was not opened for more."""
