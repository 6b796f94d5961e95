"""The household at work, at random: everything that gives or ends a right, done by the services themselves.

After each step an oracle that knows only what was done says who sees what, and every surface is asked.
Streams that were opened end before their next chunk exactly when the oracle says so. Each part of what is done has a
module of its own; here they are put together.
"""

from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from tests.rights.answers import Answers
from tests.rights.links import Links
from tests.rights.people import NUMBER
from tests.rights.queries import Queries
from tests.rights.screens import Screens


class RightsMachine(Answers, Links, Screens, Queries):
    """See the module. `asking` and `thorough` are set by the test."""

    thorough: ClassVar[bool] = False

    @initialize(album=NUMBER, then=st.sampled_from(["an hour passes", "revoke", "end"]))
    def begin_by_passing_on(self, album: int, then: str) -> None:
        """Each household begins with what goes on by somebody else, and ends: of so many rules one seldom does."""
        self.pass_on(album, 1, then)

    def teardown(self) -> None:
        try:
            for running in list(self.running):
                self._next(running)
            if self.thorough:
                for thing in self.home.things.values():
                    for who in self.ids:
                        self._ask(who, thing)
                    for stranger in self._strangers():
                        self._ask_as_stranger(stranger, thing)
        finally:
            for running in list(self.running):
                self._stop(running)
