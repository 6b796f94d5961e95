"""Control points that others wrote look at a real `serve`: what they find, and that they find all of it."""

import asyncio
import os
import subprocess
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
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


@pytest.mark.first
@pytest.mark.long
@pytest.mark.needs("vlc-bin", "vlc-plugin-base")
def test_vlc_lists_and_plays(tmp_path: Path, picture: bytes, full: bool) -> None:
    """It asks for 5,000 at once, until it has all of a month, month by month; what it plays goes out of our door."""
    data = tmp_path / "data"
    with served(data, 10_000 if full else 2_400, picture=picture) as house:
        assert opened_so_far(data) == 0
        with vlc(tmp_path, f"upnp://{house.description.split('/')[2]}/ctl/cds?ObjectID=") as player:
            found: set[str] = set()
            for month in range(202601, 202613):
                found |= player.list(f"p.{month}", house.photos // 12)
                assert player.waits(lambda: opened_so_far(data) > 0)
    assert found == {f"IMG_{n:05}" for n in range(house.photos)}


def opened_so_far(data: Path) -> int:
    """How many pictures were given to whom they are shared with, as the household counts it."""
    with opened(data):
        count: int = Grant.get().opened
        database.close()
    return count


class Vlc:
    """A VLC without a screen, told what to do by lines; `address` is how those of containers begin."""

    def __init__(self, process: "subprocess.Popen[str]", address: str) -> None:
        self._process = process
        self._address = address
        self._said: list[str] = []
        self.listening = threading.Thread(target=self._listen, daemon=True)
        self.listening.start()

    def list(self, container: str, least: int) -> set[str]:
        """Open a container; the titles of the pictures in it, once there are so many and no more come."""
        self.say("clear")
        self.say(f"add {self._address}{container}")
        found: set[str] = set()
        before = -1
        deadline = time.monotonic() + DEADLINE_S
        while len(found) < least or len(found) > before:
            assert time.monotonic() < deadline, "".join(self._said[-50:])
            before = len(found)
            del self._said[:]
            self.say("playlist")
            time.sleep(0.5)
            found |= {line.split(" - ")[1].split()[0] for line in list(self._said) if " - IMG_" in line}
        return found

    def waits(self, condition: Callable[[], bool]) -> bool:
        """Whether a condition comes true in time."""
        deadline = time.monotonic() + DEADLINE_S
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.1)
        return condition()

    def say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.append(line)


@contextmanager
def vlc(tmp_path: Path, address: str) -> Iterator[Vlc]:
    """A VLC that runs until the end of the block; it refuses to be root."""
    home = tmp_path / "home"
    home.mkdir(mode=0o777)
    home.chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == os.getuid() and folder != Path("/") and str(folder).startswith("/tmp/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    as_nobody = ["runuser", "-u", "nobody", "--"] if os.geteuid() == 0 else []
    command = [
        *as_nobody, "env", f"HOME={home}", f"XDG_RUNTIME_DIR={home}", "vlc", "-I", "rc", "--no-video", "--no-audio",
        "--no-dbus", "-vv",
    ]  # fmt: skip
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.STDOUT, text=True) as process:
        player = Vlc(process, address)
        try:
            yield player
            player.say("quit")
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            player.listening.join(30)
