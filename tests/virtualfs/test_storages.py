"""`Storages/`: every file as it is, and to be found by every form of its name."""

import unicodedata
from typing import Any

import pytest

from services.catalogue import tree_rows
from services.errors import NotFound
from services.models import File, Folder, Storage, counters, transaction
from services.names import fold, shown
from tests.factories import Make
from tests.virtualfs.household import Home
from tests.virtualfs.test_names import HOSTILE
from virtualfs import names, storages
from virtualfs.nodes import Folder as FolderNode

pytestmark = pytest.mark.db


def test_every_file_is_shown_as_it_is(home: Home) -> None:
    home.file("2026/07/IMG_1.jpg")
    home.file("2026/notes.txt", b"plain", mime="text/plain")
    home.folder("empty")
    assert home.names("Storages") == ["Photos"]
    assert home.names("Storages/Photos") == ["2026", "empty"]
    assert home.names("Storages/Photos/2026") == ["07", "notes.txt"]
    assert home.names("Storages/Photos/empty") == []
    assert home.find("Storages/Photos/2026/07/IMG_1.jpg").size == 5
    assert home.find("storages/photos/2026/07/img_1.JPG").name == "IMG_1.jpg"


def test_missing_files_are_gone_and_suspect_ones_stay(home: Home) -> None:
    home.file("a.jpg", presence="missing", absent_since=1)
    home.file("b.jpg", presence="suspect", absent_since=1)
    assert home.names("Storages/Photos") == ["b.jpg"]
    with pytest.raises(NotFound):
        home.resolve("Storages/Photos/a.jpg")


@pytest.mark.parametrize("name", [n for n in HOSTILE if "/" not in n and n not in {".", ".."}])
def test_a_hostile_name_is_listed_and_opened(home: Home, name: str) -> None:
    folder = Folder.get((Folder.storage == home.storage) & (Folder.path == b""))
    row = home.make.file(home.storage, shown(name), folder, raw_name=name, name_fold=fold(shown(name)))
    (listed,) = home.names("Storages/Photos")
    assert home.find(f"Storages/Photos/{listed}").original == pytest.approx(
        home.find(f"Storages/Photos/{listed}").original
    )
    found = home.tree.resolve(home.viewer, ["Storages", "Photos", unicodedata.normalize("NFD", listed)])
    assert found.name == listed
    assert getattr(found, "original").file_id == row.id  # noqa: B009  it is a file


def test_twins_are_two_entries_with_stable_names(home: Home) -> None:
    first = home.file("IMG.jpg", b"1")
    second = home.file("img.jpg", b"22")
    third = home.file("Img.JPG", b"333")
    given = {"IMG.jpg": 1, f"img ({second.id}).jpg": 2, f"Img ({third.id}).JPG": 3}
    assert home.names("Storages/Photos") == sorted(given)
    for name, size in given.items():
        assert home.find(f"Storages/Photos/{name}").size == size
    assert home.find("Storages/Photos/img.jpg").size == 2, "written exactly so"
    assert home.find("Storages/Photos/IMG.JPG").size == 1, "else the oldest"
    home.make.file(home.storage, "zzz.jpg")
    assert f"img ({second.id}).jpg" in home.names("Storages/Photos")
    assert home.find(f"Storages/Photos/img ({second.id}).jpg").original is not None
    with pytest.raises(NotFound):
        home.resolve(f"Storages/Photos/img ({first.id}).jpg")
    with pytest.raises(NotFound):
        home.resolve("Storages/Photos/img (999999).jpg")


def test_unicode_twins(home: Home) -> None:
    composed = home.file("caf\u00e9.jpg", b"1")
    decomposed = home.file("cafe\u0301.jpg", b"22")
    assert home.names("Storages/Photos") == sorted(["caf\u00e9.jpg", f"caf\u00e9 ({decomposed.id}).jpg"])
    assert home.find("Storages/Photos/cafe\u0301.jpg").original is not None
    assert home.find("Storages/Photos/caf\u00e9.jpg").size == composed.size


def test_a_folder_keeps_its_name_before_a_file(home: Home) -> None:
    file = home.file("album", b"1")
    home.file("ALBUM/x.jpg")
    assert home.names("Storages/Photos") == sorted(["ALBUM", f"album ({file.id})"])
    assert home.names("Storages/Photos/ALBUM") == ["x.jpg"]
    assert home.find(f"Storages/Photos/album ({file.id})").size == 1


