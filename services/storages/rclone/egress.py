"""The gate: the one way by which the rclone daemon reaches the network.

A storage's host was checked when it was configured. That is not enough: a name may lead elsewhere a second
later, and a server may redirect to any address. So the daemon connects through this gate, which resolves
each host itself, asks the policy, and connects to the very address that was checked.

It speaks SOCKS 5 on loopback, with credentials made anew at each start: one protocol for http and https,
sftp and ftp, which passes bytes on without looking at them. Standard library alone.

Threading: the gate runs in a thread of its own; `start` and `close` may be called from any other.
"""

import asyncio
import contextlib
import logging
import re
import secrets
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv6Address

from services.errors import UsageError
from services.storages.hosts import HostRefused, Target
from services.storages.rclone import socks

log = logging.getLogger(__name__)

Check = Callable[[str, int], Target]
"""`HostPolicy.check`: from a host and port to the addresses to connect to."""

REFUSED = "connection not allowed by ruleset"
"""Stands in rclone's error text when the gate refused a host. Other failures of the gate read "host
unreachable", "network unreachable", "connection refused" and "general SOCKS server failure" there."""

_REFUSAL = re.compile(rf"->\[?([^\s\]]+?)\]?:(\d+): (?:unknown error )?{REFUSED}")

BUFFER = 256 * 1024
"""Bytes that a stream passes on before others have their turn, and the most that wait for a slow side."""

HANDSHAKE_S = 10.0
RESOLVE_S = 10.0
CONNECT_S = 8.0
MAX_STREAMS = 400
RESOLVERS = 8
TELL_AGAIN_S = 60.0


def refused_host(text: str) -> tuple[str, int] | None:
    """The host and port that the gate refused, from an error text of rclone; None when it is another error."""
    found = _REFUSAL.search(text)
    return (found[1], int(found[2])) if found else None


