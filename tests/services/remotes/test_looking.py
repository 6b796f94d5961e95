"""What a person sees of a storage while choosing its root."""

import pytest

from services.errors import StorageNotFound, UsageError
from services.remotes.looking import MOST, look
from services.storages.memory import MemoryStorage
from services.storages.values import Entry, Listing


@pytest.fixture
def storage() -> MemoryStorage:
    made = MemoryStorage()
    for path in ("b/1.jpg", "A/2.jpg", "A/in/3.jpg", "top.jpg", ".hypomos-trash/x.jpg"):
        made.put(path, b"x")
    return made


def test_folders_by_name_and_a_count_of_files(storage: MemoryStorage) -> None:
    top = look(storage, "")
    assert top.folders == (("A", "A"), ("b", "b"))
    assert (top.files, top.more, top.trail, top.above) == (1, False, (), "")
    inner = look(storage, "A/in")
    assert inner.trail == (("A", "A"), ("in", "A/in"))
    assert inner.above == "A"


def test_paths_from_the_top_of_a_server_stay_so(storage: MemoryStorage) -> None:
    found = look(storage, "A", "/")
    assert (found.path, found.folders, found.above) == ("/A", (("in", "/A/in"),), "/")
    assert found.trail == (("A", "/A"),)
    assert look(storage, "", "/").trail == ()


def test_what_is_no_folder(storage: MemoryStorage) -> None:
    with pytest.raises(StorageNotFound):
        look(storage, "nowhere")
    with pytest.raises(UsageError):
        look(storage, "A/../b")


def test_a_long_list_is_cut_and_says_so(storage: MemoryStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Entry(f"{n}", f"{n}", True, 0, None, None, "") for n in range(MOST + 1)]
    monkeypatch.setattr(storage, "list", lambda path: Listing(entries))
    found = look(storage, "")
    assert (len(found.folders), found.more) == (MOST, True)
