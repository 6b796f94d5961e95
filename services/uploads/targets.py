"""Where an upload goes, and whose it is."""

from collections.abc import Callable

from services import access
from services.errors import NotFound
from services.filing import Filing
from services.filing.hands import require_name
from services.uploads.target import Target
from services.viewers import Viewer

Dropping = Callable[[Viewer], Target]
"""Where a guest's files go. Raises AccessDenied, UsageError or NotFound where nothing may be dropped."""


def nothing_dropped(viewer: Viewer) -> Target:
    """Where nobody takes files of guests."""
    raise NotFound


def own_target(viewer: Viewer, filing: Filing, storage: str | None = None, folder: str = "") -> Target:
    """A person's own storage (their default one when none is named) and a folder in it, made when it is missing.

    Raises NotFound for a storage of others, ReadOnly for one that is not open for writing, UsageError for what is
    no folder or when no default is chosen.
    """
    found = filing.default_storage(viewer) if storage is None else access.get_storage(viewer, storage)
    filing.require_writable(viewer, found.pid)
    if folder:
        require_name(folder)
    return Target(viewer.user_id, None, None, found, folder)