class Gate:
    """A SOCKS 5 server on loopback that connects only to what `check` answers.

    A stream without a byte in either direction for `idle_s` ends; after one side has finished,
    `half_closed_s` is enough.
    """

    def __init__(self, check: Check, *, idle_s: float = 900.0, half_closed_s: float = 60.0) -> None:
        self._check = check
        self._idle_s, self._half_closed_s = idle_s, half_closed_s
        self._user, self._password = secrets.token_hex(8), secrets.token_hex(24)
        self._port = 0
        self._told = ("", 0.0)
        self._scratch = bytearray(BUFFER)
        self._loop = asyncio.new_event_loop()
        self._accepting: asyncio.Task[None] | None = None
        self._thread: threading.Thread | None = None
        self._resolvers = ThreadPoolExecutor(RESOLVERS, "gate-resolver")

    def start(self) -> str:
        """Begin to listen; answers the address, which holds the credentials."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        listener.setblocking(False)
        self._port = listener.getsockname()[1]
        self._accepting = self._loop.create_task(self._accept(listener))
        self._thread = threading.Thread(target=self._run, args=(self._accepting,), name="gate", daemon=True)
        self._thread.start()
        return self.url

    @property
    def url(self) -> str:
        """The address as rclone's `--http-proxy` takes it. Secret: never on a command line or in a log."""
        return f"socks5://{self._authority}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes rclone connect through the gate, whatever the configuration of a remote says.

        `RCLONE_HTTP_PROXY` holds for every backend that speaks http and, unlike the usual variables, for
        loopback too; those are for the few calls that rclone makes past its own client. sftp and ftp take
        theirs from the environment as well, before the configuration: no remote holds the address of a
        gate, which is another one after each start. smb knows no proxy; there the address itself is
        configured.
        """
        usual = ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")
        return {
            **dict.fromkeys(("RCLONE_HTTP_PROXY", *usual), self.url),
            **dict.fromkeys(("RCLONE_SFTP_SOCKS_PROXY", "RCLONE_FTP_SOCKS_PROXY"), self._authority),
            "NO_PROXY": "",
            "no_proxy": "",
        }

    def close(self) -> None:
        """End all streams and stop listening. May be called twice."""
        if self._thread is not None and self._accepting is not None:
            with contextlib.suppress(RuntimeError):  # the loop is closed already
                self._loop.call_soon_threadsafe(self._accepting.cancel)
            self._thread.join()
        self._loop.close()
        self._resolvers.shutdown(wait=False, cancel_futures=True)

    @property
    def _authority(self) -> str:
        return f"{self._user}:{self._password}@127.0.0.1:{self._port}"

    def _run(self, accepting: asyncio.Task[None]) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            self._loop.run_until_complete(accepting)

    async def _accept(self, listener: socket.socket) -> None:
        streams: set[asyncio.Task[None]] = set()
        try:
            while True:
                try:
                    client, _ = await self._loop.sock_accept(listener)
                except OSError as error:  # no descriptor left: those in use will end
                    log.warning("The gate cannot take a connection: %s", error)
                    await asyncio.sleep(0.2)
                    continue
                if len(streams) >= MAX_STREAMS:
                    client.close()
                    continue
                stream = self._loop.create_task(self._serve(client))
                streams.add(stream)
                stream.add_done_callback(streams.discard)
        finally:
            listener.close()
            for stream in streams:
                stream.cancel()
            await asyncio.gather(*streams, return_exceptions=True)

    async def _serve(self, client: socket.socket) -> None:
        """One connection from its greeting to its end. Both ends are closed whatever happens."""
        server: socket.socket | None = None
        is_whole = False
        try:
            server = await self._answer(client)
            is_whole = server is None or await self._relay(client, server)
        except (OSError, TimeoutError) as error:
            log.debug("A connection of the gate ended: %s", error)
        finally:
            for end in filter(None, (client, server)):
                if not is_whole:
                    _abort(end)
                end.close()

    async def _answer(self, client: socket.socket) -> socket.socket | None:
        """Shake hands and connect; None when the client was told why not."""
        connection = _Connection(self._loop, client)
        try:
            async with asyncio.timeout(HANDSHAKE_S):
                wanted = await socks.read_wish(
                    connection.read, connection.write, self._user.encode(), self._password.encode()
                )
        except socks.SocksError as error:
            await connection.write(error.answer)
            return None
        server, answer = await self._connect(wanted)
        try:
            await connection.write(answer)
        except BaseException:
            if server is not None:
                server.close()
            raise
        return server

    async def _connect(self, wanted: socks.Wanted) -> tuple[socket.socket | None, bytes]:
        """The connection to an address that was checked, or None, and what to tell the client."""
        try:
            async with asyncio.timeout(RESOLVE_S):
                target = await self._loop.run_in_executor(self._resolvers, self._check, *wanted)
        except HostRefused as error:
            self._tell(str(error))
            return None, socks.reply(socks.NOT_ALLOWED)
        except (UsageError, TimeoutError) as error:
            log.info("rclone cannot connect to “%s”: %s", wanted.host, error or "no answer from DNS")
            return None, socks.reply(socks.NO_HOST)
        failure = OSError("no address")
        for address in target.addresses:
            family = socket.AF_INET6 if isinstance(address, IPv6Address) else socket.AF_INET
            try:
                return await self._dial(family, str(address), target.port), socks.reply(socks.OK)
            except OSError as error:
                failure = error
        return None, socks.reply_to(failure)

    def _tell(self, refusal: str) -> None:
        """Log a refusal, the same one at most once in a while: rclone tries again and again."""
        now = time.monotonic()
        if refusal != self._told[0] or now - self._told[1] > TELL_AGAIN_S:
            self._told = (refusal, now)
            log.warning("rclone was kept from connecting: %s", refusal)

    async def _dial(self, family: int, address: str, port: int) -> socket.socket:
        server = socket.socket(family, socket.SOCK_STREAM)
        try:
            server.setblocking(False)
            server.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            async with asyncio.timeout(CONNECT_S):
                await self._loop.sock_connect(server, (address, port))
        except BaseException:
            server.close()
            raise
        return server

    async def _relay(self, client: socket.socket, server: socket.socket) -> bool:
        """Pass bytes on until both sides have finished; False when the stream was cut."""
        for end in (client, server):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pumps = [_Pump(self._loop, *ends, self._scratch) for ends in ((client, server), (server, client))]
        running, limit = {pump.ended for pump in pumps}, self._idle_s
        try:
            while running:
                done, running = await asyncio.wait(
                    running, timeout=limit / 2, return_when=asyncio.FIRST_COMPLETED
                )
                if any(pump.exception() for pump in done):
                    return False
                limit = self._half_closed_s if len(running) == 1 else limit
                idle_s = time.monotonic() - max(pump.moved_at for pump in pumps)
                if running and not done and idle_s > limit:
                    return False
            return True
        finally:
            for pump in pumps:
                pump.close()


class _Connection:
    """Reading and writing of a handshake."""

    def __init__(self, loop: asyncio.AbstractEventLoop, end: socket.socket) -> None:
        self._loop, self._end = loop, end
        end.setblocking(False)

    async def read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = await self._loop.sock_recv(self._end, count - len(data))
            if not piece:
                raise ConnectionAbortedError("the client went away")
            data += piece
        return data

    async def write(self, data: bytes) -> None:
        await self._loop.sock_sendall(self._end, data)


class _Pump:
    """One direction of a stream: passes on what comes, and then that it ended.

    By callbacks and not as a task, which costs a third less where packets are small. Nothing more is read before the
    last of it is written, so what a slow side makes wait is one buffer.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, source: socket.socket, sink: socket.socket, scratch: bytearray
    ) -> None:
        self._loop, self._source, self._sink = loop, source, sink
        self._scratch = memoryview(scratch)
        self._rest = memoryview(b"")
        self.moved_at = time.monotonic()
        self.ended: asyncio.Future[None] = loop.create_future()
        loop.add_reader(source, self._read)

    def close(self) -> None:
        """Stop, if it has not ended by itself. Both ends stay open."""
        if not self.ended.done():
            self._loop.remove_reader(self._source)
            self._loop.remove_writer(self._sink)
            self.ended.cancel()
        elif not self.ended.cancelled():
            self.ended.exception()  # both sides may fail at once, and one error is enough

    def _read(self) -> None:
        try:
            count = self._source.recv_into(self._scratch)
            if count:
                self._pass_on(self._scratch[:count])
                return
            self._loop.remove_reader(self._source)
            with contextlib.suppress(OSError):  # it hung up first
                self._sink.shutdown(socket.SHUT_WR)
            self.ended.set_result(None)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(error)

    def _pass_on(self, data: memoryview) -> None:
        self.moved_at = time.monotonic()
        try:
            sent = self._sink.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        if sent < len(data):
            self._rest = memoryview(bytes(data[sent:]))
            self._loop.remove_reader(self._source)
            self._loop.add_writer(self._sink, self._write)

    def _write(self) -> None:
        try:
            sent = self._sink.send(self._rest)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self._fail(error)
            return
        self.moved_at = time.monotonic()
        self._rest = self._rest[sent:]
        if not self._rest:
            self._loop.remove_writer(self._sink)
            self._loop.add_reader(self._source, self._read)

    def _fail(self, error: OSError) -> None:
        self._loop.remove_reader(self._source)
        self._loop.remove_writer(self._sink)
        self.ended.set_exception(error)


def _abort(end: socket.socket) -> None:
    """Have closing reset the connection, so that a cut answer never looks like a whole one."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
