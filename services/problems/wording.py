"""What is said of each kind of problem: what is wrong, and what to do. Here and only here.

English sentences of the domain; the pages say them in the viewer's language (`web/sentences.py`).
"""

from collections.abc import Mapping
from typing import Final

STATES: Final[Mapping[str, tuple[str, str]]] = {
    "offline": (
        "The storage cannot be reached.",
        "Hypomos tries again by itself, and nothing is lost meanwhile. If it stays away, see that its disk is "
        "mounted or its server runs, and that its address is still right.",
    ),
    "sign-in": (
        "The storage wants a new sign-in.",
        "Sign in again. Nothing was changed meanwhile, and it goes on where it was.",
    ),
    "paused": (
        "Scanning stands still: too much was gone at once.",
        "Look at the storage. If you removed the files, say so there; if not, see that its disk is mounted and the "
        "files are where they were, then scan again.",
    ),
    "slow": (
        "The storage answers slowly.",
        "There is nothing to do: everything goes on, and an original may take a moment to open.",
    ),
}
"""By the state of a storage; those that are not here are well."""

FULL: Final = (
    "Something had no room in this storage.",
    "Delete what is not needed there, or empty its trash. Then look again.",
)
FEED: Final = (
    "Its provider does not tell of changes just now.",
    "There is nothing to do: changes are found by scans meanwhile, a little later.",
)
QUERY: Final = (
    "A collection shows nothing: its query cannot be used.",
    "Open the collection and correct its query. What is shared by it is seen again then, and nothing of it until then.",
)
_AGAIN: Final = "Try it again. If it fails once more, the log of the appliance has the details."
JOBS: Final[Mapping[str, tuple[str, str]]] = {
    "scan": ("A scan failed.", _AGAIN),
    "read": ("Reading new files failed.", _AGAIN),
    "changes": ("Looking for changes failed.", _AGAIN),
    "purge": ("Emptying the trash failed.", "Try it again. What was not deleted is still in the trash."),
    "transfer": (
        "A move to another storage failed.",
        "The file is still where it was. Move it again from there, if you still want to.",
    ),
}
TRANSFER_GOES_ON: Final = (
    "Nothing is lost: Hypomos takes the move up again by itself. You can have that done now."
)
CHANGES: Final[Mapping[str, str]] = {
    "upload": "Adding this file was interrupted.",
    "folder": "Making this folder was interrupted.",
    "move": "Moving this was interrupted.",
    "replace": "Replacing this file was interrupted.",
    "delete": "Moving this to the trash was interrupted.",
    "restore": "Bringing this back from the trash was interrupted.",
    "purge": "Deleting this for good was interrupted.",
}
CHANGE_DO: Final = "There is nothing to do: Hypomos finishes it, or undoes it, when the storage answers."
FOLDER: Final = (
    "This folder could not be listed as a whole.",
    "See that Hypomos may read all of it and that no name is there twice, then try again. What was known of it stays.",
)
FILE: Final = "This file could not be read."
PARTLY: Final = "This file is not quite in order."
FILE_DO: Final = (
    "Open it with another program. If it is damaged there too, replace it by a whole copy; if not, try again."
)
