"""Pictures are made of the least that suffices, once, and of whatever place can be read."""

from typing import Any

import pytest

from services.errors import Changed, DecoderKilled, DecoderRefused, NotFound, Unavailable
from services.models import Asset, File, Item, Storage
from tests.fakes import KILLS, REFUSED
from tests.services.pictures.conftest import ORIGINAL, Home

pytestmark = pytest.mark.db


def make(home: Home, profile: str, item: Item | None = None) -> Any:
    home.pictures.ask(home.viewer, home.pictures.wanted(home.viewer, (item or home.item).pid, profile))
    (result,) = home.work()
    if isinstance(result, Exception):
        raise result
    return result


def sources(home: Home) -> list[bytes]:
    return [source for source, _, _ in home.pool.pictured]


def test_of_the_original(home: Home) -> None:
    assert make(home, "LRG") == {"made": 1}
    assert home.pool.pictured == [(b"the original of a.jpg", "LRG", (4000, 3000))]
    assert home.kept("LRG") is not None


def test_what_is_there_is_not_made_again(home: Home) -> None:
    home.keep("LRG", b"made before")
    make(home, "LRG")
    assert home.pool.pictured == []
    assert home.kept("LRG") == b"made before"


@pytest.mark.parametrize(
    ("profile", "kept", "used"),
    [
        ("TN", {320: b"grid", 1600: b"view"}, b"grid"),
        ("TN", {1600: b"view"}, b"view"),
        ("TN", {"SM": b"small", "LRG": b"large"}, b"small"),
        ("SM", {320: b"grid", 1600: b"view"}, b"view"),
        ("SM", {"MED": b"medium", 1600: b"view"}, b"medium"),
        ("MED", {320: b"grid", 1600: b"view"}, b"view"),
        ("FHD", {1600: b"view", "LRG": b"large"}, b"large"),
        ("FHD", {320: b"grid", 1600: b"view"}, b"the original of a.jpg"),
        ("LRG", {320: b"grid", 1600: b"view", "FHD": b"full"}, b"the original of a.jpg"),
    ],
)
def test_the_smallest_rendition_that_suffices(
    home: Home, profile: str, kept: dict[int | str, bytes], used: bytes
) -> None:
    for key, data in kept.items():
        home.keep(key, data)
    make(home, profile)
    assert sources(home) == [used]


def test_a_rendition_as_small_as_the_picture_is_not_coded_twice(home: Home) -> None:
    small = home.picture("b.jpg", size=(1200, 900))
    home.keep(1600, b"view", small)
    make(home, "MED", small)
    assert sources(home) == [b"the original of b.jpg"]


def test_of_a_picture_of_unknown_size_the_original(home: Home) -> None:
    unknown = home.picture("b.jpg", size=None)
    home.keep(1600, b"view", unknown)
    make(home, "MED", unknown)
    assert home.pool.pictured == [(b"the original of b.jpg", "MED", None)]


def test_whichever_place_can_be_read(home: Home) -> None:
    asset = home.asset()
    home.make.file(
        home.storage, "copy.jpg", size=asset.size, asset=asset, sha256=asset.sha256, read_state="done"
    )
    home.disk.put("copy.jpg", b"the original of a.jpg", mtime_ns=0)
    home.disk.take("a.jpg")
    assert make(home, "LRG") == {"made": 1}


def test_what_changed_is_not_kept_under_the_old_hash(home: Home) -> None:
    """Whoever has the same bytes would be shown the other picture."""
    home.disk.put("a.jpg", b"the original of X.jpg", mtime_ns=5)
    with pytest.raises(Changed):
        make(home, "LRG")
    assert home.kept("LRG") is None


@pytest.mark.parametrize(("start", "error"), [(KILLS, DecoderKilled), (REFUSED, DecoderRefused)])
def test_a_damaged_picture_is_a_failure_in_words(home: Home, start: bytes, error: type[Exception]) -> None:
    broken = home.picture("b.jpg", start + b" and more")
    with pytest.raises(error):
        make(home, "TN", broken)
    assert home.kept("TN", broken) is None


