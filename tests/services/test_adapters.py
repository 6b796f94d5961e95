"""From a storage row to what reaches it: made once, and anew when the row says something else."""

import threading
from pathlib import Path

import pytest

from services import adapters as adapters_module
from services.adapters import Adapters
from services.clock import now
from services.errors import Unavailable, UsageError
from services.health import note_answers, report_trip
from services.models import Storage
from services.storages.base import Storage as Adapter
from services.storages.guarded import TRIPS_AT, Guarded
from services.storages.local import LocalStorage
from services.storages.memory import MemoryStorage
from services.storages.values import Canary, Fingerprint
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def storage(make: Make, tmp_path: Path) -> Storage:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"bytes")
    return make.storage(make.user(), root=tmp_path / "photos")


def test_an_adapter_is_made_once_and_reaches_the_folder(storage: Storage) -> None:
    adapters = Adapters()
    adapter = adapters(storage)
    assert isinstance(adapter, LocalStorage)
    assert adapters(Storage.get_by_id(storage.id)) is adapter
    assert [e.name for e in adapter.list("").entries] == ["a.jpg"]
    assert not adapter.writable


def test_what_the_row_says_now_counts(storage: Storage, tmp_path: Path) -> None:
    adapters = Adapters()
    before = adapters(storage)
    Storage.update(writable=True).execute()
    writable = adapters(Storage.get_by_id(storage.id))
    assert (writable is before, writable.writable) == (False, True)
    (tmp_path / "other").mkdir()
    Storage.update(root=str(tmp_path / "other")).execute()
    assert adapters(Storage.get_by_id(storage.id)).list("").entries == []


def test_a_recorded_root_is_recognised(storage: Storage, make: Make) -> None:
    strange = Fingerprint(canaries=(Canary("gone.jpg", 7), Canary("\udcff%.jpg", 9)))
    Storage.update(canaries=strange.to_json()).execute()
    row = Storage.get_by_id(storage.id)
    assert Fingerprint.from_json(row.canaries) == strange  # also a name that is no UTF-8, on every database
    assert not Adapters()(row).probe(strange).online


def test_a_kind_from_a_later_version_is_told_in_words(storage: Storage) -> None:
    Storage.update(kind="cloud").execute()
    with pytest.raises(UsageError, match="cloud"):
        Adapters()(Storage.get_by_id(storage.id))


def test_threads_that_ask_at_once_get_the_same(storage: Storage) -> None:
    adapters, found = Adapters(), list[Adapter]()
    threads = [threading.Thread(target=lambda: found.append(adapters(storage))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(each) for each in found}) == 1


def test_a_distant_storage_comes_behind_a_breaker_and_a_trip_is_told(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make(kind: str, root: str, *, options: dict[str, object], **more: object) -> MemoryStorage:
        assert options == {"remote": "h_1"}
        return MemoryStorage(distant=True)

    monkeypatch.setattr(adapters_module, "make_storage", make)
    Storage.update(options={"remote": "h_1", "budget": {"at_once": 1}}).execute()
    told: list[int] = []
    adapters = Adapters(on_trip=lambda storage_id, error: told.append(storage_id))
    adapter = adapters(Storage.get_by_id(storage.id))
    assert isinstance(adapter, Guarded)
    assert adapter.distant
    assert isinstance(adapter.inner, MemoryStorage)
    adapter.inner.faults.offline = True
    for _ in range(4):
        with pytest.raises(Unavailable):
            adapter.list("")
    assert told == [storage.id]
    Storage.update(options={"remote": "h_1", "budget": {"at_once": 2}}).execute()
    assert adapters(Storage.get_by_id(storage.id)) is adapter, "a budget is no other way to the storage"


def test_another_process_learns_from_the_row_that_a_storage_is_back(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = MemoryStorage(distant=True)
    monkeypatch.setattr(adapters_module, "make_storage", lambda kind, root, **more: memory)
    adapters = Adapters(on_trip=report_trip)

    def ask() -> None:
        adapters(Storage.get_by_id(storage.id)).list("")

    memory.faults.offline = True
    for _ in range(TRIPS_AT):
        with pytest.raises(Unavailable):
            ask()
    assert Storage.get_by_id(storage.id).state == "offline"
    memory.faults.offline = False
    with pytest.raises(Unavailable, match="asked again"):
        ask()
    Storage.update(state="online", state_since=now() + 1).execute()
    with pytest.raises(Unavailable, match="asked again"):
        ask()  # it is to be left alone for a time
    note_answers(Storage.get_by_id(storage.id), 0.0)
    ask()
