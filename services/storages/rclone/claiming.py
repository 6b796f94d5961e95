"""A name in a remote is given by one process of this machine at a time: what is looked at last stays true.

Nothing is overwritten unasked, and not every remote can be asked to write only where there is nothing. So the last
look at a name and what gives it are one step here, under a lock that the kernel lets go of at any death. Other
programs know nothing of it: for them the time between the two is as short as it can be.
"""

import fcntl
import hashlib
import os
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from services.storages import paths
from services.storages.rclone.remote import Remote


@contextmanager
def claimed(spool: Path, prefix: str, remote: Remote, path: str) -> Iterator[None]:
    """Wait until nobody else gives the name `path`; the lock lies in `spool` and goes when the block ends."""
    spool.mkdir(mode=0o700, parents=True, exist_ok=True)
    lock = spool / f"{prefix}name-{_key(remote, path)}"
    with _locked(lock):
        try:
            yield
        finally:
            lock.unlink(missing_ok=True)


def _key(remote: Remote, path: str) -> str:
    """Names that a remote may take for one are one here."""
    name = unicodedata.normalize("NFC", f"{remote.fs}{remote.at(path)}").casefold()
    return hashlib.sha256(paths.to_bytes(name)).hexdigest()[:32]


def _locked(path: Path) -> BinaryIO:
    """The lock file, open and locked, and still under its name: who had it before has removed theirs."""
    while True:
        file = path.open("ab")
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            if path.stat().st_ino == os.fstat(file.fileno()).st_ino:
                return file
        except FileNotFoundError:
            pass
        file.close()
