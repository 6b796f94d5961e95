"""GET and HEAD of bytes: pictures as they are made for televisions, films as they are, and nothing for others."""

import asyncio
import os
from collections.abc import MutableMapping
from typing import Any

import pytest

from services import clock, masks, screens
from services.clock import HOUR
from services.media.masking import Mask
from services.models import Asset, Device, File, Grant, Item, Share, counters, transaction
from services.pictures.giving import notice_key
from tests.fakes import jpeg_header
from tests.virtualfs.dlna.television import IP, KEY, Television
from tests.virtualfs.household import MTIME_NS
from virtualfs.dlna.media import SIGNED

DATA = bytes(range(256)) * 40


def film_of(screen: Television, data: bytes = DATA) -> tuple[Item, str]:
    """A film, and its address."""
    item = screen.share("film.mp4", data=data, type="video", mime="video/mp4", size=len(data))
    (address,) = screen.browse("v").resources()
    return item, address


def test_a_picture_in_every_size(screen: Television) -> None:
    photo = screen.share("a.heic", mime="image/heic", width=4000, height=3000)
    data = screen.keep(photo)
    addresses = screen.browse("p.202607").resources()
    assert [a.rpartition("/")[2] for a in addresses] == ["LRG.jpg", "FHD.jpg", "MED.jpg", "TN.jpg"]
    for address in addresses:
        answer = screen.get(address)
        assert (answer.status_code, answer.content) == (200, data)
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["content-length"] == str(len(data))
        assert "DLNA.ORG_PN=JPEG_" in answer.headers["contentfeatures.dlna.org"]
        names = [name for name, _ in answer.headers.raw]
        for name in (b"contentFeatures.dlna.org", b"transferMode.dlna.org", b"EXT", b"Accept-Ranges"):
            assert name in names
        assert "no-store" in answer.headers["cache-control"]
        head = screen.get(address, "HEAD")
        assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(data)))
        part = screen.get(address, Range="bytes=2-5")
        assert (part.status_code, part.content) == (206, data[2:6])
        assert screen.get(address, Range="bytes=999999-").status_code == 416
    (shown,) = screen.browse("p.202607").root.iter("{*}albumArtURI")
    assert screen.get(shown.text or "").content == data


def test_sizes_are_told_when_they_are_known(screen: Television) -> None:
    photo = screen.share("a.jpg", width=4000, height=3000)
    length = len(screen.keep(photo, "FHD", "TN"))
    sizes = [each.get("size") for each in screen.browse("p.202607").root.iter("{*}res")]
    assert sizes == [None, str(length), None, str(length)]


