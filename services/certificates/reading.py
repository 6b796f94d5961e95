"""What a certificate says of itself: for `doctor`, and for deciding whether it is due.

Needs `cryptography`; a server does not import it.
"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from services.errors import UsageError


@dataclass(frozen=True, slots=True)
class Described:
    """The first certificate of a file; times in seconds since 1970."""

    names: tuple[str, ...]
    begins: float
    ends: float
    issuer: str


def describe(path: Path) -> Described:
    """Read a PEM file; raises UsageError when it holds no certificate."""
    try:
        found = x509.load_pem_x509_certificates(path.read_bytes())[0]
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        listed = (*names.get_values_for_type(x509.DNSName),
                  *map(str, names.get_values_for_type(x509.IPAddress)))  # fmt: skip
    except x509.ExtensionNotFound:
        listed = ()
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} holds no certificate that can be read.") from error
    return Described(
        listed, found.not_valid_before_utc.timestamp(), found.not_valid_after_utc.timestamp(),
        found.issuer.rfc4514_string(),
    )  # fmt: skip


def covers(names: tuple[str, ...], host: str) -> bool:
    """Whether a certificate with these names is good for this host: itself, or a star for its first part."""
    wanted = host.lower()
    star = f"*.{wanted.partition('.')[2]}"
    return any(name.lower() in {wanted, star} for name in names)
