"""Marks of folders: newer ones stay, others' are left alone, and a glance that is pending is waited for."""

import pytest

from services.catalogue import ungrouped
from services.models import File, Folder, Storage
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def storage(catalogue: object, make: Make) -> Storage:
    return make.storage(make.user())


def test_what_changed_meanwhile_is_grouped_again(storage: Storage, make: Make) -> None:
    one, two = make.folder(storage, "one"), make.folder(storage, "two")
    ungrouped.mark([one.id])
    ungrouped.mark_around([make.file(storage, folder=two).id])
    seen = ungrouped.marks(storage)
    assert seen.keys() == ungrouped.due(storage) == {one.id, two.id}
    Folder.update(ungrouped_at=Folder.ungrouped_at + 1).where(Folder.id == two.id).execute()
    ungrouped.lift(seen)
    assert ungrouped.due(storage) == {two.id}


def test_of_one_storage_only(storage: Storage, make: Make) -> None:
    other = make.storage(storage.owner, "Other")
    ungrouped.mark([make.folder(other, "one").id])
    assert (ungrouped.marks(storage), ungrouped.due(storage)) == ({}, set())


def test_a_pending_glance_is_waited_for(storage: Storage, make: Make) -> None:
    folder = make.folder(storage, "one")
    make.file(storage, "a.jpg", folder)
    file = make.file(storage, "b.jpg", folder, glance="pending")
    make.file(storage, "c.jpg", glance="pending")  # in the folder above
    ungrouped.mark([folder.id])
    assert ungrouped.due(storage) == set()
    File.update(presence="suspect").where(File.id == file.id).execute()
    assert ungrouped.due(storage) == {folder.id}
