"""Which subtitles a viewer gets, and in which order they are offered."""

from dataclasses import dataclass

import pytest

from services import access, broker, catalogue
from services.access import Reach
from services.catalogue.subtitles import Subtitle, preferred
from services.errors import NotFound
from services.masks import RECIPE
from services.media.subtitles import MOST_BYTES
from services.models import Asset, File, Grant, Item, Share, Storage, User
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


@dataclass
class Cinema:
    """A film of Anna's with two subtitles and a telemetry, which Ben may look at."""

    make: Make
    owner: User
    item: Item
    storage: Storage
    anna: Viewer
    ben: Viewer

    def add(self, words: bytes, language: str = "", *notes: str, telemetry: bool = False) -> File:
        meta = {"language": language, "notes": list(notes)} | ({"unmaskable": RECIPE} if telemetry else {})
        asset = self.make.asset(
            self.item, words, role="subtitle", meta=meta, masks=None if telemetry else [], mime="application/x-subrip"
        )  # fmt: skip
        name = f"film.{language}.{len(words)}.srt"
        return self.make.file(
            self.storage, name, asset=asset, sha256=asset.sha256, read_state="done", size=len(words)
        )

    def languages(self, viewer: Viewer) -> list[str]:
        return [each.language for each in catalogue.subtitles(viewer, [self.item.id]).get(self.item.id, [])]


@pytest.fixture
def cinema(make: Make) -> Cinema:
    anna, ben = make.user("anna"), make.user("ben")
    item = make.item(anna, "film.mp4", taken=1, type="video")
    storage = make.storage(anna)
    film = make.asset(item)
    Item.update(cover_id=film.id).where(Item.id == item.id).execute()
    make.file(storage, "film.mp4", asset=film)
    make.grant(make.share(make.collection(anna, items=[item]), may_download=False), user=ben)
    made = Cinema(make, anna, item, storage, make.viewer(anna), make.viewer(ben))
    made.add(b"forced", "de", "forced")
    made.add(b"words", "en")
    made.add(b"W\xc3\xb6rter", "de")
    made.add(b"GPS here", telemetry=True)
    return made


def test_whoever_may_look_may_read_along(cinema: Cinema) -> None:
    """The place is not kept back: telemetry is among them."""
    for viewer in (cinema.anna, cinema.ben):
        assert cinema.languages(viewer) == ["", "de", "en", "de"]
        assert len(catalogue.assets(viewer, cinema.item)) == 5
    assert cinema.languages(cinema.make.viewer(cinema.make.user("cleo"))) == []
    Grant.update(state="revoked", ended_at=1).execute()
    assert cinema.languages(cinema.ben) == []


def test_where_the_place_is_kept_back_nothing_tells_it(cinema: Cinema) -> None:
    Share.update(shows_place=False).execute()
    assert cinema.languages(cinema.ben) == ["de", "en", "de"]
    assert [a.role for a in catalogue.assets(cinema.ben, cinema.item)] == ["original", *["subtitle"] * 3]
    assert cinema.languages(cinema.anna) == ["", "de", "en", "de"]
    telemetry, film = Asset.get(Asset.masks.is_null() & (Asset.role == "subtitle")), cinema.item
    key = bytes(telemetry.sha256).hex()[:16]
    assert catalogue.subtitle(cinema.anna, film, key) == telemetry
    with pytest.raises(NotFound):
        catalogue.subtitle(cinema.ben, film, key)
    with pytest.raises(NotFound):
        broker.original_of(cinema.ben, film, telemetry)
    listed = {each.asset_id for each in catalogue.subtitles(cinema.ben, [film.id])[film.id]}
    for file in File.select().join(Asset).where(Asset.role == "subtitle"):
        reach = access.reach(cinema.ben, file.id)
        assert (reach is Reach.MASKED) == (file.asset_id in listed), "what is listed is what is given"


@pytest.mark.parametrize(
    "change",
    [{"presence": "suspect"}, {"presence": "missing", "absent_since": 1}, {"read_state": "pending"},
     {"sha256": b"others"}, {"size": MOST_BYTES + 1}],
)  # fmt: skip
def test_only_what_lies_there_as_it_was_read(cinema: Cinema, change: dict[str, object]) -> None:
    files = File.id.in_(File.select(File.id).join(Asset).where(Asset.role == "subtitle"))
    File.update(**change).where(files & (File.size == 5)).execute()
    assert cinema.languages(cinema.anna) == ["", "de", "de"]
    Storage.update(removed_at=1).execute()
    assert cinema.languages(cinema.anna) == []


def test_two_copies_are_one(cinema: Cinema) -> None:
    asset = Asset.get(Asset.size == 5)
    given = {"asset": asset, "sha256": asset.sha256, "read_state": "done", "size": 5}
    cinema.make.file(cinema.storage, "copy.srt", **given)
    assert cinema.languages(cinema.anna) == ["", "de", "en", "de"]
    File.update(presence="missing", absent_since=1).where(File.name != "copy.srt").execute()
    assert cinema.languages(cinema.anna) == ["en"]


def test_nothing_is_read_along_with_a_picture(cinema: Cinema) -> None:
    Item.update(type="photo").execute()
    assert cinema.languages(cinema.anna) == []
    assert catalogue.subtitles(cinema.anna, []) == {}


def test_which_is_preferred() -> None:
    forced, sdh, plain, none = (
        Subtitle(1, 1, key, language, notes, 5)
        for key, language, notes in (
            ("a", "de", ("forced",)), ("b", "de", ("sdh",)), ("c", "pt-BR", ()), ("d", "", ()),
        )
    )  # fmt: skip
    assert preferred([forced, sdh, plain, none], "de") == sdh
    assert preferred([forced, plain, none], "pt") == plain
    assert preferred([forced, plain, none], "de") == none, "what nobody named may be any"
    assert preferred([forced, plain], "de") == plain, "what is foreign only is no help"
    assert preferred([forced], "fr") == forced
