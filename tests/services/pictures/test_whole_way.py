"""From files in a storage to what a television gets, by real decoders: foreseen, made, kept, and given up."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services import access
from services.errors import NotFound
from services.media.limits import limits_for
from services.media.pool import DecoderPool
from services.media.rendition_store import RenditionStore
from services.media.television import PROFILES
from services.media.types import GRID, RECIPE
from services.models import Asset, Item, Job
from services.pictures import Making, Pictures, offers_of
from services.scanning import Scanner
from tests.factories import Make
from tests.fakes import claimed, photo
from tests.services.media.pixel_samples import dng, film, is_upright, png, quadrants, saved, scene, stored
from tests.services.media.test_television import require_conforming
from tests.services.scanning.household import Household

pytestmark = pytest.mark.db


class Whole(Household):
    """A household with decoder children and a store on the disk."""

    def __init__(self, make: Make, data: Path) -> None:
        super().__init__(make, data)
        self.decoders = DecoderPool(1, limits_for(4 << 30, 2.0))
        self.kept = RenditionStore(data / "renditions", view_bytes=64 << 20)
        self.scanner = Scanner(
            adapter=lambda row: self.memory, pool=self.decoders, store=self.kept, jobs=self.jobs, data=data,
            readers=1,
        )  # fmt: skip
        self.making = Making(lambda row: self.memory, self.decoders, self.kept, self.scanner.read_now)
        self.pictures = Pictures(self.kept, self.jobs)

    def work(self) -> list[str]:
        """Do what waits; gives how each job ended."""
        ends = []
        for job in list(Job.select().where(Job.state == "queued").order_by(Job.id)):
            run = claimed(self.jobs, job)
            try:
                self.jobs.finish(run.job, getattr(self.making, job.kind)(run))
            except Exception as error:
                self.jobs.fail(run.job, str(error), again=False)
            ends.append(Job.get_by_id(job.id).state)
        return ends


@pytest.fixture
def whole(make: Make, data: Path) -> Iterator[Whole]:
    made = Whole(make, data)
    yield made
    made.decoders.close()


def test_every_kind_is_given_as_it_was_foreseen(whole: Whole, data: Path, tmp_path: Path) -> None:
    files = {
        "turned.jpg": stored(quadrants(900, 600), "JPEG", 6), "phone.heic": stored(quadrants(320, 240), "HEIF", 3),
        "camera.dng": dng(saved(quadrants(600, 450), "JPEG")), "drawing.png": saved(quadrants(300, 700), "PNG"),
        "wide.tiff": stored(quadrants(2400, 200), "TIFF", 8), "dot.gif": saved(quadrants(2, 2), "GIF"),
        "film.mp4": film(tmp_path / "a.mp4", size=(320, 200)),
    }  # fmt: skip
    for name, content in files.items():
        whole.memory.put(name, content)
    whole.scan()
    items = {item.name: item for item in access.visible_items(whole.viewer)}
    assert set(items) == set(files)
    made = {path.name[65:] for path in (data / "renditions").rglob("*-*")}
    assert made == {f"{GRID}-r{RECIPE}"}, "for televisions nothing before one of them asks"
    small = [item.pid for item in items.values()]
    assert whole.pictures.prefetch(whole.viewer, small, "TN") == len(files)
    assert whole.work() == ["done"]
    there = {
        n for n, i in items.items() if whole.pictures.find(whole.pictures.wanted(whole.viewer, i.pid, "TN"))
    }
    assert there == set(files) - {"dot.gif"}, "of their renditions, where these are large enough"
    for name, item in items.items():
        for offer in offers_of(item.mime, item.width, item.height):
            profile = offer.profile
            wanted = whole.pictures.wanted(whole.viewer, item.pid, profile.name)
            whole.pictures.ask(whole.viewer, wanted)
            assert whole.work() == ["done"], name
            found = whole.pictures.picture(whole.viewer, item.pid, profile.name, wait_s=0)
            image = require_conforming(found, profile)
            assert image.size == (found.width, found.height)
            assert whole.pictures.length(wanted) == found.size
            if offer.width is not None:
                assert image.size == (offer.width, offer.height), (name, profile.name)
            if name not in {"dot.gif", "film.mp4"}:
                assert is_upright(image), (name, profile.name)


def test_what_is_broken_ends_as_a_failure_and_what_is_half_there_is_shown(whole: Whole) -> None:
    whole.memory.put("half.jpg", saved(scene(), "JPEG")[:9000])
    whole.memory.put("broken.jpg", b"\xff\xd8\xff" + bytes(500))
    whole.memory.put("bomb.png", png(30_000, 30_000, depth=1, colour=0))
    whole.scan()
    items = {item.name: item for item in access.visible_items(whole.viewer)}
    half = items["half.jpg"]
    assert [o.profile.name for o in offers_of(half.mime, half.width, half.height)] == ["LRG", "TN"]
    assert "bomb.png" not in items, "what no decoder may read is no item"
    for name, ends in (("half.jpg", "done"), ("broken.jpg", "failed")):
        whole.pictures.ask(whole.viewer, whole.pictures.wanted(whole.viewer, items[name].pid, "LRG"))
        assert whole.work() == [ends]
    require_conforming(
        whole.pictures.picture(whole.viewer, items["half.jpg"].pid, "LRG", wait_s=0), PROFILES["LRG"]
    )


def test_words_of_an_unknown_television(whole: Whole) -> None:
    whole.jobs.enqueue("notice", payload={"code": "4711", "address": "http://here/", "profile": "FHD"})
    assert whole.work() == ["done"]
    found = whole.pictures.asking_picture("4711", "http://here/", wait_s=0)
    require_conforming(found, PROFILES["FHD"])


def test_what_leaves_the_catalogue_leaves_the_cache(whole: Whole) -> None:
    whole.memory.put("a.jpg", saved(quadrants(), "JPEG"))
    whole.scan()
    wanted = whole.pictures.wanted(whole.viewer, Item.get().pid, "TN")
    whole.pictures.ask(whole.viewer, wanted)
    whole.work()
    assert whole.pictures.find(wanted) is not None
    whole.kept.remove(wanted.content)
    assert whole.pictures.find(wanted) is None


def test_a_live_photo_is_shown_by_its_still(make: Make, data: Path) -> None:
    home = Household(make, data)
    home.memory.put("IMG_1.HEIC", photo(live_id="X", mime="image/heic"))
    home.memory.put(
        "IMG_1.MOV", photo(live_id="X", kind="video", mime="video/quicktime", duration_s=2.0, n=1)
    )
    home.scan()
    (item,) = access.visible_items(home.viewer)
    wanted = Pictures(RenditionStore(data, view_bytes=0), home.jobs).wanted(home.viewer, item.pid, "LRG")
    asset = Asset.get_by_id(wanted.asset_id)
    assert (asset.role, asset.mime) == ("original", "image/heic")
    with pytest.raises(NotFound):
        Pictures(RenditionStore(data, view_bytes=0), home.jobs).wanted(home.viewer, "else", "LRG")
