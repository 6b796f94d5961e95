"""The ways in to an event: a token of 256 bits in its code, or a short address with a PIN for who cannot scan.

Both are shown once by a guest, who gets a guest session for it, and nothing after that holds them. They are kept
as hashes, and sealed for the organisers' poster. A PIN is short: whoever guesses is slowed down, and after a
hundred wrong ones it opens nothing until the event has a new door.

Hashing takes a while: it happens before the transaction, never in it.
"""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from services import revocations
from services.access.ends import moment
from services.accounts.acting import require_current
from services.accounts.errors import SignInFailed
from services.accounts.minting import digest, kind_of, mint
from services.accounts.passwords import Passwords
from services.accounts.texts import checked
from services.accounts.throttling import count_guess, one_try
from services.clock import now
from services.errors import Conflict, NotFound, UsageError
from services.events import people
from services.events.seeing import is_open, organised
from services.models import Event, Guest, User, audit, counters, transaction
from services.sealing import SealBroken, Seals
from services.sharing import NewGuest
from services.sharing.closing import door_note
from services.sharing.guests import admit_to_event, require_in_force
from services.viewers import Viewer

LETTERS = "BCDFGHJKLMNPQRSTVWXZ2345679"
"""Of a short address: no vowels, so that no words come of it, and nothing that looks like something else."""
SHORT, PIN = 6, 6
MOST_WRONG = 100
MAX_NAME = 60


@dataclass(frozen=True, slots=True)
class Drawn:
    """Secrets that were drawn for a door, with what is kept of the PIN."""

    token: str
    short: str
    pin: str
    pin_hash: str


@dataclass(frozen=True, slots=True)
class Door:
    """What an organiser hands out. `pin` is None when too many wrong ones were tried."""

    token: str
    short: str
    pin: str | None


