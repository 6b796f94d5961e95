"""The clock of the household at work: time passes, and a clock is set back."""

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import clock
from services.models import counters, transaction
from tests.rights.checks import Checks
from tests.rights.people import BEGIN


class Clocks(Checks):
    """What ends by the clock alone has to be noticed: nothing is written."""

    @rule(minutes=st.sampled_from([1, 30, 61, 299, 301]))
    def time_passes(self, minutes: int) -> None:
        """Nothing is written, so what is kept has to notice by itself."""
        for passed in (0, minutes):
            self.home.clock += passed * clock.MINUTE
            for who in self.ids:
                self._ask_what_is_kept(who)

    @rule()
    def time_is_noted(self) -> None:
        with transaction():
            self.home.mark = counters.raise_clock(self.home.clock)

    @precondition(lambda self: self.home.mark)
    @rule(hours=st.sampled_from([1, 6]))
    def clock_is_set_back(self, hours: int) -> None:
        self.home.clock = max(self.home.clock - hours * clock.HOUR, BEGIN)
        # that a clock which ran ahead ended a right may be remembered until anything is written
        with transaction():
            counters.bump_content()
