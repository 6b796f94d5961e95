"""An owner who changes files while scans go on, step by step in an order drawn by lot.

Each round has the owner do a few things beside scans, looks at a feed and jobs, and at times another
program; some of them die, and storages fail. `truth` says what must hold meanwhile and after it.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from services import collections, sharing
from services.collections import Draft
from services.errors import HypomosError
from services.filing import recover
from services.filing.transferring import TRANSFER
from services.models import FileOperation, Job, Storage, Trash
from services.scanning.changes import plan
from services.sharing import Terms
from services.storages import paths
from services.viewers import Viewer
from tests.factories import Make
from tests.fakes import photo
from tests.services.filing.desk import OLD_NS, Desk
from tests.services.scanning.stage import Actor, PacedLane, PacedRun, PacedStorage, Stage
from tests.services.scanning.truth import Truth

BEGINNING = ["4.jpg", "a/0.jpg", "a/1.jpg", "a/5.jpg", "a/in/2.jpg", "b/3.jpg"]
NAMES = [f"{number}.jpg" for number in range(8)]
FOLDERS = ["a", "a/in", "b/e", "c", "c/f", "d"]
LONG = 10**10
"""Between the times of two files: where there are neither ids nor hashes nothing else tells them apart."""


@dataclass(frozen=True)
class Kind:
    """What storages tell of their files, and what goes wrong: `deaths` at a step, `faults` at a call."""

    distant: bool = True
    ids: bool = False
    hashes: bool = False
    another_program: bool = False
    deaths: float = 0.0
    faults: float = 0.0

    @property
    def is_at_peace(self) -> bool:
        """Whether nothing goes wrong and nobody else changes anything."""
        return not (self.another_program or self.deaths or self.faults)


class World:
    """Anna's two storages, and Ben to whom she has offered all but one of what was there at first."""

    def __init__(self, make: Make, data: Path, kind: Kind, seed: int) -> None:
        self.kind, self.seed = kind, seed
        self.dice = random.Random(f"{seed} {kind}")
        self.stage = Stage(self.dice)
        self.desk = Desk(make, data)
        self.desk.scanner._lane = PacedLane(self.stage)
        self.memories = {row.id: self.memory(row) for row in (self.desk.one, self.desk.two)}
        self.told = dict.fromkeys(self.memories, 0)
        self.made = 0
        self.left: dict[str, bytes] = {}
        for path in BEGINNING:
            self.memories[self.desk.one.id].put(path, self.content(), mtime_ns=self.moment())
        self.memories[self.desk.two.id].put("z/9.jpg", self.content(), mtime_ns=self.moment())
        self.truth = Truth(self.desk, self.memories, another_program=kind.another_program)
        self.settle()
        self.truth.begin(self.offer())
        self.truth.check()

    def memory(self, row: Storage) -> PacedStorage:
        memory = PacedStorage(self.stage, row.name, distant=self.kind.distant, faults=self.kind.faults)
        memory.faults.no_ids, memory.faults.no_hashes = not self.kind.ids, not self.kind.hashes
        self.desk.adapters[row.id] = memory
        return memory

    def offer(self) -> Viewer:
        """Offer all to a guest, and withdraw one of them; returns the guest."""
        ben = self.desk.make.user("ben")
        chosen = collections.create(self.desk.viewer, Draft("Chosen"))
        items = [pid for _, pid in sorted(self.desk.items().items())]
        collections.add(self.desk.viewer, chosen.pid, items)
        sharing.offer(self.desk.viewer, chosen.pid, {"user": ben.login}, Terms())
        sharing.withdraw(self.desk.viewer, [self.dice.choice(items)])
        return self.desk.make.viewer(ben)

    def content(self) -> bytes:
        """A photo that never was before."""
        self.made += 1
        return photo(n=self.made * 1_000_003)

    def moment(self) -> int:
        """When the file was changed that was made last."""
        return OLD_NS + self.made * LONG

    # --- what happens in a round

    def round(self) -> None:
        """What some do at once; then all that was interrupted is taken up again."""
        self.stage.log.clear()
        try:
            self.stage.play(self.cast(), self.glance, self.kind.deaths)
            if self.kind.is_at_peace:
                self.work()
                self.truth.check_at_once()
            self.settle()
            self.truth.check()
        except AssertionError as error:
            error.add_note("\n".join([f"seed {self.seed} of {self.kind}", *self.stage.log[-150:]]))
            raise

    def cast(self) -> list[Actor]:
        """The owner, and some that are drawn."""
        actors = [Actor("owner", Owner(self).do_some)]
        for number in range(self.dice.randint(1, 3)):
            name, act = self.dice.choice(self.machinery())
            actors.append(Actor(f"{name} {number}", act))
        if self.kind.another_program and self.dice.random() < 0.6:
            actors.append(Actor("another program", AnotherProgram(self).do_some))
        return actors

    def machinery(self) -> list[tuple[str, Callable[[], None]]]:
        """What Hypomos does by itself: mostly whole scans of the storage where most happens."""
        one, two = self.desk.one, self.desk.two
        found = [
            ("scan", lambda: self.scan(one)), ("scan", lambda: self.scan(one)), ("scan", lambda: self.scan(two)),
            ("scan of a folder", lambda: self.scan(one, self.dice.choice(["", "a", "a/in", "b", "c"]))),
            ("worker", self.work),
        ]  # fmt: skip
        return [*found, ("feed", lambda: self.follow(one))] if self.kind.distant and self.kind.ids else found

    def glance(self) -> None:
        """Look at what the guest sees, at some of the steps: at all of them it would take most of the time."""
        if self.dice.random() < 0.15:
            self.truth.glance()

    def scan(self, row: Storage, folder: str | None = None) -> None:
        self.run(self.enqueue(row, {} if folder is None else {"folders": [folder]}))

    def follow(self, row: Storage) -> None:
        """Look at what the feed told since it was asked last."""
        run = self.claim(self.enqueue(row, {"feed": 1}))
        assert run is not None
        feed = self.memories[row.id].feed
        with self.desk.scanner.alone(run, row):
            until = len(feed)
            if changes := feed[self.told[row.id] : until]:
                now = Storage.get_by_id(row.id)
                self.desk.scanner.look(run, now, plan(now, changes))
            self.told[row.id] = until
        self.desk.jobs.finish(run.job, {})

    def work(self) -> None:
        """Run the jobs that wait, as a worker would, and those they ask for; some of them ask for ever."""
        for _ in range(30):
            waiting = Job.select().where(Job.finished_at.is_null() & (Job.state != "running"))
            job = waiting.order_by(Job.id).first()
            if job is None:
                return
            Job.update(run_after=0).where(Job.id == job.id).execute()
            self.run(job)

    def enqueue(self, row: Storage, payload: Mapping[str, object]) -> Job:
        return self.desk.jobs.enqueue(
            "scan", payload=dict(payload), storage_id=row.id, user_id=self.desk.anna.id
        )

    def claim(self, job: Job) -> PacedRun | None:
        held = self.desk.jobs.claim(job.id, "test", ("work", "click"))
        return None if held is None else PacedRun(self.stage, self.desk.jobs, held)

    def run(self, job: Job) -> None:
        """Run a job, unless somebody else does already; it may fail."""
        run = self.claim(job)
        if run is not None:
            with suppress(HypomosError):
                self.desk.carry_out(run)

    # --- and after it

    def settle(self) -> None:
        """Everything works again, what died is taken up, and two whole scans come to their end."""
        one, two = self.memories.values()
        with one.healthy(), two.healthy():
            self.bury()
            recover(self.desk.hands)
            self.desk.transfers.resume("here")
            for _ in range(2):
                self.scan(self.desk.one)
                self.scan(self.desk.two)
                self.work()

    def bury(self) -> None:
        """Let go of what the dead held: the process they had died in has one life with that of this test."""
        FileOperation.update(holder="").where(FileOperation.kind != TRANSFER).execute()
        Job.update(state="failed", lease_owner=None, lease_until=None, finished_at=1).where(
            Job.state == "running"
        ).execute()
        Storage.update(retry_at=None).execute()


