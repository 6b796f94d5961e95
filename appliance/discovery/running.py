"""Keeps the household announced: follows the networks, lets one machine speak for all, and never gives up.

    the networks change     goodbye to all, then announced anew
    another machine leads   goodbye, and silence
    somebody has our names  goodbye, then announced under others
    it cannot be done       one line in the log, tried again after 2 seconds, then ever more seldom

Nothing that goes wrong here reaches whoever serves the household.
"""

import asyncio
import logging
import random
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from appliance.container import Hypomos
from appliance.discovery import reporting
from appliance.discovery.announcing import Announcer, CannotAnnounce
from appliance.discovery.planning import OURS, Place, Plan, planned
from appliance.discovery.reporting import Report
from appliance.interfaces import Address, Watcher
from services.leading import Leader
from web.hosts import LABEL, local_names

BEAT_S = 5.0
"""So often whoever leads shows that it can, and everybody else tries to."""
CHECK_S = 60.0
"""So often it is looked whether somebody else has our names."""
ASKED_S = 10.0
GOODBYE_S = 5.0
FIRST_S, LONGEST_S = 2.0, 300.0
USUAL_PORT = 4976

log = logging.getLogger(__name__)


class Discovery:
    """One for a `serve`. Threading: lives in one event loop; `leave` is called there too."""

    def __init__(
        self, run: Path, plan: Callable[[Sequence[Address]], Plan], announcer: Announcer, leader: Leader,
        watcher: Watcher, *, beat_s: float = BEAT_S, first_s: float = FIRST_S, check_s: float = CHECK_S,
    ) -> None:  # fmt: skip
        self._run, self._plan_for, self._announcer = run, plan, announcer
        self._leader, self._watcher = leader, watcher
        self._beat_s, self._first_s, self._check_s = beat_s, first_s, check_s
        self._leaving, self._woken = asyncio.Event(), asyncio.Event()
        self._asked: asyncio.Future[bool] | None = None
        self._plan: Plan | None = None
        self._pause, self._again_at = first_s, 0.0
        self._report: Report | None = None
        watcher.subscribe(lambda _: self._woken.set())

    def leave(self) -> None:
        """Say goodbye and end."""
        self._leaving.set()

    async def run(self) -> None:
        """Keep the household announced until `leave`; raises nothing."""
        reporting.remove(self._run)
        self._watcher.look()
        tasks = [asyncio.create_task(run()) for run in (self._keep, self._watcher.run)]
        try:
            await self._leaving.wait()
        finally:
            for task in tasks:
                task.cancel()  # also in the middle of an announcement
            await asyncio.wait(tasks)
            await _guarded(self._withdraw)
            await asyncio.to_thread(self._leader.step_down)
            reporting.remove(self._run)

    async def _keep(self) -> None:
        while True:
            self._woken.clear()
            await _guarded(self._step)
            await self._wait()

    async def _withdraw(self) -> None:
        async with asyncio.timeout(GOODBYE_S):
            await self._announcer.withdraw()

    async def _step(self) -> None:
        if not await self._leads():
            await self._withdraw()
            self._plan, self._again_at = None, 0.0
            self._tell(Report(is_leader=False))
            return
        plan = self._plan_for(self._watcher.addresses)
        if plan != self._plan or (self._again_at and time.monotonic() >= self._again_at):
            self._plan = plan
            await self._follow(plan)
        elif self._announcer.is_contested():
            await self._yield_to_others(plan)

    async def _yield_to_others(self, plan: Plan) -> None:
        """Look for free names, unless somebody else has done so a moment before."""
        await asyncio.sleep(random.uniform(0, self._check_s / 10))  # noqa: S311  # who is first is chance
        if self._announcer.is_contested():
            log.warning("somebody else on the network has our names; others are looked for")
            await self._follow(plan)

    async def _follow(self, plan: Plan) -> None:
        """Announce what is to be announced now."""
        self._again_at = 0.0
        if not plan.services:
            await self._withdraw()
            self._tell(Report(refused=plan.refused))
            return
        try:
            announced = await self._announcer.announce(plan)
        except CannotAnnounce as error:
            self._again_at = time.monotonic() + self._pause
            self._pause = min(LONGEST_S, self._pause * 2)
            self._tell(Report(refused=plan.refused, problem=str(error)))
            return
        self._pause = self._first_s
        self._tell(Report(announced, plan.refused))

    async def _leads(self) -> bool:
        """Whether we lead; a catalogue that does not answer in time is one that we have lost."""
        if self._leader.is_alone:
            return True
        if self._asked is None or self._asked.done():  # never two threads that wait for the same
            self._asked = asyncio.get_running_loop().run_in_executor(None, self._leader.leads)
        done, _ = await asyncio.wait({self._asked}, timeout=ASKED_S)
        return bool(done) and self._asked.result()

    async def _wait(self) -> None:
        """Until there may be something to do."""
        waits = [] if self._leader.is_alone else [self._beat_s]
        if self._plan is not None and self._plan.services:
            waits.append(self._check_s)
        if self._again_at:
            waits.append(max(0.0, self._again_at - time.monotonic()))
        try:
            async with asyncio.timeout(min(waits, default=None)):
                await self._woken.wait()
        except TimeoutError:
            return

    def _tell(self, report: Report) -> None:
        """Log a change and put it where `doctor` looks."""
        if report == self._report:
            return
        self._report = report
        if report.problem:
            log.warning("not announced on the network, tried again by itself: %s", report.problem)
        elif report.announced:
            first = report.announced[0]
            where = ", ".join(first.addresses)
            log.info(
                "announced on the network as “%s” at %s:%d (%s)", first.name, first.host, first.port, where
            )
        else:
            reasons = (why for kind, why in report.refused if kind != OURS)
            why = "; ".join(dict.fromkeys(reasons)) if report.is_leader else reporting.ELSEWHERE
            log.info("not announced on the network: %s", why)
        try:
            reporting.write(self._run, report)
        except OSError as error:
            log.warning("what is announced could not be written down: %s", error)


async def _guarded(do: Callable[[], Awaitable[None]]) -> None:
    try:
        await do()
    except Exception:
        log.exception("announcing on the network failed")


def discovery_for(
    hypomos: Hypomos, plain: socket.socket, secure: socket.socket | None, watcher: Watcher | None = None
) -> Discovery | None:
    """What announces this household, listening as it does; None when it is not to be announced."""
    settings = hypomos.settings
    if not settings.mdns_enabled:
        reporting.remove(settings.run)
        return None
    at, secure_at = _place(plain), None if secure is None else _place(secure)
    machine = socket.gethostname()

    def plan(addresses: Sequence[Address]) -> Plan:
        return planned(settings, hypomos.household, hypomos.version, at, secure_at, addresses)

    return Discovery(
        settings.run, plan, Announcer(instance_name(machine, at.port), local_names(machine)),
        Leader(settings.database_url, "announcing"), watcher or Watcher(),
    )  # fmt: skip


def instance_name(machine: str, port: int) -> str:
    """What people see; with the port where it is another one, which tells two households of one machine apart.

    (They would not see that a name is taken: what is sent to their address reaches one of them.)
    """
    label = machine.partition(".")[0][:LABEL]
    return f"Hypomos ({label})" if port == USUAL_PORT else f"Hypomos ({label}, {port})"


def _place(listener: socket.socket) -> Place:
    host, port = listener.getsockname()[:2]
    return Place(host, port)
