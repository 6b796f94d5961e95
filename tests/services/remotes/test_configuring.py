"""rclone's configuration: what works is kept there, what is not needed goes."""

import pytest

from services import clock
from services.errors import Unavailable, UsageError
from services.models import Storage
from services.remotes.configuring import STALE
from tests.factories import Make
from tests.services.remotes.conftest import WEBDAV, Far

pytestmark = pytest.mark.db


def test_what_does_not_work_leaves_nothing(far: Far) -> None:
    far.rclone.accepts = lambda configured: configured["pass"] == "other"
    with pytest.raises(UsageError, match="does not accept this sign-in"):
        far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert far.rclone.remotes == {}
    assert not Storage.select().exists()


def test_remotes_that_a_restart_left_are_forgotten_after_a_day(far: Far) -> None:
    storage = far.connect()
    old = clock.now() - STALE - clock.SECOND
    names = {f"h_{old:x}_stale", f"h_{clock.now():x}_fresh", "h_not-ours", "somebody"}
    far.rclone.remotes |= {name: {"type": "webdav"} for name in names}
    kept = f"h_{old:x}_old"
    far.rclone.remotes[kept] = far.rclone.remotes.pop(str(storage.options["remote"]))
    Storage.update(options={**storage.options, "remote": kept}).execute()
    far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert names - set(far.rclone.remotes) == {f"h_{old:x}_stale"}
    assert kept in far.rclone.remotes


def test_a_removed_storage_takes_its_keys_along(far: Far, make: Make) -> None:
    storage = far.connect()
    far.remotes.forget(make.storage(far.owner, "A folder"))
    assert far.only
    far.rclone.away = Unavailable("rclone does not answer")
    far.remotes.forget(storage)  # it stays until it is stale; the removal goes on
    far.rclone.away = None
    far.remotes.forget(storage)
    assert far.rclone.remotes == {}


def test_rclone_matters_only_while_a_storage_needs_it(far: Far) -> None:
    far.rclone.away = Unavailable("rclone does not answer")
    assert far.remotes.problem() is None
    far.rclone.away = None
    far.connect()
    assert far.remotes.problem() is None
    far.rclone.away = Unavailable("rclone does not answer")
    assert far.remotes.problem() == "rclone does not answer"
    Storage.update(removed_at=1).execute()
    assert far.remotes.problem() is None


def test_the_secrets_of_a_removed_storage_go_after_a_death(far: Far) -> None:
    storage = far.connect()
    old = f"h_{clock.now() - STALE - clock.SECOND:x}_hers"
    far.rclone.remotes[old] = dict(far.only)
    Storage.update(options=storage.options | {"remote": old}).execute()
    far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert old in far.rclone.remotes
    Storage.update(removed_at=clock.now()).execute()
    far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert old not in far.rclone.remotes
