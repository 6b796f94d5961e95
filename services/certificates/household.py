"""Where the household's certificates lie, and keeping them right.

In `tls/` of the data directory (0700): `household-ca.crt`, which people install on their devices, `household-ca.key`,
the one thing that can vouch for more names, and `server.pem`, the certificate we show with its key. Both keys are 0600
and encrypted under a key made from `secret.key`, so that a copy of the folder alone is of no use.

The signing happens in a child process of a second: the library for it would stay in the memory of a server for good.
"""

import fcntl
import hashlib
import json
import ssl
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.errors import HypomosError

FOLDER = "tls"
WITHIN_S = 60
RENEW_S = 60 * 86_400
"""How long before its end a certificate is renewed: an appliance may be off for a holiday."""
_ROOT = Path(__file__).resolve().parents[2]
_BOOT = """\
import sys
if sys.argv[1] not in sys.path:
    sys.path.insert(0, sys.argv[1])
from services.certificates.signing import main
main()
"""


class CertificateUnusable(HypomosError):
    """Raised when the household's certificate can be neither used nor made; says what to do."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The server's certificate as it is now; times in seconds since 1970.

    `left_out` are wanted names that the household's authority may not vouch for; `signed` says that this one was made
    just now.
    """

    names: tuple[str, ...]
    left_out: tuple[str, ...]
    begins: float
    ends: float
    signed: bool

    def is_due(self, moment: float) -> bool:
        """By the clock, also by one that was ahead when it was made."""
        return is_due(self.begins, self.ends, moment)


@dataclass(frozen=True, slots=True)
class Household:
    """The certificates of the appliance with the data directory `data`."""

    data: Path

    @property
    def folder(self) -> Path:
        """All of them, and the lock."""
        return self.data / FOLDER

    @property
    def authority(self) -> Path:
        """What devices are told to trust (PEM)."""
        return self.folder / "household-ca.crt"

    @property
    def authority_key(self) -> Path:
        """What signs with it, encrypted (PEM)."""
        return self.folder / "household-ca.key"

    @property
    def server(self) -> Path:
        """The certificate that we show, and its encrypted key, in one file (PEM): they change together."""
        return self.folder / "server.pem"

    def find_authority(self) -> bytes | None:
        """The authority's certificate (DER), None while there is none."""
        try:
            return ssl.PEM_cert_to_DER_cert(self.authority.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def keep(self, names: Iterable[str], password: str) -> Kept:
        """See to it that there is a certificate for these host names and addresses, for a good while yet.

        Raises CertificateUnusable. Several processes may call it at once.
        """
        told = json.dumps({"folder": str(self.folder), "names": list(names), "password": password})
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            with _alone(self.folder):
                answer = _sign(told)
        except (OSError, subprocess.TimeoutExpired) as error:
            why = error.strerror if isinstance(error, OSError) else "making it took too long"
            raise CertificateUnusable(
                f"The household's certificate in {self.folder} cannot be kept: {why}."
            ) from error
        if "problem" in answer:
            raise CertificateUnusable(answer["problem"])
        return Kept(tuple(answer["names"]), tuple(answer["left_out"]), answer["begins"], answer["ends"],
                    answer["signed"])  # fmt: skip


def is_due(begins: float, ends: float, moment: float) -> bool:
    """Whether a certificate of this time ends soon, or has not begun."""
    return ends - moment < RENEW_S or begins > moment


def fingerprint(der: bytes) -> str:
    """SHA-256 as systems show it: pairs of capitals with colons."""
    return hashlib.sha256(der).digest().hex(":").upper()


def _sign(told: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603  our own interpreter and program
        [sys.executable, "-I", "-c", _BOOT, str(_ROOT)],
        input=told.encode(), capture_output=True, timeout=WITHIN_S, check=False,
    )  # fmt: skip
    try:
        return dict(json.loads(done.stdout))
    except ValueError:
        last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        return {"problem": f"The household's certificate cannot be made: {last or done.returncode}."}


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One at a time: the lock is the kernel's and ends with its process."""
    with (folder / ".lock").open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
