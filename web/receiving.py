"""Who may send files at once. Each that is received holds a thread for as long as its sender takes.

There are few places, and nobody can keep the others from them: a person has some, so has a guest, so have all guests
of one network, of one event or link, and all guests together, since anybody may become many guests with one token.
Who finds theirs taken waits for a while, then is asked to come again. Whoever is slower than a least pace, while
another waits for just their place, gives it up.

Used on the event loop only.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.accounts.throttling import network_of
from services.viewers import Viewer
from web.errors import GivesWay

PLACES = 12
OF_PERSON = 4
OF_GUEST = 2
OF_NETWORK = 3
"""Of all guests whose requests come from one address, or one IPv6 /64."""
OF_DOOR = 7
"""Of all guests of one event, or of one link: more than two networks can take, so that another guest finds one."""
OF_GUESTS = 9

WAIT_S = 60.0
"""So long somebody waits for a place: as long as one who falls silent keeps theirs (`bodies.STALL_S`)."""
MOST_WAITING = 32
"""Requests of one person, or of the guests of one network, that wait at the same time."""

LEAST_PACE = 16 * 1024
"""Bytes a second that must come of a body for which another waits, on the average; the slowest of phones do."""
GRACE_S = 30.0
"""So much later than by the least pace a body may come: connections begin slowly, and falter."""

_FULL = "Too many files are being sent just now. Nothing was taken in: send this again in a moment."
_SLOW = "This came very slowly, and others wait. What came whole is kept: send the rest again in a moment."

Shares = Mapping[tuple[str, object], int]
"""By what a request is counted, and how many places all of its kind may hold. The first is whose request it is."""


def shares_of(viewer: Viewer, ip: str) -> Shares:
    """By what the request of a viewer at an address is counted."""
    if viewer.kind == "person":
        return {("person", viewer.user_id): OF_PERSON, ("all", 0): PLACES}
    door = ("link", viewer.share_id) if viewer.event_id is None else ("event", viewer.event_id)
    return {
        ("network", network_of(ip)): OF_NETWORK, ("guest", viewer.guest_id): OF_GUEST, door: OF_DOOR,
        ("guests", 0): OF_GUESTS, ("all", 0): PLACES,
    }  # fmt: skip


class Pace:
    """How fast a body comes. `is_wanted` says whether another waits for the place of its sender."""

    def __init__(self, is_wanted: Callable[[], bool], clock: Callable[[], float] = time.monotonic) -> None:
        self._is_wanted = is_wanted
        self._clock = clock
        self._got, self._waited_s, self._since = 0, 0.0, 0.0

    def wait(self) -> None:
        """A piece is asked for now: what the storage takes to write the last one is not its sender's."""
        self._since = self._clock()

    def came(self, size: int) -> None:
        """The piece came. Raises GivesWay when that is too little, and another waits."""
        self._got += size
        self._waited_s += self._clock() - self._since
        if self._waited_s > GRACE_S + self._got / LEAST_PACE and self._is_wanted():
            raise GivesWay(_SLOW)


@dataclass(frozen=True, slots=True, eq=False)
class _Waiting:
    shares: Shares
    turn: asyncio.Future[None]


class Receiving:
    """The places of all who send files to the pages and the API."""

    def __init__(self) -> None:
        self._held: Counter[tuple[str, object]] = Counter()
        self._waiting: deque[_Waiting] = deque()

    @asynccontextmanager
    async def place(self, shares: Shares) -> AsyncIterator[Pace]:
        """Hold a place; gives the pace to keep. Raises GivesWay when none gets free for too long."""
        if self._fits(shares):
            self._held.update(shares.keys())
        else:
            await self._wait(shares)
        try:
            yield Pace(lambda: self._is_wanted(shares))
        finally:
            self._give_back(shares)

    async def _wait(self, shares: Shares) -> None:
        """Come to hold a place, or raise."""
        mine = next(iter(shares))
        if sum(mine in each.shares for each in self._waiting) >= MOST_WAITING:
            raise GivesWay(_FULL)
        waiting = _Waiting(shares, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(WAIT_S):
                await waiting.turn
        except BaseException as error:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:  # it came in the very moment in which nobody waited any more
                self._give_back(shares)
            if isinstance(error, TimeoutError):
                raise GivesWay(_FULL) from None
            raise

    def _give_back(self, shares: Shares) -> None:
        """A place is free: whoever waited longest of those who may have it gets it."""
        self._held.subtract(shares.keys())
        self._held += Counter()  # forgets whom nothing is held by
        for waiting in list(self._waiting):
            if self._fits(waiting.shares):
                self._waiting.remove(waiting)
                self._held.update(waiting.shares.keys())
                waiting.turn.set_result(None)

    def _is_wanted(self, held: Shares) -> bool:
        """Whether somebody waits who could have this place, if it were given back."""
        return any(self._fits(each.shares, without=held) for each in self._waiting)

    def _fits(self, shares: Shares, without: Shares | None = None) -> bool:
        """Whether another place may be held by these."""
        given_back = without or {}
        return all(self._held[key] - (key in given_back) < most for key, most in shares.items())
