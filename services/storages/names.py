"""Names that people give their storages: each is a folder of the network drive."""

from services.errors import UsageError
from services.names import shown

MAX_NAME = 80


def checked_storage_name(name: str) -> str:
    """The name as it is kept; raises UsageError for one that cannot be a folder's."""
    name = shown(name.strip())
    if not name or len(name) > MAX_NAME or "/" in name or "\\" in name or name in {".", ".."}:
        raise UsageError(
            f"A storage's name has 1 to {MAX_NAME} characters and no slash; it is a folder of the network drive.",
            field="name",
        )
    return name
