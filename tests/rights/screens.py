"""Televisions in the household at work: let in and turned away, and what is shown on them."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from services import clock, screens, sharing
from services.errors import Conflict, NotFound, UsageError
from services.models import Grant
from services.sharing import Terms
from tests.rights.oracle import Album, Having, Promise, Tv
from tests.rights.people import NUMBER
from tests.rights.shares import Shares

MOST_SCREENS = 2


class Screens(Shares):
    """Screens, and the devices that look as them."""

    @rule(album=NUMBER, download=st.booleans(), place=st.booleans())
    def show_on_screen(self, album: int, download: bool, place: bool) -> None:
        """A television is let in, if there are not two, and shows a collection; the place it never shows."""
        chosen = self.pick(album, self._own_albums())
        if len(self.home.screens) < MOST_SCREENS and album % 2 == 0:
            self._let_a_television_in(album)
        tv = self.pick(album // 2, [tv for tv in self.home.screens if not tv.removed])
        if chosen is None or tv is None:
            return
        expires = None if album % 3 else self.home.now + 5 * clock.HOUR
        named, terms = {"screen": tv.pid}, Terms(download=download, place=place, expires=expires)
        if chosen.purpose != "own":
            self._refused(NotFound, chosen, named, terms)
        elif not self.home.is_screen(tv):
            self._refused(UsageError, chosen, named, terms)
        elif self._shown_already(chosen, tv):
            self._refused(Conflict, chosen, named, terms)
        else:
            share = sharing.offer(self.viewer(chosen.owner), chosen.pid, named, terms)
            promise = Promise(
                share.pid, chosen.owner, chosen.id, "screen", tv.id, download, False, False, False, expires
            )
            self.home.promises.append(promise)
            self.home.havings.append(Having(Grant.get(Grant.share == share).pid, promise, None, None))

    def _shown_already(self, album: Album, tv: Tv) -> bool:
        return any(
            not h.ended and h.promise.album == album.id and (h.promise.kind, h.promise.target) == ("screen", tv.id)
            for h in self.home.havings
        )  # fmt: skip

    def _let_a_television_in(self, actor: int) -> None:
        address = f"192.168.1.{len(self.home.screens) + 1}"
        device = screens.identify(address).pid
        self.made += 1
        screen = screens.approve(self.viewer(self.adult(actor)), device, name=f"TV {self.made}")
        self.home.screens.append(Tv(screen.id, screen.pid, device, address))

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER, decision=st.sampled_from(["refuse", "again", "let in", "let in"]))
    def decide_on_television(self, number: int, actor: int, decision: str) -> None:
        """It is turned away or let in, as the screen that it was or, when that has ended, as a new one."""
        tv, viewer = self.pick(number, self.home.screens), self.viewer(self.adult(actor))
        if decision != "let in":
            (screens.refuse if decision == "refuse" else screens.ask_again)(viewer, tv.device)
            tv.let_in = False
        elif tv.let_in:
            with pytest.raises(Conflict):
                screens.approve(viewer, tv.device, screen=tv.pid)
        elif tv.removed:
            self.made += 1
            screen = screens.approve(viewer, tv.device, name=f"TV {self.made}")
            tv.id, tv.pid, tv.removed, tv.until, tv.let_in = screen.id, screen.pid, False, None, True
        elif not self.home.is_screen(tv):
            with pytest.raises(UsageError):
                screens.approve(viewer, tv.device, screen=tv.pid)
        else:
            screens.approve(viewer, tv.device, screen=tv.pid)
            tv.let_in = True

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER, hours=st.sampled_from([None, 1, 5]))
    def change_screen(self, number: int, actor: int, hours: int | None) -> None:
        tv = self.pick(number, self.home.screens)
        until = None if hours is None else self.home.now + hours * clock.HOUR
        ask = (self.viewer(self.adult(actor)), tv.pid, {"until": until})
        if tv.removed:
            with pytest.raises(NotFound):
                screens.change(*ask)
        else:
            screens.change(*ask)
            tv.until = until

    @precondition(lambda self: self.home.screens)
    @rule(number=NUMBER, actor=NUMBER)
    def end_screen(self, number: int, actor: int) -> None:
        tv = self.pick(number, [tv for tv in self.home.screens if not tv.removed])
        if tv is None or actor % 3:
            return
        screens.remove(self.viewer(self.adult(actor)), tv.pid)
        tv.let_in, tv.removed = False, True
        for having in self.home.havings:
            if (having.promise.kind, having.promise.target) == ("screen", tv.id):
                self.home.end(having)
                having.promise.ended = True
