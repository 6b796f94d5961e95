"""GENA: who subscribed is told, in order, seldom, at their own address; who is gone is forgotten."""

import asyncio
import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from tests.virtualfs.dlna.ears import until
from tests.virtualfs.dlna.listening import ask, listening
from tests.virtualfs.dlna.television import Television
from virtualfs.dlna import events as module
from virtualfs.dlna.cds import UNTOLD
from virtualfs.dlna.events import (
    LAST_NUMBER,
    LEAST_S,
    LONGEST_S,
    MOST,
    MOST_OF_ONE,
    Events,
    event_body,
    read_callbacks,
    read_timeout,
)  # fmt: skip


class Mailbox:
    """A subscriber: keeps what it is told, and answers as it is told to."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.port = 0

    @property
    def callback(self) -> str:
        return f"<http://127.0.0.1:{self.port}/events?x=1>"

    def sequence(self) -> list[int]:
        return [int(headers["SEQ"]) for headers, _ in self.told]

    def values(self, number: int) -> dict[str, str]:
        root = etree.fromstring(self.told[number][1])
        return {etree.QName(each[0]).localname: each[0].text or "" for each in root}

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if line)
        body = await reader.readexactly(int(headers["CONTENT-LENGTH"]))
        assert head.startswith("NOTIFY /events?x=1 HTTP/1.1\r\n")
        self.told.append((headers, body))
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def mailbox(status: int = 200) -> AsyncIterator[Mailbox]:
    box = Mailbox(status)
    server = await asyncio.start_server(box.take, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box


def everybody(ip: str) -> bool:
    """Is let in."""
    return bool(ip)


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(work, 120))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_S", 0.02)
    monkeypatch.setattr(module, "MODERATION_S", 0.05)


async def subscribe(
    port: int, box: Mailbox, key: str = "cds", timeout: str = "Second-300"
) -> tuple[int, str]:
    status, headers, _ = await ask(
        port, "SUBSCRIBE", f"/evt/{key}", CALLBACK=box.callback, NT="upnp:event", TIMEOUT=timeout
    )
    return status, headers.get("SID", "")


def test_the_first_event_follows_the_answer(television: Television) -> None:
    async def work() -> None:
        async with mailbox() as box, listening(television, Events(lambda: 7, everybody)) as port:
            for key in ("cds", "cm", "mrr"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(
                    f"SUBSCRIBE /evt/{key} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCALLBACK: {box.callback}\r\n"
                    "NT: upnp:event\r\nTIMEOUT: Second-infinite\r\n\r\n".encode()
                )
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                assert head.startswith("HTTP/1.1 200 ")
                assert "TIMEOUT: Second-1800\r\n" in head
                assert "Content-Length: 0\r\n" in head
                sid = re.search(r"SID: (uuid:[0-9a-f-]{36})\r\n", head)
                assert sid is not None
                await until(lambda: bool(box.told), "the first event")
                headers, _ = box.told[0]
                assert (headers["SID"], headers["SEQ"], headers["NT"]) == (sid[1], "0", "upnp:event")
                if key == "cds":
                    wanted = {"SystemUpdateID": "7", "ContainerUpdateIDs": "", "TransferIDs": ""}
                    assert box.values(0) == wanted
                box.told.clear()
                writer.close()

    run(work())


def test_changes_are_told_together(television: Television) -> None:
    async def work() -> None:
        update = [1]
        events = Events(lambda: update[0], everybody)
        async with mailbox() as box, listening(television, events) as port:
            await subscribe(port, box)
            await until(lambda: len(box.told) == 1, "the first event")
            for _ in range(50):
                update[0] += 1
                await asyncio.sleep(0.004)
            await until(
                lambda: bool(box.told) and box.values(-1)["SystemUpdateID"] == "51", "the last number"
            )
            assert box.sequence() == list(range(len(box.told)))
            assert box.values(-1) == {"SystemUpdateID": "51", "ContainerUpdateIDs": "0,51"}
            seen = len(box.told)
            await asyncio.sleep(0.2)
            assert len(box.told) == seen, "nothing when nothing changed"

    run(work())


def test_who_is_not_let_in_is_told_of_no_change(television: Television) -> None:
    """But of being let in, and of being turned away."""

    async def work() -> None:
        number, let_in, looks = [7], [False], [0]

        def update() -> int:
            looks[0] += 1
            return number[0]

        events = Events(update, lambda ip: let_in[0])
        async with mailbox() as box, listening(television, events) as port:
            await subscribe(port, box)
            await until(lambda: len(box.told) == 1, "the first event")
            number[0], looks[0] = 8, 0
            await until(lambda: looks[0] > 5, "looked again and again")
            number[0], let_in[0] = 9, True
            await until(lambda: len(box.told) == 2, "let in")
            number[0], let_in[0] = 10, False
            await until(lambda: len(box.told) == 3, "turned away")
            assert [box.values(n)["SystemUpdateID"] for n in range(3)] == ["0", "9", "0"]

    run(work())


def test_a_catalogue_that_is_away_is_said_once(
    television: Television, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        asked, is_there = [0], [True]

        def update() -> int:
            asked[0] += 1
            if not is_there[0]:
                raise OSError("away")
            return asked[0]

        async with mailbox() as box, listening(television, Events(update, everybody)) as port:
            await subscribe(port, box)
            for is_there[0] in (False, True, False):
                asked[0] = 0
                await until(lambda: asked[0] > 3, "asked again and again")
            assert sum("could not be found out" in message for message in caplog.messages) == 2

    run(work())


def test_moderation() -> None:
    """Never twice within the time, whatever happens."""

    async def work() -> None:
        now, sent = [100.0], []
        update = [1]
        events = Events(lambda: update[0], everybody, lambda: now[0])

        def tell(number: int) -> None:
            update[0] = number
            events.tell(events._news({("127.0.0.1", made.told)}))

        made = module.Subscription("uuid:x", "cds", (module.Callback("127.0.0.1", 1, "/"),), 9e9)
        made.sequence, made.told, made.told_at = 1, 1, 100.0
        events._subscriptions["uuid:x"] = made
        events._begin = lambda each, update: sent.append(update)  # type: ignore[method-assign, assignment]  # a spy
        tell(2)
        now[0] += module.MODERATION_S - 0.001
        tell(3)
        assert sent == []
        now[0] += 0.001
        tell(1)
        assert sent == [], "what was told already"
        tell(4)
        assert sent == [4]

    run(work())


@pytest.mark.parametrize("status", [200, 500])
def test_who_takes_nothing_is_forgotten(television: Television, status: int) -> None:
    """Others are told all the same."""

    async def work() -> None:
        update = [1]
        events = Events(lambda: update[0], everybody)
        async with mailbox() as alive, listening(television, events) as port:
            async with mailbox(status) as dead:
                await subscribe(port, alive)
                await subscribe(port, dead)
                await until(lambda: len(alive.told) == len(dead.told) == 1, "both were told")
            while len(events) == 2:
                update[0] += 1
                await asyncio.sleep(0.02)
            await until(lambda: alive.values(-1)["SystemUpdateID"] == str(update[0]), "who lives")
            assert len(events) == 1

    run(work())


def test_who_does_not_know_the_subscription_is_forgotten_at_once(television: Television) -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)
        async with mailbox(412) as box, listening(television, events) as port:
            await subscribe(port, box)
            await until(lambda: bool(box.told) and len(events) == 0, "forgotten")

    run(work())


def test_renewing_and_ending(television: Television) -> None:
    async def work() -> None:
        now = [0.0]
        events = Events(lambda: 1, everybody, lambda: now[0])
        async with mailbox() as box, listening(television, events) as port:
            _, sid = await subscribe(port, box)
            now[0] = 299.0
            status, headers, _ = await ask(port, "SUBSCRIBE", "/evt/cds", SID=sid, TIMEOUT="Second-1000")
            assert (status, headers["SID"], headers["TIMEOUT"]) == (200, sid, "Second-1000")
            assert (await ask(port, "SUBSCRIBE", "/evt/cm", SID=sid))[0] == 412, "of another service"
            now[0] = 1298.0
            assert len(events) == 1
            now[0] = 1299.0
            assert (await ask(port, "SUBSCRIBE", "/evt/cds", SID=sid))[0] == 412
            await until(lambda: len(events) == 0, "ended")
            _, sid = await subscribe(port, box)
            assert (await ask(port, "UNSUBSCRIBE", "/evt/cds", SID=sid))[0] == 200
            assert (await ask(port, "UNSUBSCRIBE", "/evt/cds", SID=sid))[0] == 412

    run(work())


BAD = [
    {}, {"NT": "upnp:event"}, {"CALLBACK": "<http://127.0.0.1:1/>"}, {"CALLBACK": "<http://127.0.0.1:1/>", "NT": "x"},
    {"CALLBACK": "<http://127.0.0.2:1/>", "NT": "upnp:event"},
    {"CALLBACK": "<http://localhost:1/>", "NT": "upnp:event"},
    {"CALLBACK": "<http://8.8.8.8/>", "NT": "upnp:event"}, {"CALLBACK": "http://127.0.0.1:1/", "NT": "upnp:event"},
    {"CALLBACK": "<http://127.0.0.1:1/><http://8.8.8.8/>", "NT": "upnp:event"}, {"SID": "uuid:nothing"},
    {"CALLBACK": "<https://127.0.0.1:1/>", "NT": "upnp:event"}, {"SID": "x", "CALLBACK": "<http://127.0.0.1:1/>"},
    {"SID": "x", "NT": "upnp:event"}, {"SID": ""},
]  # fmt: skip


def test_what_is_refused(television: Television) -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)
        async with listening(television, events) as port:
            for headers in BAD:
                assert (await ask(port, "SUBSCRIBE", "/evt/cds", **headers))[0] == 412, headers
            assert (await ask(port, "SUBSCRIBE", "/evt/other", **BAD[-1]))[0] == 404
            assert len(events) == 0

    run(work())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<http://10.0.0.5/>", [(80, "/")]), ("<http://10.0.0.5:49152>", [(49152, "/")]),
        ("<http://10.0.0.5:1/a?b=c#d><http://10.0.0.5:2/>", [(1, "/a?b=c"), (2, "/")]),
        ("<http://10.0.0.5:0/>", []), ("<http://10.0.0.5:99999/>", []), ("<http://10.0.0.5:x/>", []),
        ("<http://10.0.0.5@8.8.8.8/>", []), ("<http://8.8.8.8@10.0.0.5/>", []), ("<http://10.0.0.5.evil.example/>", []),
        ("<http://167772165/>", []), ("<http://[::ffff:10.0.0.5]/>", []), ("<http://10.0.0.5/a b>", []),
        ("<http://10.0.0.5/\r\nX: y>", []), ("<ftp://10.0.0.5/>", []), ("<http://10.0.0.5/ü>", []), ("<>", []),
        ("<http://10.0.0.5/>" * 5, []), ("<http://10.0.0.5/" + "a" * 600 + ">", []),
    ],
)  # fmt: skip
def test_callbacks(text: str, found: list[tuple[int, str]]) -> None:
    assert [(each.port, each.path) for each in read_callbacks(text, "10.0.0.5")] == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("Second-600", 600), ("second-1", LEAST_S), ("Second-999999999", LONGEST_S), ("Second-infinite", LONGEST_S),
        ("", LONGEST_S), ("600", LONGEST_S), ("Second--5", LONGEST_S), ("Second-" + "9" * 5000, LONGEST_S),
    ],
)  # fmt: skip
def test_timeouts(text: str, seconds: int) -> None:
    assert read_timeout(text) == seconds


def test_so_many_and_no_more(television: Television) -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)
        async with listening(television, events) as port:
            callbacks = [f"<http://127.0.0.1:{n}/>" for n in range(20_000, 20_200)]
            answers = [
                (await ask(port, "SUBSCRIBE", "/evt/cm", CALLBACK=each, NT="upnp:event"))[0]
                for each in callbacks
            ]
            assert answers[:MOST_OF_ONE] == [200] * MOST_OF_ONE
            assert set(answers[MOST_OF_ONE:]) <= {
                200,
                503,
            }  # the dead ones make room after their third failure
            assert len(events) <= MOST_OF_ONE

    run(work())


def test_ten_thousand(television: Television, monkeypatch: pytest.MonkeyPatch) -> None:
    """From as many machines: 64 are kept, the others are told to come later."""

    async def work() -> None:
        events = Events(lambda: 1, everybody)
        statuses = []
        for n in range(10_000):
            ip = f"10.{n // 2500}.{n // 250 % 10}.{n % 250}"
            headers = {"callback": f"<http://{ip}:1/>", "nt": "upnp:event"}
            statuses.append(events._subscribe("cds", ip, headers).status_code)
        assert statuses.count(200) == MOST == len(events)
        assert set(statuses[MOST:]) == {503}

    run(work())


def test_strangers_keep_no_screen_out() -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)

        def subscribe_from(ip: str) -> int:
            return events._subscribe(
                "cds", ip, {"callback": f"<http://{ip}:1/>", "nt": "upnp:event"}
            ).status_code

        for n in range(MOST):
            assert subscribe_from(f"10.0.0.{n}") == 200
        first, second, *others = events._subscriptions.values()
        for each in (first, *others):
            each.told = 7
        assert second.told != UNTOLD
        assert subscribe_from("10.0.1.1") == 503, "all of them may be let in"
        second.told = UNTOLD
        assert subscribe_from("10.0.1.1") == 200
        assert len(events) == MOST
        assert second.sid not in events._subscriptions

    run(work())


def test_who_begins_anew_takes_its_own_place() -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)
        for _ in range(100):
            headers = {"callback": "<http://10.0.0.5:1/>", "nt": "upnp:event"}
            assert events._subscribe("cds", "10.0.0.5", headers).status_code == 200
        assert len(events) == 1

    run(work())


def test_numbers_begin_anew_at_one() -> None:
    async def work() -> None:
        events = Events(lambda: 1, everybody)
        async with mailbox() as box:
            made = module.Subscription(
                "uuid:x", "cds", (module.Callback("127.0.0.1", box.port, "/events?x=1"),), 9e9
            )
            made.sequence = LAST_NUMBER
            for update in (5, 6):
                await events._send(made, update)
            assert box.sequence() == [LAST_NUMBER, 1]

    run(work())


@pytest.mark.parametrize("key", ["cds", "cm", "mrr"])
def test_bodies_are_xml(key: str) -> None:
    for is_first in (True, False):
        root = etree.fromstring(event_body(key, 2**32 - 1, is_first=is_first))
        assert etree.QName(root).localname == "propertyset"
        assert len(root)


@given(st.text(max_size=300))
def test_any_callback(text: str) -> None:
    for each in read_callbacks(text, "10.0.0.5"):
        assert each.ip == "10.0.0.5"
        assert each.path.isascii()