def test_a_suffix_gives_way_to_a_real_name(home: Home) -> None:
    home.file("a.jpg", b"1")
    second = home.file("A.jpg", b"22")
    home.file(f"A ({second.id}).jpg", b"333")
    assert home.find(f"Storages/Photos/A ({second.id}).jpg").size == 3
    assert home.find(f"Storages/Photos/A ({second.id}) ({second.id}).jpg").size == 2
    assert len(set(home.names("Storages/Photos"))) == 3


def test_long_names_are_found_again(home: Home) -> None:
    home.make.file(home.storage, "ö" * 300 + ".jpg", home.folder(""))
    (listed,) = home.names("Storages/Photos")
    assert len(listed.encode()) <= names.MAX_BYTES
    assert home.find(f"Storages/Photos/{listed}").name == listed


def test_a_large_folder_is_read_in_pages_and_never_split(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.storages.PAGE", 7)
    folder = home.folder("many")
    for number in range(30):
        home.make.file(home.storage, f"{number:03}.jpg", folder)
    home.make.file(home.storage, "003.JPG", folder)
    listed = home.names("Storages/Photos/many")
    assert len(listed) == len(set(listed)) == 31


def test_junk_is_neither_listed_nor_found(home: Home) -> None:
    home.make.file(home.storage, "desktop.ini", home.folder(""))
    assert home.names("Storages/Photos") == []
    with pytest.raises(NotFound):
        home.resolve("Storages/Photos/desktop.ini")


def test_storages_that_look_alike_once_made_safe(home: Home, make: Make) -> None:
    make.storage(home.anna, "a:b")
    other = make.storage(home.anna, "a：b")
    assert home.names("Storages") == sorted(["Photos", "a：b", "a‛：b"])
    assert home.resolve("Storages/a‛：b").name == "a‛：b"
    Storage.update(name="A" * 300, name_fold="x").where(Storage.id == other.id).execute()
    assert any(len(n) == names.MAX_BYTES for n in home.names("Storages"))


def test_paths_that_lead_nowhere(home: Home) -> None:
    home.file("a.jpg")
    for path in ("Storages/Nope", "Storages/Photos/nope", "Storages/Photos/a.jpg/b", "Storages/Photos/x/y/z"):
        with pytest.raises(NotFound):
            home.resolve(path)


def test_nothing_of_somebody_else(home: Home, make: Make) -> None:
    ben = make.user("ben")
    theirs = make.storage(ben, "Photos")
    make.file(theirs, "secret.jpg")
    gone = make.storage(home.anna, "Gone", removed_at=1)
    make.file(gone, "old.jpg")
    assert home.names("Storages") == ["Photos"]
    assert home.names("Storages/Photos") == []
    folder = home.tree.resolve(make.viewer(ben), ["Storages", "Photos"])
    assert list(home.tree.children(home.viewer, folder)) == [], "a folder of ben's in anna's hands is empty"  # type: ignore[arg-type]
    assert File.select().count() == 2


def listed(home: Home) -> list[str]:
    """The names in the storage."""
    return home.names("Storages/Photos")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often a page of files was read from the catalogue: one entry each time."""
    pages: list[int] = []
    real = tree_rows.files

    def counting(*given: Any, **more: Any) -> Any:
        pages.append(1)
        return real(*given, **more)

    monkeypatch.setattr(tree_rows, "files", counting)
    return pages


def test_a_folder_that_is_listed_again_is_not_read_again(home: Home, read: list[int]) -> None:
    file = home.file("a.jpg")
    assert listed(home) == listed(home) == ["a.jpg"]
    assert len(read) == 1
    with transaction():
        File.update(name="b.jpg", name_fold="b.jpg", raw_name="b.jpg").where(File.id == file.id).execute()
        counters.bump_content()
    assert listed(home) == ["b.jpg"]
    assert len(read) == 2
    with transaction():
        counters.bump_policy()
    assert listed(home) == ["b.jpg"]
    assert len(read) == 3


def test_what_is_kept_is_nobody_elses(home: Home, make: Make, read: list[int]) -> None:
    home.file("a.jpg")
    folder = home.resolve("Storages/Photos")
    assert isinstance(folder, FolderNode)
    assert listed(home) == ["a.jpg"]
    other = make.viewer(make.user("other"))
    assert list(home.tree.children(other, folder)) == []


def test_a_folder_of_very_many_is_read_each_time(
    home: Home, read: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storages, "KEPT_ENTRIES", 2)
    for number in range(3):
        home.file(f"{number}.jpg")
    assert listed(home) == listed(home) == ["0.jpg", "1.jpg", "2.jpg"]
    assert len(read) == 3, "once to see that they are too many, and each time to list them"
