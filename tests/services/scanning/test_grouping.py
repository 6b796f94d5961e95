"""Grouping on rows: files that come late, go again, or lie in two folders."""

import pytest

from services import access, broker, catalogue, clock
from services.models import Asset, File, Item, ItemAlias
from services.scanning import grouping
from tests.fakes import photo
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db

WHEN = "2026-05-01T12:00:00"

VIDEO = {"kind": "video", "mime": "video/quicktime", "duration_s": 2.0}


def live(home: Household) -> None:
    home.memory.put("IMG_1.HEIC", photo(live_id="X", taken=WHEN, mime="image/heic"))
    home.memory.put("IMG_1.MOV", photo(live_id="X", taken=WHEN, **VIDEO))


def missing(home: Household, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take a file away and let two complete scans a day apart lack it."""
    home.memory.take(name)
    home.scan()
    moment = clock.now() / 1e6 + 90_000
    monkeypatch.setattr(clock, "source", lambda: moment)
    home.scan()
    assert home.file(name.rpartition("/")[2]).presence == "missing"


def test_a_half_that_comes_late_joins_and_its_address_answers(home: Household) -> None:
    home.memory.put("IMG_1.MOV", photo(live_id="X", taken=WHEN, **VIDEO))
    home.scan()
    video = Item.get()
    live(home)
    home.scan()
    item = Item.get()
    assert (item.id, item.type, item.name, home.roles(item)) == (
        video.id,
        "photo",
        "IMG_1.HEIC",
        ["live", "original"],
    )
    assert access.get_item(home.viewer, ItemAlias.get().pid).id == item.id
    assert home.day_counts() == {20260501: 1}


def test_labels_set_on_either_half_survive_their_union(home: Household) -> None:
    home.memory.put("IMG_1.HEIC", photo(live_id="X", taken=WHEN, mime="image/heic"))
    home.scan()
    home.memory.put("videos/IMG_1.MOV", photo(**VIDEO))
    home.scan()
    one, two = Item.select().order_by(Item.id)
    catalogue.edit(home.viewer, one.pid, {"labels": ["family"]})
    catalogue.edit(home.viewer, two.pid, {"labels": ["sea", "Family"], "title": "waves"})
    home.memory.put(
        "videos/IMG_1.MOV",
        photo(live_id="X", **VIDEO),
        mtime_ns=9,
    )
    home.scan()
    item = Item.get()
    assert catalogue.hand_labels(home.viewer, item) == ["family", "sea"]
    assert item.title == "waves"


def test_the_video_half_alone_is_shown_when_the_picture_is_gone(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    live(home)
    home.memory.put("else.jpg", photo(n=9))
    home.scan()
    missing(home, "IMG_1.HEIC", monkeypatch)
    item = Item.get(Item.name == "IMG_1.MOV")
    assert (item.type, home.state("IMG_1.MOV")) == ("video", "online")
    assert broker.original_of(home.viewer, item).name == "IMG_1.MOV"
    live(home)
    home.scan()
    back = Item.get_by_id(item.id)
    assert (back.type, back.name, home.roles(back)) == ("photo", "IMG_1.HEIC", ["live", "original"])


def test_an_edited_version_that_goes_gives_way_to_the_original(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.memory.put("IMG_0001.JPG", photo(n=1, taken=WHEN))
    home.memory.put("IMG_E0001.JPG", photo(n=2, taken=WHEN))
    home.memory.put("else.jpg", photo(n=9))
    home.scan()
    assert home.names() == ["IMG_E0001.JPG", "else.jpg"]
    missing(home, "IMG_E0001.JPG", monkeypatch)
    assert home.names() == ["IMG_0001.JPG", "else.jpg"]
    assert home.state("IMG_0001.JPG") == "online"


def test_a_sidecar_edited_often_is_one_asset_and_opens(home: Household) -> None:
    home.memory.put("a.jpg", photo())
    for n, word in enumerate(("lake", "sea", "hill"), 1):
        home.memory.put("a.jpg.xmp", f'["{word}"]'.encode(), mtime_ns=n)
        home.scan()
        described = catalogue.describe(home.viewer, [Item.get()])[0]
        assert described.labels == (word,)
    assert home.roles(Item.get()) == ["original", "sidecar"]
    sidecar = Asset.get(Asset.role == "sidecar")
    assert broker.original_of(home.viewer, Item.get(), sidecar).name == "a.jpg.xmp"


def test_a_stack_is_lifted_where_it_was_made_and_nowhere_else(home: Household) -> None:
    frames = [photo(n=n, burst_id="B", taken=f"2026-05-01T12:00:0{n}") for n in range(3)]
    for n, frame in enumerate(frames):
        home.memory.put(f"burst/b{n}.jpg", frame)
    home.scan()
    stacks = {i.stack for i in Item.select()}
    home.memory.put("best/copy.jpg", frames[1])  # somebody keeps a copy of the best one elsewhere
    home.scan()
    assert {i.stack for i in Item.select()} == stacks
    assert None not in stacks
    home.memory.take("burst/b0.jpg")
    home.memory.put("burst/b1.jpg", photo(n=11), mtime_ns=5)
    home.memory.put("burst/b2.jpg", photo(n=12), mtime_ns=5)
    home.scan()
    assert {i.stack for i in Item.select().where(Item.name.in_(["b1.jpg", "b2.jpg"]))} == {None}


def test_grouping_again_changes_nothing(home: Household) -> None:
    live(home)
    home.scan()
    before = rows()
    assert not grouping.group(home.storage, [f.folder_id for f in File.select()])
    assert rows() == before


def rows() -> list[dict[str, object]]:
    """Every item and asset, but for when it was last looked at."""
    found = [*Item.select().order_by(Item.id).dicts(), *Asset.select().order_by(Asset.id).dicts()]
    return [{name: value for name, value in row.items() if name != "changed_at"} for row in found]


@pytest.mark.parametrize(
    ("mime", "raw"), [("image/x-nikon-nef", True), ("image/jpeg", False), ("video/x-msvideo", False)]
)
def test_raw_types(mime: str, raw: bool) -> None:
    assert grouping.is_raw(mime) is raw
