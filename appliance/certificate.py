"""The certificate that https is served with: files somebody gives, or the household's own.

Both are looked at again each minute, and at SIGHUP, while `serve` runs: what was renewed counts from the next
connection on, without a restart.
"""

import contextlib
import logging
import os
import ssl
import time
from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol

from config import Settings
from services import secrets
from services.certificates import CertificateUnusable, Household
from services.errors import UsageError
from services.peers import is_address
from web.hosts import interface_addresses, names_of

LOOK_S = 60.0
AGAIN_S = 3600.0

log = logging.getLogger(__name__)


class Certificate(Protocol):
    """A certificate that a server shows."""

    def options(self) -> dict[str, Any]:
        """What uvicorn is told."""

    def look(self) -> bool:
        """Renew it if that is due, and say whether there is a new one to load. Takes a while; raises nothing."""

    def load(self, context: ssl.SSLContext) -> None:
        """Use the new one from the next connection on."""


class GivenCertificate:
    """`tls_cert` and `tls_key`: somebody else renews them."""

    def __init__(self, settings: Settings) -> None:
        self._cert, self._key = Path(settings.tls_cert), Path(settings.tls_key)
        for name, path in (("tls_cert", self._cert), ("tls_key", self._key)):
            if not path.is_file() or not os.access(path, os.R_OK):
                raise UsageError(
                    f"tls_listen with a certificate of your own needs {name}: “{path}” is no file that can be read.",
                    field=name,
                )
        try:
            self.load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        except ssl.SSLError as error:
            raise UsageError(
                "tls_cert and tls_key must be a certificate and its own key, as PEM files, the key without a "
                f"password ({error.reason or error}).",
                field="tls_cert",
            ) from error
        self._seen = _state(self._cert, self._key)

    def options(self) -> dict[str, Any]:
        """What uvicorn is told."""
        return {"ssl_certfile": str(self._cert), "ssl_keyfile": str(self._key)}

    def look(self) -> bool:
        """Whether other files lie there that go together; half of a renewal is passed over."""
        state = _state(self._cert, self._key)
        if state == self._seen:
            return False
        try:
            self.load(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER))
        except (OSError, ssl.SSLError) as error:
            log.warning("tls_cert and tls_key changed, and do not go together; the old ones stay: %s", error)
            return False
        self._seen = state
        return True

    def load(self, context: ssl.SSLContext) -> None:
        """Use what lies there; a key that asks for a password would ask at each start, where nobody sits."""
        context.load_cert_chain(self._cert, self._key, password="")


class HouseholdCertificate:
    """Our own, signed by the household's authority: made at the first start, renewed in time and for new names."""

    def __init__(self, settings: Settings, environ: Mapping[str, str]) -> None:
        self._settings = settings
        self._household = Household(settings.data)
        key = secrets.load_or_make(settings.data, environ)
        self._password = secrets.subkey(key, "household certificate").hex()
        self._asked = wanted_names(settings)
        self._not_before = 0.0
        try:
            self._kept = self._household.keep(self._asked, self._password)
        except CertificateUnusable as error:
            raise UsageError(str(error), field="tls_listen") from error
        self._seen = _state(self._household.server)

    def options(self) -> dict[str, Any]:
        """What uvicorn is told."""
        return {"ssl_certfile": str(self._household.server), "ssl_keyfile_password": self._password}

    def look(self) -> bool:
        """Renewed when it ends soon, or this machine has a name or address that it had not."""
        wanted = wanted_names(self._settings)
        is_due = not set(wanted) <= set(self._asked) or self._kept.is_due(time.time())
        if is_due and time.monotonic() >= self._not_before:
            try:
                self._kept, self._asked = self._household.keep(wanted, self._password), wanted
            except CertificateUnusable as error:
                self._not_before = time.monotonic() + AGAIN_S
                log.warning("the household's certificate could not be renewed: %s", error)
        before, self._seen = self._seen, _state(self._household.server)
        return self._seen != before

    def load(self, context: ssl.SSLContext) -> None:
        """Use what lies there."""
        context.load_cert_chain(self._household.server, password=self._password)


def certificate_of(settings: Settings, environ: Mapping[str, str]) -> Certificate | None:
    """The certificate for `tls_listen`, None when https is off.

    Raises UsageError when the given files cannot be read, or are no certificate with its key.
    """
    if settings.has_household_certificate:
        return HouseholdCertificate(settings, environ)
    return GivenCertificate(settings) if settings.tls_listen else None


def wanted_names(settings: Settings, addresses: Iterable[str] | None = None) -> list[str]:
    """Every name and address by which a device may ask for this machine; the shortest name of the host first.

    Link-local addresses are left out: they come and go with each container, and nobody types them.
    """
    names = sorted(
        names_of(settings), key=lambda name: (is_address(name), name.startswith("localhost"), len(name))
    )
    found = interface_addresses() if addresses is None else addresses
    return list(dict.fromkeys([*names, *sorted(a for a in found if not ip_address(a).is_link_local)]))


def _state(*paths: Path) -> list[tuple[int, int, int]]:
    """What changes when one of the files is another one."""
    found = []
    for path in paths:
        with contextlib.suppress(OSError):
            stat = path.stat()
            found.append((stat.st_ino, stat.st_mtime_ns, stat.st_size))
    return found
