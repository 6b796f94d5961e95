"""Control points that others wrote look at a real `serve`: what they find, and that they find all of it."""

import asyncio
import os
import subprocess
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import upnpclient
from async_upnp_client.aiohttp import AiohttpNotifyServer, AiohttpRequester
from async_upnp_client.client_factory import UpnpFactory
from async_upnp_client.exceptions import UpnpActionResponseError
from async_upnp_client.profiles.dlna import DmsDevice
from PIL import Image

from services import sharing
from services.models import Grant, database
from services.viewers import Viewer
from tests.serving import opened
from tests.virtualfs.dlna.house import House, served

DEADLINE_S = 60.0


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("picture") / "p.jpg"
    Image.new("RGB", (640, 480), "teal").save(path)
    return path.read_bytes()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, picture: bytes, full: bool) -> Iterator[House]:
    with served(
        tmp_path_factory.mktemp("house") / "data", 10_000 if full else 2_400, picture=picture
    ) as house:
        yield house


async def device(house: House) -> DmsDevice:
    found = await UpnpFactory(AiohttpRequester()).async_create_device(house.description)
    return DmsDevice(found, None)


def test_async_upnp_client_finds_everything(house: House) -> None:
    """By walking through the containers, page by page, and by searching."""

    async def work() -> None:
        dms = await device(house)
        assert dms.manufacturer == "Hypomos"
        photos, waiting = set(), deque(["p"])
        while waiting:
            container, seen = waiting.popleft(), 0
            while True:
                page = await dms.async_browse_direct_children(
                    container, starting_index=seen, requested_count=100
                )
                assert page.total_matches <= 1000
                for each in page.result:
                    assert each.parent_id == container
                    if each.upnp_class.startswith("object.container"):
                        waiting.append(each.id)
                    else:
                        photos.add(each.id)
                        assert [str(res.protocol_info).split(":")[2] for res in each.res] == [
                            "image/jpeg"
                        ] * 4
                seen += page.number_returned
                if seen >= page.total_matches:
                    break
        assert len(photos) == house.photos
        found: set[str] = set()
        total = 1
        while len(found) < total:
            result = await dms.async_search_directory(
                "0", 'upnp:class derivedfrom "object.item.imageItem"', starting_index=len(found)
            )
            found |= {each.id for each in result.result}
            total = result.total_matches
        assert found == photos
        with pytest.raises(UpnpActionResponseError) as refused:
            await dms.async_browse_metadata("nothing")
        assert refused.value.error_code == 701

    asyncio.run(asyncio.wait_for(work(), DEADLINE_S))


def test_what_is_found_is_fetched(house: House, picture: bytes) -> None:
    async def address() -> str:
        dms = await device(house)
        shelf = (await dms.async_browse_direct_children("c")).result[0]
        assert shelf.title == "Everything"
        first = (await dms.async_browse_direct_children("p.202601", requested_count=1)).result[0]
        return str(first.res[0].uri)

    found = asyncio.run(asyncio.wait_for(address(), DEADLINE_S))
    with urllib.request.urlopen(found, timeout=DEADLINE_S) as answer:
        assert answer.read() == picture


