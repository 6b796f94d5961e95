"""The first administrator: a code printed where the appliance starts, so that not whoever is quickest
on the network takes it over.

The code lies hashed in the run folder, readable by the service alone, where every process of the
appliance finds it. It is good for one hour and one account, and void once an administrator exists.
"""

import hmac
import json
import logging
import secrets
from pathlib import Path

from services.accounts.errors import SignInFailed
from services.accounts.minting import digest
from services.accounts.passwords import Passwords
from services.accounts.people import draft, has_admin, insert_person
from services.accounts.sessions import SignedIn, open_session
from services.accounts.throttling import one_try
from services.clock import HOUR, now
from services.errors import Conflict
from services.models import audit, counters, transaction
from services.secrets import replace_private

log = logging.getLogger(__name__)

FILE_NAME = "setup-code"
VALID = HOUR
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; none that looks like a digit
_GROUPS, _SIZE = 3, 4

_REFUSED = (
    "This setup code is wrong or has expired. The newest one is in the log of the appliance; a "
    "restart prints another."
)


def needs_setup() -> bool:
    """Whether the appliance waits for its first administrator."""
    return not has_admin()


def offer_setup(run: Path) -> str | None:
    """Make a fresh code, good for an hour, and return it to be printed; None when there is an administrator.

    Any code made before is void. Raises OSError when the run folder cannot be written.
    """
    path = run / FILE_NAME
    if not needs_setup():
        path.unlink(missing_ok=True)
        return None
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_SIZE)) for _ in range(_GROUPS))
    kept = {"sha256": digest(_plain(code)), "expires_at": now() + VALID}
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace_private(path, json.dumps(kept).encode())
    return code


def check_setup_code(run: Path, code: str, *, ip: str) -> None:
    """Raise unless this is the code: SignInFailed, Throttled after too many tries, Conflict when set up."""
    _require_open()
    with one_try("setup", "", ip):
        if not _fits(run / FILE_NAME, code):
            log.warning("wrong setup code from %s", ip)
            raise SignInFailed(_REFUSED)


def set_up(
    passwords: Passwords,
    run: Path,
    code: str,
    login: str,
    *,
    password: str,
    display: str = "",
    zone: str = "",
    ip: str,
    agent: str = "",
) -> SignedIn:
    """Make the first administrator and sign them in; the code is used up.

    Raises SignInFailed or Throttled for a wrong code, Conflict when there is an administrator already,
    UsageError for the rest (the code stays good).
    """
    check_setup_code(run, code, ip=ip)
    made = draft(passwords, login, password=password, display=display, role="adult", is_admin=True, zone=zone)
    with transaction():
        counters.bump_policy()  # first: its row lock makes two of these wait for each other
        _require_open()
        user = insert_person(made)
        audit.record("set_up", actor=user.id, subject=user.id, object=user.login, ip=ip)
        signed_in = open_session(user, ip=ip, agent=agent)
    (run / FILE_NAME).unlink(missing_ok=True)
    return signed_in


def _require_open() -> None:
    if not needs_setup():
        raise Conflict("There is an administrator already. Sign in, or ask them for an invitation.")


def _fits(path: Path, code: str) -> bool:
    try:
        kept = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    remaining = kept["expires_at"] - now()
    return 0 < remaining <= VALID and hmac.compare_digest(kept["sha256"], digest(_plain(code)))


def _plain(code: str) -> str:
    """The code as it is compared: upper case, however it was grouped when typed."""
    return "".join(c for c in code.upper() if c in _LETTERS)
