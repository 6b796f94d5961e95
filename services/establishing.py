"""The row of a storage that a person connects: a new one, or the one removed from there with its items kept."""

from collections.abc import Callable
from typing import Any

from peewee import IntegrityError

from services import budgets, revocations
from services.errors import Conflict
from services.matching import unsettle
from services.models import File, Folder, Storage, Trash, audit, counters, transaction
from services.models.database import raw


def establish(values: dict[str, Any], *, actor: int, require: Callable[[], None] = lambda: None) -> Storage:
    """Make the storage with these columns. `require` is asked first, in the same transaction.

    Raises Conflict when its owner has one of that name, and what `require` raises.
    """
    try:
        with transaction():
            require()
            storage = _revive(values)
            if storage is None:
                storage = Storage.create(**values)
                Folder.create(storage=storage, parent=None, path="", name="", name_fold="")
            audit.record(
                "storage.add", actor=actor, subject=values["owner"], object=storage.pid, name=values["name"]
            )
    except IntegrityError as error:
        raise Conflict(
            f"There is a storage called “{values['name']}” already. Choose another name.", field="name"
        ) from error
    if storage.pid != values["pid"]:
        with revocations.noting([("removed", storage.pid)], again=True):
            pass
    return storage


def _revive(values: dict[str, Any]) -> Storage | None:
    """The storage that was removed from here with its items kept, connected again; None when there is none.

    Here is the same root, and of storages elsewhere the same account.
    """
    removed = (
        Storage.select()
        .where((Storage.owner == values["owner"]) & (Storage.kind == values["kind"])
               & (Storage.root == raw(values["root"])) & Storage.removed_at.is_null(False))
        .order_by(Storage.id.desc())
    )  # fmt: skip
    account = values["options"].get("account")
    gone = next((each for each in removed if each.options.get("account") == account), None)
    if gone is None or not any(rows.select().where(rows.storage == gone).exists() for rows in (File, Trash)):
        return None
    kept = {"pid", "owner", "kind", "root", "created_at"}
    fresh = {name: value for name, value in values.items() if name not in kept}
    budget = {key: value for key, value in gone.options.items() if key == budgets.OPTION}
    fresh["options"] = budget | values["options"]
    blank = {
        "removed_at": None, "canaries": None, "scanned_at": None, "complete_at": None, "state_reason": "",
        "feed_cursor": None, "feed_problem": "", "full_reason": "", "failures": 0, "retry_at": None,
    }  # fmt: skip
    Storage.update(**fresh, **blank).where(Storage.id == gone.id).execute()
    unsettle([gone.owner_id])
    counters.bump_content()
    return Storage.get_by_id(gone.id)
