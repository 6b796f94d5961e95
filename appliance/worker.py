"""The worker process: threads that run jobs, a heartbeat, the reconciler, and an end without loss.

    queue ──wake──▶ threads of the lane `click` (kept free for people) and of the lane `work`
    every 2 s       the reconciler: what nobody was woken for, what a dead worker left behind
    every 5 s       the heartbeat of the process (leases of jobs are renewed by the runner itself)
    SIGTERM, SIGINT, the supervisor's death: nothing new is taken, running jobs go back to the queue at
                    their next checkpoint, decoders are closed, what still runs then loses its lease

Threading: the loop runs in the thread that calls `run_worker`; signals are heeded in a main thread only.
"""

import logging
import os
import secrets
import select
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from services.jobs import Handler, JobRunner, Jobs, Presence, worker_alive
from services.queues import Queues

__all__ = ["Service", "run_worker", "worker_alive"]

TICK_S = 0.2
RECOVER_S = 2.0
BEAT_S = 5.0
CHECK_S = 10.0
PRUNE_S = 3600.0
PATIENCE_S = 60.0
GRACE_S = 25.0
LAST_S = 2.0
RESTART_S = 10.0

Service = Callable[[threading.Event], None]
"""Something that runs beside the jobs until the event is set: a watcher of folders, a schedule."""

log = logging.getLogger(__name__)


def run_worker(
    jobs: Jobs, queues: Queues, make_handlers: Callable[[], Mapping[str, Handler]], *,
    services: Sequence[Service] = (), close: Callable[[], None] | None = None,
    work_threads: int = 1, click_threads: int = 1, lifeline: int | None = None,
    stop: threading.Event | None = None, grace_s: float = GRACE_S,
) -> int:  # fmt: skip
    """Run jobs until a signal, `stop`, or the end of the pipe `lifeline`; gives the process's exit code.

    `make_handlers` is called once, here: only a worker loads what handlers need. Running jobs have
    `grace_s` seconds to come to a checkpoint, then `close` ends the decoders. The exit code is 1 when the
    catalogue could not be written for a minute: a fresh process may help.
    """
    stop = stop or threading.Event()
    name = f"{jobs.node}:{os.getpid()}:{secrets.token_hex(3)}"
    presence = Presence(name, jobs.node)
    with _signals() as asked, JobRunner(jobs, make_handlers(), name) as runner:
        presence.announce()
        queues.start(runner.drain, {"click": click_threads, "work": work_threads})
        beside = [_beside(service, stop) for service in services]
        log.info("worker %s runs", name)
        heart = _Chore(BEAT_S, presence.beat)
        chores = [
            heart,
            _Chore(RECOVER_S, lambda: jobs.recover(queues.poke)),
            _Chore(CHECK_S, queues.check),
            _Chore(PRUNE_S, jobs.prune),
        ]
        while not (stop.is_set() or asked or _has_ended(lifeline)) and heart.age_s < PATIENCE_S:
            for chore in chores:
                chore.do_if_due()
            time.sleep(TICK_S)
        stop.set()
        _shut_down(queues, runner, close, grace_s)
        for thread in beside:
            thread.join(LAST_S)
        _Chore(0, presence.leave).do_if_due()
    queues.close()
    log.info("worker %s ends", name)
    return 0 if heart.age_s < PATIENCE_S else 1


@dataclass
class _Chore:
    """Something the loop does every so many seconds; what fails is logged and tried again next time."""

    every_s: float
    do: Callable[[], object]
    due: float = 0.0
    done: float | None = None

    def do_if_due(self) -> None:
        moment = time.monotonic()
        if self.done is None:
            self.done = moment
        if moment < self.due:
            return
        self.due = moment + self.every_s
        try:
            self.do()
            self.done = time.monotonic()
        except Exception:
            log.exception("the worker could not do one of its chores")

    @property
    def age_s(self) -> float:
        """Seconds since it last succeeded."""
        return 0.0 if self.done is None else time.monotonic() - self.done


@contextmanager
def _signals() -> Iterator[list[int]]:
    """The signals that asked to stop. A list, because a handler must not touch what the loop waits on."""
    asked: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return
    before = {number: signal.signal(number, lambda n, _: asked.append(n)) for number in _ENDING}
    try:
        yield asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


_ENDING = (signal.SIGTERM, signal.SIGINT)


def _has_ended(lifeline: int | None) -> bool:
    """Whether the other end of the pipe is closed: whoever started us is dead."""
    if lifeline is None:
        return False
    ready, _, _ = select.select([lifeline], [], [], 0)
    return bool(ready) and os.read(lifeline, 512) == b""


def _beside(service: Service, stop: threading.Event) -> threading.Thread:
    def run() -> None:
        while not stop.is_set():
            try:
                service(stop)
                return
            except Exception:
                log.exception("a service of the worker failed; it starts again in %.0f seconds", RESTART_S)
                stop.wait(RESTART_S)

    thread = threading.Thread(target=run, name="service", daemon=True)
    thread.start()
    return thread


def _shut_down(queues: Queues, runner: JobRunner, close: Callable[[], None] | None, grace_s: float) -> None:
    runner.stop()
    queues.stop(grace_s)
    if close is not None:
        with suppress(Exception):  # whatever is wrong with a decoder, it dies with us
            close()
    if not queues.stop(LAST_S):
        runner.abandon()
