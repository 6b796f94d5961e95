"""Storages that are there: what is shown of them, other keys, signing in again."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from config import load
from services.adapters import Adapters
from services.errors import AccessDenied, Conflict, NotFound, StorageError, UsageError
from services.models import Storage
from services.remotes import Remotes
from services.remotes.drafts import Draft
from services.storages.hosts import HostPolicy
from services.storages.rclone import Daemon
from tests.factories import Make
from tests.servers import storages
from tests.servers.microsoft import FakeMicrosoft
from tests.services.remotes.conftest import Far, build, onedrive, patient

pytestmark = pytest.mark.db


def test_a_child_does_not_move_a_storage_to_another_server(far: Far) -> None:
    storage = far.connect()
    kim = replace(far.anna, role="child")
    with pytest.raises(AccessDenied):
        far.remotes.renew(kim, storage.pid, {"url": "https://dav.example/x", "pass": "swordfish"})
    assert far.remotes.renew(kim, storage.pid, {"pass": "tunafish"}) is None
    assert far.only["url"] == "https://dav.example/"
    sftp = {"type": "sftp", "host": "nas.example", "port": "22", "user": "kim", "pass": "swordfish"}
    far.rclone.remotes[storage.options["remote"]] = sftp
    Storage.update(options=storage.options | {"type": "sftp"}).execute()
    with pytest.raises(AccessDenied):
        far.remotes.renew(kim, storage.pid, {"port": "6379", "pass": "swordfish"})


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
    Storage.update(state="sign-in", state_reason="x", failures=2, retry_at=9_999_999_999_999_999).execute()
    far.rclone.accepts = lambda configured: configured["pass"] == "tunafish"
    assert far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish"}) is None
    assert far.only["pass"] == "tunafish"
    assert (Storage.get().state, Storage.get().state_reason) == ("online", "")
    assert (Storage.get().failures, Storage.get().retry_at) == (0, None)
    assert len(far.scanned) == 2
    with pytest.raises(NotFound):
        far.remotes.renew(far.ben, storage.pid, {"pass": "mine"})


def test_a_storage_with_other_keys_is_reached_by_them(far: Far, tmp_path: Path) -> None:
    storage = far.connect()
    adapters = Adapters(far.rclone, tmp_path)  # type: ignore[arg-type]  # a stand-in
    assert adapters(Storage.get()).list("").complete
    far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish"})
    assert adapters(Storage.get()).list("").complete


def test_other_keys_are_tried_beside_those_in_use(far: Far) -> None:
    """Whoever reads or writes meanwhile, or a sudden death, meets what the storage had."""
    storage = far.connect()
    (name,) = far.rclone.remotes
    in_use: list[str] = []

    def accepts(configured: dict[str, str]) -> bool:
        in_use.append(far.rclone.remotes[name]["pass"])
        return configured["pass"] == "tunafish"

    far.rclone.accepts = accepts
    far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish"})
    assert set(in_use) == {"swordfish"}
    assert far.only["pass"] == "tunafish"


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("of_trial", [True, False])
def test_a_token_that_is_renewed_while_other_keys_are_tried_stays(
    far: Far, accepted: bool, of_trial: bool
) -> None:
    """With some providers the one before is worth nothing from then on."""
    storage = far.connect()
    (name,) = far.rclone.remotes
    far.rclone.remotes[name] = {"type": "box", "token": '{"access_token":"old"}'}
    Storage.update(options=storage.options | {"type": "box"}).execute()

    def accepts(configured: dict[str, str]) -> bool:
        renewed = configured if of_trial else far.rclone.remotes[name]
        renewed["token"] = '{"access_token":"new"}'
        return accepted

    far.rclone.accepts = accepts
    with nullcontext() if accepted else pytest.raises(UsageError):
        far.remotes.renew(far.anna, storage.pid, {"list_chunk": "500"})
    assert far.only["token"] == '{"access_token":"new"}'
    assert far.only.get("list_chunk") == ("500" if accepted else None)


def test_a_budget_that_is_set_while_other_keys_are_tried_stays(far: Far) -> None:
    storage = far.connect()

    def accepts(configured: dict[str, str]) -> bool:
        budget = {"budget": {"at_once": 1}}
        return bool(Storage.update(options=storage.options | budget).execute())

    far.rclone.accepts = accepts
    far.remotes.renew(far.anna, storage.pid, {"pass": "tunafish"})
    assert Storage.get().options["budget"] == {"at_once": 1}


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


def test_another_user_is_another_account(far: Far) -> None:
    storage = far.connect()
    with pytest.raises(Conflict, match="another account"):
        far.remotes.renew(far.anna, storage.pid, {"user": "ben", "pass": "bens"})
    assert (far.only["user"], far.only["pass"], len(far.scanned)) == ("anna", "swordfish", 1)
    assert far.remotes.renew(far.anna, storage.pid, {"user": "Anna", "pass": "tunafish"}) is None


def test_a_user_name_that_was_emptied_is_still_the_accounts(far: Far) -> None:
    storage = far.connect()
    assert far.remotes.renew(far.anna, storage.pid, {"user": "", "pass": "", "bearer_token": "t"}) is None
    assert far.remotes.renew(far.anna, storage.pid, {"bearer_token": "u"}) is None
    with pytest.raises(Conflict, match="another account"):
        far.remotes.renew(far.anna, storage.pid, {"user": "ben", "pass": "bens", "bearer_token": ""})
    back = {"user": "Anna", "pass": "tunafish", "bearer_token": ""}
    assert far.remotes.renew(far.anna, storage.pid, back) is None
    assert "anna" not in str(Storage.get().options)


def test_a_server_may_get_another_address(far: Far) -> None:
    storage = far.connect()
    moved = {"url": "https://new.example/", "pass": "swordfish"}
    assert far.remotes.renew(far.anna, storage.pid, moved) is None
    assert far.only["url"] == "https://new.example/"
    assert Storage.get().options["account"] != storage.options["account"]


def test_other_keys_lead_to_no_folder_of_another_storage(far: Far) -> None:
    """They are looked at before anything is changed, and what a storage has it keeps."""
    first = far.connect()
    second = far.connect("Other", "Photos/2026", url="https://other.example/")
    before = {name: dict(each) for name, each in far.rclone.remotes.items()}
    with pytest.raises(Conflict, match="Each file belongs to one storage"):
        far.remotes.renew(far.anna, second.pid, {"url": "https://dav.example/", "pass": "swordfish"})
    assert far.rclone.remotes == before
    assert Storage.get_by_id(second.id).options == second.options
    Storage.update(options=first.options | {"remote": second.options["remote"]}).where(
        Storage.id == second.id
    ).execute()  # of before this was looked at
    assert far.remotes.renew(far.anna, first.pid, {"pass": "tunafish"}) is None


def test_a_storage_is_not_led_to_a_shared_drive(far: Far) -> None:
    storage = far.connect()
    app = {"client_id": "a", "client_secret": "b"}
    far.rclone.remotes[storage.options["remote"]] = {"type": "drive", "scope": "drive.readonly", **app}
    Storage.update(options=storage.options | {"type": "drive"}).execute()
    with pytest.raises(Conflict, match="another account"):
        far.remotes.renew(far.anna, storage.pid, {"team_drive": "0AB"})
    assert far.remotes.renew(far.anna, storage.pid, {}) is not None


def test_signing_in_again_takes_one_click(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    before = far.only["token"]
    draft = far.remotes.renew(far.anna, storage.pid, {})
    assert far.only["token"] == before
    draft = _agreed(microsoft, draft)
    draft, _ = far.remotes.poll(far.anna, draft.pid)
    assert (draft.is_done, draft.storage) == (True, storage.pid)
    assert far.only["token"] != before
    with pytest.raises(NotFound):
        far.remotes.draft(far.anna, draft.pid)


def test_a_secret_of_the_app_that_was_emptied_is_gone(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An app without one is refused with it, as soon as its first token has run out."""
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    far.only["client_secret"] = "of another app"
    draft = far.remotes.renew(far.anna, storage.pid, {"client_secret": ""})
    draft = _agreed(microsoft, draft)
    assert far.remotes.poll(far.anna, draft.pid)[0].is_done
    assert not far.only["client_secret"]


