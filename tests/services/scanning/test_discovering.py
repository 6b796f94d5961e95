"""Discovering: rows follow what lies there, and a look at some folders says nothing of the others."""

from collections.abc import Callable

import pytest

from services.catalogue import ungrouped
from services.errors import Forbidden, StorageNotFound, Unavailable
from services.models import File, Folder, Job
from services.scanning.discovering import Discovery
from services.scanning.lane import Lane
from services.storages.values import Entry, Listing
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db

NO_UTF8 = "caf\udce9"


def discover(home: Household, only: list[str] | None = None) -> Discovery:
    Job.delete().execute()
    found = Discovery(home.storage, home.memory, home.run(), Lane())
    found.walk(only)
    return found


def names(files: list[int]) -> list[str]:
    return sorted(f.name for f in File.select().where(File.id.in_(files)))


def test_a_second_look_finds_nothing_new(home: Household) -> None:
    home.memory.put("2026/a.jpg", photo())
    home.memory.put("2026/.hypomos-x", b"ours")
    home.memory.put("@eaDir/a.jpg", b"a NAS's own")
    first = discover(home)
    assert (first.found, first.added) == (1, 1)
    Folder.update(ungrouped_at=None).execute()
    second = discover(home)
    assert (second.found, second.added, second.changed, ungrouped.marks(home.storage)) == (1, 0, 0, {})
    assert sorted(f.path for f in Folder.select()) == ["", "2026"]


def test_only_some_folders_and_what_is_new_below_them(home: Household) -> None:
    home.memory.put("a/1.jpg", photo())
    home.memory.put("b/1.jpg", photo())
    discover(home)
    home.memory.put("a/new/deep/2.jpg", photo())
    home.memory.put("b/2.jpg", photo())
    home.memory.take("b/1.jpg")
    found = discover(home, ["a", "nowhere"])
    assert (found.added, found.unseen) == (1, [])
    assert sorted(f.path for f in Folder.select()) == ["", "a", "a/new", "a/new/deep", "b"]
    assert names(discover(home, ["b"]).unseen) == ["1.jpg"]


def test_a_folder_that_is_gone_takes_everything_below_with_it(home: Household) -> None:
    for path in ("old/1.jpg", "old/deep/2.jpg", "stays/3.jpg"):
        home.memory.put(path, photo())
    discover(home)
    home.memory.take("old")
    assert names(discover(home).unseen) == ["1.jpg", "2.jpg"]
    assert names(discover(home, [""]).unseen) == ["1.jpg", "2.jpg"]


@pytest.mark.parametrize("only", [["old"], ["old/deep"], ["old", "old/deep"], ["old/deep", ""]])
def test_a_folder_that_is_not_found_is_looked_for_in_the_one_above(home: Household, only: list[str]) -> None:
    """Its own listing says nothing; that of the nearest folder which is there does."""
    for path in ("old/1.jpg", "old/deep/2.jpg", "stays/3.jpg"):
        home.memory.put(path, photo())
    discover(home)
    home.memory.take("old")
    home.memory.take("stays/3.jpg")  # nobody asks for it
    found = discover(home, only)
    assert names(found.unseen) == ["1.jpg", "2.jpg"]
    assert len(found.unseen) == 2, "each of them once"
    assert {f.path for f in Folder.select().where(Folder.id.in_(found.gone_folders))} == {"old", "old/deep"}


@pytest.mark.parametrize("fault", ["cut", "refused"])
def test_what_is_not_found_is_not_gone_while_nobody_can_say(home: Household, fault: str) -> None:
    home.memory.put("0.jpg", photo())
    home.memory.put("old/1.jpg", photo())
    discover(home)
    home.memory.take("old")
    if fault == "cut":
        home.memory.faults.partial = {""}
    else:
        home.memory.faults.fail_on = {2: Forbidden("not you")}
    found = discover(home, ["old"])
    assert (found.unseen, found.gone_folders, found.incomplete) == ([], [], [""])


