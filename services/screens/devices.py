"""Devices as they ask: known by their MAC address, else by their IP address, and nobody until an adult approves.

Neither address proves anything on a network that others share: this is as good as a household needs, and no
better. `identify` is asked at every request, so that what is known costs one question, and a flood of new
addresses costs no more: only so many are written in a minute, so many are kept, and the oldest go. One for which
there was no room looks like every other that waits, but has no id and no code.
"""

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Literal

import peewee

from services.access.ends import moment
from services.accounts.acting import note
from services.accounts.texts import one_line
from services.clock import DAY, MINUTE, now
from services.errors import UsageError
from services.identifiers import new_pid
from services.models import Device as Row
from services.models import database, transaction
from services.viewers import Proof, Viewer

MOST_UNKNOWN = 50
MOST_REFUSED = 500
NEW_A_MINUTE = 20
SEEN_EVERY = MINUTE
FORGOTTEN_AFTER = 30 * DAY
"""A device that only asked, and not for so long, was a visitor's."""
MAX_HINT = 120

State = Literal["unknown", "approved", "refused"]
_MAC = re.compile(r"[0-9a-f]{2}(?:([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4})")
_KNOWN = """
    SELECT d.id, d.pid, d.code, d.state, d.version, d.hint, d.last_seen_at, s.id, s.name, s.expires_at,
        u.language
    FROM device d LEFT JOIN screen s ON s.id = d.screen_id AND s.removed_at IS NULL
    LEFT JOIN "user" u ON u.id = d.decided_by_id WHERE d.key = ?
"""
_NEW = "SELECT COUNT(*) FROM device WHERE first_seen_at > ? AND first_seen_at <= ?"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Device:
    """A device as it is now. `viewer` is whom it looks as; None unless it is approved and its screen's time not over.
    Its language is that of whoever approved it.

    `code` tells devices apart and is no secret; one that was refused shows none, since another that waits may have
    the same by now. `version` moves whenever it is approved, refused or removed. One that was not written down,
    because too many new ones came at once, has neither `pid` nor `code`.
    """

    pid: str = ""
    code: str = ""
    state: State = "unknown"
    viewer: Viewer | None = None
    version: int = 0


def identify(address: str, mac: str | None = None, hint: str = "") -> Device:
    """The device that asks from this IP address, with the MAC address that the neighbour table has for it.

    `hint` is what it says of itself, such as its User-Agent; without one the last stays. A device that is new is
    written down as waiting for an adult. Raises UsageError for an address that is none.
    """
    ip = _plain_ip(address)
    key = key_of(ip, mac)
    return _known(key, ip, hint) or _new(key, ip, hint)


def is_let_in(address: str, mac: str | None = None) -> bool:
    """Whether the device at this address looks as a screen now: for who tells it something that it did not ask for."""
    found = database.rows(_KNOWN, key_of(_plain_ip(address), mac))
    return bool(found) and _device(found[0]).viewer is not None


def key_of(address: str, mac: str | None) -> str:
    """What a device is known by: `mac …`, or `ip …` where there is no MAC address of one machine."""
    text = (mac or "").strip().lower()
    if _MAC.fullmatch(text):
        digits = text.replace("-", ":")
        if digits.strip("0:") and not int(digits[:2], 16) & 1:  # the lowest bit marks groups of machines
            return f"mac {digits}"
    return f"ip {address}"


def _known(key: str, ip: str, hint: str) -> Device | None:
    found = database.rows(_KNOWN, key)
    if not found:
        return None
    row, _, _, _, _, old_hint, seen, *_ = found[0]
    if abs(now() - seen) >= SEEN_EVERY:  # also after a clock was set back
        there = Row.update(last_seen_at=now(), address=ip, hint=_hint(hint) or old_hint)
        note(there.where(Row.id == row))
    return _device(found[0])


def _device(found: Sequence[Any]) -> Device:
    row, pid, code, state, version, _, _, screen, name, until, language = found
    viewer = None
    if state == "approved" and screen is not None and (until is None or until > moment()):
        viewer = Viewer(
            0, "", name, kind="screen", screen_id=screen, cred_version=version, language=language or "",
            proof=Proof("device", row), not_after=until,
        )  # fmt: skip
    return Device(pid, "" if state == "refused" else code, state, viewer, version)


def _new(key: str, ip: str, hint: str) -> Device:
    """Write a new device down, unless there were too many of late; the disk being full or busy is no matter."""
    if _too_many():
        return Device()
    try:
        with transaction():
            if _too_many():  # others came while this one waited for its turn
                return Device()
            Row.insert(
                pid=new_pid(), key=key, code=_free_code(), hint=_hint(hint), address=ip, first_seen_at=now(),
                last_seen_at=now(),
            ).on_conflict_ignore().execute()  # fmt: skip
            Row.delete().where(
                (Row.state == "unknown") & (Row.last_seen_at < now() - FORGOTTEN_AFTER)
            ).execute()
            make_room("unknown", MOST_UNKNOWN)
    except peewee.OperationalError as error:
        log.warning("a device that asked was not written down: %s", error)
        return Device()
    return _known(key, ip, "") or Device()


def _too_many() -> bool:
    moment = now()
    ((of_late,),) = database.rows(_NEW, moment - MINUTE, moment)
    return bool(of_late >= NEW_A_MINUTE)


def make_room(state: State, most: int) -> None:
    """Forget the devices of a state that were not seen for longest, until there are so many; in a transaction."""
    over = Row.select(Row.id).where(Row.state == state)
    over = over.order_by(Row.last_seen_at.desc(), Row.id.desc()).offset(most).limit(most)
    gone = [row for (row,) in over.tuples()]
    if gone:
        Row.delete().where(Row.id.in_(gone)).execute()


def _free_code() -> str:
    """Four digits that no device that waits or is approved has; there are far more than those."""
    taken = {code for (code,) in Row.select(Row.code).where(Row.state != "refused").tuples()}
    while (code := f"{secrets.randbelow(9000) + 1000}") in taken:
        pass
    return code


def _hint(text: str) -> str:
    return one_line(text[: 4 * MAX_HINT])[:MAX_HINT].strip()


def _plain_ip(address: str) -> str:
    """An address as one text: without its scope, an IPv4 address in IPv6 clothes as what it is."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError as error:
        raise UsageError(f"“{one_line(address[:60])}” is no address.", field="address") from error
    return str((found.ipv4_mapped if isinstance(found, IPv6Address) else None) or found)