class Owner:
    """Does this and that, mostly in the first storage."""

    def __init__(self, world: World) -> None:
        self.world, self.dice, self.desk = world, world.dice, world.desk
        self.filing, self.viewer = world.desk.filing, world.desk.viewer
        self.row, self.other = world.desk.one, world.desk.two
        self.acts: list[Callable[[], object]] = [
            self.upload, self.replace, self.move, self.move, self.move_and_back, self.move_beside, self.move_over,
            self.move_folder, self.move_folder, self.delete, self.delete_folder, self.restore, self.restore,
            self.purge, self.empty, self.transfer, self.transfer, self.make_folder, self.remove_folder, self.touch,
        ]  # fmt: skip

    def do_some(self) -> None:
        for _ in range(self.dice.randint(1, 4)):
            self.world.stage.step("what next")
            self.act()

    def act(self) -> None:
        """One of them; what is refused, or cannot be drawn because nothing is there, is not done."""
        self.row, self.other = self.desk.one, self.desk.two
        if self.dice.random() < 0.2:
            self.row, self.other = self.other, self.row
        act = self.dice.choice(self.acts)
        self.world.stage.say(f"{act.__name__} in {self.row.name}")
        with suppress(HypomosError, IndexError):
            act()

    def upload(self) -> None:
        self.send(spot_in(self.memory, self.dice), self.world.content(), self.dice.choice(["refuse", "free"]))

    def replace(self) -> None:
        """Whether the new bytes are the same item depends on who sees them first."""
        path, data = self.file(), self.world.content()
        self.world.truth.loosen(self.memory.files()[path], data)
        self.send(path, data, "replace")

    def move(self) -> None:
        self.filing.move(self.viewer, self.row.pid, self.file(), spot_in(self.memory, self.dice))

    def move_and_back(self) -> None:
        here, there = self.file(), spot_in(self.memory, self.dice)
        self.filing.move(self.viewer, self.row.pid, here, there)
        self.filing.move(self.viewer, self.row.pid, there, here)

    def move_beside(self) -> None:
        self.filing.move(
            self.viewer, self.row.pid, self.file(), spot_in(self.memory, self.dice), taken="free"
        )

    def move_over(self) -> None:
        self.filing.move(
            self.viewer, self.row.pid, self.file(), spot_in(self.memory, self.dice), taken="replace"
        )

    def move_folder(self) -> None:
        self.filing.move(self.viewer, self.row.pid, self.folder(), self.dice.choice(FOLDERS))

    def delete(self) -> None:
        self.filing.delete(self.viewer, self.row.pid, self.file())

    def delete_folder(self) -> None:
        self.filing.delete(self.viewer, self.row.pid, self.folder())

    def restore(self) -> None:
        self.desk.trashing.restore(self.viewer, self.thrown().pid)

    def purge(self) -> None:
        self.desk.trashing.delete(self.viewer, self.thrown().pid)

    def empty(self) -> None:
        self.world.run(self.desk.trashing.empty(self.viewer))

    def transfer(self) -> None:
        target = f"t{self.dice.randrange(6)}.jpg"
        self.world.run(
            self.desk.transfers.move(self.viewer, self.row.pid, self.file(), self.other.pid, target)
        )

    def make_folder(self) -> None:
        self.filing.make_folder(self.viewer, self.row.pid, self.dice.choice(FOLDERS))

    def remove_folder(self) -> None:
        self.filing.remove_empty(self.viewer, self.row.pid, self.folder())

    def touch(self) -> None:
        self.filing.set_mtime(
            self.viewer, self.row.pid, self.file(), OLD_NS - self.dice.randint(1, 1000) * LONG
        )

    @property
    def memory(self) -> PacedStorage:
        return self.world.memories[self.row.id]

    def file(self) -> str:
        return self.dice.choice(list(self.memory.files()))

    def folder(self) -> str:
        return self.dice.choice(self.memory.folders())

    def thrown(self) -> Trash:
        return self.dice.choice(list(Trash.select().order_by(Trash.id)))

    def send(self, path: str, data: bytes, taken: str) -> None:
        self.filing.upload(
            self.viewer, self.row.pid, path, iter([data]), size=len(data), mtime_ns=self.world.moment(),
            taken=taken,  # type: ignore[arg-type]
        )  # fmt: skip


