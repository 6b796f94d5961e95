"""Making and renewing the household's certificates: what the child process of `household` does.

The authority is made once and lasts ten years: each new one would have to be trusted anew on every device. It is
constrained to the names of this household and to private addresses (RFC 5280 section 4.2.1.10), to certificates of
servers, and to no authority below it: who steals it cannot pass for a bank.

The server's certificate is short-lived, since renewing costs nobody anything. 180 days are below every limit: Apple
accepts 825 days from an authority that a person installed (support.apple.com/103769), public ones may give 200.
"""

import json
import sys
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from services.certificates.household import Household, is_due
from services.certificates.reading import Described, describe
from services.errors import UsageError
from services.peers import is_address
from services.secrets import replace_private

AUTHORITY_DAYS = 3652
SERVER_DAYS = 180
EARLIER = timedelta(days=1)
"""A device whose clock is behind accepts it all the same."""
SINCE = datetime(2026, 1, 1, tzinfo=UTC).timestamp()
"""Nobody had this program before: a clock that says so was not set yet, as of small machines at their first start. An
authority of 1970 would have ended long before the first device is told to trust it."""
MOST_NAMES = 100
HOME_SUFFIXES = ("local", "localhost", "home.arpa", "internal", "lan")
"""Endings that nobody on the internet has: mDNS, RFC 6761, RFC 8375, ICANN's private one, and what routers use."""
HOME_NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "100.64.0.0/10", "127.0.0.0/8"),
        *("fc00::/7", "fe80::/10", "::1/128"),
    )
)

Key = ec.EllipticCurvePrivateKey


def main() -> None:
    """Do what standard input says (JSON), and answer on standard output."""
    told = json.load(sys.stdin)
    try:
        answer = keep(Household(Path(told["folder"]).parent), told["names"], told["password"], time.time())
    except OSError as error:
        answer = {
            "problem": f"The household's certificate cannot be renewed: {error.strerror} ({error.filename})."
        }
    except (ValueError, TypeError):  # what cryptography says of a key that does not open
        folder = told["folder"]
        answer = {
            "problem": f"The household's certificate in {folder} cannot be read with this secret key. Restore both "
            "together; or delete that folder to have a new one made, which every device must be told to trust anew."
        }
    json.dump(answer, sys.stdout)


def keep(household: Household, wanted: Iterable[str], password: str, moment: float) -> dict[str, object]:
    """Make what is missing, renew what is due, and say how things are."""
    names = list(dict.fromkeys(filter(None, map(_plain, wanted))))[:MOST_NAMES]
    if not household.authority.exists():  # written last: it is what counts
        _make_authority(household, names, password, max(moment, SINCE))
    authority = x509.load_pem_x509_certificate(household.authority.read_bytes())
    permitted = [name for name in names if may_vouch(authority, name)]
    before = _usable(household, password)
    fits = before is not None and set(permitted) <= set(before.names)
    signs = before is None or not fits or is_due(before.begins, before.ends, moment)
    if signs:
        _sign(household, authority, permitted, password, moment)
    found = describe(household.server)
    return {
        "names": found.names,
        "left_out": [name for name in names if name not in permitted],
        "begins": found.begins,
        "ends": found.ends,
        "signed": signs,
    }


def may_vouch(authority: x509.Certificate, name: str) -> bool:
    """Whether the authority's constraints let it sign for this host name or address."""
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    if is_address(name):
        networks = [s.value for s in permitted or () if isinstance(s, x509.IPAddress)]
        return any(ip_address(name) in network for network in networks)  # type: ignore[operator]  # none is an address
    return any(f".{name}".endswith(f".{s.value}") for s in permitted or () if isinstance(s, x509.DNSName))


def _make_authority(household: Household, names: list[str], password: str, moment: float) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    hosts = [name for name in names if not is_address(name)]
    endings = [*HOME_SUFFIXES, *(h for h in hosts if h.rpartition(".")[2] not in HOME_SUFFIXES)]
    subtrees = [*map(x509.DNSName, dict.fromkeys(endings)), *map(x509.IPAddress, HOME_NETWORKS)]
    made = datetime.fromtimestamp(moment, UTC)
    # the host and the month tell apart what a list of authorities shows
    subject = _name(f"Hypomos household authority ({_host(names)}, {made:%Y-%m})")
    usage = x509.KeyUsage(
        digital_signature=False, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(subject, subject, key, moment, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.NameConstraints(subtrees, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    replace_private(household.authority_key, _private(key, password))
    replace_private(household.authority, certificate.public_bytes(serialization.Encoding.PEM))


def _sign(
    household: Household, authority: x509.Certificate, names: list[str], password: str, moment: float
) -> None:
    signer = serialization.load_pem_private_key(household.authority_key.read_bytes(), password.encode())
    if not isinstance(signer, ec.EllipticCurvePrivateKey) or signer.public_key() != authority.public_key():
        raise ValueError("the key of another authority")
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    certificate = (
        _begun(_name(f"Hypomos ({_host(names)})"), authority.subject, key, moment, SERVER_DAYS)
        .add_extension(x509.SubjectAlternativeName([_general(name) for name in names]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    replace_private(household.server, pem + _private(key, password))


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, moment: float, days: int
) -> x509.CertificateBuilder:
    begins = datetime.fromtimestamp(moment, UTC) - EARLIER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=days))
    )


def _usable(household: Household, password: str) -> Described | None:
    """The server's certificate; None when there is none, or one that does not open, which costs nothing to replace.

    When that is because of another secret key, the authority's does not open either.
    """
    if not household.server.exists():
        return None
    try:
        serialization.load_pem_private_key(household.server.read_bytes(), password.encode())
        return describe(household.server)
    except (ValueError, TypeError, UsageError):
        return None


def _private(key: Key, password: str) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password.encode()),
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _host(names: list[str]) -> str:
    """What the machine is called, for people."""
    return next((name for name in names if not is_address(name)), "this machine")[:24]


def _general(name: str) -> x509.GeneralName:
    return x509.IPAddress(ip_address(name)) if is_address(name) else x509.DNSName(name)


def _plain(name: str) -> str:
    """An address as everybody writes it; a name in lower case as DNS has it, empty when it cannot be one."""
    bare = name.partition("%")[0]
    if is_address(bare):
        return str(ip_address(bare))
    try:
        return name.lower().rstrip(".").encode("idna").decode()
    except UnicodeError:
        return ""
