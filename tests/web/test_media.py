"""Originals and renditions: whose, which, how they are named, and what happens while one is being made."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from services import accounts, collections, sharing
from services.accounts import OPERATOR
from services.broker import AWAY
from services.collections import Draft
from services.models import Asset, File, Folder, Grant, Item, Job, Storage, database
from services.sharing import LinkTerms
from services.slots import MAX_STREAMS
from tests.factories import Make
from tests.web.conftest import PICTURE, Web
from tests.web.loopback import asking, listening
from web import media
from web.routes import API

VIEW = b"\xff\xd8 a view of it"


def path(web: Web, rest: str = "original") -> str:
    return f"{API}/items/{web.item.pid}/{rest}"


def add(web: Web, make: Make, name: str, content: bytes, role: str, mime: str = "image/jpeg") -> Asset:
    """Another asset of the item, with its file in the folder."""
    (web.folder / name).write_bytes(content)
    asset = make.asset(web.item, content, role=role, mime=mime)
    make.file(
        web.storage, name, size=len(content), asset=asset, sha256=asset.sha256, read_state="done", mime=mime,
    )  # fmt: skip
    return asset


@pytest.mark.parametrize(
    ("role", "name", "mime", "kind"),
    [("raw", "IMG_1.NEF", "image/x-nikon-nef", "attachment"), ("live", "IMG_1.MOV", "video/quicktime", "inline"),
     ("edit", "IMG_E1.jpg", "image/jpeg", "inline"), ("sidecar", "IMG_1.xmp", "application/rdf+xml", "attachment")],
)  # fmt: skip
def test_every_role_opens_its_own_bytes(
    web: Web, make: Make, role: str, name: str, mime: str, kind: str
) -> None:
    add(web, make, name, role.encode() * 10, role, mime)
    client = web.client("anna")
    answer = client.get(path(web, f"assets/{role}"))
    assert (answer.content, answer.headers["content-type"]) == (role.encode() * 10, mime)
    assert answer.headers["content-disposition"].startswith(f'{kind}; filename="{name}"')
    listed = client.get(path(web, "assets")).json()["items"]
    assert [(a["role"], a["cover"]) for a in listed] == [("original", True), (role, False)]
    assert client.get(path(web)).content == PICTURE
    assert web.client("ben").get(path(web, f"assets/{role}")).status_code == 404


def test_row_13_the_video_in_a_motion_photo_is_a_range_of_it(web: Web) -> None:
    """Never a copy: its own ranges, name and tag, and the right is that of the picture."""
    anna = web.client("anna")
    assert anna.get(path(web, "assets/motion")).status_code == 404
    Asset.update(meta={"motion": [3, 5]}).where(Asset.id == Item.get().cover_id).execute()
    answer = anna.get(path(web, "assets/motion"))
    assert (answer.content, answer.headers["content-type"]) == (PICTURE[3:8], "video/mp4")
    assert answer.headers["content-disposition"].startswith('inline; filename="IMG_1.mp4"')
    assert answer.headers["etag"] != anna.get(path(web)).headers["etag"]
    part = anna.get(path(web, "assets/motion"), headers={"Range": "bytes=1-2"})
    assert (part.status_code, part.content) == (206, PICTURE[4:6])
    assert part.headers["content-range"] == "bytes 1-2/5"
    assert anna.get(path(web, "assets/motion"), headers={"Range": "bytes=5-"}).status_code == 416
    assert anna.get(path(web)).content == PICTURE
    assert web.client("ben").get(path(web, "assets/motion")).status_code == 404


@pytest.mark.parametrize("role", ["raw", "cover", "%00", "original%2f..", "'; --"])
def test_a_role_the_item_has_not(web: Web, role: str) -> None:
    assert web.client("anna").get(path(web, f"assets/{role}")).status_code == 404


@pytest.mark.parametrize(
    ("name", "plain", "encoded"),
    [('a "b".jpg', "a _b_.jpg", "a%20%22b%22.jpg"), ("Jü 100%.jpg", "J_ 100_.jpg", "J%C3%BC%20100%25.jpg"),
     ("猫.jpg", "_.jpg", "%E7%8C%AB.jpg"), ("a;b=c.jpg", "a;b=c.jpg", "a%3Bb%3Dc.jpg"),
     ("x\\x0ay.jpg", "x_x0ay.jpg", "x%5Cx0ay.jpg")],
)  # fmt: skip
def test_a_download_has_the_files_name_whatever_it_is(web: Web, name: str, plain: str, encoded: str) -> None:
    File.update(name=name).execute()
    answer = web.client("anna").get(path(web) + "?download=1")
    wanted = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"
    assert answer.headers["content-disposition"] == wanted
    assert web.client("anna").get(path(web)).headers["content-disposition"].startswith("inline")


def test_an_empty_file_is_whole_when_it_is_empty(web: Web) -> None:
    (web.folder / "IMG_1.jpg").write_bytes(b"")
    File.update(size=0).execute()
    client = web.client("anna")
    for method in ("GET", "HEAD"):
        answer = client.request(method, path(web))
        assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", "0")
    assert client.get(path(web), headers={"Range": "bytes=0-"}).status_code == 416


def test_a_storage_that_is_away_says_when_to_come_back(web: Web) -> None:
    (web.folder / "IMG_1.jpg").unlink()
    answer = web.client("anna").get(path(web))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.headers["content-type"] == "application/problem+json"
    assert str(web.folder) not in answer.text
    Storage.update(removed_at=1).execute()
    assert web.client("anna").get(path(web)).status_code == 404


def test_row_29_previews_are_there_while_the_storage_is_not(web: Web) -> None:
    web.folder.rename(web.folder.with_name("unmounted"))
    Storage.update(state="offline").execute()
    client = web.client("anna")
    assert client.get(path(web, "rendition/320")).content == b"RIFF grid"
    assert client.get(path(web)).status_code == 503
    assert client.get(f"{API}/items/{web.item.pid}").json()["state"] == "offline"


def test_a_file_that_has_other_bytes_now_is_not_sent_as_the_old_one(web: Web) -> None:
    (web.folder / "IMG_1.jpg").write_bytes(b"something else")
    assert web.client("anna").get(path(web)).status_code == 503


def test_an_alias_opens_the_same_and_only_to_its_owner(web: Web) -> None:
    from services.models import ItemAlias

    ItemAlias.insert(pid="older", item=web.item.id).execute()
    assert web.client("anna").get(f"{API}/items/older/original").content == PICTURE
    assert web.client("anna").get(f"{API}/items/older/rendition/320").status_code == 200
    assert web.client("ben").get(f"{API}/items/older/original").status_code == 404


# Renditions


def test_a_rendition_is_found_and_known_again(web: Web) -> None:
    client = web.client("anna")
    answer = client.get(path(web, "rendition/320"))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (
        200,
        b"RIFF grid",
        "image/webp",
    )
    assert answer.headers["cache-control"] == "private, no-cache"
    again = client.get(path(web, "rendition/320"), headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert Job.select().where(Job.kind == "render").count() == 0


def test_a_304_is_for_those_who_may_see_it(web: Web) -> None:
    etag = web.client("anna").get(path(web, "rendition/320")).headers["etag"]
    for given in (etag, "*"):
        assert (
            web.client("ben").get(path(web, "rendition/320"), headers={"If-None-Match": given}).status_code
            == 404
        )


@pytest.mark.parametrize(
    ("size", "status"), [("321", 422), ("0", 422), ("-1", 422), ("big", 422), ("9" * 5000, 422)]
)
def test_sizes_that_are_none(web: Web, size: str, status: int) -> None:
    answer = web.client("anna").get(path(web, f"rendition/{size}"))
    assert (answer.status_code, answer.json()["field"]) == (status, "size")


@pytest.fixture
def worker(web: Web) -> Iterator[list[str]]:
    """Somebody who does the render jobs as they come; the list says how they end: made, failed, cancelled."""
    ends: list[str] = []
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.02):
            job = web.context.jobs.claim(None, "w", ("click",))
            if job is None:
                continue
            if ends[0] == "made":
                sha = bytes(Asset.get_by_id(job.payload["asset"]).sha256).hex()
                web.context.renditions._store.put(sha, int(job.payload["size"]), VIEW)
                web.context.jobs.finish(job, {})
            elif ends[0] == "failed":
                web.context.jobs.fail(job, "it has too many pixels", again=False)
        database.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield ends
    stop.set()
    thread.join()


def test_one_that_is_made_meanwhile_is_waited_for(web: Web, worker: list[str]) -> None:
    worker.append("made")
    answer = web.client("anna").get(path(web, "rendition/1600"))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, VIEW, "image/jpeg")
    assert Job.select().where(Job.kind == "render").count() == 1


def test_one_that_cannot_be_made_is_not_there(web: Web, worker: list[str]) -> None:
    worker.append("failed")
    began = time.monotonic()
    answer = web.client("anna").get(path(web, "rendition/1600"))
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert time.monotonic() - began < media.RENDITION_WAIT_S / 2


def test_one_that_takes_too_long_says_when_to_come_back(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(media, "RENDITION_WAIT_S", 0.2)
    client = web.client("anna")
    answer = client.get(path(web, "rendition/1600"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.headers["x-content-type-options"] == "nosniff"
    client.get(path(web, "rendition/1600"))
    (job,) = Job.select().where(Job.kind == "render")  # who comes back joins the job that is at it
    assert (job.lane, job.state) == ("click", "queued")


def test_who_loses_the_right_while_waiting_gets_nothing(
    web: Web, worker: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.append("nothing yet")
    monkeypatch.setattr(media, "RENDITION_WAIT_S", 5.0)
    client = web.client("anna")

    def shut_out() -> None:
        time.sleep(0.3)
        accounts.disable_person(OPERATOR, web.people["anna"].pid)
        worker[0] = "made"
        database.close()

    thread = threading.Thread(target=shut_out)
    thread.start()
    answer = client.get(path(web, "rendition/1600"))
    thread.join()
    assert answer.status_code == 401
    assert VIEW not in answer.content


def test_an_item_without_a_cover_has_no_rendition(web: Web) -> None:
    Item.update(cover_id=None).execute()
    assert web.client("anna").get(path(web, "rendition/320")).status_code == 404


# On the wire


def test_a_stream_whose_right_ends_is_seen_to_be_cut(web: Web) -> None:
    """The promised length stays unfulfilled, so no client takes the part for the whole."""
    size = 64 * 1024 * 1024
    with (web.folder / "IMG_1.jpg").open("wb") as file:
        file.truncate(size)
    File.update(size=size).execute()
    header = web.bearer("anna", "read")
    with listening(web.app) as port, asking(port) as connection:
        connection.request("GET", path(web), headers=header | {"Host": "localhost"})
        answer = connection.getresponse()
        assert answer.headers["content-length"] == str(size)
        got = len(answer.read(1 << 20))
        accounts.disable_person(OPERATOR, web.people["anna"].pid)
        rest = drain(answer)
    assert got + rest < size


def drain(answer: Any) -> int:
    """How much still comes."""
    got = 0
    while True:
        try:
            chunk = answer.read1(1 << 20)
        except OSError:
            return got
        if not chunk:
            return got
        got += len(chunk)


def test_a_client_that_goes_away_stops_the_reading(web: Web) -> None:
    size = 256 * 1024 * 1024
    with (web.folder / "IMG_1.jpg").open("wb") as file:
        file.truncate(size)
    File.update(size=size).execute()
    header = web.bearer("anna", "read")
    with listening(web.app) as port:
        with asking(port) as connection:
            connection.request("GET", path(web), headers=header | {"Host": "localhost"})
            connection.getresponse().read(1000)
            assert opened(web) == web.context.broker.traffic.running == 1
        deadline = time.monotonic() + 30
        while opened(web) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert opened(web) == web.context.broker.traffic.running == 0


@contextmanager
def stalled(web: Web, port: int, who: str = "anna") -> Iterator[None]:
    """As many films as somebody may have at once, of which nothing is taken."""
    header = web.bearer(who, "read") | {"Host": "localhost"}
    with ExitStack() as connections:
        for _ in range(MAX_STREAMS):
            connection = connections.enter_context(asking(port))
            connection.request("GET", path(web), headers=header)
            assert connection.getresponse().status == 200
        yield


def a_film(web: Web) -> None:
    size = 256 * 1024 * 1024
    with (web.folder / "IMG_1.jpg").open("wb") as file:
        file.truncate(size)
    File.update(size=size).execute()


def zipped(web: Web) -> Any:
    """The answer with the picture in an archive."""
    given = web.bearer("anna", "read", "write")
    return web.client().post(f"{API}/downloads", json={"ids": [web.item.pid]}, headers=given)


def test_so_many_at_once_and_no_more(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pictures do not count, nor do others' films."""
    monkeypatch.setattr(media, "RENDITION_WAIT_S", 0.2)
    a_film(web)
    client, part = web.client("anna"), {"Range": "bytes=0-9"}
    with listening(web.app) as port, stalled(web, port):
        answer = client.get(path(web), headers=part)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"] == "Too much at once"
        archive = zipped(web)
        assert (archive.status_code, archive.json()["title"]) == (503, "Too much at once")
        assert client.get(path(web, "rendition/320")).status_code == 200
        assert client.head(path(web)).status_code == 200
        lake = collections.create(accounts.viewer_for("anna"), Draft("Lake"))
        collections.add(accounts.viewer_for("anna"), lake.pid, [web.item.pid])
        link = web.context.links.make(
            accounts.viewer_for("anna"), lake.pid, LinkTerms(download=True, place=True)
        )
        guest = web.client()
        base = guest.post(f"/s/{link.secret}").headers["location"]
        assert guest.get(f"{base}/items/{web.item.pid}/original", headers=part).status_code == 206


