"""From the choice of a provider to a storage, and signing in again: what is kept, and what is forgotten."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import load
from services import clock
from services.errors import AccessDenied, Conflict, NotFound, StorageError, Unavailable, UsageError
from services.models import Audit, Storage
from services.remotes import Remotes, StorageSignInFailed
from services.remotes.connecting import STALE
from services.storages.hosts import HostPolicy
from services.storages.oauth import Dropbox, Google, Microsoft
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.servers import storages
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import FakeMicrosoft
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


def test_a_folder_from_the_top_of_the_server(far: Far) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert far.remotes.browse(far.anna, draft.pid, "/Photos").folders == (("2026", "/Photos/2026"),)
    assert far.remotes.connect(far.anna, draft.pid, "Cloud", "/Photos").root == "/Photos"


def test_what_does_not_work_leaves_nothing(far: Far) -> None:
    far.rclone.accepts = lambda configured: configured["pass"] == "other"
    with pytest.raises(UsageError, match="does not accept this sign-in"):
        far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert far.rclone.remotes == {}
    assert not Storage.select().exists()


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


@pytest.mark.parametrize("root", ["Photos", "Photos/2026", "", "/Photos"])
def test_no_file_belongs_to_two_storages(far: Far, root: str) -> None:
    far.connect(root="Photos")
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV | {"pass": "renewed since"})
    with pytest.raises(Conflict) as caught:
        far.remotes.connect(far.anna, draft.pid, "Again", root)
    assert caught.value.field == "root"
    assert Storage.select().count() == 1
    assert far.remotes.connect(far.anna, draft.pid, "Songs", "Music").root == "Music"


def test_another_account_on_the_same_server_is_its_own(far: Far) -> None:
    far.connect(root="Photos")
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV | {"user": "ben"})
    assert far.remotes.connect(far.anna, draft.pid, "Ben's", "Photos").pid


def test_a_name_that_is_taken_can_be_changed(far: Far) -> None:
    far.connect("Cloud", "Photos")
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    with pytest.raises(Conflict) as caught:
        far.remotes.connect(far.anna, draft.pid, "cLOUD", "Music")
    assert caught.value.field == "name"
    assert far.remotes.connect(far.anna, draft.pid, "Songs", "Music").name == "Songs"


@pytest.mark.parametrize(("root", "field"), [("nowhere", "root"), ("Photos/../x", "path")])
def test_a_root_must_be_there(far: Far, root: str, field: str) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    with pytest.raises(UsageError) as caught:
        far.remotes.connect(far.anna, draft.pid, "x", root)
    assert caught.value.field == field


def test_a_bucket_has_to_be_chosen(far: Far) -> None:
    options = {"provider": "AWS", "access_key_id": "A", "secret_access_key": "swordfish"}
    draft = far.remotes.begin(far.anna, "s3", options)
    with pytest.raises(UsageError, match="Choose a bucket"):
        far.remotes.connect(far.anna, draft.pid, "x", "")
    assert far.remotes.browse(far.anna, draft.pid, "/Photos").path == "Photos"
    assert far.remotes.connect(far.anna, draft.pid, "x", "/Photos").root == "Photos"


def test_only_an_administrator_connects_for_others(far: Far, make: Make) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    with pytest.raises(AccessDenied):
        far.remotes.connect(far.anna, draft.pid, "x", owner=make.user("kim"))


# --- signing in


@pytest.fixture
def microsoft() -> Iterator[FakeMicrosoft]:
    with FakeMicrosoft() as server:
        server.interval_s = 0
        yield server


def onedrive(make: Make, server: FakeMicrosoft, **settings: str) -> Far:
    return build(make, lambda name: Microsoft(server.endpoints), **settings)


def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every poll is made when it is time to."""
    step = iter(range(1, 1000))
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + next(step) * 2 * clock.SECOND)


