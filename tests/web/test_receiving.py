"""Places for those who send files: nobody keeps others from them, by themselves, as many guests, or by being slow."""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack

import pytest

from services import events
from services.models import Upload
from services.viewers import Viewer
from tests.factories import Make
from tests.web.api.test_uploads import until
from tests.web.conftest import Web
from tests.web.gathering import Comer, Gathering
from tests.web.loopback import listening
from web import receiving
from web.errors import GivesWay
from web.receiving import (
    GRACE_S,
    LEAST_PACE,
    MOST_WAITING,
    OF_DOOR,
    OF_GUEST,
    OF_GUESTS,
    OF_NETWORK,
    OF_PERSON,
    PLACES,
    Pace,
    Receiving,
    Shares,
    shares_of,
)


def person(user: int = 1) -> Shares:
    return shares_of(Viewer(user, "", ""), "192.0.2.1")


def guest(number: int, ip: str, *, event: int | None = 1, link: int | None = None) -> Shares:
    viewer = Viewer(0, "", "", kind="guest", guest_id=number, event_id=event, share_id=link)
    return shares_of(viewer, ip)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "WAIT_S", 0.02)


def run(play: Callable[[Receiving, AsyncExitStack], Awaitable[None]]) -> None:
    """Play on one event loop; what is held then is given back at the end."""

    async def whole() -> None:
        places = Receiving()
        async with AsyncExitStack() as held:
            await play(places, held)

    asyncio.run(whole())


def held_of(many: list[Shares]) -> int:
    """How many of these requests have a place at the same time."""
    count = 0

    async def play(places: Receiving, held: AsyncExitStack) -> None:
        nonlocal count
        for shares in many:
            try:
                await held.enter_async_context(places.place(shares))
                count += 1
            except GivesWay:
                continue

    run(play)
    return count


def far(number: int) -> str:
    """An address of a network of its own."""
    return f"198.51.100.{number}"


@pytest.mark.parametrize(
    ("many", "most"),
    [
        ([person()] * 20, OF_PERSON),
        ([person(n) for n in range(40)], PLACES),
        ([guest(1, far(n)) for n in range(20)], OF_GUEST),
        ([guest(n, "192.0.2.7", event=n) for n in range(20)], OF_NETWORK),
        ([guest(n, f"2001:db8::{n}") for n in range(20)], OF_NETWORK),
        ([guest(n, far(n)) for n in range(20)], OF_DOOR),
        ([guest(n, far(n), event=None, link=5) for n in range(20)], OF_DOOR),
        ([guest(n, far(n), event=n) for n in range(20)], OF_GUESTS),
        ([guest(n, far(n), event=n) for n in range(20)] + [person()] * 9, PLACES),
    ],
    ids=["person", "all", "guest", "network", "ipv6", "event", "link", "guests", "a person comes in always"],
)
def test_nobody_has_more_than_their_part(many: list[Shares], most: int) -> None:
    assert held_of(many) == most


def test_two_networks_do_not_fill_an_event() -> None:
    """Who comes by IPv4 and by IPv6, as ever so many guests, leaves a place to another guest."""
    crowd = [guest(n, ip) for n in range(20) for ip in ("192.0.2.7", "2001:db8::7")]
    assert held_of([*crowd, guest(99, far(1))]) == 2 * OF_NETWORK + 1


def test_who_waits_gets_the_place_that_is_given_back() -> None:
    async def play(places: Receiving, held: AsyncExitStack) -> None:
        mine = [await held.enter_async_context(_Held(places, person())) for _ in range(OF_PERSON)]
        order: list[str] = []

        async def come(name: str) -> None:
            async with places.place(person()):
                order.append(name)

        coming = [asyncio.create_task(come(name)) for name in ("first", "second")]
        await asyncio.sleep(0)
        async with places.place(person(2)):  # whoever waits for another share stands in nobody's way
            assert order == []
        await mine[0].close()
        await asyncio.gather(*coming)
        assert order == ["first", "second"]

    run(play)


def test_who_waits_too_long_is_asked_to_come_again_and_holds_nothing() -> None:
    async def play(places: Receiving, held: AsyncExitStack) -> None:
        mine = [await held.enter_async_context(_Held(places, person())) for _ in range(OF_PERSON)]
        with pytest.raises(GivesWay, match="Nothing was taken in"):
            await held.enter_async_context(places.place(person()))
        gone = asyncio.create_task(held.enter_async_context(places.place(person())))
        await asyncio.sleep(0)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        for each in mine:
            await each.close()
        for _ in range(OF_PERSON):
            await held.enter_async_context(places.place(person()))

    run(play)


def test_a_place_that_comes_as_its_sender_hangs_up_is_not_lost() -> None:
    async def play(places: Receiving, held: AsyncExitStack) -> None:
        mine = [await held.enter_async_context(_Held(places, person())) for _ in range(OF_PERSON)]
        gone = asyncio.create_task(held.enter_async_context(places.place(person())))
        await asyncio.sleep(0)
        await mine[0].close()
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await held.enter_async_context(places.place(person()))

    run(play)


