"""Plays of a guest, an organiser with other programs, and scans: whose a file is in the end, and who sees it."""

from contextlib import suppress
from typing import Any

import pytest

from services import access, collections, events, sharing
from services.clock import DAY, now
from services.collections import Draft
from services.errors import Conflict, NotFound, StorageNotFound
from services.events import dropping
from services.filing import placing
from services.models import CollectionItem, File, Item, Trash, Upload, transaction
from services.sharing import Terms
from services.storages import paths
from services.storages.memory import MemoryStorage
from tests.fakes import claimed, photo
from tests.services.filing.desk import OLD_NS
from tests.services.uploads.dock import Dock
from tests.services.uploads.test_at_an_event import DATA, discard, entered, entered_too, sent_in_vain, sent_to

pytestmark = pytest.mark.db

OPEN = {"approval": "none", "guests": "contribute"}
TAKEN = "2024-05-04T12:00:00"
memory = pytest.mark.parametrize("dock", ["memory"], indirect=True)


def dropped(dock: Dock, visit: Any, data: bytes = DATA) -> tuple[Item, str]:
    """What a guest dropped, and where it lies."""
    upload = dock.store(
        sent_to(dock, events.target(visit.viewer), data), dock.new_storing(landed=events.landed)
    )
    return upload.item, upload.path


def age(dock: Dock, path: str) -> None:
    """What lies there has done so for long: a scan that finds it elsewhere reads it at once."""
    dock.desk.adapter(dock.desk.one).set_mtime(path, OLD_NS)
    dock.desk.scan()
    File.update(sent=True).where(File.raw_name == paths.leaf(path)).execute()


def vanish(dock: Dock, path: str) -> None:
    """Its owner deletes a file with another program, and it is missed for longer than a day."""
    dock.desk.adapter(dock.desk.one).delete(path, trash=False)
    dock.desk.scan()
    File.update(absent_since=now() - 2 * DAY).where(File.presence == "suspect").execute()
    dock.desk.scan()


def take_back(dock: Dock, visit: Any, item: Item) -> None:
    try:
        events.take_back(visit.viewer, [item.pid], dock.desk.jobs)
    except NotFound:  # it is not theirs to see any more, but they leave the event
        dropping._take_back([Item.get_by_id(item.id)])
        dropping.enqueue_discard(dock.desk.jobs, item.id)
    discard(dock)
    events.discard_due(dock.desk.jobs)
    discard(dock)


def look(dock: Dock, *folders: str, row: Any = None) -> None:
    """What a watched folder leads to: a scan of some folders."""
    found = [paths.to_json(f) for f in folders]
    dock.desk._run(
        dock.desk.jobs.enqueue(
            "scan",
            payload={"folders": found, "deep": True},
            storage_id=(row or dock.desk.one).id,
            user_id=dock.desk.anna.id,
        )
    )


def far(dock: Dock, row: Any) -> MemoryStorage:
    made = MemoryStorage(writable=True, distant=True)
    made.faults.no_ids = True
    dock.desk.adapters[row.id] = made
    return made


def read_far(dock: Dock, row: Any) -> None:
    while True:
        job = dock.desk.jobs.enqueue("read", payload={}, storage_id=row.id, user_id=dock.desk.anna.id)
        run = claimed(dock.desk.jobs, job)
        result = dock.desk.scanner.read(run)
        dock.desk.jobs.finish(run.job, result)
        if not result["left"]:
            return


def to_ben(dock: Dock) -> Any:
    every = collections.create(dock.desk.viewer, Draft("All", query="type:photo"), {})
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(dock.desk.viewer, every.pid, {"user": "ben"}, Terms())
    return ben


def orphans(dock: Dock) -> list[str]:
    return [f.name for f in File.select() if f.presence == "present" and f.asset_id is None]


@memory
def test_what_she_uploaded_herself_is_hers(dock: Dock) -> None:
    """Lou was quicker than her phone. She deletes the file in the event's folder, for she has her own."""
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    dock.desk.upload("camera.jpg", DATA)
    dock.desk.scan()
    vanish(dock, path)
    assert File.get(File.raw_name == "camera.jpg").asset.item.contributed_by_id is None
    take_back(dock, visit, item)
    assert dock.files() == ["camera.jpg"]


