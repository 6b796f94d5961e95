"""Guest sessions that are long over go; those that may still be told something, or are remembered, stay."""

from pathlib import Path

import pytest

from services import clock, sharing
from services.accounts import Passwords
from services.errors import NotFound
from services.models import Audit, Guest, Item, Share
from services.sharing import LinkEnded, Links, LinkTerms, NewGuest
from services.sharing.purging import KEPT
from services.viewers import Viewer
from tests.factories import Make

pytestmark = pytest.mark.db


class Visits:
    """Anna's links, and a clock to be turned on."""

    def __init__(self, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
        user = make.user()
        self.anna: Viewer = make.viewer(user)
        self.item = make.item(user)
        self.lake = make.collection(user, items=[self.item])
        self.links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
        self.at = clock.now()
        monkeypatch.setattr(clock, "source", lambda: self.at / 1_000_000)

    def enter(self, expires: int | None = None) -> tuple[str, NewGuest]:
        link = self.links.make(self.anna, self.lake.pid, LinkTerms(expires=expires))
        return link.share.pid, self.links.exchange(link.secret or "", ip="127.0.0.1")


@pytest.fixture
def visits(catalogue: Path, make: Make, monkeypatch: pytest.MonkeyPatch) -> Visits:
    return Visits(make, monkeypatch)


def left() -> set[str]:
    return {guest.pid for guest in Guest.select()}


def test_a_guest_goes_thirty_days_after_the_link(visits: Visits) -> None:
    share, ended = visits.enter()
    _, by_clock = visits.enter(expires=visits.at + clock.DAY)
    _, living = visits.enter()
    sharing.revoke_share(visits.anna, share)
    visits.at += KEPT
    assert sharing.purge_guests() == 0
    with pytest.raises(LinkEnded):
        sharing.visit(ended.pid, ended.secret)
    visits.at += clock.SECOND
    assert sharing.purge_guests() == 1
    assert left() == {by_clock.pid, living.pid}
    visits.at += clock.DAY
    assert sharing.purge_guests() == 1
    assert left() == {living.pid}
    assert sharing.visit(living.pid, living.secret).viewer.kind == "guest"
    with pytest.raises(NotFound):
        sharing.visit(ended.pid, ended.secret)
    assert Share.select().count() == 3
    assert Audit.select().where(Audit.action == "revoked").count() == 1


def test_who_left_goes_too(visits: Visits) -> None:
    _, gone = visits.enter()
    sharing.leave_visit(sharing.visit(gone.pid, gone.secret).viewer)
    visits.at += KEPT + clock.SECOND
    assert sharing.purge_guests() == 1


def test_who_gave_something_is_remembered(visits: Visits) -> None:
    share, guest = visits.enter()
    Item.update(contributed_by_id=Guest.get(Guest.pid == guest.pid).id).execute()
    sharing.revoke_share(visits.anna, share)
    visits.at += 10 * KEPT
    assert sharing.purge_guests() == 0
    assert left() == {guest.pid}
