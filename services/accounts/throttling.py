"""The brake on guessing: after five failures each further one doubles the wait, up to 15 minutes.

Counted per account and network (an IPv4 address, a /64 of IPv6) together, whether the account exists
or not: a stranger who guesses slows down himself and never locks anybody else out. A try is charged
before it is judged, so that many at once do not all count as the first.

The rows say neither the account nor the address: people type passwords into the wrong field.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address, ip_network

from peewee import fn

from services.accounts.errors import SignInFailed
from services.clock import DAY, MINUTE, SECOND, now
from services.errors import Throttled
from services.models import Throttle, transaction
from services.names import fold

FREE = 5
MAX_WAIT = 15 * MINUTE
FORGOTTEN_AFTER = DAY
MAX_ROWS = 10_000


@contextmanager
def one_try(purpose: str, account: str, ip: str) -> Iterator[None]:
    """Let one try happen, or raise Throttled with the seconds to wait.

    SignInFailed inside counts as a failure. Leaving normally wipes the slate of this account and
    network; any other error proves nothing and is not counted.
    """
    key = key_of(purpose, account, ip)
    _charge(key)
    try:
        yield
    except SignInFailed:
        raise
    except BaseException:
        with transaction():
            refund = Throttle.update(failures=Throttle.failures - 1, until=now())
            refund.where((Throttle.key == key) & (Throttle.failures > 0)).execute()
        raise
    with transaction():
        Throttle.delete().where(Throttle.key == key).execute()


def count_guess(purpose: str, ip: str) -> None:
    """Slow down who tries secrets of no account: they alone are counted, who holds a right one never has to wait.

    Raises Throttled.
    """
    try:
        with one_try(purpose, "", ip):
            raise SignInFailed("There is no such link.")
    except SignInFailed:
        return


def once_in(key: str, period: int) -> bool:
    """Whether nobody called with this key for `period` microseconds: for what is said now and then."""
    moment, name = now(), _digest("once", key)
    with transaction():
        _insert(name, moment)
        due = (Throttle.until <= moment) | (Throttle.until > moment + period)
        said = Throttle.update(until=moment + period).where((Throttle.key == name) & due).execute()
    return bool(said)


def wait_after(failures: int) -> int:
    """Microseconds to wait after so many failures in a row."""
    return min(2 ** min(failures - FREE, 30) * SECOND, MAX_WAIT) if failures > FREE else 0


def key_of(purpose: str, account: str, ip: str) -> str:
    """What failures are counted by: account and network, unreadable."""
    return _digest(purpose, fold(account), network_of(ip))


def network_of(ip: str) -> str:
    """The network that counts as one origin: an IPv4 address, an IPv6 /64; other text as it is."""
    try:
        address = ip_address(ip.partition("%")[0])
    except ValueError:
        return ip
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False))
        address = address.ipv4_mapped
    return str(address)


def purge_throttles() -> int:
    """Delete the rows that no longer matter; return how many."""
    with transaction():
        gone = Throttle.delete().where(Throttle.until < now() - FORGOTTEN_AFTER).execute()
    return int(gone)


def _charge(key: str) -> None:
    moment = now()
    # A wait longer than the longest one was written before the clock was set back.
    may_try = (Throttle.until <= moment) | (Throttle.until > moment + MAX_WAIT)
    with transaction():
        Throttle.delete().where((Throttle.key == key) & (Throttle.until < moment - FORGOTTEN_AFTER)).execute()
        _insert(key, moment)
        mine = Throttle.key == key
        charged = Throttle.update(failures=Throttle.failures + 1).where(mine & may_try).execute()
        failures, until = Throttle.select(Throttle.failures, Throttle.until).where(mine).tuples().get()
        if charged:
            Throttle.update(until=moment + wait_after(failures)).where(mine).execute()
    if not charged:
        raise Throttled((until - moment) / SECOND)


def _insert(key: str, moment: int) -> None:
    """Make sure that there is a row to count in, and room for it: the mildest ones give way."""
    Throttle.insert(key=key, failures=0, until=moment).on_conflict_ignore().execute()
    over = Throttle.select(fn.COUNT(Throttle.key)).scalar() - MAX_ROWS
    if over > 0:
        mildest = Throttle.select(Throttle.key).where(Throttle.key != key)
        mildest = mildest.order_by(Throttle.failures, Throttle.until).limit(over + MAX_ROWS // 100)
        Throttle.delete().where(Throttle.key.in_(mildest)).execute()


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
