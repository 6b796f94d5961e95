"""What `doctor` says of the certificate: which one it is, for whom, until when, and what is missing in it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from appliance.certificate import wanted_names
from config import Settings
from services.certificates import Household, fingerprint
from services.errors import UsageError

SOON_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence and its level: ok, note or problem."""

    level: str
    text: str


def check(settings: Settings, addresses: Iterable[str] | None = None) -> Said:
    """Look at the certificate of `tls_listen`."""
    if not settings.tls_listen:
        return Said("note", "off; set tls_listen to have it, which Windows and everything from outside need")
    try:
        return _look(settings, addresses)
    except OSError as error:
        return Said("problem", f"{error.filename} cannot be read: {error.strerror}")


def _look(settings: Settings, addresses: Iterable[str] | None) -> Said:
    own = not settings.has_household_certificate
    path = Path(settings.tls_cert) if own else Household(settings.data).server
    if not own and not path.exists():
        return Said("note", "on, with the household's own certificate: made at the next start of “serve”")
    from services.certificates import reading  # its library is for this command, not for the server

    try:
        found = reading.describe(path)
    except UsageError as error:
        return Said("problem", str(error))
    kind = f"tls_cert (of {found.issuer})" if own else "the household's own certificate"
    listed = ", ".join(found.names) or "no name at all"
    text = f"{kind}, until {_day(found.ends)}, for {listed}"
    now = time.time()
    if not found.begins <= now < found.ends:
        return Said("problem", f"{text}; that is not now. Renew it, or put the clock right.")
    if own:
        wanted = [urlsplit(settings.public_url).hostname or ""] if settings.public_url else []
        good = [*wanted] or wanted_names(settings, addresses)
        missing = [name for name in good if not reading.covers(found.names, name)]
        is_missing = bool(missing) if wanted else len(missing) == len(good)
        if is_missing:
            return Said("note", f"{text}; devices that ask for {', '.join(missing)} are warned of it")
        if found.ends - now < SOON_S:
            return Said("note", f"{text}; it ends soon")
        return Said("ok", text)
    return _household(settings, found.names, text, addresses)


def _household(
    settings: Settings, names: tuple[str, ...], text: str, addresses: Iterable[str] | None
) -> Said:
    from services.certificates import reading  # as above

    household = Household(settings.data)
    authority = reading.describe(household.authority)
    text += f"; fingerprint of its authority {fingerprint(household.find_authority() or b'')}"
    if authority.begins > time.time():
        return Said(
            "problem", f"{text}; its authority begins on {_day(authority.begins)}. Put the clock right; if it is, "
            f"delete {household.folder} to have a new one made, and have every device trust that."
        )  # fmt: skip
    if authority.ends - time.time() < SOON_S:
        return Said(
            "problem", f"{text}; its authority ends on {_day(authority.ends)}. Delete "
            f"{household.folder} to have a new one made, and have every device trust that."
        )  # fmt: skip
    missing = [name for name in wanted_names(settings, addresses) if name not in names]
    if missing:
        return Said(
            "note", f"{text}; not for {', '.join(missing)}. A running “serve” renews it within a minute for names and "
            "addresses that its authority may vouch for; those are private addresses and the names of this machine "
            "when it was made."
        )  # fmt: skip
    return Said("ok", text)


def _day(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"
