"""Several originals as one zip, over the API, by a form, and for guests."""

import io
import zipfile
from typing import Any

import pytest
from peewee import OperationalError
from starlette.testclient import TestClient

from services import accounts, collections, sharing
from services.collections import Draft
from services.jobs import Jobs
from services.models import Asset, Grant, Job, Share
from services.sharing import LinkTerms, Terms
from tests.factories import Make
from tests.web.conftest import PICTURE, Web
from web import downloads
from web.media import CutShort
from web.routes import API

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def lake(web: Web) -> str:
    anna = accounts.viewer_for("anna")
    made = collections.create(anna, Draft("Grüße / <Lake>"))
    collections.add(anna, made.pid, [web.item.pid])
    return made.pid


def read(answer: Any) -> dict[str, bytes]:
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def guest(web: Web, lake: str, **terms: Any) -> tuple[TestClient, str, str]:
    link = web.context.links.make(accounts.viewer_for("anna"), lake, LinkTerms(**terms))
    client = web.client(**SAME)
    return client, client.post(f"/s/{link.secret}").headers["location"], link.share.pid


def test_by_the_api(web: Web, lake: str) -> None:
    client = web.client("anna", **SAME)
    answer = client.post(f"{API}/downloads", json={"collection": lake})
    assert read(answer) == {"Grüße _ _Lake_/IMG_1.jpg": PICTURE}
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["cache-control"] == "private, no-store"
    assert "attachment" in answer.headers["content-disposition"]
    assert "content-length" not in answer.headers
    assert read(client.post(f"{API}/downloads", json={"ids": [web.item.pid]})) == {
        "Hypomos/IMG_1.jpg": PICTURE
    }
    token = web.bearer("anna", "read")
    assert web.client().post(f"{API}/downloads", json={"collection": lake}, headers=token).status_code == 200


def test_what_is_packed_counts_as_opened(web: Web, lake: str) -> None:
    """Once a minute, like every other way to the bytes; a link's and a person's each at their own grant."""
    sharing.offer(accounts.viewer_for("anna"), lake, {"user": "ben"}, Terms(download=True))
    person = Grant.get(Grant.user.is_null(False))
    ben = web.client("ben", **SAME)
    for _ in range(2):
        read(ben.post(f"{API}/downloads", json={"collection": lake}))
    assert Grant.get_by_id(person.id).opened == 1
    assert ben.get(f"{API}/items/{web.item.pid}/original").status_code == 200
    assert Grant.get_by_id(person.id).opened == 1
    client, address, share = guest(web, lake, download=True, place=True)
    read(client.post(f"{address}/zip"))
    assert Grant.get(Grant.share == Share.get(Share.pid == share)).opened == 1
    read(web.client("anna", **SAME).post(f"{API}/downloads", json={"collection": lake}))
    assert sum(grant.opened for grant in Grant.select()) == 2  # one's own counts nowhere


def test_by_a_form(web: Web, lake: str) -> None:
    client = web.client("anna", **SAME)
    assert list(read(client.post("/downloads", data={"collection": lake})).values()) == [PICTURE]
    assert list(read(client.post("/downloads", data={"ids": f"{web.item.pid},"})).values()) == [PICTURE]


@pytest.mark.parametrize("who", ["ben", "admin", "kim"])
def test_what_is_not_theirs(web: Web, lake: str, who: str) -> None:
    client = web.client(who, **SAME)
    for wanted in ({"collection": lake}, {"ids": [web.item.pid]}, {"collection": "AAAAAAAAAAAAAAAA"}):
        assert client.post(f"{API}/downloads", json=wanted).status_code == 404
        form = {name: value if isinstance(value, str) else value[0] for name, value in wanted.items()}
        assert client.post("/downloads", data=form).status_code == 404


@pytest.mark.parametrize("wanted", [{}, {"ids": "x"}, {"ids": []}, {"ids": ["x"], "collection": "y"}])
def test_what_cannot_be_asked(web: Web, wanted: dict[str, Any]) -> None:
    assert web.client("anna", **SAME).post(f"{API}/downloads", json=wanted).status_code == 422


def test_a_guest_downloads_all(web: Web, lake: str) -> None:
    client, base, _ = guest(web, lake, download=True, place=True)
    assert f'action="{base}/zip"' in client.get(base).text
    assert list(read(client.post(f"{base}/zip")).values()) == [PICTURE]
    assert client.get(f"{base}/zip").status_code == 405


def test_a_guest_who_may_only_look_does_not(web: Web, lake: str) -> None:
    client, base, _ = guest(web, lake, place=True)
    assert "/zip" not in client.get(base).text
    assert client.post(f"{base}/zip").status_code == 404


def test_what_nobody_could_mask_is_not_in_it(web: Web, lake: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "MASKS_WAIT_S", 0.05)
    client, base, _ = guest(web, lake, download=True)
    (omitted,) = read(client.post(f"{base}/zip")).values()
    assert b"IMG_1.jpg" in omitted
    assert [job.kind for job in Job.select().where(Job.kind == "mask")] == ["mask"]
    Asset.update(masks=[]).execute()
    assert list(read(client.post(f"{base}/zip")).values()) == [PICTURE]


def test_a_busy_catalogue_keeps_nobody_from_the_rest(
    web: Web, make: Make, lake: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, base, _ = guest(web, lake, download=True)
    Asset.update(masks=[]).execute()
    (web.folder / "2.jpg").write_bytes(b"another")
    other = make.item(web.people["anna"], "2.jpg")
    asset = make.asset(other, b"another")
    make.file(web.storage, "2.jpg", size=7, asset=asset, sha256=asset.sha256, read_state="done")
    collections.add(accounts.viewer_for("anna"), lake, [other.pid])

    def busy(*_: object, **more: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(Jobs, "enqueue", busy)
    packed = read(client.post(f"{base}/zip"))
    assert packed.pop("Grüße _ _Lake_/IMG_1.jpg") == PICTURE
    assert [b"2.jpg" in text for text in packed.values()] == [True]


def test_an_archive_that_is_cut_drops_the_connection(web: Web, lake: str) -> None:
    (web.folder / "IMG_1.jpg").write_bytes(b"another")
    with pytest.raises(CutShort):
        web.client("anna", **SAME).post(f"{API}/downloads", json={"collection": lake})
