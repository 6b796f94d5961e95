"""The folder that becomes a storage: it is there, and in no other storage."""

import pytest

from services.errors import Conflict, UsageError
from services.models import Storage
from tests.services.remotes.conftest import WEBDAV, Far

pytestmark = pytest.mark.db


def test_a_folder_from_the_top_of_the_server(far: Far) -> None:
    draft = far.remotes.begin(far.anna, "webdav", WEBDAV)
    assert far.remotes.browse(far.anna, draft.pid, "/Photos").folders == (("2026", "/Photos/2026"),)
    assert far.remotes.connect(far.anna, draft.pid, "Cloud", "/Photos").root == "/Photos"


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
