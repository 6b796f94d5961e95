"""The absence rules on rows: what one listing may say, what a read may say, and who is asked."""

import pytest

from services import clock
from services.models import File, Item, Storage, transaction
from services.scanning import absences
from services.scanning.discovering import Discovery
from services.scanning.lane import Lane
from tests.fakes import photo
from tests.services.scanning.household import Household, later

pytestmark = pytest.mark.db


def presence(home: Household, name: str) -> tuple[str, bool]:
    file = home.file(name)
    return file.presence, file.absent_since is not None


def test_a_read_that_found_nothing_does_not_start_the_clock(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("a.jpg", photo())
    home.memory.put("b.jpg", photo(n=2))
    home.scan()
    absences.suspect([home.file("a.jpg").id], transaction)
    assert presence(home, "a.jpg") == ("suspect", False)
    assert home.state("a.jpg") == "offline"
    later(monkeypatch, 90_000)
    home.memory.take("a.jpg")
    home.scan()
    assert presence(home, "a.jpg") == ("suspect", True)  # the first complete scan that lacks it
    later(monkeypatch, 90_000)
    home.scan()
    assert presence(home, "a.jpg") == ("missing", True)
    absences.suspect([home.file("a.jpg").id], transaction)
    assert presence(home, "a.jpg") == ("missing", True)  # missing never becomes less so by a failed read


def test_what_a_provider_reports_as_deleted_is_missing_unless_it_was_seen(home: Household) -> None:
    for n in range(3):
        home.memory.put(f"{n}.jpg", photo(n=n))
    home.scan()
    ids = [home.file(f"{n}.jpg").id for n in range(3)]
    found = Discovery(home.storage, home.memory, home.run(), Lane())
    found.seen, found.returned, found.unseen = {ids[1]}, [], [ids[0]]
    assert absences.apply(home.storage, found, transaction, confirmed=False, deleted=ids[:2]) == ""
    assert [presence(home, f"{n}.jpg")[0] for n in range(3)] == ["missing", "present", "present"]


@pytest.mark.parametrize("confirmed", [False, True])
def test_too_much_that_is_reported_as_deleted_is_asked_for(home: Household, confirmed: bool) -> None:
    for n in range(30):
        home.memory.put(f"{n}.jpg", photo(n=n))
    home.scan()
    ids = [f.id for f in File.select()]
    found = Discovery(home.storage, home.memory, home.run(), Lane())
    paused = absences.apply(home.storage, found, transaction, confirmed=confirmed, deleted=ids[:25])
    assert bool(paused) is not confirmed
    missing = File.select().where(File.presence == "missing").count()
    assert missing == (25 if confirmed else 0)


def test_a_picture_that_was_only_suspect_is_back_at_once(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    absences.suspect([File.get().id], transaction)
    home.scan()
    assert presence(home, "a.jpg") == ("present", False)
    assert home.state("a.jpg") == "online"


def test_a_clock_set_back_begins_the_day_anew(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    home.memory.put("a.jpg", photo())
    home.memory.put("b.jpg", photo(n=2))
    home.scan()
    home.memory.take("a.jpg")
    home.scan()
    later(monkeypatch, -200_000)
    home.scan()
    later(monkeypatch, 80_000)
    home.scan()
    assert presence(home, "a.jpg") == ("suspect", True)


def test_a_look_at_one_folder_says_nothing_of_another(home: Household) -> None:
    home.memory.put("a/1.jpg", photo())
    home.memory.put("b/2.jpg", photo(n=2))
    home.memory.put("stays.jpg", photo(n=3))
    home.scan()
    home.memory.take("a/1.jpg")
    home.memory.take("b/2.jpg")
    home.scan(folders=["b"])
    assert (presence(home, "1.jpg")[0], presence(home, "2.jpg")[0]) == ("present", "suspect")


def fill(home: Household) -> None:
    """Sixty pictures in a folder, and one by which the root is known."""
    home.memory.put("stays.jpg", photo(n=99))
    for n in range(60):
        home.memory.put(f"d/{n}.jpg", photo(n=n))
    home.scan()


@pytest.mark.parametrize(("gone", "paused"), [(20, False), (21, True)])
def test_the_brake_holds_from_the_twenty_first_file_on(home: Household, gone: int, paused: bool) -> None:
    fill(home)
    for n in range(gone):
        home.memory.take(f"d/{n}.jpg")
    result = home.scan()
    assert (result["state"] == "paused") == paused
    assert File.select().where(File.presence == "suspect").count() == (0 if paused else gone)


def test_what_is_back_is_back_even_when_the_storage_is_paused(home: Household) -> None:
    fill(home)
    absences.suspect([home.file("59.jpg").id], transaction)
    for n in range(30):
        home.memory.take(f"d/{n}.jpg")
    assert home.scan()["state"] == "paused"
    assert presence(home, "59.jpg") == ("present", False)
    for n in range(30):
        home.memory.put(f"d/{n}.jpg", photo(n=n))
    assert home.scan()["state"] == "online"  # the disk was mounted again: nobody has to say a word
    assert Storage.get().state_reason == ""


def test_a_look_at_one_folder_does_not_end_the_pause(home: Household) -> None:
    """As each change does that is noticed in a folder: what is gone elsewhere is gone all the same."""
    fill(home)
    for n in range(30):
        home.memory.take(f"d/{n}.jpg")
    assert home.scan()["state"] == "paused"
    home.memory.put("new/a.jpg", photo(n=99))
    assert home.scan(folders=[""])["state"] == "paused"
    assert (Storage.get().state, Storage.get().state_reason != "") == ("paused", True)


def test_the_owners_word_ends_the_pause(home: Household) -> None:
    fill(home)
    for n in range(30):
        home.memory.take(f"d/{n}.jpg")
    assert home.scan()["state"] == "paused"
    assert home.scan(confirmed=True)["state"] == "online"
    assert File.select().where(File.presence == "suspect").count() == 30


def test_what_came_back_has_its_whole_day_again(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    home.memory.put("a.jpg", photo())
    home.memory.put("b.jpg", photo(n=2))
    home.scan()
    home.memory.take("a.jpg")
    home.scan()
    assert presence(home, "a.jpg") == ("suspect", True)
    home.memory.put("a.jpg", photo())
    home.scan()
    assert presence(home, "a.jpg") == ("present", False)
    home.memory.take("a.jpg")
    later(monkeypatch, 90_000)
    home.scan()
    assert presence(home, "a.jpg") == ("suspect", True), "the day of its first absence is over and forgotten"


def test_a_storage_removed_during_its_scan_stays_removed(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    home.scan()
    with transaction():
        Storage.update(removed_at=clock.now()).execute()
        File.update(presence="missing", absent_since=clock.now()).execute()
    discovery_found = [File.get().id]
    absences.restore(discovery_found, transaction)
    assert presence(home, "a.jpg") == ("missing", True)


def test_nothing_at_all_is_no_news(home: Household) -> None:
    absences.suspect([], transaction)
    assert Item.select().count() == 0
