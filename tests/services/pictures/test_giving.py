"""Pictures are given to those who may see the item, made once for all who wait, and foreseen without being made."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import peewee
import pytest

from services import clock
from services.broker import Revoked
from services.errors import NotFound, UsageError
from services.identifiers import new_pid
from services.media.television import PROFILES
from services.models import Device, Grant, Item, Job, Screen, User, counters, database, transaction
from services.pictures import StillMaking, offers_of
from services.pictures.giving import CHUNK, Picture, size_of
from services.viewers import Proof, Viewer
from tests.fakes import REFUSED, jpeg_header
from tests.services.pictures.conftest import Home

pytestmark = pytest.mark.db

MADE = jpeg_header(2880, 2160) + b"pixels"


def screen(home: Home, *items: Item, **grant: Any) -> Viewer:
    """A television with which anna shares these items."""
    row = Screen.create(pid=new_pid(), name="Living room", created_at=clock.now())
    if items:
        share = home.make.share(home.make.collection(home.anna, items=items), "screen")
        home.make.grant(share, screen=row, **grant)
    return Viewer(0, "", "Living room", kind="screen", screen_id=row.id)


def test_found_by_content_and_profile(home: Home) -> None:
    wanted = home.pictures.wanted(home.viewer, home.item.pid, "LRG")
    assert (home.pictures.find(wanted), home.pictures.length(wanted)) == (None, None)
    home.keep("LRG", MADE)
    found = home.pictures.find(wanted)
    assert found == Picture(MADE, 2880, 2160, wanted.etag, PROFILES["LRG"], home.item.pid)
    assert home.pictures.length(wanted) == found.size == len(MADE)
    assert home.pictures.find(home.pictures.wanted(home.viewer, home.item.pid, "TN")) is None


def test_tags_name_content_and_profile(home: Home) -> None:
    tags = {home.pictures.wanted(home.viewer, home.item.pid, name).etag for name in PROFILES}
    other = home.picture("b.jpg")
    tags |= {home.pictures.wanted(home.viewer, other.pid, name).etag for name in PROFILES}
    assert len(tags) == 2 * len(PROFILES)


def test_there_are_five_profiles(home: Home) -> None:
    for wrong in ("", "lrg", "JPEG_LRG", "4K"):
        with pytest.raises(UsageError) as caught:
            home.pictures.wanted(home.viewer, home.item.pid, wrong)
        assert caught.value.field == "profile"


def test_a_television_gets_what_was_shared_with_it_alone(home: Home) -> None:
    other = home.picture("b.jpg")
    home.keep("TN", MADE)
    home.keep("TN", MADE, other)
    viewer = screen(home, home.item)
    assert home.pictures.picture(viewer, home.item.pid, "TN").data == MADE
    for refused in (other.pid, new_pid()):
        with pytest.raises(NotFound):
            home.pictures.picture(viewer, refused, "TN")
    with pytest.raises(NotFound):
        home.pictures.picture(screen(home), home.item.pid, "TN")
    assert Job.select().count() == 0


def test_equal_bytes_open_nobody_elses_picture(home: Home) -> None:
    home.keep("TN", MADE)
    ben = home.make.viewer(home.make.user("ben"))
    with pytest.raises(NotFound):
        home.pictures.wanted(ben, home.item.pid, "TN")
    assert home.pictures.prefetch(ben, [home.item.pid], "LRG") == 0


def test_what_was_revoked_is_not_found(home: Home) -> None:
    viewer = screen(home, home.item)
    home.keep("LRG", MADE)
    assert home.pictures.picture(viewer, home.item.pid, "LRG").width == 2880
    Grant.update(state="revoked", ended_at=clock.now()).execute()
    with pytest.raises(NotFound):
        home.pictures.picture(viewer, home.item.pid, "LRG")


def test_who_wants_the_same_waits_for_the_same_job(home: Home) -> None:
    viewer = screen(home, home.item)
    first = home.pictures.ask(home.viewer, home.pictures.wanted(home.viewer, home.item.pid, "LRG"))
    second = home.pictures.ask(viewer, home.pictures.wanted(viewer, home.item.pid, "LRG"))
    assert first.id == second.id
    assert (first.lane, first.user_id, first.payload) == (
        "click", home.anna.id, {"assets": [home.item.cover_id], "profile": "LRG", "of_kept": False},
    )  # fmt: skip
    home.work()
    assert len(home.pool.pictured) == 1
    assert home.pictures.picture(viewer, home.item.pid, "LRG", wait_s=0).width == 2880


def test_nobody_depends_on_a_strangers_copy_of_the_same_bytes(home: Home) -> None:
    ben = home.make.user("ben")
    theirs = home.make.item(ben)
    asset = home.make.asset(theirs, b"the original of a.jpg")
    Item.update(cover_id=asset.id).where(Item.id == theirs.id).execute()
    viewer = home.make.viewer(ben)
    one = home.pictures.ask(home.viewer, home.pictures.wanted(home.viewer, home.item.pid, "LRG"))
    assert home.pictures.ask(viewer, home.pictures.wanted(viewer, theirs.pid, "LRG")).id != one.id


def beside(do: Callable[[], object]) -> threading.Thread:
    """Do something in another thread, with a connection of its own."""

    def run() -> None:
        try:
            do()
        finally:
            database.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def when_asked(home: Home, do: Callable[[], object]) -> threading.Thread:
    """Do something as soon as somebody waits for a picture."""

    def run() -> None:
        deadline = time.monotonic() + 30
        while not Job.select().exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        do()

    return beside(run)


def test_it_waits_for_what_is_made(home: Home) -> None:
    worker = when_asked(home, home.work)
    assert home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=60).width == 2880
    worker.join()
    assert len(home.pool.pictured) == 1


def test_many_who_wait_get_one_that_was_made_once(home: Home) -> None:
    """Single flight: televisions ask twice and thrice, for HEAD first."""
    found: list[int] = []
    askers = [
        beside(lambda: found.append(home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=60).size))
        for _ in range(5)
    ]
    worker = when_asked(home, home.work)
    for thread in (*askers, worker):
        thread.join()
    assert len(found) == 5
    assert len(set(found)) == 1
    assert len(home.pool.pictured) == 1


def test_a_right_that_ends_while_it_is_made(home: Home) -> None:
    viewer = screen(home, home.item)

    def revoke() -> None:
        Grant.update(state="revoked", ended_at=clock.now()).execute()
        home.work()

    worker = when_asked(home, revoke)
    with pytest.raises(NotFound):
        home.pictures.picture(viewer, home.item.pid, "LRG", wait_s=60)
    worker.join()


def test_what_is_not_ready_in_time_says_when_to_come_back(home: Home) -> None:
    with pytest.raises(StillMaking) as caught:
        home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=0.05)
    assert caught.value.retry_after > 0
    home.work()
    assert home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=0).size > 0


def test_what_cannot_be_made_is_not_found_and_can_be_tried_again(home: Home) -> None:
    broken = home.picture("b.jpg", REFUSED + b"!")
    worker = when_asked(home, home.work)
    with pytest.raises(NotFound):
        home.pictures.picture(home.viewer, broken.pid, "LRG", wait_s=60)
    worker.join()
    with pytest.raises(StillMaking):
        home.pictures.picture(home.viewer, broken.pid, "LRG", wait_s=0.05)
    assert [j.state for j in Job.select().order_by(Job.id)] == ["failed", "queued"]


def test_the_next_two_of_a_slide_show_are_made_ahead(home: Home) -> None:
    viewer = screen(home, home.item, *(others := [home.picture(f"{n}.jpg") for n in range(3)]))
    home.keep("LRG", MADE, others[0])
    assert home.pictures.prefetch(viewer, [i.pid for i in others]) == 1, "one of the next two is there"
    (job,) = Job.select()
    assert (job.payload["assets"], job.lane) == ([others[1].cover_id], "click")
    wanted = home.pictures.wanted(viewer, others[1].pid, "LRG")
    asked = home.pictures.ask(viewer, wanted)
    assert asked.id == job.id
    assert asked.priority > job.priority, "somebody waits for it now"


def test_a_page_of_thumbnails_is_one_job(home: Home) -> None:
    hidden = home.picture("hidden.jpg")
    shown = [home.picture(f"{n}.jpg") for n in range(5)]
    viewer = screen(home, *shown)
    home.keep("TN", MADE, shown[0])
    pids = [i.pid for i in shown] + [hidden.pid, new_pid()]
    assert home.pictures.prefetch(viewer, pids, "TN") == 4
    (job,) = Job.select()
    assert job.payload == {"assets": [i.cover_id for i in shown[1:]], "profile": "TN", "of_kept": True}
    home.pictures.prefetch(viewer, pids, "TN")
    assert Job.select().count() == 1, "the page that is asked for twice"
    assert home.pictures.prefetch(viewer, [], "TN") == 0


def taken(home: Home, viewer: Viewer, **span: int) -> bytes:
    found = home.pictures.picture(viewer, home.item.pid, "LRG")
    return b"".join(home.pictures.chunks(viewer, found, **span))


def test_the_bytes_come_in_pieces(home: Home) -> None:
    large = MADE + bytes(3 * CHUNK)
    home.keep("LRG", large)
    viewer = screen(home, home.item)
    found = home.pictures.picture(viewer, home.item.pid, "LRG")
    assert [len(c) for c in home.pictures.chunks(viewer, found)] == [CHUNK] * 3 + [len(MADE)]
    assert taken(home, viewer) == large
    assert taken(home, viewer, start=10, end=19) == large[10:20]
    assert taken(home, viewer, start=CHUNK) == large[CHUNK:]
    assert taken(home, viewer, start=CHUNK, end=CHUNK) == large[CHUNK : CHUNK + 1]


def test_no_piece_after_the_right_has_ended(home: Home) -> None:
    home.keep("LRG", MADE + bytes(3 * CHUNK))
    viewer = screen(home, home.item)
    pieces = home.pictures.chunks(viewer, home.pictures.picture(viewer, home.item.pid, "LRG"))
    next(pieces)
    with transaction():
        counters.bump_policy()  # something of somebody else's ended
    next(pieces)
    with transaction():
        Grant.update(state="revoked", ended_at=clock.now()).execute()
        counters.bump_policy()
    with pytest.raises(Revoked):
        next(pieces)


def test_no_piece_for_a_television_that_was_removed(home: Home) -> None:
    home.keep("LRG", MADE + bytes(3 * CHUNK))
    viewer = screen(home, home.item)
    pieces = home.pictures.chunks(viewer, home.pictures.picture(viewer, home.item.pid, "LRG"))
    next(pieces)
    with transaction():
        Screen.update(removed_at=clock.now()).execute()
        counters.bump_policy()
    with pytest.raises(Revoked):
        next(pieces)


@pytest.mark.parametrize("change", [{"state": "refused", "screen": None}, {"version": 2}], ids=str)
def test_no_piece_for_a_machine_that_is_not_that_television_any_more(
    home: Home, change: dict[str, Any]
) -> None:
    """The screen, and what is shared with it, stays."""
    home.keep("LRG", MADE + bytes(3 * CHUNK))
    viewer = screen(home, home.item)
    row = Device.create(
        pid=new_pid(), key="ip 192.0.2.7", code="1234", address="192.0.2.7", state="approved",
        screen=viewer.screen_id, first_seen_at=clock.now(), last_seen_at=clock.now(),
    )  # fmt: skip
    machine = replace(viewer, proof=Proof("device", row.id), cred_version=1)
    pieces = home.pictures.chunks(machine, home.pictures.picture(machine, home.item.pid, "LRG"))
    next(pieces)
    with transaction():
        Device.update(change).execute()
        counters.bump_policy()
    with pytest.raises(Revoked):
        next(pieces)


def test_no_piece_after_the_hour_at_which_a_right_ends(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written then."""
    home.keep("LRG", MADE + bytes(3 * CHUNK))
    viewer = screen(home, home.item, expires_at=clock.now() + clock.HOUR)
    pieces = home.pictures.chunks(viewer, home.pictures.picture(viewer, home.item.pid, "LRG"))
    next(pieces)
    later = time.time() + 2 * 3600
    monkeypatch.setattr(clock, "source", lambda: later)
    with pytest.raises(Revoked):
        next(pieces)


