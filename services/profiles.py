"""What people set about themselves: the name others see, language, time zone, keys."""

from services import access
from services.accounts import require_zone
from services.catalogue import start_redating
from services.clock import now
from services.errors import UsageError
from services.jobs import Jobs
from services.models import Storage, User, transaction
from services.names import shown
from services.viewers import Viewer

MAX_DISPLAY = 80
LANGUAGES = ("", "en", "de")


def edit_profile(
    viewer: Viewer, jobs: Jobs, *, display: str | None = None, language: str | None = None, zone: str | None = None,
    default_storage: str | None = None, letter_keys: bool | None = None, ask_first: bool | None = None,
) -> None:  # fmt: skip
    """Change what is given; raises UsageError naming the field that cannot be used.

    `language` empty is that of the browser; `zone` an IANA name, empty is unknown: what was dated by a
    guess of another one is dated anew, by a job; `default_storage` the id
    of a storage of theirs that is open for writing, empty is none; `letter_keys` whether single letters and
    signs do something on pages (WCAG 2.1.4); `ask_first` whether what others share with them from now on waits until
    they accept it.
    """
    values: dict[str, str | int | None] = {}
    for name, value in (("letter_keys", letter_keys), ("ask_first", ask_first)):
        if value is not None:
            values[name] = _yes_or_no(value, name)
    if display is not None:
        name = values["display"] = shown(_text(display, "display").strip())
        if not 0 < len(name) <= MAX_DISPLAY:
            raise UsageError(f"The name others see has 1 to {MAX_DISPLAY} characters.", field="display")
    if language is not None:
        values["language"] = _text(language, "language")
        if values["language"] not in LANGUAGES:
            raise UsageError(
                "The language is “en” or “de”, or empty for that of the browser.", field="language"
            )
    if zone is not None:
        values["zone"] = require_zone(_text(zone, "zone"))
    if default_storage is not None:
        values["default_storage_id"] = _storage_id(viewer, _text(default_storage, "default_storage"))
    if values:
        with transaction():
            before = User.select(User.zone).where(User.id == viewer.user_id).scalar()
            User.update(**values).where(User.id == viewer.user_id).execute()
            if values.get("zone", before) != before:
                start_redating(jobs, viewer.user_id)


def profile(viewer: Viewer) -> dict[str, str | int | None]:
    """The viewer's own profile as it is now."""
    user = User.get_by_id(viewer.user_id)
    chosen = access.visible_storages(viewer).where(Storage.id == user.default_storage_id).first()
    return {
        "login": user.login, "display": user.display, "language": user.language, "zone": user.zone,
        "letter_keys": user.letter_keys, "ask_first": user.ask_first, "created_at": min(user.created_at, now()),
        "default_storage": None if chosen is None else chosen.pid,
    }  # fmt: skip


def _storage_id(viewer: Viewer, pid: str) -> int | None:
    """The id of the viewer's storage; None for no storage."""
    if not pid:
        return None
    storage = access.visible_storages(viewer).where(Storage.pid == pid).first()
    if storage is None or not storage.writable:
        raise UsageError(
            "Your files can go to a storage of yours that is open for writing.", field="default_storage"
        )
    return int(storage.id)


def _yes_or_no(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise UsageError(f"{name} must be true or false.", field=name)
    return value


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise UsageError(f"{name} must be a text.", field=name)
    return value
