"""Waiting on an event loop until a socket has something to read, whoever else reads from it before and after.

`add_reader` serves those who listen to a socket for as long as it is open: to put one in and take it out again
takes 27 µs, and uvloop leaves the socket one that never blocks, for the thread too that reads on. Here each loop has
one epoll of its own, in which a socket is armed for one event at a time, and one timer for all who wait.

Threading: belongs to the thread of the event loop.
Source: epoll(7), EPOLLONESHOT
"""

import asyncio
import select
import socket
from math import inf
from operator import itemgetter
from weakref import WeakKeyDictionary

_ONCE = select.EPOLLIN | select.EPOLLONESHOT
"""That the other end hung up is told as well, with which there is something to read: the end."""


async def readable(end: socket.socket, seconds: float) -> None:
    """Wait until there is something to read, which may be the end. It may end early: whoever waits looks again.

    Raises TimeoutError after so many seconds, and where another waits for the same socket; OSError when it is closed.
    """
    loop = asyncio.get_running_loop()
    armed = _of_loops.get(loop)
    if armed is None:
        armed = _of_loops[loop] = _Armed(loop)
    await armed.wait(loop, end.fileno(), loop.time() + seconds)


class _Armed:
    """The sockets of a loop that somebody waits for, each with until when.

    But for those who wait nothing in here holds the loop, which would keep itself alive so.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._epoll = select.epoll()
        self._waiting: dict[int, tuple[asyncio.Future[bool], float]] = {}
        self._due = inf
        loop.add_reader(self._epoll.fileno(), self._tell)

    async def wait(self, loop: asyncio.AbstractEventLoop, descriptor: int, until: float) -> None:
        self._arm(descriptor)
        if descriptor in self._waiting:  # a socket that was closed while somebody waited: this is another
            _answered(self._waiting[descriptor][0], False)
        came = loop.create_future()
        self._waiting[descriptor] = waiting = came, until
        if until < self._due:
            self._look_at(loop, until)
        try:
            if not await came:
                raise TimeoutError
        finally:
            if self._waiting.get(descriptor) is waiting:
                del self._waiting[descriptor]

    def _arm(self, descriptor: int) -> None:
        if descriptor < 0:
            raise ConnectionAbortedError("the socket is closed")
        try:
            self._epoll.modify(descriptor, _ONCE)
        except FileNotFoundError:  # one that is new: the kernel forgets those that are closed
            self._epoll.register(descriptor, _ONCE)

    def _tell(self) -> None:
        for descriptor, _ in self._epoll.poll(0):
            if descriptor in self._waiting:  # whoever armed it may have gone away
                _answered(self._waiting[descriptor][0], True)

    def _look_at(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        self._due = when
        loop.call_at(when, self._look, when)

    def _look(self, when: float) -> None:
        """End what has waited too long. A timer for each wait would take longer than most waits do."""
        if when != self._due:
            return  # a nearer one was asked for since
        loop = asyncio.get_running_loop()
        self._due = inf
        for came, until in sorted(self._waiting.values(), key=itemgetter(1)):
            if until <= loop.time():
                _answered(came, False)
        left = min((until for came, until in self._waiting.values() if not came.done()), default=inf)
        if left < inf:
            self._look_at(loop, left)


def _answered(future: "asyncio.Future[bool]", result: bool) -> None:
    if not future.done():
        future.set_result(result)


_of_loops: "WeakKeyDictionary[asyncio.AbstractEventLoop, _Armed]" = WeakKeyDictionary()
