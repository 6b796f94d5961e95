"""What the household's authority signs, and what it cannot: asked of OpenSSL, in handshakes."""

import ssl
import time
from pathlib import Path

import pytest
from cryptography import x509

from services.certificates import Household
from services.certificates.household import RENEW_S
from services.certificates.reading import describe
from services.certificates.signing import EARLIER, SERVER_DAYS, _sign, keep, may_vouch
from tests.services.certificates.shaking import shake, trusting

NAMES = ["nas", "nas.local", "photos.example.org", "192.168.1.20", "fd00::2"]
PASSWORD = "0f" * 32
DAY_S = 86_400.0


@pytest.fixture
def household(tmp_path: Path) -> Household:
    (tmp_path / "tls").mkdir()
    return Household(tmp_path)


def shows(household: Household) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(household.server, password=PASSWORD)
    return context


def authority(household: Household) -> x509.Certificate:
    return x509.load_pem_x509_certificate(household.authority.read_bytes())


def test_who_trusts_the_authority_believes_each_name(household: Household) -> None:
    keep(household, NAMES, PASSWORD, time.time())
    client = trusting(household.authority.read_text())
    for name in NAMES:
        assert shake(shows(household), client, name)["issuer"]
    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        shake(shows(household), client, "nas.lan")


@pytest.mark.parametrize(
    "name", ["www.bank.example", "example.org", "evilphotos.example.org", "8.8.8.8", "2001:db8::1"]
)
def test_a_thief_of_the_key_cannot_pass_for_others(household: Household, name: str) -> None:
    keep(household, NAMES, PASSWORD, time.time())
    assert not may_vouch(authority(household), name)
    _sign(household, authority(household), [name], PASSWORD, time.time())  # what a thief would do
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake(shows(household), trusting(household.authority.read_text()), name)


def test_it_is_for_servers_alone_and_has_no_authority_below_it(household: Household) -> None:
    keep(household, NAMES, PASSWORD, time.time())
    found = authority(household).extensions
    basic = found.get_extension_for_class(x509.BasicConstraints)
    assert basic.critical
    assert (basic.value.ca, basic.value.path_length) == (True, 0)
    purposes = found.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert [p.dotted_string for p in purposes] == ["1.3.6.1.5.5.7.3.1"]
    assert found.get_extension_for_class(x509.NameConstraints).critical
    server = x509.load_pem_x509_certificate(household.server.read_bytes()).extensions
    assert not server.get_extension_for_class(x509.BasicConstraints).value.ca


def test_it_is_renewed_in_time_and_the_authority_stays(household: Household) -> None:
    made = time.time()
    keep(household, NAMES, PASSWORD, made)
    first, ours = household.server.read_bytes(), household.authority.read_bytes()
    ends = describe(household.server).ends
    assert ends - made <= 398 * DAY_S, "no platform takes longer ones"
    assert not keep(household, NAMES, PASSWORD, ends - RENEW_S - DAY_S)["signed"]
    assert household.server.read_bytes() == first
    again = keep(household, NAMES, PASSWORD, ends - RENEW_S + DAY_S)
    assert again["signed"]
    assert describe(household.server).ends > ends + 100 * DAY_S
    assert household.authority.read_bytes() == ours
    assert keep(household, NAMES, PASSWORD, made - 30 * DAY_S)["signed"], (
        "a clock that was ahead is put right"
    )
    assert household.authority.read_bytes() == ours


def test_a_clock_that_is_behind_accepts_it(household: Household) -> None:
    made = time.time()
    keep(household, NAMES, PASSWORD, made)
    assert describe(household.server).begins <= made - EARLIER.total_seconds() + 1
    assert describe(household.authority).ends > made + 9 * 365 * DAY_S
    assert SERVER_DAYS < 200


def test_a_clock_that_was_never_set_makes_no_authority_of_the_past(household: Household) -> None:
    keep(household, NAMES, PASSWORD, 3600.0)
    ours = household.authority.read_bytes()
    assert keep(household, NAMES, PASSWORD, time.time())["signed"], (
        "of 1970, until the clock is told the time"
    )
    assert household.authority.read_bytes() == ours
    assert shake(shows(household), trusting(household.authority.read_text()), "nas")
    assert describe(household.authority).ends > time.time() + 5 * 365 * DAY_S


@pytest.mark.parametrize("damage", [b"", b"damaged", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_damaged_certificate_is_made_anew_under_the_same_authority(
    household: Household, damage: bytes
) -> None:
    keep(household, NAMES, PASSWORD, time.time())
    ours = household.authority.read_bytes()
    household.server.write_bytes(damage)
    assert keep(household, NAMES, PASSWORD, time.time())["signed"]
    assert household.authority.read_bytes() == ours
    household.server.write_bytes(damage)
    with pytest.raises(ValueError, match=r"."):
        keep(household, NAMES, "another secret", time.time())


def test_half_an_authority_is_begun_anew(household: Household) -> None:
    household.authority_key.write_text("what a crash left")
    assert keep(household, NAMES, PASSWORD, time.time())["signed"]
    assert shake(shows(household), trusting(household.authority.read_text()), "nas")