def test_a_storage_that_is_away_is_told_and_what_is_kept_is_used(home: Home) -> None:
    home.disk.faults.offline = True
    with pytest.raises(Unavailable):
        make(home, "TN")
    home.keep(320, b"grid")
    assert make(home, "TN") == {"made": 1}


def test_of_a_storage_that_was_removed_nothing_is_read(home: Home) -> None:
    Storage.update(removed_at=1).execute()
    with pytest.raises(NotFound, match="No storage"):
        make(home, "LRG")


def test_an_asset_that_is_gone(home: Home) -> None:
    home.pictures.ask(home.viewer, home.pictures.wanted(home.viewer, home.item.pid, "LRG"))
    Asset.delete().execute()
    (error,) = home.work()
    assert isinstance(error, NotFound)


def test_of_a_film_far_away_only_what_is_needed(home: Home) -> None:
    film = home.picture("a.mp4", size=(1920, 1080))
    Asset.update(mime="video/mp4").where(Asset.id == film.cover_id).execute()
    make(home, "LRG", film)
    assert (home.kept("LRG", film) or b"").endswith(b"far")


def test_what_was_only_listed_is_read_first(home: Home) -> None:
    sha = home.asset().sha256
    Asset.update(sha256=None).execute()
    File.update(sha256=None, read_state="pending").execute()

    def when_read(file: File, size: int) -> None:
        assert size == 1600
        Asset.update(sha256=sha).execute()
        File.update(sha256=sha, read_state="done").execute()
        home.keep(1600, b"view")

    home.when_read = when_read  # type: ignore[method-assign]  # as the scanner would
    make(home, "MED")
    assert (len(home.reads), sources(home)) == (1, [b"view"])


def test_of_a_long_film_that_is_not_read_its_poster_is_enough(home: Home) -> None:
    Asset.update(sha256=None).execute()
    File.update(sha256=None, read_state="pending").execute()
    home.when_read = lambda file, size: home.keep(size, b"poster")  # type: ignore[method-assign]  # as above
    make(home, "LRG")
    assert sources(home) == [b"poster"]
    assert home.kept("LRG") is not None


def test_what_cannot_be_read_says_why(home: Home) -> None:
    Asset.update(sha256=None).execute()
    File.update(sha256=None, read_state="pending").execute()

    def when_read(file: File, size: int) -> None:
        raise Unavailable("It is away.")

    home.when_read = when_read  # type: ignore[method-assign]  # as above
    with pytest.raises(Unavailable):
        make(home, "LRG")


def test_a_page_of_thumbnails_is_made_of_what_is_kept(home: Home) -> None:
    others = [home.picture(f"{n}.jpg") for n in range(4)]
    for item in others[:2]:
        home.keep(320, b"grid", item)
    home.keep(320, REFUSED, others[2])
    assert home.pictures.prefetch(home.viewer, [i.pid for i in others], "TN") == 4
    assert home.work() == [{"made": 2}]
    assert ORIGINAL not in b"".join(sources(home)), "no original is fetched for what nobody waits for"


def test_a_page_of_one_waits_for_nothing_and_who_asks_does_not_wait_for_it(home: Home) -> None:
    assert home.pictures.prefetch(home.viewer, [home.item.pid], "TN") == 1
    home.pictures.ask(home.viewer, home.pictures.wanted(home.viewer, home.item.pid, "TN"))
    assert home.work() == [{"made": 0}, {"made": 1}]


def test_words_are_drawn_once(home: Home) -> None:
    home.jobs.enqueue("notice", payload={"code": "4711", "address": "http://here/", "profile": "TN"})
    (result,) = home.work()
    assert result["bytes"] > 0
    assert home.pictures.asking_picture("4711", "http://here/", "TN", wait_s=0).data.endswith(
        b"4711 http://here/"
    )
