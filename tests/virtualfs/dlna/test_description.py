"""What is described, to each kind of set: kept answers, and what must hold of all of them."""

import re
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from services import events
from tests.virtualfs.dlna.television import Television
from tests.virtualfs.dlna.test_quirks import SAYS
from virtualfs.dlna.description import ICONS, SERVICES

GOLDEN = Path(__file__).parents[2] / "golden" / "dlna"
ROWS = {**SAYS, "any": {"user-agent": "somebody"}}


def require_golden(name: str, text: str) -> None:
    """Compare with the kept answer; to renew one after a wanted change, delete the file and run again."""
    kept = GOLDEN / f"{name.lower().replace(' ', '-')}.xml"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(text, encoding="utf-8")
        pytest.fail(f"{kept.name} was written; look at it, then run again")
    assert text == kept.read_text(encoding="utf-8")


def lined(text: str) -> str:
    """An element a line, to be read by people."""
    return re.sub(r"(</[\w:-]+>|/>)(?=<)", "\\1\n", text)


@pytest.mark.parametrize("name", sorted(ROWS))
def test_golden_device(screen: Television, name: str) -> None:
    answer = screen.client().get("/description.xml", headers=ROWS[name])
    require_golden(f"device-{name}", lined(answer.text))


@pytest.mark.parametrize("key", [service.key for service in SERVICES])
def test_golden_service(screen: Television, key: str) -> None:
    require_golden(f"scpd-{key}", lined(screen.get(f"/scpd/{key}.xml").text))


@pytest.mark.parametrize("name", sorted(ROWS))
def test_golden_items(screen: Television, name: str) -> None:
    screen.share("IMG_1.jpg", "2026-07-14 12:30", title='<&> "quoted" שלום 🏖️', width=3000, height=4000)
    screen.share("small.heic", "2026-07-15", width=800, height=600, mime="image/heic", precision="day")
    screen.share("raw.dng", None, width=6000, height=4000, mime="image/x-adobe-dng")
    film = screen.share(
        "film.mkv", "2026-07-16 08:00", b"film" * 25_000, type="video", mime="video/x-matroska", duration_ms=83_456,
        width=1920, height=1080,
    )  # fmt: skip
    screen.read_along(film, "film.srt", b"words")
    screen.share("song.mp3", None, type="audio", mime="audio/mpeg", duration_ms=3_723_004)
    (shelf,) = screen.browse("c").ids
    page = screen.browse(shelf, headers=ROWS[name])
    text = lined(page.result)
    for number, each in enumerate(page.root):
        text = text.replace((each.get("id") or "").rpartition(".i")[2], f"ITEM{number}")
    text = re.sub(r"/m/[0-9a-f]{8}[\w-]{22}/", "/m/TOKEN/", text).replace(screen.collection.pid, "SHELF")
    require_golden(f"items-{name}", text)


def test_golden_events(screen: Television) -> None:
    """At the top, the events, and what is in one."""
    item, event = screen.share("IMG_1.jpg", "2026-07-14 12:30"), screen.feast("Lou & Kim")
    events.contribute_items(screen.home.viewer, event.pid, [item.pid])
    album = screen.browse("e").ids[0]
    for name, place in (("top", "0"), ("events", "e"), ("event", album)):
        text = lined(screen.browse(place, filter="dc:title,@childCount").result)
        text = text.replace(album, "s.SHELF").replace(item.pid, "ITEM")
        require_golden(f"containers-{name}", re.sub(r"/m/[0-9a-f]{8}[\w-]{22}/", "/m/TOKEN/", text))


def test_every_service_has_an_address_for_everything(screen: Television) -> None:
    root = etree.fromstring(screen.get("/description.xml").content)
    for service in root.iter("{*}service"):
        scpd = etree.fromstring(screen.get(service.findtext("{*}SCPDURL") or "").content)
        known = {each.findtext("{*}name") for each in scpd.iter("{*}stateVariable")}
        used = [each.text for each in scpd.iter("{*}relatedStateVariable")]
        assert used
        assert set(used) <= known
        assert any(each.get("sendEvents") == "yes" for each in scpd.iter("{*}stateVariable"))
        control, events = service.findtext("{*}controlURL") or "", service.findtext("{*}eventSubURL") or ""
        assert screen.get(control).status_code == 405
        assert screen.get(events, "SUBSCRIBE").status_code == 412
    assert not [
        each.tag for each in root.iter("*") if not len(each) and not each.text and "DLNACAP" not in each.tag
    ]


def test_icons_are_what_they_are_said_to_be(screen: Television) -> None:
    root = etree.fromstring(screen.get("/description.xml").content)
    for icon in root.iter("{*}icon"):
        address = icon.findtext("{*}url") or ""
        answer = screen.get(address)
        assert answer.headers["content-type"] == icon.findtext("{*}mimetype")
        with Image.open(ICONS / address.rpartition("/")[2]) as image:
            assert Image.MIME[image.format or ""] == icon.findtext("{*}mimetype")
            assert [str(side) for side in image.size] == [
                icon.findtext("{*}width"),
                icon.findtext("{*}height"),
            ]
    assert screen.get("/icons/..%2fapp.py").status_code == 404
    assert screen.get("/icons/49.png").status_code == 404
