"""Streams in the household at work: who begins one, and each is asked for its next chunk after every step."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

from hypothesis.stateful import invariant, rule

from services.broker import Revoked, Stream, original_of
from services.models import Item
from tests.rights.oracle import Thing
from tests.rights.people import NUMBER, SIZE, People

CHUNK = 40


@dataclass
class Running:
    """A stream somebody began."""

    who: int
    thing: Thing
    stream: Stream
    chunks: AsyncIterator[bytes]
    got: int = 0


class Streams(People):
    """Whole originals, chunk by chunk. `running` are those that go on."""

    def __init__(self) -> None:
        super().__init__()
        self.running: list[Running] = []

    @rule(person=NUMBER, thing=NUMBER)
    def begin_stream(self, person: int, thing: int) -> None:
        who = self.active(person)
        theirs = [t for t in self.home.things.values() if t.owner != who and self.home.reads(who, t)]
        item = self.pick(thing, theirs)
        if item is None or len(self.running) > 5:
            return
        viewer = self.viewer(who)
        stream = self.asking.broker.open(viewer, original_of(viewer, Item.get_by_id(item.id)))
        self.running.append(Running(who, item, stream, aiter(stream)))

    @invariant()
    def every_stream_goes_on_or_ends(self) -> None:
        """After each step every stream is asked for its next chunk."""
        self.home.hand_on()
        for running in list(self.running):
            self._next(running)

    def _next(self, running: Running) -> None:
        may = self.home.reads(running.who, running.thing)
        try:
            chunk = self.asking.loop.run_until_complete(anext(running.chunks))
        except Revoked:
            assert not may, "a stream was cut whose right is there"
            self._stop(running)
        except StopAsyncIteration:
            assert running.got == SIZE
            self._stop(running)
        else:
            assert may, "a chunk went out after the right had ended"
            running.got += len(chunk)

    def _stop(self, running: Running) -> None:
        running.stream.close()
        self.running.remove(running)
