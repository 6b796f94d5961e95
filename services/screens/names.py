"""What a screen is called, and until when it is one: what is checked of both."""

from services.access.ends import moment
from services.accounts.texts import checked
from services.errors import Conflict, UsageError
from services.models import Screen
from services.names import fold

MAX_NAME = 60


def free_name(text: str, *, but: int | None = None) -> str:
    """A name that no other screen has; raises UsageError, Conflict (field name)."""
    name = checked(text, field="name", limit=MAX_NAME)
    if not name:
        raise UsageError("A screen needs a name, such as “Living room”.", field="name")
    for screen in Screen.select().where(Screen.removed_at.is_null()):
        if screen.id != but and fold(screen.name) == fold(name):
            raise Conflict(f"There is a screen called “{screen.name}” already.", field="name")
    return name


def require_until(until: int | None) -> None:
    """Raise UsageError unless an end lies ahead, or there is none."""
    if until is not None and until <= moment():
        raise UsageError("The end of a screen lies ahead, not in the past.", field="until")
