"""What the operating system's errors mean for a storage.

The rule that protects an owner's catalogue: only the two errors that positively say so become
StorageNotFound; whatever is not known becomes Unavailable, from which nothing is concluded.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from services.errors import (
    Conflict,
    Forbidden,
    HypomosError,
    ReadOnly,
    StorageFull,
    StorageNotFound,
    Unavailable,
    UsageError,
)
from services.names import shown


def in_words(error: OSError) -> str:
    """The reason of an error, without paths."""
    return error.strerror or os.strerror(error.errno or errno.EIO)


def translated(error: OSError, path: str, *, writing: bool = False) -> HypomosError:
    """The error to raise for `path` instead of what the system said."""
    name = f"“{shown(path)}”" if path else "The storage's top folder"
    match error.errno:
        case errno.ENOENT | errno.ENOTDIR | errno.ELOOP:  # ELOOP: a link is in the way, and a link is no file
            return StorageNotFound(f"{name} is not in the storage.")
        case errno.ENAMETOOLONG if writing:
            return UsageError(f"{name} is too long a name for this storage.", field="path")
        case errno.ENAMETOOLONG:
            return StorageNotFound(f"{name} is too long a name to be in the storage.")
        case errno.EINVAL | errno.EILSEQ if writing:
            return UsageError(f"{name} cannot be used in this storage.", field="path")
        case errno.EXDEV:
            return UsageError(f"{name} is on another disk than its new place.", field="path")
        case errno.EEXIST | errno.ENOTEMPTY | errno.EISDIR:
            return Conflict(f"{name} is there already or is not empty.", field="path")
        case errno.EROFS:
            return ReadOnly(f"{name} is on a disk that is mounted for reading only.")
        case errno.ENOSPC | errno.EDQUOT:
            return StorageFull(f"No room left in the storage for {name}.")
        case errno.EFBIG:
            return StorageFull(f"{name} is larger than a file can be in this storage.")
        case errno.EACCES | errno.EPERM:
            return Forbidden(f"Hypomos may not open {name}: {in_words(error)}. Check its permissions.")
        case _:
            return Unavailable(f"{name} could not be reached: {in_words(error)}.")


@contextmanager
def speaking_of(path: str, *, writing: bool = False) -> Iterator[None]:
    """Raise system errors from inside as errors about `path`."""
    try:
        yield
    except OSError as error:
        raise translated(error, path, writing=writing) from error
