"""The certificate of https: given or the household's own, renewed while it is shown."""

import os
import shutil
import ssl
from pathlib import Path

import pytest

from appliance import certificate
from appliance.certificate import GivenCertificate, HouseholdCertificate, certificate_of, wanted_names
from config import Settings, load
from services.certificates import Household
from services.errors import UsageError
from tests.certificates import make_certificate
from tests.services.certificates.shaking import shake, trusting


def settings_of(folder: Path, **more: str) -> Settings:
    environ = {"HYPOMOS_TLS_LISTEN": "127.0.0.1:0"} | {f"HYPOMOS_{k.upper()}": v for k, v in more.items()}
    return load(folder, environ)


def server_with(shown: certificate.Certificate) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load(context)
    return context


@pytest.mark.needs("openssl")
@pytest.mark.parametrize("missing", ["tls_cert", "tls_key"])
def test_files_of_ones_own_have_to_be_readable(tmp_path: Path, missing: str) -> None:
    made = make_certificate(tmp_path)
    given = {"tls_cert": str(made.cert), "tls_key": str(made.key)}
    assert isinstance(certificate_of(settings_of(tmp_path, **given), {}), GivenCertificate)
    for wrong in (str(tmp_path / "nothing"), ""):
        with pytest.raises(UsageError, match=missing) as caught:
            certificate_of(settings_of(tmp_path, **(given | {missing: wrong})), {})
        assert caught.value.field == missing
    assert certificate_of(load(tmp_path, {}), {}) is None  # off: nothing is asked
    assert not (tmp_path / "tls").exists()


@pytest.mark.needs("openssl")
def test_a_renewed_file_is_shown_by_the_same_server(tmp_path: Path) -> None:
    made, other = make_certificate(tmp_path), make_certificate(tmp_path, "other")
    shown = certificate_of(settings_of(tmp_path, tls_cert=str(made.cert), tls_key=str(made.key)), {})
    assert shown is not None
    context = server_with(shown)
    before, after = made.cert.read_text(), other.cert.read_text()
    assert shake(context, trusting(before), "localhost")
    assert not shown.look()
    shutil.copy(other.cert, made.cert)  # half of a renewal
    assert not shown.look()
    assert shake(context, trusting(before), "localhost")
    shutil.copy(other.key, made.key)
    assert shown.look()
    assert not shown.look()
    shown.load(context)
    assert shake(context, trusting(after), "localhost")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(context, trusting(before), "localhost")


def test_without_files_the_household_has_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = ["192.168.1.20"]
    monkeypatch.setattr(certificate, "interface_addresses", lambda: here)
    shown = certificate_of(settings_of(tmp_path), {})
    assert isinstance(shown, HouseholdCertificate)
    context = server_with(shown)
    client = trusting(Household(tmp_path).authority.read_text())
    assert shake(context, client, "192.168.1.20")
    assert not shown.look(), "nothing is new"
    here[:] = ["10.0.0.7"]  # the router gave another address
    assert shown.look()
    assert not shown.look()
    shown.load(context)
    assert shake(context, client, "10.0.0.7")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake(context, client, "192.168.1.20")


def test_another_start_shows_the_same_one(tmp_path: Path) -> None:
    certificate_of(settings_of(tmp_path), {})
    before = Household(tmp_path).server.read_bytes()
    certificate_of(settings_of(tmp_path), {})
    assert Household(tmp_path).server.read_bytes() == before
    (tmp_path / "another").write_text("k" * 64)
    with pytest.raises(UsageError, match="secret key"):
        certificate_of(settings_of(tmp_path), os.environ | {"HYPOMOS_SECRET_FILE": str(tmp_path / "another")})


def test_the_names_that_are_wanted(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, public_url="https://photos.example.org", hosts_allowed="nas.home.arpa")
    names = wanted_names(settings, ["192.168.1.20", "fe80::1", "169.254.3.4", "fd00::2", "192.168.1.20"])
    assert {"photos.example.org", "nas.home.arpa", "localhost", "hypomos.local", "127.0.0.1", "::1"} <= set(
        names
    )
    assert {"192.168.1.20", "fd00::2"} <= set(names)
    assert not {"fe80::1", "169.254.3.4"} & set(names)
    assert len(names) == len(set(names))