def test_a_device_code_and_then_the_folder(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    draft = far.remotes.begin(far.anna, "onedrive", {"client_id": "client-1"})
    assert draft.pending is not None
    with pytest.raises(UsageError, match="Sign in to the storage first"):
        far.remotes.browse(far.anna, draft.pid)
    assert far.remotes.poll(far.anna, draft.pid)[0].pending is not None
    microsoft.type_code(draft.pending.user_code)
    draft, trouble = far.remotes.poll(far.anna, draft.pid)
    assert (draft.is_ready, trouble) == (True, "")
    assert {"token", "drive_id", "drive_type", "client_id"} <= set(far.only)
    storage = far.remotes.connect(far.anna, draft.pid, "OneDrive", "")
    assert "access-" not in str(storage.options) + caplog.text


def test_a_sign_in_that_was_declined(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    draft = far.remotes.begin(far.anna, "onedrive", {"client_id": "client-1"})
    assert draft.pending is not None
    microsoft.type_code(draft.pending.user_code, allow=False)
    with pytest.raises(StorageSignInFailed, match="declined"):
        far.remotes.poll(far.anna, draft.pid)
    assert far.rclone.remotes == {}


def test_the_household_has_one_app_for_all(make: Make) -> None:
    with FakeDropbox() as server:
        far = build(make, lambda name: Dropbox(server.endpoints), dropbox_client_id="client-1")
        (dropbox,) = [each for each in far.remotes.offers(far.anna) if each.type == "dropbox"]
        assert far.remotes.has_client(dropbox)
        draft = far.remotes.begin(far.anna, "dropbox", {})
        assert draft.pending is not None
        code = server.consent(draft.pending.address)
        draft, _ = far.remotes.finish(far.anna, draft.pid, code)
        assert far.only["client_id"] == "client-1"


def test_a_code_works_once_and_a_wrong_one_may_be_corrected(make: Make) -> None:
    with FakeDropbox() as server:
        far = build(make, lambda name: Dropbox(server.endpoints))
        draft = far.remotes.begin(far.anna, "dropbox", {"client_id": "client-1"})
        assert draft.pending is not None
        with pytest.raises(StorageSignInFailed):
            far.remotes.finish(far.anna, draft.pid, "not this one")
        draft, _ = far.remotes.finish(far.anna, draft.pid, server.consent(draft.pending.address))
        assert draft.is_ready
        assert far.remotes.finish(far.anna, draft.pid, "anything")[0] == draft  # done is done


def test_a_provider_sends_the_browser_back(make: Make) -> None:
    with FakeGoogle() as server:
        server.redirects = {"https://photos.example.org/storages/signed-in/google"}
        far = build(make, lambda name: Google(server.endpoints), public_url="https://photos.example.org")
        app = {"client_id": "client-1", "client_secret": "GOCSPX-1"}
        draft = far.remotes.begin(far.anna, "drive", app, method="redirect")
        assert draft.pending is not None
        query = server.consent(draft.pending.address).partition("?")[2]
        for viewer, provider, state in ((far.ben, "google", draft.pending.state), (far.anna, "google", "x"),
                                        (far.anna, "dropbox", draft.pending.state)):  # fmt: skip
            with pytest.raises(NotFound):
                far.remotes.find_draft(viewer, provider, state)
        assert far.remotes.find_draft(far.anna, "google", draft.pending.state) == draft
        draft, _ = far.remotes.finish(far.anna, draft.pid, query)
        assert draft.is_ready
        assert far.only["scope"] == "drive.readonly"


# --- storages that are there


def test_a_child_does_not_move_a_storage_to_another_server(far: Far) -> None:
    storage = far.connect()
    kim = replace(far.anna, role="child")
    with pytest.raises(AccessDenied):
        far.remotes.renew(kim, storage.pid, {"url": "https://dav.example/x", "pass": "swordfish"})
    assert far.remotes.renew(kim, storage.pid, {"pass": "tunafish"}) is None
    assert far.only["url"] == "https://dav.example/"


def test_what_is_shown_of_a_connection_has_no_secret(far: Far) -> None:
    storage = far.connect()
    present = far.remotes.present(far.anna, storage.pid)
    assert present.values == {"url": "https://dav.example/", "vendor": "other", "user": "anna"}
    assert present.secrets == {"pass"}
    assert "swordfish" not in repr(present)
    with pytest.raises(NotFound):
        far.remotes.present(far.ben, storage.pid)


def test_other_keys(far: Far) -> None:
    storage = far.connect()
    Storage.update(state="sign-in", state_reason="x").execute()
    far.rclone.accepts = lambda configured: configured["pass"] == "tunafish"
    assert far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish"}) is None
    assert far.only["pass"] == "tunafish"
    assert (Storage.get().state, Storage.get().state_reason) == ("online", "")
    assert len(far.scanned) == 2
    with pytest.raises(NotFound):
        far.remotes.renew(far.ben, storage.pid, {"pass": "mine"})


def test_a_failed_renew_keeps_the_old_keys(far: Far) -> None:
    storage = far.connect()
    far.rclone.accepts = lambda configured: configured["pass"] == "swordfish"
    with pytest.raises(UsageError, match="does not accept"):
        far.remotes.renew(far.anna, storage.pid, {"pass": "wrong"})
    assert far.only["pass"] == "swordfish"
    assert len(far.scanned) == 1


def test_a_secret_is_not_sent_to_another_server_unasked(far: Far) -> None:
    storage = far.connect()
    with pytest.raises(UsageError) as caught:
        far.remotes.renew(far.anna, storage.pid, {"url": "https://elsewhere.example/"})
    assert caught.value.field == "pass"
    assert far.only["url"] == "https://dav.example/"


def test_signing_in_again_takes_one_click(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    before = far.only["token"]
    draft = far.remotes.renew(far.anna, storage.pid, {})
    assert draft is not None
    assert draft.pending is not None
    assert far.only["token"] == before
    microsoft.type_code(draft.pending.user_code)
    draft, _ = far.remotes.poll(far.anna, draft.pid)
    assert (draft.is_done, draft.storage) == (True, storage.pid)
    assert far.only["token"] != before
    with pytest.raises(NotFound):
        far.remotes.draft(far.anna, draft.pid)


def test_another_account_is_refused_on_renew(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    before = far.only["token"]
    monkeypatch.setattr("tests.servers.microsoft.DRIVE", "b!somebody-else")
    draft = far.remotes.renew(far.anna, storage.pid, {})
    assert draft is not None
    assert draft.pending is not None
    microsoft.type_code(draft.pending.user_code)
    with pytest.raises(Conflict, match="another account"):
        far.remotes.poll(far.anna, draft.pid)
    assert far.only["token"] == before


def test_dropping_a_renewal_keeps_the_storage_as_it_was(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    draft = far.remotes.renew(far.anna, storage.pid, {})
    assert draft is not None
    far.remotes.drop(far.anna, draft.pid)
    assert far.only["token"]


def _connected(far: Far, server: FakeMicrosoft) -> Storage:
    draft = far.remotes.begin(far.anna, "onedrive", {"client_id": "client-1"})
    assert draft.pending is not None
    server.type_code(draft.pending.user_code)
    draft, _ = far.remotes.poll(far.anna, draft.pid)
    return far.remotes.connect(far.anna, draft.pid, "OneDrive", "Photos")


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


def test_a_folder_of_this_machine_has_nothing_to_renew(far: Far, make: Make) -> None:
    local = make.storage(far.owner, "A folder")
    assert far.remotes.find_offer(local) is None
    for ask in (
        lambda: far.remotes.present(far.anna, local.pid),
        lambda: far.remotes.renew(far.anna, local.pid, {}),
    ):
        with pytest.raises(UsageError):
            ask()


# --- with the real rclone


def test_the_real_rclone_keeps_the_old_password(make: Make, tmp_path: Path) -> None:
    """What is put back is obscured already, and must not be obscured again."""
    scratch = tmp_path / "server"
    scratch.mkdir()
    with storages.webdav(scratch) as remote:
        assert remote.folder is not None
        (remote.folder / "Photos").mkdir()
        far = build(make)
        daemon = Daemon(make.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        try:
            remotes = Remotes(load(make.data, {}), daemon, HostPolicy(("127.0.0.0/8",)), far.scanned.append)
            options: dict[str, Any] = {key: remote.options[key] for key in ("url", "user", "pass")}
            draft = remotes.begin(far.anna, "webdav", options)
            storage = remotes.connect(far.anna, draft.pid, "Cloud", "Photos")
            for wrong in ({"pass": "wrong"}, {"pass": "wrong", "user": "nobody"}):
                with pytest.raises((UsageError, StorageError)):
                    remotes.renew(far.anna, storage.pid, wrong)
                assert remotes.renew(far.anna, storage.pid, {}) is None
            assert remotes.present(far.anna, storage.pid).values["user"] == storages.USER
            remotes.forget(storage)
            assert not daemon.call("config/listremotes").get("remotes")
        finally:
            daemon.close()


_KEY = "secret_access_key"
GIVEN = {
    "sftp": (("host", "port", "user", "pass"), {}, "pass", "Fotos"),
    "s3": (("endpoint", "access_key_id", _KEY), {"provider": "Other"}, _KEY, "photos/Fotos"),
}


@pytest.mark.parametrize("kind", GIVEN)
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
            options = {key: remote.options[key] for key in keys} | more
            with pytest.raises(UsageError, match="does not accept this sign-in"):
                remotes.begin(far.anna, kind, options | {secret: "wrong"})
            draft = remotes.begin(far.anna, kind, options)
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