def test_a_picture_that_is_not_made_yet(screen: Television, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("virtualfs.dlna.media.WAIT_S", 0.0)
    screen.share("a.jpg")
    answer = screen.get(screen.browse("p.202607").resources()[0])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


def test_a_film(screen: Television) -> None:
    _, address = film_of(screen)
    answer = screen.get(address)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["transfermode.dlna.org"] == "Streaming"
    part = screen.get(address, Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, DATA[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(DATA)}"
    assert screen.get(address, "HEAD").headers["content-length"] == str(len(DATA))
    assert screen.get(address, Range=f"bytes={len(DATA)}-").status_code == 416
    assert screen.get(address, Range="bytes=0-3,8-9").content == DATA, "several ranges are not taken"


def test_of_a_live_photo_the_still_alone(screen: Television) -> None:
    """One entry with its pictures; the moment that moves is nowhere, and not to be had by its address."""
    photo = screen.share("a.heic", mime="image/heic", width=4000, height=3000)
    moving = screen.home.make.asset(photo, DATA, role="live", mime="video/quicktime")
    screen.home.file("a.mov", DATA, asset=moving, mime=moving.mime)
    counters.bump_content()
    data = screen.keep(photo)
    for where in ("p.202607", "new"):
        page = screen.browse(where)
        assert page.titles == ["a"]
        assert [each.text for each in page.root.iter("{*}class")] == ["object.item.imageItem.photo"]
        kinds = {(each.get("protocolInfo") or "").split(":")[2] for each in page.root.iter("{*}res")}
        assert kinds == {"image/jpeg"}
        assert {screen.get(address).content for address in page.resources()} == {data}
    assert "v" not in screen.browse().ids
    assert screen.search('upnp:class derivedfrom "object.item.videoItem"').ids == []
    film, address = film_of(screen)
    bytes_ = address.rpartition("/")[2]
    assert (screen.fetch(film.pid, bytes_), screen.fetch(photo.pid, bytes_)) == (200, 404)


SAMSUNG = {"User-Agent": "DLNADOC/1.50 SEC_HHP_[TV] Samsung/1.0"}
PANASONIC = {"User-Agent": "Panasonic MIL DLNA CP UPnP/1.0"}


class TestSubtitles:
    """They are found as each kind of set looks for them, and fetched by an address of its own device."""

    def test_a_resource_beside_the_film(self, screen: Television) -> None:
        item, film = film_of(screen)
        screen.read_along(item, "film.srt", b"words")
        page = screen.browse("v")
        video, address = page.resources()
        assert video == film, "the film comes first"
        assert page.root[0][-1].get("protocolInfo") == "http-get:*:text/srt:*"
        answer = screen.get(address)
        assert (answer.status_code, answer.content) == (200, b"words")
        assert answer.headers["content-type"] == "text/srt"
        assert answer.headers["contentfeatures.dlna.org"] == "*"
        assert screen.get(address, "HEAD").headers["content-length"] == "5"
        part = screen.get(address, Range="bytes=1-2")
        assert (part.status_code, part.content) == (206, b"or")
        assert screen.browse("v", filter="dc:title,res@size").resources() == [film, address]
        assert "http-get:*:text/srt:*" in screen.act("cm", "GetProtocolInfo")["Source"].split(",")

    def test_in_the_words_of_some(self, screen: Television) -> None:
        item, film = film_of(screen)
        screen.read_along(item, "film.srt", b"words")
        (entry,) = screen.browse("v", headers=SAMSUNG).root
        (found,) = entry.iter("{http://www.sec.co.kr/}CaptionInfoEx")
        assert found.get("{http://www.sec.co.kr/}type") == "srt"
        assert screen.get(found.text or "").content == b"words"
        assert screen.browse("v", headers=SAMSUNG).resources() == [film]
        named = screen.browse("v", headers=SAMSUNG, filter="res,sec:CaptionInfoEx").result
        assert "CaptionInfoEx" in named
        assert "<sec:" not in screen.browse("v", headers=SAMSUNG, filter="res").result
        (entry,) = screen.browse("v", headers=PANASONIC).root
        (video,) = entry.iter("{*}res")
        words = "{http://www.pv.com/pvns/}subtitleFile"
        assert video.get(f"{words}Type") == "SRT"
        assert screen.get(video.get(f"{words}Uri") or "").content == b"words"
        assert screen.browse("v", headers=PANASONIC).resources() == [film]
        assert "subtitleFile" not in screen.browse("v", headers=PANASONIC, filter="res").result

    def test_a_set_that_asks_for_it_with_the_film(self, screen: Television) -> None:
        item, film = film_of(screen)
        path, asks = film.partition("4977")[2], {"getCaptionInfo.sec": "1"}
        assert "captioninfo.sec" not in screen.client().get(path, headers=asks).headers
        screen.read_along(item, "film.srt", b"words")
        for method in ("HEAD", "GET"):
            answer = screen.client().request(method, path, headers=asks)
            assert b"CaptionInfo.sec" in [name for name, _ in answer.headers.raw]
            assert screen.get(answer.headers["captioninfo.sec"]).content == b"words"
        assert "captioninfo.sec" not in screen.get(film).headers

    def test_the_one_in_the_language_of_whoever_let_it_in(self, screen: Television) -> None:
        item, _ = film_of(screen)
        screen.read_along(item, "film.de.srt", b"Worte", "de")
        screen.read_along(item, "film.fr.srt", b"mots", "fr")
        screen.read_along(item, "film.en.forced.srt", b"word", "en", "forced")
        for language, words in (("fr", b"mots"), ("de", b"Worte"), ("en", b"Worte")):
            type(screen.home.anna).update(language=language).execute()
            Device.update(decided_by=screen.home.anna).execute()
            assert screen.get(screen.browse("v").resources()[1]).content == words

    def test_of_others_and_of_nothing(self, screen: Television) -> None:
        item, _ = film_of(screen)
        screen.read_along(item, "film.srt", b"words")
        address = screen.browse("v").resources()[1]
        other = screen.share("b.mp4", type="video", mime="video/mp4")
        key = address.rpartition("/")[2]
        for wrong in (
            address.replace(key, f"{'0' * 16}.srt"), address.replace(key, ".srt"), address.replace(".srt", ".vtt"),
            address.replace(item.pid, other.pid), address.replace(".srt", ""),
            address.replace(address.split("/")[4], "x"),
        ):  # fmt: skip
            assert screen.get(wrong).status_code == 404
        assert len(film_address(screen, other)) == 1
        type(item).update(type="photo").where(type(item).id == item.id).execute()
        assert screen.get(address).status_code == 404
        type(item).update(type="video").where(type(item).id == item.id).execute()
        assert screen.get(address).status_code == 200
        screen.approve()
        assert screen.get(address).status_code == 404, "it was of the device as it was"

    def test_a_right_that_ended(self, screen: Television) -> None:
        item, _ = film_of(screen)
        screen.read_along(item, "film.srt", b"words")
        address = screen.browse("v").resources()[1]
        revoke()
        for method in ("GET", "HEAD"):
            assert screen.get(address, method).status_code == 404

    def test_what_tells_a_place_that_is_kept_back(self, screen: Television) -> None:
        item, film = film_of(screen)
        file = screen.read_along(item, "film.srt", b"words")
        address = screen.browse("v").resources()[1]
        mask(item, [])
        with transaction():
            Share.update(shows_place=False).execute()
            counters.bump_policy()
        assert screen.get(address).content == b"words", "its words tell none"
        assert len(screen.browse("v").resources()) == 2
        with transaction():
            Asset.update(masks=None, meta={"unmaskable": masks.RECIPE}).where(
                Asset.id == file.asset_id
            ).execute()
            counters.bump_content()
        asks = {"getCaptionInfo.sec": "1"}
        assert screen.browse("v").resources() == [film]
        assert "captioninfo.sec" not in screen.client().get(film.partition("4977")[2], headers=asks).headers
        for method in ("GET", "HEAD"):
            assert screen.get(address, method).status_code == 404

    def test_later_than_the_film_was_listed(self, screen: Television) -> None:
        item, film = film_of(screen)
        assert screen.browse("v").resources() == [film]
        file = screen.read_along(item, "film.srt", b"words")
        assert len(screen.browse("v").resources()) == 2
        with transaction():
            File.update(presence="suspect").where(File.id == file.id).execute()
            counters.bump_content()
        assert screen.browse("v").resources() == [film]


def film_address(screen: Television, item: Item) -> list[str]:
    """The addresses of one film."""
    (number,) = (n for n, id_ in enumerate(screen.browse("v").ids) if id_.endswith(item.pid))
    return screen.browse("v").resources(number)


def test_an_original_of_a_photo_is_never_given(screen: Television) -> None:
    screen.share("a.jpg", data=b"with a place")
    address = screen.browse("p.202607").resources()[0].rpartition("/")[0]
    for what in (
        "original.jpg",
        "original",
        "original.heic",
        "LRG.png",
        "LRG",
        "4096.jpg",
        "x.jpg",
        "TN.jpg.jpg",
    ):
        assert screen.get(f"{address}/{what}").status_code == 404


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Interactive", "Interactive"),
        ("background", "Background"),
        ("Streaming", "Streaming"),
        ("x\x7f", "Interactive"),
    ],
)
def test_modes_are_given_back(screen: Television, asked: str, told: str) -> None:
    screen.keep(screen.share("a.jpg"))
    address = screen.browse("p.202607").resources()[0]
    answer = screen.client().get(address.partition("4977")[2], headers={"transferMode.dlna.org": asked})
    assert answer.headers["transfermode.dlna.org"] == told


