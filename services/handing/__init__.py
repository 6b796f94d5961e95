"""Handing: a person puts files into a collection as if it were a folder, and takes them out of it again.

The bytes go to the person's own storage, and the collection gets the item once the file is read. What they have
already, and what is copied from elsewhere, comes in by reference. Nothing here ever changes or deletes a file.
"""

from services.handing.names import Name, call, forget, forget_stale, names_in
from services.handing.putting import NO_MEDIA, Handing, Into
from services.handing.referring import (
    BROUGHT,
    bring,
    carry_over,
    is_member,
    item_of,
    pass_on,
    rename,
    take_out,
)

__all__ = [
    "BROUGHT", "NO_MEDIA", "Handing", "Into", "Name", "bring", "call", "carry_over", "forget", "forget_stale",
    "is_member", "item_of", "names_in", "pass_on", "rename", "take_out",
]  # fmt: skip
