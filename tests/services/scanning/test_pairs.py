"""Companions of the files of a folder: found by name, and a folder is paired once for all of its files."""

from typing import Any

import pytest

from services.media import companions
from services.models import File
from services.scanning import pairs
from services.scanning.pairs import FolderPairs
from tests.factories import Make
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


def count_calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many names were paired at each call."""
    calls: list[int] = []
    whole = companions.pair_takeout

    def counted(media: Any, others: Any) -> dict[str, str]:
        calls.append(len(list(media)))
        return whole(media, others)

    monkeypatch.setattr(companions, "pair_takeout", counted)
    return calls


def test_what_belongs_to_a_file(make: Make) -> None:
    storage = make.storage(make.user("anna"))
    files = [make.file(storage, name) for name in ("a.jpg", "a.jpg.xmp", "a.jpg.json", "b.jpg", "c.xmp")]
    found = FolderPairs()
    folder = files[0].folder_id
    assert found.of(folder, "a.jpg") == {"sidecar": "a.jpg.xmp", "takeout": "a.jpg.json"}
    assert found.of(folder, "b.jpg") == {}
    assert found.of(make.folder(storage, "sub").id, "a.jpg") == {}


def test_what_came_later_is_found_once_the_pairs_are_forgotten(make: Make) -> None:
    storage = make.storage(make.user("anna"))
    file = make.file(storage, "a.jpg")
    found = FolderPairs()
    assert found.of(file.folder_id, "a.jpg") == {}
    late = make.file(storage, "a.jpg.xmp")
    found.forget()
    assert found.of(file.folder_id, "a.jpg") == {"sidecar": "a.jpg.xmp"}
    File.update(presence="suspect").where(File.id == late.id).execute()
    found.forget()
    assert found.of(file.folder_id, "a.jpg") == {}


def test_only_a_few_folders_are_kept(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "KEPT_FOLDERS", 2)
    calls = count_calls(monkeypatch)
    storage = make.storage(make.user("anna"))
    folders = [make.folder(storage, name) for name in ("one", "two", "three")]
    for folder in folders:
        make.file(storage, "a.jpg", folder)
        make.file(storage, "a.jpg.json", folder)
    found = FolderPairs()
    for folder in (*folders, folders[0], folders[0]):
        assert found.of(folder.id, "a.jpg") == {"takeout": "a.jpg.json"}
    assert calls == [1, 1, 1, 1]


def test_a_scan_pairs_a_folder_once_and_not_for_each_file(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = count_calls(monkeypatch)
    for n in range(30):
        home.memory.put(f"{n}.jpg", photo(n=n))
    home.memory.put("0.jpg.json", b"{}")
    home.scan()
    assert calls == [30]