@pytest.mark.parametrize("name", ["TimeSeekRange.dlna.org", "PlaySpeed.dlna.org"])
def test_what_only_a_player_could_do(screen: Television, name: str) -> None:
    _, address = film_of(screen)
    path = address.partition("4977")[2]
    assert screen.client().get(path, headers={name: "npt=10-"}).status_code == 406
    assert screen.client().get(path, headers={name: "npt=10-", "Range": "bytes=0-1"}).status_code == 206


class TestAddresses:
    """They are of one device, for some hours, and never a right."""

    def test_another_token(self, screen: Television) -> None:
        item, address = film_of(screen)
        token = address.split("/")[4]
        other = screen.share("b.mp4", type="video", mime="video/mp4")
        for wrong in (
            address.replace(token, token[:-1] + ("A" if token[-1] != "A" else "B")), address.replace(token, "x"),
            address.replace(token, "f" * 8 + token[8:]), address.replace(item.pid, other.pid),
            address.replace(token, token + "A"),
        ):  # fmt: skip
            assert screen.get(wrong).status_code == 404

    def test_approved_anew(self, screen: Television) -> None:
        _, address = film_of(screen)
        assert screen.get(address).status_code == 200
        screen.approve()
        assert screen.get(address).status_code == 404
        assert screen.get(screen.browse("v").resources()[0]).status_code == 200

    @pytest.mark.parametrize("state", ["unknown", "refused"])
    def test_not_approved_any_more(self, screen: Television, state: str) -> None:
        _, address = film_of(screen)
        Device.update(state=state, screen=None).execute()
        assert screen.get(address).status_code == 404

    def test_a_screen_that_is_gone(self, screen: Television) -> None:
        _, address = film_of(screen)
        type(screen.screen).update(removed_at=1).execute()
        assert screen.get(address).status_code == 404

    def test_after_twelve_hours(self, screen: Television, monkeypatch: pytest.MonkeyPatch) -> None:
        _, address = film_of(screen)
        begin = clock.now()
        for later, status in ((11 * HOUR - 1, 200), (12 * HOUR, 404)):
            monkeypatch.setattr(clock, "source", lambda later=later: (begin + later) / 1e6)
            assert screen.get(address).status_code == status
        assert screen.get(screen.browse("v").resources()[0]).status_code == 200

    def test_the_right_counts(self, screen: Television) -> None:
        """A token that is right for an item that was never shared."""
        screen.home.item("hidden.mp4")
        hidden = Item.get(Item.name == "hidden.mp4")
        Item.update(type="video").where(Item.id == hidden.id).execute()
        token = screens.sign(KEY, screen.device, hidden.pid, SIGNED)
        for what in ("original.mp4", "TN.jpg"):
            assert screen.get(f"/m/{token}/{hidden.pid}/{what}").status_code == 404

    def test_a_right_that_ended(self, screen: Television) -> None:
        _, address = film_of(screen)
        revoke()
        for method in ("GET", "HEAD"):
            assert screen.get(address, method).status_code == 404


