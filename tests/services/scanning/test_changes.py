"""What is looked at after what a provider said: just those folders, and nothing of what is unknown."""

import pytest

from services.models import File, Folder, Storage
from services.scanning.changes import Plan, plan
from services.storages.feeds import FeedChange
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def storage(make: Make) -> Storage:
    """Sommer (S) with a.jpg (a), Sommer/See (E) with b.jpg (b); Winter (W); Weg, which is gone."""
    storage = make.storage(make.user())
    sommer, see = make.folder(storage, "Sommer"), make.folder(storage, "Sommer/See")
    winter, weg = make.folder(storage, "Winter"), make.folder(storage, "Weg")
    for row, id, gone in ((sommer, "S", False), (see, "E", False), (winter, "W", False), (weg, "G", True)):
        Folder.update(provider_id=id, gone=gone).where(Folder.id == row.id).execute()
    make.file(storage, "a.jpg", sommer, provider_id="a")
    make.file(storage, "b.jpg", see, provider_id="b")
    return storage


def file(name: str) -> int:
    return int(File.get(File.name == name).id)


def changed(id: str, path: str | None, is_dir: bool = False) -> FeedChange:
    return FeedChange("changed", id, path, is_dir)


def gone(id: str | None, path: str | None = None) -> FeedChange:
    return FeedChange("deleted", id, path, None)


@pytest.mark.parametrize(
    ("change", "folders", "whole"),
    [
        (changed("n", "Sommer/n.jpg"), {"Sommer"}, set()),
        (changed("n", "Neu/deep/n.jpg"), {""}, set()),
        (changed("n", "Sommer/Neu/n.jpg"), {"Sommer"}, set()),
        (changed("n", "Weg/n.jpg"), {""}, set()),
        (changed("a", "Sommer/a.jpg"), {"Sommer"}, set()),
        (changed("a", "Winter/a.jpg"), {"Sommer", "Winter"}, set()),
        (changed("a", None), {"Sommer"}, set()),
        (changed("a", ".hypomos-trash/x/a.jpg"), {"Sommer"}, set()),
        (changed("n", None), set(), set()),
        (changed("S", "Sommer", True), {""}, set()),
        (changed("E", "Winter/See", True), {"Sommer", "Winter"}, set()),
        (changed("E", None, True), {"Sommer"}, set()),
        (changed("n", "Winter", True), {""}, {"Winter"}),
        (changed("W", "Sommer/See", True), {"", "Sommer"}, {"Sommer/See"}),
        (gone("a"), {"Sommer"}, set()),
        (gone("S"), {""}, set()),
        (gone("n"), set(), set()),
        (gone(None, "Sommer/a.jpg"), {"Sommer"}, set()),
        (gone(None, "Sommer"), {""}, set()),
        (gone(None, "Nie/gesehen.jpg"), set(), set()),
    ],
)
def test_what_is_looked_at(storage: Storage, change: FeedChange, folders: set[str], whole: set[str]) -> None:
    made = plan(storage, [change])
    assert (made.folders, made.whole) == (folders, whole)


def test_what_counts_as_deleted(storage: Storage) -> None:
    a, b = file("a.jpg"), file("b.jpg")
    assert plan(storage, [gone("a")]).deleted == {a}
    assert plan(storage, [gone("S")]).deleted == set(), "a folder's deletion says nothing of what was in it"
    assert plan(storage, [gone("S")]).left == {a, b}
    assert plan(storage, [gone(None, "Sommer")]).deleted == {a, b}
    assert plan(storage, [gone(None, "Sommer/See")]).deleted == {b}
    assert plan(storage, [gone("a"), changed("a", "Winter/a.jpg")]).deleted == set()
    assert plan(storage, [gone(None, "Sommer/a.jpg"), changed("n", "Sommer/a.jpg")]).deleted == set()
    assert plan(storage, [changed("a", "Sommer/a.jpg"), gone("a")]).deleted == {a}


def test_what_left_its_place(storage: Storage) -> None:
    a, b = file("a.jpg"), file("b.jpg")
    assert plan(storage, [changed("a", "Sommer/a.jpg")]).left == set()
    assert plan(storage, [changed("a", "Sommer/z.jpg")]).left == {a}
    assert plan(storage, [changed("a", None)]).left == {a}
    assert plan(storage, [changed("E", "Winter/See", True)]).left == {b}


def test_case_counts_unless_the_provider_ignores_it(storage: Storage) -> None:
    told = [gone(None, "SOMMER/SEE"), changed("n", "sommer/See/n.jpg")]
    assert plan(storage, told) == Plan({""}, set(), set())
    found = plan(storage, told, ignore_case=True)
    assert (found.folders, found.deleted) == ({"Sommer", "Sommer/See"}, {file("b.jpg")})


def test_other_storages_are_none_of_it(storage: Storage, make: Make) -> None:
    other = make.storage(make.user("ben"), "Other")
    assert plan(other, [gone("a"), changed("S", None, True)]) == Plan()
