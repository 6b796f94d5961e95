"""Grouping on rows: files that come late, go again, or lie in two folders."""

import io
from collections.abc import Callable

import pytest
from PIL import ImageFilter

from services import access, broker, catalogue, masks
from services.catalogue import ungrouped
from services.clock import now
from services.errors import JobStopped
from services.filing import placing
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.models import Asset, File, Item, ItemAlias, Job, Storage, counters
from services.scanning import far_discovering, grouping
from services.storages import paths
from tests.fakes import photo
from tests.services.media.metadata_samples import exif
from tests.services.media.pixel_samples import detailed
from tests.services.scanning.household import Household, later

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
    later(monkeypatch, 90_000)
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


@pytest.mark.parametrize("folder", ["", "Lou/"])
def test_what_a_guest_dropped_is_no_half_of_what_is_shown(home: Household, folder: str) -> None:
    home.memory.put("IMG_1.HEIC", photo(live_id="X", taken=WHEN, mime="image/heic"))
    home.scan()
    home.memory.put(f"{folder}IMG_1.MOV", photo(live_id="X", taken=WHEN, **VIDEO))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(grouping, "_apply_all", lambda groups, write: False)
        home.scan()
    folders = [file.folder_id for file in File.select()]
    Item.update(contributed_by_id=1).where(Item.name == "IMG_1.MOV").execute()
    grouping.group(Storage.get(), folders)
    assert [home.roles(item) for item in Item.select().order_by(Item.id)] == [["original"], ["original"]]
    Item.update(contributed_by_id=1).execute()
    Item.update(taken_back_at=1).where(Item.name == "IMG_1.MOV").execute()
    grouping.group(Storage.get(), folders)
    assert Item.select().count() == 2, "what was taken back hides nothing else"
    Item.update(contributed_by_id=None, taken_back_at=None).execute()
    grouping.group(Storage.get(), folders)
    assert Item.select().count() == 1


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


@pytest.mark.parametrize("sharp", [0, 2])
def test_the_sharpest_frame_of_a_burst_is_in_front(any_home: Household, sharp: int) -> None:
    """With real decoder children: shots in a row, two of which were shaken."""
    home = any_home
    frame = detailed(1600, 1200)
    for n in range(3):
        out = io.BytesIO()
        shot = frame if n == sharp else frame.filter(ImageFilter.BoxBlur(9 + n))
        block = exif({0x110: "Model"}, {0x9003: f"2026:05:01 12:00:0{n}"})
        shot.save(out, "JPEG", quality=90, exif=b"Exif\0\0" + block)
        home.memory.put(f"{n}.jpg", out.getvalue())
    with DecoderPool(1, limits_for(4 << 30, 2.0)) as pool:
        home.scanner._pool = pool
        look(home)
    stacked = list(Item.select().where(Item.stack.is_null(False)))
    assert (len(stacked), len({item.stack for item in stacked})) == (3, 1)
    assert [item.name for item in stacked if item.stack_cover] == [f"{sharp}.jpg"]


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


FILM = {"kind": "video", "mime": "video/mp4", "duration_s": 60.0}


def srt(words: str = "words") -> bytes:
    return f"1\n00:00:01,000 --> 00:00:02,000\n{words}\n".encode()


def tracks(home: Household) -> list[tuple[str, str, tuple[str, ...]]]:
    """Of each film the subtitles that are offered with it: its name, their languages and notes."""
    names = {i.id: i.name for i in Item.select()}
    found = catalogue.subtitles(home.viewer, names).items()
    return sorted((names[item], each.language, each.notes) for item, all_ in found for each in all_)


@pytest.fixture(params=["near", "far"])
def any_home(request: pytest.FixtureRequest) -> Household:
    found: Household = request.getfixturevalue("home" if request.param == "near" else "far")
    return found


def look(home: Household) -> None:
    """A whole scan, and what is far away is read."""
    home.scan()
    if home.memory.distant:
        while home.read().get("left"):
            pass


