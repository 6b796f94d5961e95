"""`hypomos serve`: web pages, API and network drive, with a worker beside them."""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from appliance.alone import alone
from appliance.asgi import make_app
from appliance.certificate import LOOK_S, Certificate, certificate_of
from appliance.container import Hypomos, open_appliance, prepare
from appliance.discovery import Discovery, discovery_for
from appliance.health import make_health, with_rclone
from appliance.heap import give_back_large_blocks, share_heaps
from appliance.notify import notify, watchdog_s
from appliance.output import Output
from appliance.server import Server, address_of, bind, remove_ready, write_ready
from appliance.supervisor import Supervisor
from appliance.television import Television, open_listener
from config import Settings, logs
from services import accounts

log = logging.getLogger(__name__)


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("serve", parents=[common], help="serve the household")
    parser.add_argument("--listen", metavar="HOST:PORT", help="where to answer (else the setting)")
    parser.add_argument("--no-worker", action="store_true", help="start no worker")
    parser.set_defaults(run=run)


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Serve until told to stop."""
    logs.set_up(settings.log_level, settings.log_format)
    if args.listen:
        settings = replace(settings, listen=args.listen)
    prepare(settings)
    with alone(settings.run):
        certificate = certificate_of(settings, os.environ)
        listener = bind(settings.listen)
        secure = bind(settings.tls_listen, "tls_listen") if settings.tls_listen else None
        screens = open_listener(settings)
        hypomos = open_appliance(settings)
        supervisor = None if args.no_worker else make_supervisor(settings)
        try:
            _greet(hypomos, address_of(listener), output)
            serve(hypomos, listener, secure, supervisor, certificate=certificate, screens=screens)
        finally:
            hypomos.close()
    return 0


def make_supervisor(settings: Settings) -> Supervisor:
    """What keeps the worker alive; the worker is told at which port we answer, since no storage points there."""
    environ = os.environ | {"HYPOMOS_LISTEN": settings.listen}
    return Supervisor(worker_command(settings.data), environ=environ)


def worker_command(data: Path) -> list[str]:
    """How the worker of this data directory is started."""
    return [sys.executable, "-m", "appliance", "worker", "--supervised", "--data", str(data)]


def serve(
    hypomos: Hypomos,
    listener: socket.socket,
    secure: socket.socket | None = None,
    supervisor: Supervisor | None = None,
    on_ready: Callable[[], None] | None = None,
    *,
    certificate: Certificate | None = None,
    screens: socket.socket | None = None,
) -> None:
    """Answer on the listeners until SIGTERM or SIGINT; keeps the worker alive meanwhile.

    `secure` is the one for https, which shows `certificate`, `screens` that for televisions.
    """
    give_back_large_blocks()
    share_heaps()
    health = make_health(lambda: _trouble(supervisor))
    closing, stop = threading.Event(), threading.Event()
    https_port = None if secure is None else int(secure.getsockname()[1])
    app = make_app(hypomos, with_rclone(health, hypomos.remotes.problem), closing, https_port=https_port)
    settings = hypomos.settings

    announcing = threading.Lock()

    def announce() -> None:
        try:
            with announcing:
                if server.started and not closing.is_set():
                    write_ready(settings.run, _ready(hypomos, listener, secure, supervisor, screens))
        except OSError as error:  # a full disk: what is there is served all the same
            log.warning("ready.json could not be written: %s", error)

    def started() -> None:
        announce()
        notify("READY=1")
        given = (health, asyncio.get_running_loop(), stop)
        threading.Thread(target=_feed_watchdog, args=given, daemon=True).start()
        if on_ready is not None:
            on_ready()

    server = Server(app, started)
    plain = listener.getsockname()[:2]
    television = None if screens is None else partial(Television, hypomos, screens, plain, announce)
    servers = [(server, listener)]
    if secure is not None and certificate is not None:
        servers.append((Server(app, lambda: None, **certificate.options()), secure))
    if supervisor is not None:
        supervisor.start(announce)  # each worker that is started has another process id
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(
                _run(servers, closing, discovery_for(hypomos, listener, secure), certificate, television)
            )
    finally:
        notify("STOPPING=1")
        remove_ready(settings.run)
        stop.set()
        if supervisor is not None:
            supervisor.stop()


async def _run(
    servers: list[tuple[Server, socket.socket]], closing: threading.Event, discovery: Discovery | None,
    certificate: Certificate | None, make_television: Callable[[], Television] | None,
) -> None:  # fmt: skip
    loop = asyncio.get_running_loop()
    television = None if make_television is None else make_television()
    asked = asyncio.Event()

    def leave() -> None:
        closing.set()
        for server, _ in servers:
            server.should_exit = True
        if discovery is not None:
            discovery.leave()  # goodbye while streams still end
        if television is not None:
            television.leave()

    for wanted in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(wanted, leave)
    if certificate is not None:  # without one a terminal that is closed ends us, as it should
        loop.add_signal_handler(signal.SIGHUP, asked.set)
    announcing = None if discovery is None else loop.create_task(discovery.run())
    showing = None if television is None else loop.create_task(television.run())
    following = (
        loop.create_task(_follow(certificate, servers[-1][0], asked)) if certificate is not None else None
    )
    try:
        await asyncio.gather(*(server.serve([listener]) for server, listener in servers))
    finally:
        if following is not None:
            following.cancel()
        if discovery is not None and announcing is not None:
            discovery.leave()
            await announcing
        if television is not None and showing is not None:
            television.leave()
            await showing


async def _follow(certificate: Certificate, server: Server, asked: asyncio.Event) -> None:
    """Use the certificate that was renewed, each minute and when asked to look.

    It is loaded in the loop's own thread, where the handshakes are.
    """
    while True:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked.wait(), LOOK_S)
        asked.clear()
        try:
            if await asyncio.to_thread(certificate.look) and server.config.ssl is not None:
                certificate.load(server.config.ssl)
                log.info("a renewed certificate is used from now on")
        except Exception:
            log.exception(
                "the certificate could not be looked at; the present one is shown, and it is tried again"
            )


def _feed_watchdog(
    health: Callable[[], dict[str, str | None]], loop: asyncio.AbstractEventLoop, stop: threading.Event
) -> None:
    """Tell systemd that we live, as long as database, worker and event loop do.

    The database is asked here, in a thread that nobody waits for; the word itself is given by the loop, so that
    one that hangs gives none.
    """
    every = watchdog_s()
    while every is not None and not stop.wait(every):
        try:
            if not any(health().values()):
                loop.call_soon_threadsafe(notify, "WATCHDOG=1")
        except Exception:  # the next look may find it well, and none would come after the end of this thread
            log.exception("the watchdog was not fed this time")


def _greet(hypomos: Hypomos, address: str, output: Output) -> None:
    code = accounts.offer_setup(hypomos.settings.run)
    text = f"Hypomos answers at {address} (data in {hypomos.settings.data})"
    if code is not None:
        text += (
            f"\n\n  Nobody runs this appliance yet. Open {address}/setup and give this code within an hour:\n\n"
            f"      {code}\n"
        )
    output.done({"address": address, "setup_code": code}, text)


def _ready(
    hypomos: Hypomos, listener: socket.socket, secure: socket.socket | None, supervisor: Supervisor | None,
    screens: socket.socket | None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "address": address_of(listener),
        "https": None if secure is None else address_of(secure).replace("http:", "https:"),
        "dav": address_of(listener) + "/dav/",
        "dlna": None if screens is None else address_of(screens) + "/description.xml",
        "pid": os.getpid(),
        "worker_pid": None if supervisor is None else supervisor.state.pid,
        "data": str(hypomos.settings.data),
        "version": hypomos.version,
    }


def _trouble(supervisor: Supervisor | None) -> str | None:
    """What is wrong with the worker, by whoever keeps it alive."""
    if supervisor is None:
        return "this process was told to start none, and no other lives"
    if supervisor.state.given_up:
        return "it cannot start; see the log"
    return None