def test_another_account_is_refused_on_renew(
    make: Make, microsoft: FakeMicrosoft, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient(monkeypatch)
    far = onedrive(make, microsoft)
    storage = _connected(far, microsoft)
    before = far.only["token"]
    monkeypatch.setattr("tests.servers.microsoft.DRIVE", "b!somebody-else")
    draft = far.remotes.renew(far.anna, storage.pid, {})
    draft = _agreed(microsoft, draft)
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


def test_a_folder_of_this_machine_has_nothing_to_renew(far: Far, make: Make) -> None:
    local = make.storage(far.owner, "A folder")
    assert far.remotes.find_offer(local) is None
    for ask in (
        lambda: far.remotes.present(far.anna, local.pid),
        lambda: far.remotes.renew(far.anna, local.pid, {}),
    ):
        with pytest.raises(UsageError):
            ask()


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
            for wrong in ({"pass": "wrong"}, {"pass": "wrong", "vendor": "owncloud"}):
                with pytest.raises((UsageError, StorageError)):
                    remotes.renew(far.anna, storage.pid, wrong)
                assert remotes.renew(far.anna, storage.pid, {}) is None
            assert remotes.present(far.anna, storage.pid).values["user"] == storages.USER
            remotes.forget(storage)
            assert not daemon.call("config/listremotes").get("remotes")
        finally:
            daemon.close()


def test_a_server_with_a_new_key_is_known_by_that_alone(make: Make, tmp_path: Path) -> None:
    """Whoever empties the key takes the one of the next sign-in, and none that is shown later."""
    scratch = tmp_path / "server"
    scratch.mkdir()
    with storages.sftp(scratch) as remote:
        far = build(make)
        daemon = Daemon(make.data, password="of the test", policy=HostPolicy(["127.0.0.0/8"]))
        try:
            remotes = Remotes(load(make.data, {}), daemon, HostPolicy(("127.0.0.0/8",)), far.scanned.append)
            options: dict[str, Any] = {key: remote.options[key] for key in ("host", "port", "user", "pass")}
            draft = remotes.begin(far.anna, "sftp", options)
            storage = remotes.connect(far.anna, draft.pid, "NAS")
            name = storage.options["remote"]
            first = daemon.call("config/get", name=name)
            assert first["pin_host_key"] == "false"
            another = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
            with pytest.raises(StorageError):
                remotes.renew(far.anna, storage.pid, {"host_keys": another})
            assert daemon.call("config/get", name=name) == first
            assert remotes.renew(far.anna, storage.pid, {"host_keys": ""}) is None
            assert daemon.call("config/get", name=name) == first
        finally:
            daemon.close()


def _agreed(server: FakeMicrosoft, draft: Draft | None) -> Draft:
    """A sign-in whose code was typed at its provider's."""
    assert draft is not None
    assert draft.pending is not None
    server.type_code(draft.pending.user_code)
    return draft


def _connected(far: Far, server: FakeMicrosoft) -> Storage:
    draft = _agreed(server, far.remotes.begin(far.anna, "onedrive", {"client_id": "client-1"}))
    draft, _ = far.remotes.poll(far.anna, draft.pid)
    return far.remotes.connect(far.anna, draft.pid, "OneDrive", "Photos")