def test_what_was_seen_in_a_folder_just_before_it_went(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("keep.jpg", photo())
    home.memory.put("new/deep/1.jpg", photo())
    home.memory.put("new/other/2.jpg", photo())
    whole, seen = home.memory.list, []

    def list_folder(path: str) -> Listing:
        listing = whole(path)
        seen.append(path)
        if len(seen) == 3:
            home.memory.take("new")
        return listing

    monkeypatch.setattr(home.memory, "list", list_folder)
    found = discover(home)
    assert (found.added, len(found.unseen)) == (2, 1)
    assert {f.path for f in Folder.select().where(Folder.id.in_(found.gone_folders))} == {
        "new", "new/deep", "new/other",
    }  # fmt: skip


def test_a_folder_that_is_refused_says_nothing_and_tells_why(home: Household) -> None:
    home.memory.put("a/1.jpg", photo())
    home.memory.put("b/2.jpg", photo())
    discover(home)
    home.memory.take("a/1.jpg")
    whole = home.memory.list

    def list_folder(path: str) -> Listing:
        if path == "a":
            raise Forbidden("The storage refuses this folder.")
        return whole(path)

    home.memory.list = list_folder  # type: ignore[method-assign]  # a fault of one folder alone
    found = discover(home)
    assert (found.incomplete, found.unseen) == (["a"], [])
    assert Folder.get(Folder.path == b"a").problem == "The storage refuses this folder."
    home.memory.list = whole  # type: ignore[method-assign]
    assert names(discover(home).unseen) == ["1.jpg"]
    assert Folder.get(Folder.path == b"a").problem == ""


def test_a_cut_listing_adds_what_it_has_and_takes_nothing(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    discover(home)
    home.memory.put("b.jpg", photo())
    home.memory.put("c.jpg", photo())
    home.memory.take("a.jpg")
    home.memory.faults.partial = {""}
    found = discover(home)
    assert found.unseen == []
    assert found.added in {1, 2}
    assert found.incomplete == [""]


def test_a_folder_with_a_name_that_is_no_utf8_is_told_and_kept(home: Household) -> None:
    """The result goes to JSON and PostgreSQL, which take no half characters."""
    home.memory.put(f"{NO_UTF8}/a.jpg", photo())
    home.memory.faults.partial = {NO_UTF8}
    result = home.scan()
    assert result["incomplete"] == ["caf\\xe9"]
    home.memory.faults.partial = set()
    home.scanner.refresh([File.get().id])
    job = Job.get(Job.state == "queued")
    assert job.payload == {"folders": ["caf%E9"]}
    assert home.scan(**job.payload)["found"] == 1


def test_percent_signs_in_names_are_only_percent_signs(home: Household) -> None:
    home.memory.put("100%25/a.jpg", photo())
    home.scan()
    home.scanner.refresh([File.get().id])
    home.memory.put("100%25/b.jpg", photo(n=2))
    assert home.scan(**Job.get(Job.state == "queued").payload)["added"] == 1


def test_a_moved_file_is_known_by_the_storages_id(home: Household) -> None:
    home.memory.writable = True
    home.memory.put("a/1.jpg", photo())
    home.memory.put("b/2.jpg", photo(n=2))
    discover(home)
    before = home.file("1.jpg").id
    home.memory.move("a/1.jpg", "b/new name.jpg")
    found = discover(home)
    assert (found.moved, found.added, found.unseen) == (1, 0, [])
    assert home.file("new name.jpg").id == before


def test_a_copy_with_a_recycled_id_is_no_move(home: Household) -> None:
    """Some storages give the id of a deleted file to the next one: size and time must agree as well."""
    home.memory.put("a.jpg", photo())
    discover(home)
    first = home.file("a.jpg")
    home.memory.take("a.jpg")
    home.memory.put("b.jpg", photo(n=22))
    home.memory._nodes["b.jpg"].id = first.provider_id
    found = discover(home)
    assert (found.moved, found.added) == (0, 1)
    assert names(found.unseen) == ["a.jpg"]


@pytest.mark.parametrize("error", [Unavailable("away"), Forbidden("no")])
def test_in_doubt_nothing_is_moved(
    home: Household, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.writable = True
    home.memory.put("a.jpg", photo())
    discover(home)
    home.memory.move("a.jpg", "b.jpg")

    def stat(path: str) -> Entry:
        raise error

    monkeypatch.setattr(home.memory, "stat", stat)
    found = discover(home)
    assert (found.moved, found.added) == (0, 1)


def test_another_scan_may_be_quicker(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at the rows and the writing somebody else adds the same folder and files."""
    home.memory.put("new/a.jpg", photo())
    whole: Callable[[str], Listing] = home.memory.list
    depth: list[str] = []

    def list_folder(path: str) -> Listing:
        listing = whole(path)
        if path == "" and not depth:
            depth.append("")
            Discovery(home.storage, home.memory, home.run(other=True), Lane()).walk()
        return listing

    monkeypatch.setattr(home.memory, "list", list_folder)
    discover(home)
    assert File.select().count() == 1
    assert Folder.select().count() == 2


def test_a_folder_that_vanishes_between_two_listings_is_no_error(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its place is still listed above it, so that nothing of it is gone."""
    home.memory.put("a/1.jpg", photo())
    discover(home)
    whole = home.memory.list

    def list_folder(path: str) -> Listing:
        if path == "a":
            raise StorageNotFound("gone")
        return whole(path)

    monkeypatch.setattr(home.memory, "list", list_folder)
    found = discover(home)
    assert (found.incomplete, found.unseen, found.gone_folders, found.found) == ([], [], [], 0)