def test_upnpclient_reads_us(house: House) -> None:
    found = upnpclient.Device(house.description)
    assert {service.name for service in found.services} == {
        "ContentDirectory", "ConnectionManager", "X_MS_MediaReceiverRegistrar"
    }  # fmt: skip
    answer = found.ContentDirectory.Browse(
        ObjectID="p.202612", BrowseFlag="BrowseDirectChildren", Filter="dc:title", StartingIndex=0, RequestedCount=20,
        SortCriteria="",
    )  # fmt: skip
    assert (answer["NumberReturned"], answer["TotalMatches"]) == (20, house.photos // 12)
    assert "http-get" in found.ConnectionManager.GetProtocolInfo()["Source"]
    assert found.X_MS_MediaReceiverRegistrar.IsAuthorized(DeviceID="")["Result"] == "1"


@pytest.mark.needs("gupnp-tools")
def test_gssdp_discovers_us(house: House) -> None:
    seen = subprocess.run(
        ["gssdp-discover", "-i", "lo", "-n", "3"], capture_output=True, text=True, timeout=60
    )
    ours = seen.stdout.split("resource available\n")
    kinds = {block.split()[1] for block in ours if house.description in block}
    assert len(kinds) == 6, seen.stdout


@pytest.mark.long
def test_async_upnp_client_is_told_of_a_share_that_ended(tmp_path: Path) -> None:
    """And finds nothing any more: what it is told of, it can see."""

    async def work(house: House) -> None:
        requester = AiohttpRequester()
        server = AiohttpNotifyServer(requester, ("127.0.0.1", 0))
        await server.async_start_server()
        found = await UpnpFactory(requester).async_create_device(house.description)
        dms = DmsDevice(found, server.event_handler)
        told: list[int] = []

        def on_event(service: object, variables: Sequence[Any]) -> None:
            told.extend(int(each.value) for each in variables if each.name == "SystemUpdateID")

        dms.on_event = on_event
        await dms.async_subscribe_services()
        await until(lambda: bool(told), "the first event")
        assert (await dms.async_browse_direct_children("p")).total_matches == 1
        await asyncio.to_thread(revoke, tmp_path / "data")
        await until(lambda: len(set(told)) > 1, "the event of the end")
        assert (await dms.async_browse_direct_children("0")).total_matches == 0
        await dms.async_unsubscribe_services()
        await server.async_stop_server()

    with served(tmp_path / "data", 12) as house:
        asyncio.run(asyncio.wait_for(work(house), DEADLINE_S))


def revoke(data: Path) -> None:
    with opened(data):
        grant = Grant.get()
        sharing.revoke(Viewer(grant.owner_id, "anna", "Anna"), {"grant": grant.pid})
        database.close()


async def until(condition: Any, what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.05)


@pytest.mark.long
@pytest.mark.needs("vlc-bin", "vlc-plugin-base")
def test_vlc_lists_and_plays(tmp_path: Path, picture: bytes, full: bool) -> None:
    """It asks for 5,000 at once, until it has all of a month, and plays the first: the picture goes out of our door."""
    data = tmp_path / "data"
    with served(data, 10_000 if full else 2_400, picture=picture) as house:
        assert opened_so_far(data) == 0
        vlc_lists_and_plays(house, data, tmp_path)


def opened_so_far(data: Path) -> int:
    """How many pictures were given to whom they are shared with, as the household counts it."""
    with opened(data):
        count: int = Grant.get().opened
        database.close()
    return count


def vlc_lists_and_plays(house: House, data: Path, tmp_path: Path) -> None:
    host = house.description.split("/")[2]
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/") and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    as_nobody = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    command = [
        *as_nobody, "env", f"HOME={home}", f"XDG_RUNTIME_DIR={home}", "vlc", "-I", "rc", "--no-video", "--no-audio",
        "--no-dbus", "-vv", f"upnp://{host}/ctl/cds?ObjectID=p.202601",
    ]  # fmt: skip
    vlc = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert vlc.stdin is not None
    assert vlc.stdout is not None
    said: list[str] = []
    listening = threading.Thread(target=said.extend, args=(vlc.stdout,), daemon=True)
    listening.start()
    try:
        deadline = time.monotonic() + DEADLINE_S
        wanted = house.photos // 12
        listed = fetched = False
        while not (listed and fetched):
            assert time.monotonic() < deadline, "".join(said[-50:])
            vlc.stdin.write("playlist\n")
            vlc.stdin.flush()
            time.sleep(1)
            text = "".join(said)
            listed = (
                len({line.split(" - ")[1].split()[0] for line in text.splitlines() if " - IMG_" in line})
                >= wanted
            )
            fetched = listed and opened_so_far(data) > 0
        vlc.stdin.write("quit\n")
        vlc.stdin.flush()
        vlc.wait(30)
    finally:
        vlc.kill()
        vlc.wait()
        vlc.stdin.close()
        listening.join(30)
        vlc.stdout.close()