def test_sizes_are_foreseen_but_for_raw_photos() -> None:
    sizes = {o.profile.name: (o.width, o.height) for o in offers_of("image/jpeg", 4000, 3000)}
    assert sizes["LRG"] == (2880, 2160)
    assert sizes["TN"] == (160, 120)
    raw = offers_of("image/x-adobe-dng", 4000, 3000)
    assert {(o.width, o.height) for o in raw} == {(None, None)}
    assert {o.profile.name for o in raw} == set(PROFILES)


def test_the_size_of_a_jpeg() -> None:
    assert size_of(jpeg_header(3840, 2) + b"more") == (3840, 2)


def test_what_an_unknown_television_sees_is_drawn_once(home: Home) -> None:
    with pytest.raises(StillMaking):
        home.pictures.asking_picture("4711", "http://here/", wait_s=0.05)
    worker = when_asked(home, home.work)
    found = home.pictures.asking_picture("4711", "http://here/", wait_s=60)
    worker.join()
    assert (found.width, found.height) == (1920, 1080)
    assert found.data.endswith(b"4711 http://here/")
    assert home.pictures.asking_picture("4711", "http://here/", wait_s=0) == found
    assert Job.select().count() == 1
    with pytest.raises(StillMaking):
        home.pictures.asking_picture("4712", "http://here/", wait_s=0)
    with pytest.raises(UsageError):
        home.pictures.asking_picture("4711", "http://here/", "4K")