def test_a_player_that_jumps_waits_for_its_old_stream_to_end(web: Web) -> None:
    a_film(web)
    client = web.client("anna")
    with listening(web.app) as port:
        with stalled(web, port):
            found: list[int] = []
            thread = threading.Thread(
                target=lambda: found.append(client.get(path(web), headers={"Range": "bytes=0-9"}).status_code)
            )
            thread.start()
        thread.join(30)
    assert found == [206]


def test_no_place_is_lost_whatever_becomes_of_a_download(web: Web) -> None:
    client = web.client("anna")
    for _ in range(MAX_STREAMS + 1):
        assert client.get(path(web)).content == PICTURE
        assert zipped(web).status_code == 200
    (web.folder / "IMG_1.jpg").unlink()
    for _ in range(MAX_STREAMS + 1):
        assert client.get(path(web)).json()["title"] == "The storage cannot be reached"


def opened(web: Web) -> int:
    """How many descriptors this process has on the picture."""
    found = 0
    for link in Path("/proc/self/fd").iterdir():
        try:
            found += link.readlink() == web.folder / "IMG_1.jpg"
        except OSError:
            continue  # closed meanwhile
    return found


def test_what_a_guest_looks_at_is_counted_at_the_link_once_a_minute(web: Web) -> None:
    anna = accounts.viewer_for("anna")
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [web.item.pid])
    link = web.context.links.make(anna, lake.pid, LinkTerms(download=True, place=True))
    guest = web.client()
    base = guest.post(f"/s/{link.secret}").headers["location"]
    guest.get(base)
    guest.get(f"{base}/items/{web.item.pid}/rendition/320")
    assert Grant.get().opened == 0, "the small pictures of a page are no look at any of them"
    for _ in range(3):
        assert guest.get(f"{base}/items/{web.item.pid}/original").status_code == 200
    assert Grant.get().opened == 1
    (line,) = sharing.ledger(anna)
    assert line.grant.opened == 1


def test_where_a_file_lies_is_told_to_its_owner_alone(web: Web) -> None:
    """Also where it does not lie any more."""
    anna = accounts.viewer_for("anna")
    lake = collections.create(anna, Draft("Lake"))
    collections.add(anna, lake.pid, [web.item.pid])
    link = web.context.links.make(anna, lake.pid, LinkTerms(download=True, place=True))
    Folder.update(path="Diary").where(Folder.path == b"").execute()
    assert "Diary/IMG_1.jpg" in web.client("anna").get(path(web)).json()["detail"]
    guest = web.client()
    base = guest.post(f"/s/{link.secret}").headers["location"]
    answer = guest.get(f"{base}/items/{web.item.pid}/original")
    assert (answer.status_code, answer.json()["detail"]) == (503, AWAY)