@memory
def test_her_own_raw_and_picture_are_hers(dock: Dock) -> None:
    """She took it, and sent Lou the picture, who drops it before she imports her card."""
    data = photo(n=1, taken=TAKEN, make="C", model="M")
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit, data)
    dock.desk.put("card/IMG_1.jpg", data)
    dock.desk.put("card/IMG_1.dng", photo(n=2, taken=TAKEN, make="C", model="M", mime="image/x-adobe-dng"))
    dock.desk.scan()
    assert Item.select().count() == 2, "hers has both"
    vanish(dock, path)
    take_back(dock, visit, item)
    assert dock.files() == ["card/IMG_1.dng", "card/IMG_1.jpg"]


@memory
def test_a_copy_that_she_loves_is_hers(dock: Dock) -> None:
    """She did something with it beside copying it."""
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    dock.desk.put("best.jpg", DATA)
    dock.desk.scan()
    copy = File.get(File.raw_name == "best.jpg").asset.item
    Item.update(favourite=True, rating=5, title="Sea", extra={"by_hand": ["rating", "title"]}).where(
        Item.id == copy.id
    ).execute()
    vanish(dock, path)
    take_back(dock, visit, item)
    assert dock.files() == ["best.jpg"]


@memory
@pytest.mark.parametrize("how", ["renamed", "other storage"])
def test_her_own_which_she_moves_stays_hers(dock: Dock, how: str) -> None:
    """She had it before; what the guest dropped she has deleted long ago."""
    dock.desk.put("own.jpg", DATA)
    dock.desk.scan()
    own, anna = Item.get(), dock.desk.viewer
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [own.pid])
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    vanish(dock, path)
    dock.desk.adapter(dock.desk.one).delete("own.jpg", trash=False)
    row = dock.desk.one if how == "renamed" else dock.desk.two
    dock.desk.put("better.jpg", DATA, row=row)
    dock.desk.scan()
    if how != "renamed":
        dock.desk.scan(row)
    assert [i.id for i, _ in events.own_items(visit.viewer)] == []
    assert File.get(File.raw_name == "better.jpg").asset.item_id == own.id
    take_back(dock, visit, item)
    assert dock.files(row) == ["better.jpg"]


@memory
def test_her_own_which_she_renames_is_not_thrown_away_by_a_guest(dock: Dock) -> None:
    dock.desk.put("own.jpg", DATA)
    dock.desk.scan()
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    vanish(dock, path)
    dock.desk.adapter(dock.desk.one).delete("own.jpg", trash=False)
    dock.desk.put("better.jpg", DATA)
    dock.desk.scan()
    take_back(dock, visit, item)
    assert dock.files() == ["better.jpg"], "the only one that she has"


@memory
def test_what_once_was_at_a_place_is_not_what_moves_there(dock: Dock) -> None:
    """No guest is needed: she moves x away with another program, and then a to x in Hypomos."""
    anna, other = dock.desk.viewer, photo(n=2)
    dock.desk.put("a.jpg", DATA)
    dock.desk.scan()
    dock.desk.put("x.jpg", other)
    dock.desk.scan()
    first, second = Item.select().order_by(Item.id)
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [second.pid])
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.put("y.jpg", other)
    dock.desk.filing.move(anna, dock.desk.one.pid, "a.jpg", "x.jpg")
    dock.desk.scan()
    assert {i.id for i in Item.select()} == {first.id, second.id}
    assert File.get(File.raw_name == "y.jpg").asset.item_id == second.id
    assert CollectionItem.select().where(CollectionItem.item == second.id).exists()


@memory
def test_what_once_was_at_a_place_is_not_what_comes_back_there(dock: Dock) -> None:
    anna, other = dock.desk.viewer, photo(n=2)
    dock.desk.put("x.jpg", DATA)
    dock.desk.scan()
    thrown = dock.desk.filing.delete(anna, dock.desk.one.pid, "x.jpg")
    dock.desk.put("x.jpg", other)
    dock.desk.scan()
    first, second = Item.select().order_by(Item.id)
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.put("y.jpg", other)
    dock.desk.trashing.restore(anna, thrown.pid)
    dock.desk.scan()
    assert {i.id for i in Item.select()} == {first.id, second.id}
    assert File.get(File.raw_name == "y.jpg").asset.item_id == second.id