def die(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object], name: str = "group") -> None:
    """A job ends where it would call this function of grouping."""

    def stop(*_: object) -> None:
        raise JobStopped

    with monkeypatch.context() as patched:
        patched.setattr(grouping, name, stop)
        with pytest.raises(JobStopped):
            work()
    Job.delete().execute()


class TestCaughtUp:
    """A job that ends before it has grouped leaves that to the next one, which finds nothing changed."""

    @pytest.mark.parametrize(("where", "name"), [("", "group"), ("", "_stack"), ("videos/", "_pair_far")])
    def test_after_reading(
        self, any_home: Household, monkeypatch: pytest.MonkeyPatch, where: str, name: str
    ) -> None:
        home = any_home
        home.memory.put("else.jpg", photo(n=9))
        look(home)
        assert ungrouped.marks(home.storage) == {}
        home.memory.put("IMG_1.HEIC", photo(live_id="X", taken=WHEN, mime="image/heic"))
        home.memory.put(f"{where}IMG_1.MOV", photo(live_id="X", taken=WHEN, **VIDEO))
        work: Callable[[], object] = home.scan
        if home.memory.distant:
            home.scan()
            work = home.read
        die(monkeypatch, work, name)
        assert len(ungrouped.due(home.storage)) == (2 if where else 1)
        home.pool.read_names.clear()
        home.scan()
        assert home.names() == ["IMG_1.HEIC", "else.jpg"]
        assert home.roles(Item.get(Item.name == "IMG_1.HEIC")) == ["live", "original"]
        assert (home.pool.read_names, ungrouped.marks(home.storage)) == ([], {})

    def test_after_a_move_that_needs_no_reading(
        self, any_home: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("below/Film.de.srt", srt())
        look(home)
        home.memory.writable = True
        home.memory.move("below/Film.de.srt", "Film.de.srt")
        die(monkeypatch, home.scan)
        assert tracks(home) == []
        home.scan()
        assert tracks(home) == [("Film.mp4", "de", ())]

    def test_after_it_came_back(self, any_home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("else.jpg", photo(n=9))
        look(home)
        missing(home, "Film.mp4", monkeypatch)
        home.memory.put("Film.srt", srt())
        look(home)
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        die(monkeypatch, home.scan)
        home.scan()
        assert tracks(home) == [("Film.mp4", "", ())]

    def test_after_files_were_moved_by_us(self, any_home: Household) -> None:
        """Their rows are right before the scan, which may find the storage away."""
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("below/Film.de.srt", srt())
        look(home)
        home.memory.writable = True
        home.memory.move("below/Film.de.srt", "Film.de.srt")
        placing.move_file(
            home.storage, "below/Film.de.srt", home.storage, home.memory.stat("Film.de.srt"), since=now()
        )
        home.memory.faults.offline = True
        assert home.scan(folders=[paths.to_json("")], regroup=True)["state"] == "offline"
        home.memory.faults.offline = False
        home.scan()
        assert tracks(home) == [("Film.mp4", "de", ())]


class TestSubtitles:
    """They come and go by themselves, and the item follows."""

    def test_beside_a_film_and_nowhere_else(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("film.DE.srt", srt("Wörter"))
        home.memory.put("Film.en.forced.srt", srt("words"))
        home.memory.put("Film.srt", b"no subtitle at all")
        home.memory.put("below/Film.fr.srt", srt("mots"))
        look(home)
        assert home.names() == ["Film.mp4"]
        assert tracks(home) == [("Film.mp4", "de", ()), ("Film.mp4", "en", ("forced",))]
        assert home.roles(Item.get()) == ["original", "subtitle", "subtitle"]
        assert home.file("Film.srt").asset is None

    def test_later_than_the_film_which_is_not_read_again(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        look(home)
        home.memory.put("Film.srt", srt())
        look(home)
        assert tracks(home) == [("Film.mp4", "", ())]
        assert home.pool.read_names.count("Film.mp4") == 1
        (asset,) = Asset.select().where(Asset.role == "subtitle")
        assert (asset.mime, asset.masks) == ("application/x-subrip", [])

    def test_earlier_than_the_film(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.srt", srt())
        look(home)
        assert home.names() == []
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        look(home)
        assert tracks(home) == [("Film.mp4", "", ())]

    def test_other_words_in_the_same_place(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Film.de.srt", srt("one"))
        look(home)
        (before,) = catalogue.subtitles(home.viewer, [Item.get().id])[Item.get().id]
        home.memory.put("Film.de.srt", srt("two"), mtime_ns=5)
        look(home)
        (after,) = catalogue.subtitles(home.viewer, [Item.get().id])[Item.get().id]
        assert (before.language, after.language, before.key == after.key) == ("de", "de", False)
        assert home.roles(Item.get()) == ["original", "subtitle"]
        home.memory.put("Film.de.srt", b"none any more", mtime_ns=6)
        look(home)
        assert (tracks(home), home.roles(Item.get())) == ([], ["original"])

    def test_another_name(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Other.mp4", photo(n=2, **FILM))
        home.memory.put("Film.srt", srt())
        look(home)
        home.memory.writable = True
        at = "Film.srt"
        for name, known in (
            ("Film.fr.srt", [("Film.mp4", "fr", ())]), ("Other.fr.srt", [("Other.mp4", "fr", ())]), ("lost.srt", []),
            ("Other.srt", [("Other.mp4", "", ())]),
        ):  # fmt: skip
            epoch = counters.read(counters.POLICY_EPOCH)
            home.memory.move(at, name)
            look(home)
            is_asked_again = counters.read(counters.POLICY_EPOCH) > epoch
            assert is_asked_again == (name in {"Other.fr.srt", "lost.srt"}), "whoever reads along"
            at = name
            assert tracks(home) == known, name
            assert Asset.select().where(Asset.role == "subtitle").count() == len(known)
        home.memory.move("Other.mp4", "Film 2.mp4")
        look(home)
        assert (tracks(home), home.file("Film 2.mp4").presence) == ([], "present")

    def test_gone_and_back(self, any_home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Film.srt", srt())
        home.memory.put("else.jpg", photo(n=9))
        look(home)
        home.memory.take("Film.srt")
        look(home)
        assert (tracks(home), home.state("Film.mp4")) == ([], "online")
        missing(home, "Film.srt", monkeypatch)
        assert tracks(home) == []
        home.memory.put("Film.srt", srt())
        look(home)
        assert tracks(home) == [("Film.mp4", "", ())]

    def test_a_film_that_is_gone_is_not_there_by_its_words(
        self, any_home: Household, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Film.srt", srt())
        home.memory.put("else.jpg", photo(n=9))
        look(home)
        missing(home, "Film.mp4", monkeypatch)
        item = Item.get(Item.name == "Film.mp4")
        assert (item.missing, home.state("Film.mp4")) == (True, "missing")
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        look(home)
        assert tracks(home) == [("Film.mp4", "", ())]

    def test_a_storage_that_was_removed(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Film.srt", srt())
        look(home)
        Storage.update(removed_at=1).execute()
        assert tracks(home) == []

    def test_telemetry_is_noted(self, any_home: Household) -> None:
        home = any_home
        home.memory.put("DJI_1.mp4", photo(n=1, **FILM))
        home.memory.put("DJI_1.SRT", srt("[latitude: 47.37] [longitude: 8.54]"))
        look(home)
        (asset,) = Asset.select().where(Asset.role == "subtitle")
        assert (asset.masks, masks.is_unmaskable(asset)) == (None, True)
        assert tracks(home) == [("DJI_1.mp4", "", ())], "its owner has it"

    def test_a_huge_one_is_none(self, any_home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
        home = any_home
        monkeypatch.setattr(grouping, "MOST_BYTES", 100)
        monkeypatch.setattr(far_discovering, "MOST_BYTES", 100)
        home.memory.put("Film.mp4", photo(n=1, **FILM))
        home.memory.put("Film.srt", srt("x" * 100))
        look(home)
        assert (tracks(home), home.roles(Item.get())) == ([], ["original"])
        if home.memory.distant:
            assert "Film.srt" not in home.pool.read_names, "nor is it fetched"
