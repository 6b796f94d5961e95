"""Guest sessions: who is let in by one, and that one is nothing else."""

from pathlib import Path

import pytest

from services import access, clock, sharing
from services.accounts import Passwords, SignInFailed, authenticate_session
from services.accounts.minting import mint
from services.errors import NotFound
from services.models import Guest, Item, Share
from services.sharing import LinkEnded, Links, LinkTerms, NewGuest
from services.sharing.guests import LIFE
from tests.factories import Make

pytestmark = pytest.mark.db


@pytest.fixture
def guest(make: Make, data: Path) -> NewGuest:
    anna = make.user()
    collection = make.collection(anna, items=[make.item(anna)])
    links = Links(b"k" * 32, Passwords(time_cost=1, memory_kib=64))
    link = links.make(make.viewer(anna), collection.pid, LinkTerms(expires=None))
    return links.exchange(link.secret or "", ip="127.0.0.1")


def test_a_session_is_its_secret_at_its_own_address(guest: NewGuest) -> None:
    assert sharing.visit(guest.pid, guest.secret).viewer.kind == "guest"
    for pid, secret in ((guest.pid, mint("gst")), ("other", guest.secret), (guest.pid, ""), (guest.pid, "x")):
        with pytest.raises(NotFound):
            sharing.visit(pid, secret)
    assert guest.secret not in str(Guest.get().secret)


def test_it_is_no_session_of_a_person(guest: NewGuest) -> None:
    with pytest.raises(SignInFailed):
        authenticate_session(guest.secret)
    with pytest.raises(NotFound):
        sharing.visit(guest.pid, mint("ses"))


def test_it_does_not_last_for_good(guest: NewGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = sharing.visit(guest.pid, guest.secret).viewer
    end = Guest.get().created_at + LIFE
    monkeypatch.setattr(clock, "source", lambda: end / 1_000_000 + 1)
    assert not access.holds(viewer)
    with pytest.raises(LinkEnded) as caught:
        sharing.visit(guest.pid, guest.secret)
    assert caught.value.at == end


def test_when_it_was_seen_is_noted_now_and_then(guest: NewGuest, monkeypatch: pytest.MonkeyPatch) -> None:
    before = Guest.get().seen_at
    sharing.visit(guest.pid, guest.secret)
    assert Guest.get().seen_at == before
    monkeypatch.setattr(clock, "source", lambda: before / 1_000_000 + 700)
    sharing.visit(guest.pid, guest.secret)
    assert Guest.get().seen_at > before


def test_a_guest_owns_nothing_and_shares_nothing(guest: NewGuest) -> None:
    viewer = sharing.visit(guest.pid, guest.secret).viewer
    item = Item.get()
    assert list(access.visible_storages(viewer)) == []
    with pytest.raises(NotFound):
        sharing.audience(viewer, item.pid)
    with pytest.raises(NotFound):
        sharing.change(viewer, Share.get().pid, {"place": True})
