"""A storage that is connected again is the one that was removed, if place and account are the same."""

from pathlib import Path
from typing import Any

import pytest

from services import clock
from services.errors import Conflict
from services.establishing import establish
from services.models import Folder, Storage, User
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import Desk

pytestmark = pytest.mark.db


def values_of(owner: User, name: str, **more: Any) -> dict[str, Any]:
    return {
        "pid": f"pid-{name}", "owner": owner.id, "name": name, "name_fold": name.lower(), "kind": "rclone",
        "root": "Photos", "options": {"type": "webdav", "remote": f"h_{name}", "account": "one"}, "writable": False,
        "node": "here", "state": "online", "state_since": 1, "created_at": 1, **more,
    }  # fmt: skip


def removed(make: Make, owner: User) -> Storage:
    """A storage elsewhere with a file in it, taken out of Hypomos with its items kept."""
    storage = establish(values_of(owner, "First"), actor=owner.id)
    make.file(storage)
    Storage.update(removed_at=clock.now()).where(Storage.id == storage.id).execute()
    return storage


def test_a_new_one_has_its_top_folder(make: Make) -> None:
    anna = make.user()
    storage = establish(values_of(anna, "First"), actor=anna.id)
    assert Folder.get(Folder.storage == storage).path == ""
    with pytest.raises(Conflict) as caught:
        establish(values_of(anna, "First", pid="other"), actor=anna.id)
    assert caught.value.field == "name"


def test_the_same_place_and_account_are_the_same_storage(make: Make) -> None:
    anna = make.user()
    before = removed(make, anna)
    budget = {"at_once": 2, "hours": [22, 6]}
    Storage.update(
        state="sign-in",
        failures=3,
        retry_at=clock.now() + clock.HOUR,
        options=before.options | {"budget": budget},
    ).execute()
    again = establish(values_of(anna, "Second"), actor=anna.id)
    assert (again.id, again.pid, again.name) == (before.id, before.pid, "Second")
    assert again.options["remote"] == "h_Second"
    assert again.options["budget"] == budget
    assert again.removed_at is None
    assert (again.state, again.failures, again.retry_at) == ("online", 0, None), "it is asked at once"


@pytest.mark.parametrize(
    "more",
    [
        {"root": "Other"},
        {"options": {"type": "webdav", "remote": "h_2", "account": "two"}},
        {"kind": "local", "options": {}},
    ],
)
def test_another_place_or_account_is_another_storage(make: Make, more: dict[str, Any]) -> None:
    anna = make.user()
    before = removed(make, anna)
    assert establish(values_of(anna, "Second", **more), actor=anna.id).id != before.id


def test_what_is_required_is_asked_before_anything_is_made(make: Make) -> None:
    anna = make.user()

    def refuse() -> None:
        raise Conflict("taken", field="root")

    with pytest.raises(Conflict, match="taken"):
        establish(values_of(anna, "First"), actor=anna.id, require=refuse)
    assert Storage.select().count() == 0


def test_a_storage_of_which_all_lies_in_the_trash_is_the_same_again(
    make: Make, data: Path, tmp_path: Path
) -> None:
    """Nobody could bring that back otherwise, nor delete it for good: it lies there under a hidden name."""
    desk = Desk(make, data, base=tmp_path)
    desk.upload("a.jpg", photo(n=1))
    desk.work()
    (item,) = desk.items().values()
    thrown = desk.filing.delete(desk.viewer, desk.one.pid, "a.jpg")
    Storage.update(removed_at=clock.now()).where(Storage.id == desk.one.id).execute()
    same = {"kind": "local", "root": desk.one.root, "options": {}, "writable": True}
    assert establish(values_of(desk.anna, "Again", **same), actor=desk.anna.id).id == desk.one.id
    desk.trashing.restore(desk.viewer, thrown.pid)
    assert desk.items() == {"a.jpg": item}
    desk.journal.close()