class Doors:
    """Makes the ways in to events, shows them to organisers, and lets people in by them."""

    def __init__(self, key: bytes, passwords: Passwords) -> None:
        self._seals = Seals(key)
        self._passwords = passwords

    def draw(self) -> Drawn:
        """Fresh secrets; takes the time of a password, so it is called before the transaction."""
        pin = f"{secrets.randbelow(10**PIN):0{PIN}}"
        short = "".join(secrets.choice(LETTERS) for _ in range(SHORT))
        return Drawn(mint("evt"), short, pin, self._passwords.hash(pin))

    def hang(self, event: Event, drawn: Drawn) -> None:
        """Give an event this door instead of the one it had; call inside a transaction."""
        text = json.dumps({"token": drawn.token, "pin": drawn.pin})
        values = {
            "secret": digest(drawn.token), "sealed": self._seals.seal(text, event.pid), "short": drawn.short,
            "pin": drawn.pin_hash, "wrong_pins": 0,
        }  # fmt: skip
        Event.update(**values).where(Event.id == event.id).execute()

    def show(self, viewer: Viewer, pid: str) -> Door | None:
        """The door of an event that the viewer organises; None when it has none (any more). Raises NotFound."""
        event = organised(viewer, pid)
        if event.sealed is None or not is_open(event):
            return None
        try:
            words = json.loads(self._seals.open(bytes(event.sealed), event.pid))
        except SealBroken:
            return None
        pin = words["pin"] if event.wrong_pins < MOST_WRONG else None
        return Door(words["token"], event.short or "", pin)

    def renew(self, viewer: Viewer, pid: str, *, guests_too: bool = False) -> Door:
        """A new door: the old code, address and PIN are dead from now on, and with `guests_too` who came by them.

        Raises NotFound, Conflict when the event is over.
        """
        drawn = self.draw()
        event = organised(viewer, pid)
        inside = (Guest.event == event.id) & Guest.ended_at.is_null()
        noted = [] if event.secret is None else [door_note(event)]
        if guests_too:
            noted += [("guest", each.pid) for each in Guest.select().where(inside)]
        with revocations.noting(noted), transaction():
            require_current(viewer)
            event = organised(viewer, pid)
            if not is_open(event):
                raise Conflict("This event is over: it needs no door any more.")
            if guests_too:
                Guest.update(ended_at=now()).where(inside).execute()
            self.hang(event, drawn)
            audit.record("event_door", actor=viewer.user_id, subject=viewer.user_id, object=event.name)
            counters.bump_policy()
        return Door(drawn.token, drawn.short, drawn.pin)

    def look(self, code: str, *, ip: str) -> Event:
        """The open event of a token or a short address; nothing is used up.

        Raises NotFound, LinkEnded when it is over, Throttled for who guesses.
        """
        event = _known(code)
        if event is None:
            count_guess("event", ip)
            raise NotFound
        require_open(event)
        return event

    def needs_pin(self, code: str) -> bool:
        """Whether this way in asks for the PIN: the short address does, the code does not."""
        return kind_of(code) != "evt"

    def goes_on(self, event: Event, guests: Sequence[str]) -> str | None:
        """Which of these visits (ids of guests) is one of this event and goes on: the one to come back to."""
        here = Guest.pid.in_(list(guests)) & (Guest.event == event.id)
        lives = Guest.ended_at.is_null() & (Guest.expires_at > moment())
        found = Guest.select(Guest.pid).where(here & lives).order_by(Guest.id.desc()).first()
        return None if found is None else str(found.pid)

    def enter(self, code: str, name: str, pin: str = "", *, ip: str) -> NewGuest:
        """A guest session for who has a way in, under a name. Nobody has to tell their own.

        Raises NotFound, LinkEnded, SignInFailed for a wrong PIN, UsageError (field `name`), Throttled, Conflict where
        too many wrong PINs were tried, or too many guests are in.
        """
        called = checked(name, field="name", limit=MAX_NAME)
        if not called:
            raise UsageError("Say who you are: a first name is enough.", field="name")
        with self._way_in(code, pin, ip) as event:
            return admit_to_event(event, called)

    def join(self, viewer: Viewer, code: str, pin: str = "", *, ip: str) -> Event:
        """Have somebody of the household take part in an event by one of its ways in. Raises as `enter`."""
        comes = people.rejoined(self.look(code, ip=ip), viewer)
        with revocations.noting(comes, again=True), self._way_in(code, pin, ip) as event:
            people.take_in(viewer, event)
        return event

    @contextmanager
    def _way_in(self, code: str, pin: str, ip: str) -> Iterator[Event]:
        """The event behind a way in, inside the transaction in which that holds."""
        event = self.look(code, ip=ip)
        if self.needs_pin(code):
            self._require_pin(event, pin, ip)
        same = (Event.id == event.id) & (Event.secret == event.secret)
        with transaction():
            event = Event.get_or_none(same)
            if event is None:
                raise NotFound
            require_open(event)
            yield event

    def _require_pin(self, event: Event, pin: str, ip: str) -> None:
        if event.wrong_pins >= MOST_WRONG:
            raise Conflict(
                "Too many wrong PINs were tried. Use the code, or ask who organises this for a new PIN."
            )
        with one_try("event pin", event.pid, ip):
            if event.pin is None or not self._passwords.verify(event.pin, pin.replace(" ", "")):
                with transaction():
                    more = Event.update(wrong_pins=Event.wrong_pins + 1)
                    more.where(Event.id == event.id).execute()
                raise SignInFailed("The PIN is wrong.")


def require_open(event: Event) -> User:
    """The owner of an event that people may come to; raises LinkEnded when it is over, or its owner is away."""
    return require_in_force(event.owner_id, event.closed_at, event.expires_at)


def _known(code: str) -> Event | None:
    if kind_of(code) == "evt":
        found = Event.get_or_none(Event.secret == digest(code))
    else:
        short = code.upper()
        is_short = len(short) == SHORT and set(short) <= set(LETTERS)
        found = Event.get_or_none(Event.short == short) if is_short else None
    event: Event | None = found
    return event
