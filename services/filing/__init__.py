"""What owners do to the files of their own storages, so that a crash at any moment loses nothing.

Each change is a row of the journal before its first step; the transaction that records its result
takes the row away. Whoever finds the row of a dead process looks what became of it in the storage.
"""

from services.filing.browsing import Listing, Place, browse
from services.filing.changing import Filed, Filing, Taken
from services.filing.journal import Journal
from services.filing.recovering import recover
from services.filing.transferring import TRANSFER, Transfers
from services.filing.trashing import PURGE, Thrown, Trashing

__all__ = [
    "PURGE", "TRANSFER", "Filed", "Filing", "Journal", "Listing", "Place", "Taken", "Thrown", "Transfers", "Trashing",
    "browse", "recover",
]  # fmt: skip
