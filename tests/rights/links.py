"""Links in the household at work, each with a guest who comes by it."""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from services import clock
from services.errors import AccessDenied
from services.models import Grant, Guest
from services.sharing import LinkTerms, NewGuest
from tests.rights.oracle import Having, Promise, Visitor
from tests.rights.people import NUMBER
from tests.rights.shares import Shares


class Links(Shares):
    """Links to collections."""

    @rule(album=NUMBER, download=st.booleans(), place=st.booleans(), hours=st.sampled_from([None, 1, 5]))
    def make_link(self, album: int, download: bool, place: bool, hours: int | None) -> None:
        chosen = self.pick(album, [a for a in self._own_albums() if a.purpose == "own"])
        if chosen is None or sum(p.kind == "link" for p in self.home.promises) > 2:
            return
        expires = None if hours is None else self.home.now + hours * clock.HOUR
        terms = LinkTerms(download=download, place=place, expires=expires)
        if self.home.people[chosen.owner].child:
            with pytest.raises(AccessDenied):
                self.asking.hypomos.links.make(self.viewer(chosen.owner), chosen.pid, terms)
            return
        link = self.asking.hypomos.links.make(self.viewer(chosen.owner), chosen.pid, terms)
        promise = Promise(
            link.share.pid, chosen.owner, chosen.id, "link", 0, download, False, place, False, expires
        )
        self.home.promises.append(promise)
        self.home.havings.append(Having(Grant.get(Grant.share == link.share).pid, promise, None, None))
        assert link.secret is not None
        self._welcome(self.asking.hypomos.links.exchange(link.secret, ip="203.0.113.7"), None, promise)

    def _welcome(self, came: NewGuest, feast: int | None, promise: Promise | None) -> None:
        row = Guest.get(Guest.pid == came.pid)
        self.home.visitors.append(Visitor(row.id, came.pid, came.secret, feast, promise))
