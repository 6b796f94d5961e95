"""From the choice of a provider to a storage that is scanned."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from config import load
from services import clock
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Audit
from services.remotes import Remotes
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon, RcloneStorage
from tests.factories import Make
from tests.servers import storages
from tests.services.remotes.conftest import WEBDAV, Far, build

pytestmark = pytest.mark.db


def test_from_the_form_to_a_storage_that_is_scanned(far: Far) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert draft.is_ready
    assert [name for name, _ in far.remotes.browse(far.anna, draft.pid).folders] == ["Music", "Photos"]
    assert far.remotes.browse(far.anna, draft.pid, "Photos").folders == (("2026", "Photos/2026"),)
    storage = far.remotes.connect(far.anna, draft.pid, " Cloud ", "Photos/")
    assert (storage.name, storage.kind, storage.root, storage.writable) == (
        "Cloud",
        "rclone",
        "Photos",
        False,
    )
    assert far.scanned == [storage]
    assert "swordfish" not in str(storage.options)
    assert far.rclone.remotes[str(storage.options["remote"])]["pass"] == "swordfish"
    with pytest.raises(NotFound):
        far.remotes.draft(far.anna, draft.pid)
    assert Audit.select().where((Audit.action == "storage.add") & (Audit.object == storage.pid)).exists()


@pytest.mark.parametrize(
    ("type", "options", "field"),
    [("webdav", {}, "url"), ("webdav", WEBDAV | {"url": "https://dav.example/ x"}, "url"), ("nothing", {}, "type"),
     ("webdav", WEBDAV | {"unix_socket": "/x"}, "unix_socket"), ("local", {}, "type"), ("drive", {}, "client_id"),
     ("dropbox", {}, "client_id")],
)  # fmt: skip
def test_what_cannot_be_is_told_with_its_field(
    far: Far, type: str, options: dict[str, str], field: str
) -> None:
    with pytest.raises(UsageError) as caught:
        far.remotes.begin(far.anna, type, options)
    assert caught.value.field == field
    assert "swordfish" not in str(caught.value)
    assert "config/create" not in far.rclone.calls


def test_a_child_chooses_no_host(far: Far) -> None:
    kim = replace(far.anna, role="child")
    offered = {each.type for each in far.remotes.offers(kim)}
    assert {"onedrive", "drive", "dropbox"} <= offered
    assert {"webdav", "sftp", "smb", "s3", "ftp"} & offered == set()
    with pytest.raises(AccessDenied):
        far.remotes.begin(kim, "webdav", WEBDAV)


def test_drafts_of_others_are_as_if_they_were_not(far: Far) -> None:
    pid = far.remotes.begin(far.anna, "webdav", WEBDAV).pid
    for ask in (lambda: far.remotes.draft(far.ben, pid), lambda: far.remotes.browse(far.ben, pid),
                lambda: far.remotes.poll(far.ben, pid), lambda: far.remotes.finish(far.ben, pid, "x"),
                lambda: far.remotes.connect(far.ben, pid, "Mine"), lambda: far.remotes.drop(far.ben, pid)):  # fmt: skip
        with pytest.raises(NotFound):
            ask()
    assert far.remotes.draft(far.anna, pid).is_ready


def test_cancelling_forgets_what_was_given(far: Far) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert far.only["pass"] == "swordfish"
    far.remotes.drop(far.anna, draft.pid)
    assert far.rclone.remotes == {}
    with pytest.raises(NotFound):
        far.remotes.draft(far.anna, draft.pid)


def test_drafts_that_nobody_ends_are_forgotten_with_their_remotes(
    far: Far, monkeypatch: pytest.MonkeyPatch
) -> None:
    far.remotes.begin(far.anna, "webdav", WEBDAV)
    (first,) = far.rclone.remotes
    later = clock.now() + 2 * clock.HOUR
    monkeypatch.setattr("services.remotes.drafts.now", lambda: later)
    far.remotes.begin(far.ben, "webdav", WEBDAV)
    assert len(far.rclone.remotes) == 1
    assert first not in far.rclone.remotes


def test_a_name_that_is_taken_can_be_changed(far: Far) -> None:
    far.connect("Cloud", "Photos")
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    with pytest.raises(Conflict) as caught:
        far.remotes.connect(far.anna, draft.pid, "cLOUD", "Music")
    assert caught.value.field == "name"
    assert far.remotes.connect(far.anna, draft.pid, "Songs", "Music").name == "Songs"


def test_only_an_administrator_connects_for_others(far: Far, make: Make) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    with pytest.raises(AccessDenied):
        far.remotes.connect(far.anna, draft.pid, "x", owner=make.user("kim"))


_KEY = "secret_access_key"
GIVEN: dict[str, tuple[tuple[str, ...], dict[str, object], str, str]] = {
    "sftp": (("host", "port", "user", "pass"), {}, "pass", "Fotos"),
    "ftp": (("host", "port", "user", "pass"), {"explicit_tls": False}, "pass", "Fotos"),
    "samba": (("host", "port", "user", "pass"), {}, "pass", "photos/Fotos"),
    "s3": (("endpoint", "access_key_id", _KEY), {"provider": "Other"}, _KEY, "photos/Fotos"),
}


@pytest.mark.parametrize(
    "kind",
    [pytest.param(n, marks=[pytest.mark.needs(n), storages.AS_ROOT] if n == "samba" else []) for n in GIVEN],
)
def test_real_servers_of_other_kinds(make: Make, tmp_path: Path, kind: str) -> None:
    keys, more, secret, root = GIVEN[kind]
    scratch = tmp_path / "server"
    scratch.mkdir()
    with getattr(storages, kind)(scratch) as remote:
        (remote.folder / "Fotos").mkdir()
        (remote.folder / "Fotos" / "a.jpg").write_bytes(b"x")
        far = build(make)
        daemon = Daemon(make.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        try:
            remotes = Remotes(load(make.data, {}), daemon, HostPolicy(("127.0.0.0/8",)), far.scanned.append)
            options: dict[str, Any] = {**{key: remote.options[key] for key in keys}, **more}
            with pytest.raises(UsageError, match="does not accept this sign-in"):
                remotes.begin(far.anna, remote.type, options | {secret: "wrong"})
            draft = remotes.begin(far.anna, remote.type, options)
            assert remotes.browse(far.anna, draft.pid, root).files == 1
            with pytest.raises(UsageError, match="is not a folder"):
                remotes.browse(far.anna, draft.pid, f"{root}/nowhere")
            storage = remotes.connect(far.anna, draft.pid, "Cloud", root)
            assert remotes.present(far.anna, storage.pid).secrets == {secret}
            if kind == "sftp":
                assert "ecdsa" in remotes.present(far.anna, storage.pid).values["host_keys"], (
                    "the key is kept"
                )
        finally:
            daemon.close()


def test_a_new_folder_in_a_store_of_objects_is_there(make: Make, tmp_path: Path) -> None:
    """By what the form gives: it would be gone as long as nothing lies in it."""
    scratch = tmp_path / "server"
    scratch.mkdir()
    with storages.moto(scratch) as remote:
        endpoint = remote.options["endpoint"]
        urlopen(Request(f"{endpoint}/photos", method="PUT")).close()
        daemon = Daemon(make.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        try:
            far = build(make)
            remotes = Remotes(load(make.data, {}), daemon, HostPolicy(("127.0.0.0/8",)), far.scanned.append)
            options = {key: remote.options[key] for key in ("provider", "endpoint", "access_key_id", _KEY)}
            draft = remotes.begin(far.anna, "s3", options, writable=True)
            name = remotes.connect(far.anna, draft.pid, "Cloud", "photos").options["remote"]
            there = RcloneStorage(
                daemon, name, type="s3", root="photos", spool=tmp_path / "spool", writable=True
            )
            there.make_folder("2026")
            assert there.stat("2026").is_dir
            assert there.write("2026/a.txt", [b"x"], size=1).size == 1
        finally:
            daemon.close()


def test_a_real_ftp_server_by_the_generic_form(make: Make, tmp_path: Path) -> None:
    """From rclone's own list of options to bytes that were written and read in part."""
    scratch = tmp_path / "server"
    scratch.mkdir()
    with storages.ftp(scratch) as remote:
        assert remote.folder is not None
        (remote.folder / "Fotos").mkdir()
        far = build(make)
        daemon = Daemon(make.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        strict = HostPolicy()
        try:
            options: dict[str, Any] = {**remote.options, "explicit_tls": False, "idle_timeout": "30s"}
            settings = load(make.data, {})
            with pytest.raises(UsageError, match="storage_hosts_allowed"):
                Remotes(settings, daemon, strict, far.scanned.append).begin(far.anna, "ftp", options)
            remotes = Remotes(settings, daemon, HostPolicy(("127.0.0.0/8",)), far.scanned.append)
            with pytest.raises(UsageError, match="has no option"):
                remotes.begin(far.anna, "ftp", options | {"socks_proxy": "127.0.0.1:1"})
            draft = remotes.begin(far.anna, "ftp", options, writable=True)
            storage = remotes.connect(far.anna, draft.pid, "Old server", "Fotos")
            name = str(storage.options["remote"])
            stored = daemon.call("config/get", name=name)
            assert (stored["idle_timeout"], "disable_epsv" in stored) == ("30s", False)
            adapter = RcloneStorage(
                daemon, name, type="ftp", root="Fotos", spool=tmp_path / "spool", writable=True
            )
            body = bytes(range(256)) * 100
            assert adapter.write("a.jpg", [body], size=len(body)).size == len(body)
            assert (remote.folder / "Fotos" / "a.jpg").read_bytes() == body
            with adapter.open_read("a.jpg", expect_size=len(body), span=(1000, 1999)) as handle:
                assert handle.pread(1000, 1000) == body[1000:2000]
        finally:
            daemon.close()