def test_few_may_wait_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "WAIT_S", 30)

    async def play(places: Receiving, held: AsyncExitStack) -> None:
        for _ in range(OF_NETWORK):
            await held.enter_async_context(places.place({("network", far(1)): OF_NETWORK}))
        crowd = [
            asyncio.create_task(held.enter_async_context(places.place(guest(n, far(1)))))
            for n in range(MOST_WAITING)
        ]
        await asyncio.sleep(0)
        with pytest.raises(GivesWay):
            await held.enter_async_context(places.place(guest(99, far(1))))
        await held.enter_async_context(places.place(guest(99, far(2))))
        for each in crowd:
            each.cancel()
        await asyncio.gather(*crowd, return_exceptions=True)

    run(play)


@pytest.mark.parametrize(
    ("waits", "is_wanted"),
    [(person(1), True), (person(2), False), (guest(1, far(1)), False)],
    ids=["for this one", "would have had one", "the same"],
)
def test_a_place_is_wanted_by_who_could_have_it(waits: Shares, *, is_wanted: bool) -> None:
    async def play(places: Receiving, held: AsyncExitStack) -> None:
        pace = await held.enter_async_context(places.place(person(1)))
        for _ in range(OF_PERSON - 1):
            await held.enter_async_context(places.place(person(1)))
        for _ in range(OF_GUEST):
            await held.enter_async_context(places.place(guest(1, far(1))))
        waiting = asyncio.create_task(held.enter_async_context(places.place(waits)))
        await asyncio.sleep(0)
        assert pace._is_wanted() == is_wanted
        with pytest.raises(GivesWay) if waits != person(2) else ExitStack():
            await waiting

    run(play)


def test_who_is_slow_goes_on_while_nobody_waits() -> None:
    is_wanted, time = False, 0.0
    pace = Pace(lambda: is_wanted, lambda: time)

    def come(size: int, seconds: float) -> None:
        nonlocal time
        time += 1000.0  # so long the storage takes, which is nobody's fault
        pace.wait()
        time += seconds
        pace.came(size)

    come(1, GRACE_S + 1000)
    is_wanted = True
    with pytest.raises(GivesWay, match="What came whole is kept"):
        come(1, 0)
    come(int(LEAST_PACE * 1001), 0)
    come(1, 0)


def test_a_guest_of_slow_forms_keeps_no_other_from_sending(
    web: Web, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over real connections: ten forms of one guest that never come whole, and another guest drops a file."""
    monkeypatch.setattr(receiving, "WAIT_S", 30)
    party = _party(web, make)
    slow, other = party.enter("Slow"), party.enter("Other")
    with listening(web.app) as port, ExitStack() as stack:
        for _ in range(10):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            line.sendall(_head(slow) + _form(slow, "slowy.jpg")[:-20])
        until(lambda: Upload.select().where(Upload.guest == slow.guest).count() == OF_GUEST)
        line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        line.sendall(_head(other) + _form(other, "quick.jpg"))
        assert line.recv(12) == b"HTTP/1.1 303"
        assert Upload.select().where(Upload.guest == slow.guest).count() == OF_GUEST
    assert [u.name for u in Upload.select().where(Upload.guest == other.guest)] == ["quick.jpg"]


def test_who_finds_no_place_gets_a_page_that_says_so(
    web: Web, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "OF_GUEST", 0)
    comer = _party(web, make).enter("Lou")
    answer = comer.client.post(f"{comer.base}/files", files={"file": ("a.jpg", b"x")})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Too many files are being sent just now" in answer.text
    assert not Upload.select().exists()


class _Held:
    """A place that can be given back before the others."""

    def __init__(self, places: Receiving, shares: Shares) -> None:
        self._place, self._is_open = places.place(shares), True

    async def __aenter__(self) -> "_Held":
        await self._place.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        if self._is_open:
            self._is_open = False
            await self._place.__aexit__(None, None, None)


def _party(web: Web, make: Make) -> Gathering:
    object.__setattr__(web.context, "dropping", events.target)  # it is frozen, but not for this
    return Gathering(web, make)


def _form(comer: Comer, name: str) -> bytes:
    page = comer.client.get(f"{comer.base}/files").text
    token = page.partition('name="csrf" value="')[2].partition('"')[0]
    assert token
    return (
        f'--x\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{token}\r\n--x\r\nContent-Disposition: '
        f'form-data; name="file"; filename="{name}"\r\n\r\n{"y" * 200_000}\r\n--x--\r\n'
    ).encode()


def _head(comer: Comer) -> bytes:
    cookies = "; ".join(f"{c.name}={c.value}" for c in comer.client.cookies.jar if c.path == comer.base)
    length = len(_form(comer, "quick.jpg"))
    return (
        f"POST {comer.base}/files HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nSec-Fetch-Site: same-origin\r\n"
        f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {length}\r\n\r\n"
    ).encode()
