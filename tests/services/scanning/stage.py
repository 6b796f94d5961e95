"""Threads that take turns: one goes on at a time, to its next step, and whose turn it is is drawn by lot.

A step is a call of a storage, a record in the catalogue or a checkpoint of a job; each actor stops before
it, and after it if that can matter to others. What is drawn with the same seed comes in the same order.

Threading: an actor runs only between `go` and `back`, and never stops inside a transaction; so nobody
waits for the catalogue of somebody who waits for a turn.
"""

import random
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from services.errors import Unavailable
from services.jobs import Jobs, Run
from services.models import Job, database
from services.scanning.lane import Lane
from services.storages.feeds import FeedChange
from services.storages.memory import MemoryStorage
from services.storages.patterns import OURS, TRASH
from services.storages.values import Entry, Listing

GOES_ON = 0.6
"""How often the same actor has the next turn too: else nobody would get far before another looks."""

STUCK_S = 120
MANY_STEPS = 100_000

T = TypeVar("T")


class Died(BaseException):
    """The process of an actor is gone: nothing it does from here reaches a storage or the catalogue."""


class Actor:
    """Somebody who does something, step by step."""

    def __init__(self, name: str, act: Callable[[], object]) -> None:
        self.name, self.act = name, act
        self.go = threading.Semaphore(0)
        self.is_dead = self.is_through = False
        self.error: BaseException | None = None


