"""The composition root: what is made, what is refused in words, where the data lies."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

from appliance import container
from appliance.container import machine_factor, open_appliance, open_workshop, prepare, total_memory, version
from config import Settings, load
from services.errors import DatabaseUnusable, UsageError
from services.models import Session, User, counters, database
from services.models.counters import Counter
from services.revocations import Journal, note_sessions_end
from tests.factories import Make


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    yield load(tmp_path / "data", {"HYPOMOS_NODE": "here"})
    database.close()


def test_a_fresh_directory_becomes_an_appliance(settings: Settings) -> None:
    hypomos = open_appliance(settings)
    try:
        assert User.select().count() == 0
        assert (settings.data.stat().st_mode & 0o777, settings.run.stat().st_mode & 0o777) == (0o700, 0o700)
        assert (settings.data / "secret.key").stat().st_mode & 0o077 == 0
        assert len(hypomos.secret) >= 32
        assert hypomos.jobs.node == "here"
        assert list(settings.run.iterdir()) == []  # the probe is gone
    finally:
        hypomos.close()


def test_the_same_appliance_is_opened_again(settings: Settings) -> None:
    first = open_appliance(settings)
    first.close()
    again = open_appliance(settings)
    again.close()
    assert (first.secret, first.version) == (again.secret, again.version)


def test_an_older_catalogue_is_noticed_before_its_ended_rights_make_it_seem_newer(settings: Settings) -> None:
    open_appliance(settings).close()
    database.connect("", settings.data)
    anna, ben = (Make(settings.data).user(name) for name in ("anna", "ben"))
    with Journal(settings.data).noting([("user", anna.pid)]):
        note_sessions_end()
    Counter.update(value=Counter.value - 1).where(Counter.name == counters.POLICY_EPOCH).execute()
    Session.create(pid="s", secret="s", user=ben, cred_version=1, created_at=1, seen_at=1, expires_at=2**60)
    database.close()
    open_appliance(settings).close()
    database.connect("", settings.data)
    assert Session.select().count() == 0
    assert not User.get_by_id(anna.id).active


def test_a_workshop_handles_every_kind_of_job(settings: Settings) -> None:
    hypomos = open_appliance(settings)
    workshop = open_workshop(hypomos)
    try:
        kinds = {
            "scan",
            "read",
            "render",
            "picture",
            "notice",
            "absent",
            "purge",
            "transfer",
            "forget",
            "changes",
            "match",
            "redate",
            "mask",
            "upload",
            "discard",
            "free",
        }
        assert set(workshop.handlers) == kinds
        many, _free = workshop.pools  # one is kept free for people who wait
        assert workshop.scanner._pool is many
        assert cast(Any, workshop.handlers["upload"]).__self__._pool is many
    finally:
        workshop.close()
        hypomos.close()


@pytest.mark.parametrize("where", ["file/data", "file", "readonly/data"])
def test_a_directory_that_cannot_be_used_says_what_to_do(tmp_path: Path, where: str) -> None:
    (tmp_path / "file").write_text("no folder")
    (tmp_path / "readonly").mkdir(mode=0o500)
    if where.startswith("readonly") and os.geteuid() == 0:
        where = "file/as/root"  # root may write anywhere
    with pytest.raises(UsageError, match=r"--data"):
        prepare(load(tmp_path / where, {}))


def mounted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> Path:
    """A data directory to be, that a link leads to, on a mount of this kind."""
    (tmp_path / "nas").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "nas")
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 8:0 / / rw - ext4 /dev/sda rw\n2 1 0:4 / {tmp_path}/nas rw - {kind} nas:/x rw\n")
    monkeypatch.setattr("services.storages.mounts.read_mounts.__defaults__", (table,))
    return tmp_path / "link" / "data"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs"])
def test_no_catalogue_on_a_disk_of_another_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    data = mounted(tmp_path, monkeypatch, kind)
    with pytest.raises(DatabaseUnusable, match=rf"\({kind}\).*--data.*database_url"):
        prepare(load(data, {}))
    assert not data.exists()
    prepare(load(data, {"HYPOMOS_DATABASE_URL": "postgresql://db/x"}))  # the catalogue is not there
    assert data.is_dir()


def test_a_disk_of_our_own_is_no_other_machines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = mounted(tmp_path, monkeypatch, "ext4")
    prepare(load(data, {}))
    assert data.is_dir()


def test_a_catalogue_that_is_none_is_told(settings: Settings) -> None:
    prepare(settings)
    (settings.data / database.FILE_NAME).write_bytes(b"not a database at all, but long enough" * 50)
    with pytest.raises(DatabaseUnusable):
        open_appliance(settings)


@pytest.mark.parametrize(
    ("written", "setting", "factor"),
    [
        (None, "", 1.0),
        ("2.5\n", "", 2.5),
        ("99", "", 6.0),
        ("0.1", "", 1.0),
        ("fast", "", 1.0),
        ("2.5", "4", 4.0),
    ],
)
def test_how_slow_this_machine_is(tmp_path: Path, written: str | None, setting: str, factor: float) -> None:
    if written is not None:
        (tmp_path / "machine-factor").write_text(written)
    assert machine_factor(load(tmp_path, {"HYPOMOS_MACHINE_FACTOR": setting} if setting else {})) == factor


def test_memory_and_version() -> None:
    assert total_memory() > 64 * 1024 * 1024
    assert version()
    assert container.MAX_DECODERS >= 1
