"""Subtitles in the browser: as WebVTT, for whoever may see the video, and nothing that tells a place kept back."""

import asyncio
from typing import Any

import pytest
from starlette.testclient import TestClient

from services import accounts, catalogue, collections
from services.broker import LOCAL_CHUNK, Revoked, original_of
from services.collections import Draft
from services.models import Asset, File, Grant, Item, Storage, counters, transaction
from services.sharing import LinkTerms
from tests.factories import Make
from tests.web.conftest import SRT, Web
from web import subtitles
from web.routes import API
from web.subtitles import Converted

MADE = "WEBVTT\n\n00:00:01.000 --> 00:00:02.500\nGrüße &lt;script&gt;aus&lt;/script&gt;\n"
GPS = b"1\n00:00:01,000 --> 00:00:02,500\nGPS(149.0251,-20.2533,16)\n"


def listed(web: Web, client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{API}/items/{web.item.pid}/subtitles").json()["items"]
    return found


def address(web: Web, key: str, ending: str = "vtt") -> str:
    return f"{API}/items/{web.item.pid}/subtitles/{key}.{ending}"


def visit(web: Web, **terms: Any) -> tuple[TestClient, str]:
    """A guest of a link to the film, and where their pages are."""
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft(f"Lake {sorted(terms)}"))
    collections.add(anna, made.pid, [web.item.pid])
    link = web.context.links.make(anna, made.pid, LinkTerms(**terms))
    client = web.client(**{"Sec-Fetch-Site": "same-origin"})
    return client, client.post(f"/s/{link.secret}").headers["location"]


def test_it_is_made_into_what_browsers_read(web: Web) -> None:
    key, anna = web.add_subtitle(), web.client("anna")
    assert listed(web, anna) == [
        {"id": key, "language": "de", "forced": False, "for_hearing": False, "size": len(SRT)}
    ]
    answer = anna.get(address(web, key))
    assert (answer.status_code, answer.content.decode()) == (200, MADE)
    headers = answer.headers
    assert headers["content-type"] == "text/vtt; charset=utf-8"
    assert (headers["content-length"], headers["x-content-type-options"]) == (
        str(len(MADE.encode())),
        "nosniff",
    )
    assert "sandbox" in headers["content-security-policy"]
    assert anna.get(address(web, key), headers={"If-None-Match": headers["etag"]}).status_code == 304
    assert anna.head(address(web, key)).status_code == 200
    assert anna.get(f"{API}/items/{web.item.pid}/assets/subtitle").content == SRT, "the file is as it was"
    for wrong in (address(web, key, "srt"), address(web, "0" * 16), address(web, ""), address(web, key)[:-4]):
        assert anna.get(wrong).status_code == 404


def test_the_page_has_a_track_of_each(web: Web) -> None:
    key, anna = web.add_subtitle(), web.client("anna")
    track = f'<track kind="subtitles" src="{address(web, key)}" srclang="de" label="Deutsch">'
    assert track in anna.get(f"/item/{web.item.pid}").text
    Asset.update(meta={"language": "", "notes": ["forced", "sdh"]}).where(Asset.role == "subtitle").execute()
    page = anna.get(f"/item/{web.item.pid}").text
    label = "Subtitles (only what is foreign) (for the hard of hearing)"
    assert f'<track kind="captions" src="{address(web, key)}" label="{label}">' in page
    Item.update(type="photo").execute()
    assert "<track" not in anna.get(f"/item/{web.item.pid}").text
    assert anna.get(address(web, key)).status_code == 404


@pytest.mark.parametrize("download", [True, False])
def test_a_guest_reads_along(web: Web, download: bool) -> None:
    """Who may only look, too: without it the video would not be what it is."""
    key = web.add_subtitle()
    guest, base = visit(web, download=download)
    track = f'<track kind="subtitles" src="{base}/items/{web.item.pid}/subtitles/{key}.vtt"'
    assert track in guest.get(f"{base}/items/{web.item.pid}").text
    answer = guest.get(f"{base}/items/{web.item.pid}/subtitles/{key}.vtt")
    assert (answer.content.decode(), answer.headers["cache-control"]) == (MADE, "private, no-store")
    with transaction():
        Grant.update(state="revoked", ended_at=1).execute()
        counters.bump_policy()
    assert guest.get(f"{base}/items/{web.item.pid}/subtitles/{key}.vtt").status_code == 404


def test_telemetry_is_for_whom_the_place_is_told(web: Web) -> None:
    """To the others it is as if there were none."""
    key, anna = web.add_subtitle(GPS, telemetry=True), web.client("anna")
    assert "149.0251" in anna.get(address(web, key)).text
    guest, base = visit(web, place=True, download=True)
    at = f"{base}/items/{web.item.pid}"
    assert "149.0251" in guest.get(f"{at}/subtitles/{key}.vtt").text
    guest, base = visit(web, download=True)
    at = f"{base}/items/{web.item.pid}"
    assert "<track" not in guest.get(at).text
    there, nowhere = guest.get(f"{at}/subtitles/{key}.vtt"), guest.get(f"{at}/subtitles/{'0' * 16}.vtt")
    assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
    assert there.status_code == guest.get(f"{at}/assets/subtitle").status_code == 404


def test_what_is_not_there_as_it_was_read(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    key, anna = web.add_subtitle(), web.client("anna")
    with monkeypatch.context() as smaller:
        smaller.setattr(subtitles, "MOST_BYTES", len(SRT) - 1)
        assert anna.get(address(web, key)).status_code == 404
    (web.folder / "IMG_1.de.srt").write_bytes(SRT + b"more")
    assert anna.get(address(web, key)).status_code == 503
    File.update(read_state="pending").where(File.name == "IMG_1.de.srt").execute()
    assert (anna.get(address(web, key)).status_code, listed(web, anna)) == (404, [])
    Storage.update(removed_at=1).execute()
    assert anna.get(address(web, key)).status_code == 404


def test_the_right_is_asked_before_each_piece(web: Web, make: Make) -> None:
    key, ben = web.add_subtitle(), make.viewer(web.people["ben"])
    make.grant(make.share(make.collection(web.people["anna"], items=[web.item])), user=web.people["ben"])
    asset = catalogue.subtitle(ben, Item.get(), key)
    stream = web.context.broker.open(ben, original_of(ben, Item.get(), asset))
    made = Converted(stream, bytes(2 * LOCAL_CHUNK + 1))
    assert made.length == 2 * LOCAL_CHUNK + 1

    async def take() -> int:
        got = 0
        async for piece in made:
            got += len(piece)
            with transaction():
                Grant.update(state="revoked", ended_at=1).execute()
                counters.bump_policy()
        return got

    with pytest.raises(Revoked):
        asyncio.run(take())
    made.close()
