"""Signing in at a provider while a storage is connected, with servers that speak as the providers do."""

import logging

import pytest

from services.errors import NotFound, UsageError
from services.remotes import StorageSignInFailed
from services.storages.oauth import Dropbox, Google
from tests.factories import Make
from tests.servers.dropbox import FakeDropbox
from tests.servers.google import FakeGoogle
from tests.servers.microsoft import FakeMicrosoft
from tests.services.remotes.conftest import build, onedrive, patient

pytestmark = pytest.mark.db


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