def test_where_the_place_is_kept_back(screen: Television, monkeypatch: pytest.MonkeyPatch) -> None:
    """A film is played as its masks leave it, once they are known; one that cannot be masked is not offered."""
    monkeypatch.setattr("virtualfs.dlna.media.WAIT_S", 0.0)
    item, address = film_of(screen)
    os.utime(screen.home.root / "film.mp4", ns=(MTIME_NS, MTIME_NS))
    with transaction():
        Share.update(shows_place=False).execute()
        counters.bump_policy()
    for method in ("GET", "HEAD"):
        answer = screen.get(address, method)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    mask(item, [Mask(4, 4)])
    answer = screen.get(screen.browse("v").resources()[0])
    assert answer.content == DATA[:4] + bytes(4) + DATA[8:]
    assert "last-modified" not in answer.headers
    mask(item, None)
    assert screen.browse("v").titles == ["film"]
    assert screen.browse("v").resources() == []
    assert screen.get(address).status_code == 404


def mask(item: Item, found: list[Mask] | None) -> None:
    """What a worker finds."""
    Asset.update(masks=None).where(Asset.id == item.cover_id).execute()
    masks.record(Asset.get_by_id(item.cover_id), found)


def test_a_picture_under_way_is_cut(screen: Television) -> None:
    """Unfinished: its promised length stays unfulfilled."""
    data = screen.keep(screen.share("a.jpg"), data=os.urandom(400_000))
    path = screen.browse("p.202607").resources()[0].partition("4977")[2]
    sent: list[dict[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(dict(message))
        if len(sent) == 2:
            await asyncio.to_thread(revoke)

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    scope = {
        "type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": [], "client": (IP, 5000), "server": (IP, 4977), "root_path": "", "scheme": "http",
    }  # fmt: skip
    assert screen.loop is not None
    screen.loop.call(screen.app, scope, receive, send)
    bodies = [message for message in sent if message["type"] == "http.response.body"]
    assert 0 < sum(len(each["body"]) for each in bodies) <= 2 * 64 * 1024 < len(data)
    assert all(each["more_body"] for each in bodies)


def revoke() -> None:
    with transaction():
        Grant.update(state="revoked", ended_at=2).execute()
        counters.bump_policy()


def test_a_storage_that_is_away(screen: Television) -> None:
    _, address = film_of(screen)
    (screen.home.root / "film.mp4").unlink()
    answer = screen.get(address)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")


def test_looking_is_counted(screen: Television) -> None:
    _, address = film_of(screen)
    screen.get(address)
    screen.get(address, Range="bytes=5-9")
    assert Grant.get_by_id(screen.grant.id).opened == 1


def test_the_picture_for_strangers(television: Television) -> None:
    code = television.device.code
    content = notice_key(code, f"http://{IP}:4976/screens")
    data = jpeg_header(1920, 1080) + b"ask"
    television.store.put(content, "tv-fhd-1", data)
    address = television.browse().resources()[0]
    answer = television.get(address)
    assert (answer.status_code, answer.content) == (200, data)
    assert television.get(address, "HEAD").headers["content-length"] == str(len(data))
    assert television.get("/ask/LRG.jpg").status_code == 404


def test_bytes_are_those_of_the_file(screen: Television) -> None:
    data = os.urandom(700_001)
    _, address = film_of(screen, data)
    assert screen.get(address).content == data
    assert File.get().mtime_ns == MTIME_NS
