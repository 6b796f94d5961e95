"""Guests: people without an account who showed the secret of a link or an event, and are let in to that alone.

A guest session is a row with the hash of its secret. It ends with its link or event, with a new password of the
link, after half a year, or when the guest leaves. Whoever holds the secret may come in again and again, each time as
another guest: so many may be in at the same time, and no more. What a guest sees is asked of `services.access` like
everything.
"""

from dataclasses import dataclass
from typing import Any

from services import revocations
from services.access.ends import moment
from services.accounts.acting import note
from services.accounts.minting import digest, kind_of, mint
from services.clock import DAY, MINUTE, now
from services.errors import Conflict, HypomosError, NotFound
from services.identifiers import new_pid
from services.models import Event, Guest, Share, User, counters, transaction
from services.viewers import Proof, Viewer

LIFE = 180 * DAY
NOTED_EVERY = 10 * MINUTE
MOST_GUESTS = 5_000
"""Guests of one event, or of one link, who are in at the same time: more than any party has, and few rows."""


class LinkEnded(HypomosError):
    """Raised to who showed the right secret of a link or an event that is over: since when, and whom to ask.

    `why` is “ended”, “used up” or “away”; `at` is microseconds since 1970, None when there is no moment to name.
    """

    def __init__(self, why: str, at: int | None, who: str) -> None:
        super().__init__("This link has ended.")
        self.why, self.at, self.who = why, at, who


@dataclass(frozen=True, slots=True)
class NewGuest:
    """A fresh guest session: `secret` goes into the cookie and is shown nowhere else."""

    pid: str
    secret: str


@dataclass(frozen=True, slots=True)
class Visit:
    """A guest who is let in: what they look at, by whom, and until when (None: until its owner ends it).

    At an event `share` is the event's own, by which it shows its collection; `name` is how the guest is called.
    """

    viewer: Viewer
    pid: str
    share: Share
    owner: str
    event: Event | None = None
    name: str = ""

    @property
    def ends(self) -> int | None:
        """When the link ends, microseconds since 1970."""
        return int(self.share.expires_at) if self.share.expires_at is not None else None


def admit(share: Share) -> NewGuest:
    """Let somebody in by a link; call inside the transaction that counts the use. Raises Conflict for one too many."""
    _require_room(Guest.share_id == share.id)
    return _admit(share_id=share.id)


def admit_to_event(event: Event, name: str) -> NewGuest:
    """Let somebody in to an event, under the name they gave; call inside a transaction.

    Raises Conflict for one too many.
    """
    _require_room(Guest.event == event.id)
    return _admit(event=event, name=name)


def _require_room(here: Any) -> None:
    lives = Guest.ended_at.is_null() & (Guest.expires_at > moment())
    if Guest.select().where(here & lives).count() >= MOST_GUESTS:
        raise Conflict(
            "As many people as may be have come in here already. Ask whoever invited you for a new address or code."
        )


def _admit(**where: Any) -> NewGuest:
    secret, time = mint("gst"), now()
    guest = Guest.create(
        pid=new_pid(), secret=digest(secret), created_at=time, seen_at=time, expires_at=time + LIFE, **where
    )
    return NewGuest(guest.pid, secret)


def visit(pid: str, secret: str) -> Visit:
    """Who this guest session belongs to. Raises NotFound when it is none, LinkEnded when it was one."""
    if kind_of(secret) != "gst":
        raise NotFound
    guest = Guest.get_or_none((Guest.pid == pid) & (Guest.secret == digest(secret)))
    if guest is None:
        raise NotFound
    share = _share_of(guest)
    owner = require_living(share)
    if guest.ended_at is not None or guest.expires_at <= moment():
        raise LinkEnded("ended", min(guest.ended_at or guest.expires_at, guest.expires_at), owner.display)
    if now() - guest.seen_at >= NOTED_EVERY:
        note(Guest.update(seen_at=now()).where(Guest.id == guest.id))
    ends = guest.expires_at if share.expires_at is None else min(guest.expires_at, share.expires_at)
    viewer = Viewer(
        user_id=0, login="", display="", proof=Proof("guest", guest.id), not_after=ends, kind="guest",
        guest_id=guest.id, share_id=guest.share_id, event_id=guest.event_id,
    )  # fmt: skip
    return Visit(viewer, guest.pid, share, owner.display, guest.event, guest.name)


def _share_of(guest: Guest) -> Share:
    """What a guest looks at: the link they came by, or the latest share by which their event shows itself."""
    if guest.event_id is None:
        return Share.get_by_id(guest.share_id)
    event: Event = guest.event
    mine = (Share.collection == event.collection_id) & (Share.kind == "event")
    return Share.select().where(mine).order_by(Share.id.desc()).get()


def leave_visit(viewer: Viewer) -> None:
    """End a guest session at its guest's wish."""
    here = (Guest.id == viewer.guest_id) & Guest.ended_at.is_null()
    noted = [("guest", pid) for (pid,) in Guest.select(Guest.pid).where(here).tuples()]
    with revocations.noting(noted), transaction():
        counters.bump_policy()
        Guest.update(ended_at=now()).where(here).execute()


def end_guests(shares: list[int], at: int) -> int:
    """End the guest sessions of some links; call inside the transaction that narrows them."""
    here = Guest.share_id.in_(shares) & Guest.ended_at.is_null()
    return int(Guest.update(ended_at=at).where(here).execute())


def require_living(share: Share) -> User:
    """The owner of a link that is in force; raises LinkEnded when it is not."""
    return require_in_force(share.owner_id, share.ended_at, share.expires_at)


def require_in_force(owner_id: int, ended_at: int | None, expires_at: int | None) -> User:
    """The owner of what did not end, and is theirs to show still; raises LinkEnded when it did, or they are away."""
    owner = User.get_by_id(owner_id)
    if ended_at is not None:
        raise LinkEnded("ended", ended_at, owner.display)
    if expires_at is not None and expires_at <= moment():
        raise LinkEnded("ended", expires_at, owner.display)
    if not owner.active or owner.role != "adult":
        raise LinkEnded("away", None, owner.display)
    return owner
