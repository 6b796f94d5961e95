"""Uploads: files that come in pieces, are judged by what they are, and end in somebody's own storage.

`Uploads` takes them in (spool, resuming, limits), `Storing` is the job that judges and stores what is whole. Where
a file goes is a `Target`, which whoever may allow the upload gives: this package knows storages, and no events.
"""

from services.uploads.errors import Busy, TooLarge, WrongOffset
from services.uploads.receiving import Uploads
from services.uploads.spool import Spool
from services.uploads.starting import UPLOAD
from services.uploads.storing import Landed, Storing
from services.uploads.target import Target
from services.uploads.targets import Dropping, nothing_dropped, own_target
from services.uploads.telling import Told, tell

__all__ = [
    "UPLOAD", "Busy", "Dropping", "Landed", "Spool", "Storing", "Target", "Told", "TooLarge", "Uploads", "WrongOffset",
    "nothing_dropped", "own_target", "tell",
]  # fmt: skip
