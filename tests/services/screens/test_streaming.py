"""What a screen is being shown breaks off at its next piece: whoever ends it, whatever ends."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from services import access, clock, screens, sharing
from services.adapters import Adapters
from services.broker import Broker, Revoked, original_of
from services.models import Item, User
from services.screens import identify
from services.sharing import Terms
from tests.factories import Make
from tests.services.screens.conftest import IP, MAC, Clock

pytestmark = pytest.mark.db

CHUNK, SIZE = 64, 64 * 20


class House:
    """Anna's film on the television in her living room, of which the first piece has gone out."""

    def __init__(self, make: Make, time: Clock, root: Path) -> None:
        self.time = time
        anna: User = make.user("anna")
        self.anna, self.item = (
            make.viewer(anna),
            make.item(anna, "film.mp4", taken=1, type="video", size=SIZE),
        )
        root.mkdir()
        (root / "film.mp4").write_bytes(bytes(SIZE))
        asset = make.asset(self.item, bytes(SIZE), masks=[])
        Item.update(cover_id=asset.id).execute()
        make.file(
            make.storage(anna, root=root), "film.mp4", asset=asset, size=SIZE, sha256=asset.sha256, read_state="done",
            mtime_ns=(root / "film.mp4").stat().st_mtime_ns,
        )  # fmt: skip
        self.item = Item.get()
        lake = make.collection(anna, items=[self.item])
        self.device = identify(IP, MAC).pid
        self.screen = screens.approve(self.anna, self.device, name="TV").pid
        self.share = sharing.offer(
            self.anna, lake.pid, {"screen": self.screen}, Terms(expires=time.now + clock.HOUR)
        )
        viewer = identify(IP, MAC).viewer
        assert viewer is not None
        self.viewer = viewer


@pytest.fixture
def house(make: Make, time: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    monkeypatch.setattr("services.broker.LOCAL_CHUNK", CHUNK)
    return House(make, time, tmp_path / "films")


@pytest.fixture
def broker() -> Iterator[Broker]:
    made = Broker(Adapters(), lambda file: None, threads=1)
    yield made
    made.close()


def screen_is_over(house: House) -> None:
    screens.change(house.anna, house.screen, {"until": house.time.now + clock.MINUTE})
    house.time.pass_(clock.MINUTE)


def let_in_again(house: House) -> None:
    screens.ask_again(house.anna, house.device)
    screens.approve(house.anna, house.device, screen=house.screen)


ENDS: dict[str, Callable[[House], object]] = {
    "refused": lambda h: screens.refuse(h.anna, h.device),
    "taken off": lambda h: screens.ask_again(h.anna, h.device),
    "screen ended": lambda h: screens.remove(h.anna, h.screen),
    "screen's time": screen_is_over,
    "share revoked": lambda h: sharing.revoke_share(h.anna, h.share.pid),
    "share's time": lambda h: h.time.pass_(clock.HOUR),
    "withdrawn": lambda h: sharing.withdraw(h.anna, [h.item.pid]),
    "turned away and let in again": let_in_again,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_it_breaks_off(house: House, broker: Broker, end: Callable[[House], object]) -> None:
    assert access.visible_items(house.viewer).count() == 1
    stream = broker.open(house.viewer, original_of(house.viewer, house.item))
    chunks: AsyncIterator[bytes] = aiter(stream)

    async def look() -> int:
        got = len(await anext(chunks))
        got += len(await anext(chunks))
        end(house)
        with pytest.raises(Revoked):
            await anext(chunks)
        return got

    try:
        assert asyncio.run(look()) == 2 * CHUNK
    finally:
        stream.close()


def test_it_goes_on_to_its_end_while_nothing_ends(house: House, broker: Broker) -> None:
    stream = broker.open(house.viewer, original_of(house.viewer, house.item))

    async def look() -> int:
        return sum([len(chunk) async for chunk in stream])

    try:
        assert asyncio.run(look()) == SIZE
    finally:
        stream.close()