class Stage:
    """Where actors meet. `log` tells what they did, in order."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.log: list[str] = []
        self._back = threading.Semaphore(0)
        self._here = threading.local()

    def say(self, what: str) -> None:
        """Write down what the actor of this thread does."""
        actor = self._actor()
        self.log.append(f"{actor.name if actor else 'between'}: {what}")

    def has_actor(self) -> bool:
        """Whether this thread is one that takes turns."""
        return self._actor() is not None

    def step(self, what: str) -> None:
        """Wait for the next turn, if this thread takes turns. Raises Died."""
        actor = self._actor()
        if actor is None:
            return
        if not actor.is_dead:
            self.say(what)
            self._back.release()
            actor.go.acquire()
        if actor.is_dead:
            raise Died

    def play(self, actors: list[Actor], between: Callable[[], None], deaths: float) -> None:
        """Give turns until all are through; `between` is called after each, and at each one may die."""
        threads = [threading.Thread(target=self._run, args=(actor,), daemon=True) for actor in actors]
        for thread in threads:
            thread.start()
        try:
            self._give_turns(actors, between, deaths)
        finally:
            for actor in actors:  # none of them goes on when the test has failed
                actor.is_dead = True
                actor.go.release()
            for thread in threads:
                thread.join(STUCK_S)
        for actor in actors:
            if actor.error is not None:
                raise AssertionError(f"{actor.name} failed") from actor.error

    def _give_turns(self, actors: list[Actor], between: Callable[[], None], deaths: float) -> None:
        actor = actors[0]
        for _ in range(MANY_STEPS):
            waiting = [each for each in actors if not each.is_through]
            if not waiting:
                return
            if actor.is_through or self.dice.random() >= GOES_ON:
                actor = self.dice.choice(waiting)
            self._give_turn(actor, dies=self.dice.random() < deaths)
            between()
        raise AssertionError("they go on for ever")

    def _give_turn(self, actor: Actor, *, dies: bool) -> None:
        if dies:
            self.log.append(f"{actor.name}: dies")
            actor.is_dead = True
        actor.go.release()
        assert self._back.acquire(timeout=STUCK_S), f"{actor.name} waits for another"

    def _run(self, actor: Actor) -> None:
        self._here.actor = actor
        actor.go.acquire()
        try:
            if not actor.is_dead:
                actor.act()
        except Died:
            pass
        except BaseException as error:  # told by `play`, in the thread of the test
            actor.error = error
        finally:
            database.close()
            actor.is_through = True
            self._back.release()

    def _actor(self) -> Actor | None:
        return getattr(self._here, "actor", None)


class PacedStorage(MemoryStorage):
    """Each call is a step, which fails now and then, or is done without an answer; a feed tells of changes.

    What another program does is no step and never fails.
    """

    def __init__(self, stage: Stage, name: str, *, distant: bool, faults: float) -> None:
        super().__init__(writable=True, distant=distant)
        self.stage, self.name, self.chance = stage, name, faults
        self.feed: list[FeedChange] = []

    def list(self, path: str) -> Listing:
        return self._paced(f"list {path}", lambda: super(PacedStorage, self).list(path))

    def stat(self, path: str) -> Entry:
        return self._paced(f"stat {path}", lambda: super(PacedStorage, self).stat(path))

    def write(self, path: str, src: Iterable[bytes], **more: Any) -> Entry:
        return self._changing(f"write {path}", lambda: super(PacedStorage, self).write(path, src, **more))

    def make_folder(self, path: str) -> Entry:
        return self._changing(f"make {path}", lambda: super(PacedStorage, self).make_folder(path))

    def move(self, src: str, dst: str) -> Entry:
        return self._changing(f"move {src} to {dst}", lambda: super(PacedStorage, self).move(src, dst))

    def delete(self, path: str, *, trash: bool = True, shelf: str | None = None) -> str | None:
        def and_tell() -> str | None:
            node = self._nodes.get(path)
            place = super(PacedStorage, self).delete(path, trash=trash, shelf=shelf)
            if place is not None:
                self._tell(place)
            elif node is not None:
                self.feed.append(FeedChange("deleted", node.id, None, None))
            return place

        return self._paced(f"delete {path}", and_tell, may_lose_answer=True)

    def put_outside(self, path: str, data: bytes, mtime_ns: int) -> None:
        """Another program writes a file."""
        self.put(path, data, mtime_ns=mtime_ns)
        self._tell(path)

    def move_outside(self, src: str, dst: str) -> None:
        """Another program moves a file or folder. Raises as `move` does."""
        MemoryStorage.move(self, src, dst)
        self._tell(dst)

    def files(self) -> dict[str, bytes]:
        """What lies here by path, without what Hypomos keeps for itself."""
        return {
            path: node.data
            for path, node in sorted(self._nodes.items(), key=lambda each: each[0])
            if node.data is not None and OURS not in path
        }

    def folders(self) -> tuple[str, ...]:
        """The folders below the root, without what Hypomos keeps for itself."""
        nodes = sorted(self._nodes.items(), key=lambda each: each[0])
        return tuple(path for path, node in nodes if path and node.data is None and OURS not in path)

    def thrown(self) -> set[bytes]:
        """What lies in the trash."""
        nodes = list(self._nodes.items())
        return {node.data for path, node in nodes if node.data is not None and path.startswith(TRASH)}

    @contextmanager
    def healthy(self) -> Iterator[None]:
        """Nothing fails for a while."""
        chance, self.chance = self.chance, 0.0
        try:
            yield
        finally:
            self.chance = chance

    def _changing(self, what: str, call: Callable[[], Entry]) -> Entry:
        def and_tell() -> Entry:
            entry = call()
            self._tell(entry.path)
            return entry

        return self._paced(what, and_tell, may_lose_answer=True)

    def _paced(self, what: str, call: Callable[[], T], *, may_lose_answer: bool = False) -> T:
        self.stage.step(f"{self.name}: {what}")
        self._fail_by_chance("fails")
        done = call()
        if may_lose_answer:
            self._fail_by_chance("is done without an answer")
        self.stage.step(f"{self.name}: did {what}")
        return done

    def _fail_by_chance(self, how: str) -> None:
        if self.chance and self.stage.has_actor() and self.stage.dice.random() < self.chance:
            self.stage.say(how)
            raise Unavailable(f"It {how}.")

    def _tell(self, path: str) -> None:
        node = self._nodes[path]
        self.feed.append(FeedChange("changed", node.id, path, node.data is None))


class PacedLane(Lane):
    """Each record of a scan is a step."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self._stage = stage

    @contextmanager
    def write(self) -> Iterator[None]:
        self._stage.step("record")
        with super().write():
            yield
        self._stage.step("did record")


class PacedRun(Run):
    """Each checkpoint of a job is a step."""

    def __init__(self, stage: Stage, jobs: Jobs, job: Job) -> None:
        super().__init__(jobs, job)
        self._stage = stage

    def checkpoint(self) -> None:
        self._stage.step("checkpoint")
        super().checkpoint()