class AnotherProgram:
    """Moves and adds behind our back, in the first storage; what it takes away for good is another test's."""

    def __init__(self, world: World) -> None:
        self.world, self.dice = world, world.dice
        self.memory = world.memories[world.desk.one.id]

    def do_some(self) -> None:
        for _ in range(self.dice.randint(1, 2)):
            self.world.stage.step("what next")
            with suppress(HypomosError, IndexError):
                self.dice.choice([self.move, self.move_folder, self.put])()

    def move(self) -> None:
        """What no scan has seen yet is nobody's item that could go with it."""
        src = self.dice.choice(list(self.memory.files()))
        dst = spot_in(self.memory, self.dice)
        self.world.truth.loosen_unknown(self.memory.files()[src])
        self.world.stage.say(f"moves {src} to {dst}")
        self.leave([src])
        self.memory.move_outside(src, dst)

    def move_folder(self) -> None:
        src = self.dice.choice(self.memory.folders())
        dst = self.dice.choice(["c", "d", "g", "h"])
        self.world.stage.say(f"moves {src} to {dst}")
        self.leave(path for path in self.memory.files() if paths.is_within(path, src))
        self.memory.move_outside(src, dst)

    def put(self) -> None:
        """Where something was that a scan knows, this is taken for an edit of it."""
        path = spot_in(self.memory, self.dice)
        if path not in self.memory.files():
            data = self.world.content()
            self.world.stage.say(f"puts {path}")
            self.memory.put_outside(path, data, self.world.moment())
            if path in self.world.left:
                self.world.truth.loosen(self.world.left[path], data)

    def leave(self, files: Iterable[str]) -> None:
        """Remember what was there."""
        self.world.left |= {path: self.memory.files()[path] for path in files}


def spot_in(memory: PacedStorage, dice: random.Random) -> str:
    """Where a file can be, in a folder that is there: nothing or another one is there now."""
    return paths.join(dice.choice(["", *memory.folders()]), dice.choice(NAMES))