def test_words_without_end_are_cut(home: Home) -> None:
    with pytest.raises(StillMaking):
        home.pictures.asking_picture("1" * 10_000, "2" * 10_000, wait_s=0.01)
    (job,) = Job.select()
    assert len(job.payload["code"]) == len(job.payload["address"]) == 200


def test_nothing_is_made_before_somebody_asks(home: Home) -> None:
    home.pictures.wanted(home.viewer, home.item.pid, "LRG")
    assert (Job.select().count(), home.store.kept) == (0, {})


@pytest.mark.parametrize(
    "error", [database.CatalogueFull("full"), peewee.OperationalError("database is locked")]
)
def test_a_catalogue_that_takes_no_job_has_nobody_wait_for_nothing(
    home: Home, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(home.pictures._jobs, "enqueue", refuse)
    with pytest.raises(StillMaking):
        home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=60)
    with pytest.raises(StillMaking):
        home.pictures.asking_picture("4711", "http://here/", wait_s=60)


def test_what_vanished_from_the_store_is_made_again(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody's job was done, and the cache was emptied before we looked."""
    puts: list[bytes] = []

    def vanishing(content: str, size: int | str, data: bytes) -> None:
        puts.append(data)
        if len(puts) > 1:
            home.store.kept[content, size] = data

    def work_twice() -> None:
        deadline = time.monotonic() + 30
        while len(puts) < 2 and time.monotonic() < deadline:
            home.work()
            time.sleep(0.01)

    monkeypatch.setattr(home.store, "put", vanishing)
    worker = beside(work_twice)
    assert home.pictures.picture(home.viewer, home.item.pid, "LRG", wait_s=60).size > 0
    worker.join()
    assert Job.select().count() == 2


def test_a_user_is_needed_for_no_screen(home: Home) -> None:
    viewer = screen(home, home.item)
    job = home.pictures.ask(viewer, home.pictures.wanted(viewer, home.item.pid, "TN"))
    assert job.user_id is None
    assert User.select().count() == 1