@memory
def test_what_once_was_at_a_place_does_not_become_a_guests(dock: Dock) -> None:
    """The same, with what Lou dropped moved to where a private one of hers had been."""
    anna, private = dock.desk.viewer, photo(n=2)
    _, visit = entered(dock, **OPEN)
    _, path = dropped(dock, visit)
    dock.desk.put("x.jpg", private)
    dock.desk.scan()
    mine = File.get(File.raw_name == "x.jpg").asset.item
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.put("y.jpg", private)
    dock.desk.filing.move(anna, dock.desk.one.pid, path, "x.jpg")
    dock.desk.scan()
    assert File.get(File.raw_name == "y.jpg").asset.item.contributed_by_id is None
    assert Item.get_or_none(Item.id == mine.id) is not None, "and is what it was, with all she said of it"


@memory
def test_what_only_is_as_large_as_what_moves_there_is_hers(dock: Dock) -> None:
    """A transfer waits; meanwhile she puts another picture of that size there, which is private."""
    private = photo(n=2)
    assert len(private) == len(DATA)
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    age(dock, path)
    dock.desk.transfers.move(dock.desk.viewer, dock.desk.one.pid, path, dock.desk.two.pid, "best.jpg")
    dock.desk.put("best.jpg", private, row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    with suppress(Conflict, StorageNotFound):  # then the transfer gives up
        dock.desk.work()
    mine = File.get(File.raw_name == "best.jpg").asset.item
    assert [i.id for i, _ in events.own_items(visit.viewer)] == [item.id]
    assert mine.contributed_by_id is None


@memory
@pytest.mark.parametrize("seen", [True, False])
def test_what_is_taken_back_while_it_moves_is_hidden_where_it_comes_to_lie(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, seen: bool
) -> None:
    _, visit = entered(dock, **OPEN)
    every = collections.create(dock.desk.viewer, Draft("All", query="type:photo"), {})
    item, path = dropped(dock, visit)
    age(dock, path)
    transfers = dock.desk.transfers
    switch = transfers._switch

    def switch_later(*args: Any) -> None:
        if seen:
            dock.desk.scan(dock.desk.two)
        take_back(dock, visit, item)
        switch(*args)

    monkeypatch.setattr(transfers, "_switch", switch_later)
    transfers.move(dock.desk.viewer, dock.desk.one.pid, path, dock.desk.two.pid, "best.jpg")
    with suppress(Conflict, StorageNotFound):  # then the transfer gives up
        dock.desk.work()
    dock.desk.scan(dock.desk.two)
    dock.desk.scan()
    events.discard_due(dock.desk.jobs)
    discard(dock)
    shown = CollectionItem.select().where((CollectionItem.collection == every.id) & CollectionItem.matches)
    assert all(row.item.withdrawn_at is not None or row.item.trashed_at is not None for row in shown)
    assert events.own_items(visit.viewer) == []
    assert {file.asset.item_id for file in File.select()} == {item.id}


@memory
def test_what_was_taken_back_and_she_brought_back_stays_hidden_under_another_name(dock: Dock) -> None:
    anna = dock.desk.viewer
    _, visit = entered(dock, **OPEN)
    every = collections.create(anna, Draft("All", query="type:photo"), {})
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(anna, every.pid, {"user": "ben"}, Terms())
    item, path = dropped(dock, visit)
    assert [i.id for i in access.visible_items(ben)] == [item.id]
    take_back(dock, visit, item)
    dock.desk.trashing.restore(anna, Trash.get().pid)
    dock.desk.scan()
    assert [i.id for i in access.visible_items(ben)] == []
    (path,) = dock.files()
    dock.desk.adapter(dock.desk.one).delete(path, trash=False)
    dock.desk.put("renamed.jpg", DATA)
    dock.desk.scan()
    assert [i.id for i in access.visible_items(ben)] == []


@memory
def test_while_it_comes_back_from_the_trash_nobody_sees_it(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = dock.desk.viewer
    _, visit = entered(dock, **OPEN)
    every = collections.create(anna, Draft("All", query="type:photo"), {})
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(anna, every.pid, {"user": "ben"}, Terms())
    item, path = dropped(dock, visit)
    age(dock, path)
    take_back(dock, visit, item)
    adapter, seen = dock.desk.adapter(dock.desk.one), []
    move = adapter.move

    def move_slowly(*args: Any, **more: Any) -> Any:
        found = move(*args, **more)
        dock.desk.scan()
        seen.append([i.id for i in access.visible_items(ben)])
        return found

    monkeypatch.setattr(adapter, "move", move_slowly)
    dock.desk.trashing.restore(anna, Trash.get().pid)
    assert seen == [[]]


@memory
@pytest.mark.parametrize("how", ["rename", "folder", "restore"])
def test_what_a_scan_far_away_sees_before_its_record_is_the_guests_and_once(dock: Dock, how: str) -> None:
    anna, one = dock.desk.viewer, dock.desk.one
    adapter = far(dock, one)
    adapter.faults.no_hashes = True
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    thrown = dock.desk.filing.delete(anna, one.pid, path) if how == "restore" else None
    dock.desk.scan_after("move")
    if thrown is not None:
        dock.desk.trashing.restore(anna, thrown.pid)
    else:
        was, new = (path, "best.jpg") if how == "rename" else (paths.parent(path), "Best")
        dock.desk.filing.move(anna, one.pid, was, new)
    for look in (lambda: None, dock.desk.scan, lambda: read_far(dock, one)):
        look()
        assert [i.id for i in Item.select()] == [item.id] == [i.id for i, _ in events.own_items(visit.viewer)]
        assert [(f.presence, f.asset.item_id) for f in File.select()] == [("present", item.id)]


@memory
def test_what_is_taken_back_before_its_move_was_seen_is_shown_to_nobody(dock: Dock) -> None:
    """The job finds nothing where it was."""
    anna = dock.desk.viewer
    _, visit = entered(dock, **OPEN)
    every = collections.create(anna, Draft("All", query="type:photo"), {})
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(anna, every.pid, {"user": "ben"}, Terms())
    item, path = dropped(dock, visit)
    dock.desk.adapter(dock.desk.one).delete(path, trash=False)
    dock.desk.put("Best/moved.jpg", DATA)
    take_back(dock, visit, item)
    assert not Trash.select().exists()
    dock.desk.scan()
    assert [i.id for i in access.visible_items(ben)] == []
    events.discard_due(dock.desk.jobs)
    discard(dock)
    assert dock.files() == ["Best/moved.jpg"], "that it was the guest's is a guess: enough to hide it"


@memory
def test_what_she_wrote_into_her_own_is_not_shown_to_a_guest(dock: Dock) -> None:
    """She deleted what Lou dropped long ago, and gets the picture with her words in it from elsewhere."""
    _, visit = entered(dock, **OPEN)
    _, path = dropped(dock, visit, photo(n=1, scan="pixels"))
    vanish(dock, path)
    dock.desk.put("diary.jpg", photo(n=2, scan="pixels", title="what nobody is to know"), row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    assert [i.title for i, _ in events.own_items(visit.viewer)] == []


@memory
def test_what_she_withdrew_of_a_guests_hides_nothing_of_hers(dock: Dock) -> None:
    anna = dock.desk.viewer
    _, visit = entered(dock, **OPEN)
    every = collections.create(anna, Draft("All", query="type:photo"), {})
    ben = dock.make.viewer(dock.make.user("ben"))
    sharing.offer(anna, every.pid, {"user": "ben"}, Terms())
    item, path = dropped(dock, visit)
    Item.update(withdrawn_at=now()).where(Item.id == item.id).execute()
    dock.desk.put("own.jpg", DATA)
    dock.desk.scan()
    (mine,) = access.visible_items(ben)
    vanish(dock, path)
    assert [i.id for i in access.visible_items(ben)] == [mine.id]


@memory
def test_what_she_had_unread_before_is_hers(dock: Dock) -> None:
    """It was seen before the guest dropped theirs, and read after that."""
    _, visit = entered(dock, **OPEN)
    dock.desk.put("own.jpg", DATA)
    with transaction():
        placing.set_file(dock.desk.one, dock.desk.adapter(dock.desk.one).stat("own.jpg"))
    item, path = dropped(dock, visit)
    dock.desk.scan()
    mine = File.get(File.raw_name == "own.jpg").asset.item
    assert mine.id != item.id
    vanish(dock, path)
    assert File.get(File.raw_name == "own.jpg").asset.item.contributed_by_id is None


@memory
def test_her_private_half_of_a_live_photo_is_not_shown_to_a_guest(dock: Dock) -> None:
    """Lou drops the video alone; she imports picture and video, and deletes Lou's file."""
    video = photo(n=1, taken=TAKEN, live_id="L", kind="video", mime="video/quicktime", duration_s=2.0)
    _, visit = entered(dock, **OPEN)
    upload = dock.store(
        sent_to(dock, events.target(visit.viewer), video, "IMG_1.mov"), dock.new_storing(landed=events.landed)
    )
    dock.desk.put("card/IMG_1.mov", video)
    dock.desk.put("card/IMG_1.heic", photo(n=2, taken=TAKEN, live_id="L", mime="image/heic", title="private"))
    dock.desk.scan()
    assert Item.select().count() == 2
    vanish(dock, upload.path)
    dock.desk.scan()
    dock.desk.put("card/other.jpg", photo(n=9))  # so that the folder is grouped once more
    dock.desk.scan()
    assert [i.name for i, _ in events.own_items(visit.viewer)] in ([], ["IMG_1.mov"])
    assert File.get(File.raw_name == "IMG_1.heic").asset.item.contributed_by_id is None


@memory
def test_what_two_guests_dropped_does_not_become_one_guests(dock: Dock) -> None:
    """She copies the folders of both to another storage, with another program, and then deletes them."""
    event, lou = entered(dock, **OPEN)
    mia = entered_too(dock, event, "Mia")
    item, path = dropped(dock, lou)
    other, its_path = dropped(dock, mia)
    for name, old in (("lou.jpg", path), ("mia.jpg", its_path)):
        dock.desk.put(name, DATA, row=dock.desk.two)
        dock.desk.adapter(dock.desk.one).delete(old, trash=False)
    dock.desk.scan(dock.desk.two)
    dock.desk.scan()
    File.update(absent_since=now() - 2 * DAY).where(File.presence == "suspect").execute()
    dock.desk.scan()
    take_back(dock, lou, item)
    assert dock.files(dock.desk.two) == ["lou.jpg", "mia.jpg"], "these are hers"
    assert Item.get_by_id(other.id).missing


@memory
def test_what_was_seen_before_is_hers_also_when_it_was_touched_since(dock: Dock) -> None:
    """It was still being written when a scan saw it first: it is read by a later one."""
    _, visit = entered(dock, **OPEN)
    adapter = dock.desk.adapter(dock.desk.one)
    adapter.write("own.jpg", [DATA], size=len(DATA))
    dock.desk.scan()
    assert File.get().read_state == "pending"
    item, path = dropped(dock, visit)
    adapter.delete(path, trash=False)
    adapter.set_mtime("own.jpg", OLD_NS)
    dock.desk.scan()
    mine = File.get(File.raw_name == "own.jpg").asset.item
    assert (mine.id != item.id, mine.contributed_by_id) == (True, None)


@memory
@pytest.mark.parametrize("ids", [True, False])
def test_her_own_moved_over_a_guests_is_not_thrown_away(dock: Dock, ids: bool) -> None:
    """She moves her own picture into the event's folder with her file manager, and says “replace”."""
    dock.desk.memory(dock.desk.one).faults.no_ids = not ids
    dock.desk.put("own.jpg", DATA)
    dock.desk.scan()
    own, anna = Item.get(), dock.desk.viewer
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [own.pid])
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    adapter = dock.desk.adapter(dock.desk.one)
    adapter.delete(path, trash=False)
    adapter.move("own.jpg", path)
    dock.desk.scan()
    take_back(dock, visit, item)
    assert dock.files() == [path], "it is the only one that she has"


@memory
def test_what_she_uploads_where_a_guests_was(dock: Dock) -> None:
    """She has deleted the guest's with another program; the same bytes come there by Hypomos, from her phone."""
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    vanish(dock, path)
    dock.desk.upload(path, DATA)
    dock.desk.scan()
    take_back(dock, visit, item)
    assert dock.files() == [path], "she uploaded it herself"


@memory
def test_another_picture_she_puts_where_a_guests_was(dock: Dock) -> None:
    """Other bytes than what lay there."""
    private = photo(n=77, title="private")
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    vanish(dock, path)
    dock.desk.upload(path, private)
    dock.desk.scan()
    assert [i.title for i, _ in events.own_items(visit.viewer)] in ([], [None], [""])
    take_back(dock, visit, item)
    assert dock.files() == [path]


@memory
def test_far_her_own_comes_from_another_storage_as_a_guests_goes(dock: Dock) -> None:
    """Recognised by size and hash though she has the same herself."""
    one = far(dock, dock.desk.one)
    dock.desk.put("own.jpg", DATA, row=dock.desk.two)
    dock.desk.scan(dock.desk.two)
    own = Item.get()
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    assert item.id != own.id
    dock.desk.scan()
    read_far(dock, dock.desk.one)
    one.put("stays.jpg", photo(n=9))
    dock.desk.scan()
    one.delete(path, trash=False)
    dock.desk.put("best.jpg", DATA)
    dock.desk.adapter(dock.desk.two).delete("own.jpg", trash=False)
    dock.desk.scan()
    read_far(dock, dock.desk.one)
    dock.desk.scan(dock.desk.two)
    take_back(dock, visit, item)
    assert "best.jpg" in dock.files(), "it is the only one that she has"


@memory
def test_what_came_back_from_the_trash_elsewhere_is_still_what_was_sent(dock: Dock) -> None:
    """She moved it by Hypomos, threw it away, and brought it back; then its guest takes it back."""
    anna = dock.desk.viewer
    _, visit = entered(dock, **OPEN)
    item, path = dropped(dock, visit)
    dock.desk.filing.move(anna, dock.desk.one.pid, path, "best.jpg")
    thrown = dock.desk.filing.delete(anna, dock.desk.one.pid, "best.jpg")
    dock.desk.trashing.restore(anna, thrown.pid)
    assert dock.files() == ["best.jpg"]
    take_back(dock, visit, item)
    assert dock.files() == []
    assert events.discard_due(dock.desk.jobs) == 0


@memory
def test_what_a_scan_saw_first_goes_to_the_trash_also_after_a_day(dock: Dock) -> None:
    _, visit = entered(dock, **OPEN)
    dock.desk.scan_after("write")
    item, _ = dropped(dock, visit)
    Upload.delete().execute()  # as `expire` does after a day
    take_back(dock, visit, item)
    assert dock.files() == []


@memory
def test_far_what_only_is_as_large_is_not_thrown_away(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A guest's upload waits; she puts another picture of that size there; it is seen, not read; Lou takes it back."""
    far(dock, dock.desk.one)
    private = photo(n=2)
    assert len(private) == len(DATA)
    _, visit = entered(dock, **OPEN)
    upload = sent_in_vain(dock, visit, monkeypatch)
    assert (upload.step, upload.state) == ("writing", "whole")
    dock.desk.put(upload.path, private)
    dock.desk.scan()
    mine = File.get().asset.item
    found = [i.id for i, _ in events.own_items(visit.viewer)]
    assert found == [mine.id], "a placeholder that is taken for Lou's"
    take_back(dock, visit, mine)
    assert dock.files() == [upload.path], "Lou never sent these bytes"


@memory
def test_far_what_only_is_as_large_does_not_stay_hidden(dock: Dock, monkeypatch: pytest.MonkeyPatch) -> None:
    far(dock, dock.desk.one)
    private = photo(n=2)
    _, visit = entered(dock, **OPEN)
    upload = sent_in_vain(dock, visit, monkeypatch)
    dock.desk.put(upload.path, private)
    dock.desk.scan()
    mine = File.get().asset.item
    events.take_back(visit.viewer, [mine.pid], dock.desk.jobs)
    read_far(dock, dock.desk.one)
    mine = File.get().asset.item
    assert mine.contributed_by_id is None
    assert (mine.taken_back_at, mine.withdrawn_at) == (None, None)


@memory
@pytest.mark.parametrize("what", ["file", "folder"])
@pytest.mark.parametrize("ids", [True, False])
def test_what_waits_is_shown_to_nobody_while_she_moves_it(
    dock: Dock, monkeypatch: pytest.MonkeyPatch, what: str, ids: bool
) -> None:
    """By Hypomos; a watched folder is looked at in the middle."""
    dock.desk.memory(dock.desk.one).faults.no_ids = not ids
    _, visit = entered(dock, guests="contribute")  # it asks
    ben = to_ben(dock)
    _, path = dropped(dock, visit)
    adapter = dock.desk.adapter(dock.desk.one)
    dock.desk.put("Best/other.txt", b"x")
    age(dock, path)
    seen: list[list[int]] = []
    move = adapter.move

    def move_slowly(*args: Any, **more: Any) -> Any:
        found = move(*args, **more)
        look(dock, "Best")
        seen.append([i.id for i in access.visible_items(ben)])
        return found

    monkeypatch.setattr(adapter, "move", move_slowly)
    if what == "file":
        dock.desk.filing.move(dock.desk.viewer, dock.desk.one.pid, path, "Best/IMG.jpg")
    else:
        dock.desk.filing.move(dock.desk.viewer, dock.desk.one.pid, paths.parent(path), "Best/Lou")
    assert seen == [[]]


@memory
def test_what_waits_is_shown_to_nobody_after_she_moved_it(
    dock: Dock, monkeypatch: pytest.MonkeyPatch
) -> None:
    dock.desk.memory(dock.desk.one).faults.no_ids = True
    _, visit = entered(dock, guests="contribute")
    ben = to_ben(dock)
    item, path = dropped(dock, visit)
    adapter = dock.desk.adapter(dock.desk.one)
    dock.desk.put("Best/other.txt", b"x")
    age(dock, path)
    move = adapter.move

    def move_slowly(*args: Any, **more: Any) -> Any:
        found = move(*args, **more)
        look(dock, "Best")
        return found

    monkeypatch.setattr(adapter, "move", move_slowly)
    dock.desk.filing.move(dock.desk.viewer, dock.desk.one.pid, paths.parent(path), "Best/Lou")
    monkeypatch.undo()
    dock.desk.scan()
    dock.desk.scan()
    assert [i.id for i in access.visible_items(ben)] == []
    assert [i.id for i in Item.select()] == [item.id], "no ghost is left"


@memory
def test_far_of_two_that_appear_each_has_an_item(dock: Dock) -> None:
    one = far(dock, dock.desk.one)
    _, visit = entered(dock, **OPEN)
    _, path = dropped(dock, visit)
    one.put("stays.jpg", photo(n=9))
    dock.desk.scan()
    read_far(dock, dock.desk.one)
    one.delete(path, trash=False)
    dock.desk.scan()
    dock.desk.put("b.jpg", DATA)
    dock.desk.put("c.jpg", DATA)
    dock.desk.scan()
    assert orphans(dock) == []


@memory
def test_without_guests_what_is_moved_to_where_its_copy_was_stays_shared(dock: Dock) -> None:
    """A copy was put over another of hers, which she withdraws; the copy is gone, and the shared one moves there."""
    anna, other = dock.desk.viewer, photo(n=2)
    dock.desk.put("a.jpg", DATA)
    dock.desk.put("x.jpg", other)
    dock.desk.scan()
    ben = to_ben(dock)
    first = File.get(File.raw_name == "a.jpg").asset.item
    second = File.get(File.raw_name == "x.jpg").asset.item
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.put("x.jpg", DATA)
    dock.desk.scan()
    assert File.get(File.raw_name == "x.jpg").asset.item_id == first.id
    sharing.withdraw(anna, [second.pid])
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.filing.move(anna, dock.desk.one.pid, "a.jpg", "x.jpg")
    dock.desk.scan()
    assert [i.id for i in access.visible_items(ben)] == [first.id]
    assert {i.id for i in Item.select()} == {first.id, second.id}


@memory
def test_without_guests_the_oldest_is_known_again(dock: Dock) -> None:
    """A copy of it was put over another of hers, and it lies in the trash where it was first."""
    anna, other = dock.desk.viewer, photo(n=2)
    dock.desk.put("a.jpg", DATA)
    dock.desk.scan()
    dock.desk.put("x.jpg", other)
    dock.desk.scan()
    first = File.get(File.raw_name == "a.jpg").asset.item
    dock.desk.adapter(dock.desk.one).delete("x.jpg", trash=False)
    dock.desk.put("x.jpg", DATA)
    dock.desk.scan()
    dock.desk.filing.delete(anna, dock.desk.one.pid, "a.jpg")
    dock.desk.put("again.jpg", DATA)
    dock.desk.scan()
    assert File.get(File.raw_name == "again.jpg").asset.item_id == first.id
