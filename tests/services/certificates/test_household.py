"""The household's certificate as a server has it: made once, kept, refused when its key is lost."""

import ssl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from services.certificates import CertificateUnusable, Household, fingerprint, household
from services.certificates.household import RENEW_S, Kept

NAMES = ["nas", "nas.local", "192.168.1.20"]
PASSWORD = "0f" * 32


def test_it_is_made_once_by_whoever_comes_first_and_only_we_read_it(tmp_path: Path) -> None:
    ours = Household(tmp_path)
    assert ours.find_authority() is None
    with ThreadPoolExecutor(3) as threads:
        kept = list(threads.map(lambda _: ours.keep(NAMES, PASSWORD), range(3)))
    assert [k.signed for k in kept].count(True) == 1
    assert {k.names for k in kept} == {tuple(NAMES)}
    assert ours.find_authority() is not None
    assert stat.S_IMODE(ours.folder.stat().st_mode) == 0o700
    for path in (ours.authority_key, ours.server):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert "ENCRYPTED PRIVATE KEY" in path.read_text()
        assert "BEGIN PRIVATE KEY" not in path.read_text()


def test_a_new_name_is_signed_for_by_the_same_authority(tmp_path: Path) -> None:
    ours = Household(tmp_path)
    ours.keep(NAMES, PASSWORD)
    before = ours.find_authority(), ours.server.read_bytes()
    assert not ours.keep(NAMES[:2], PASSWORD).signed, "one that is not asked for does no harm"
    assert ours.server.read_bytes() == before[1]
    kept = ours.keep([*NAMES, "192.168.1.21"], PASSWORD)
    assert kept.signed
    assert "192.168.1.21" in kept.names
    assert ours.find_authority() == before[0]


def test_what_the_authority_may_not_vouch_for_is_left_out(tmp_path: Path) -> None:
    ours = Household(tmp_path)
    ours.keep(NAMES, PASSWORD)
    kept = ours.keep(
        [*NAMES, "www.bank.example", "8.8.8.8", "fe80::1%eth0", "not a name\u2028" * 40], PASSWORD
    )
    assert kept.left_out == ("www.bank.example", "8.8.8.8")
    assert kept.names == (*NAMES, "fe80::1")


def test_another_secret_key_opens_nothing_and_spoils_nothing(tmp_path: Path) -> None:
    ours = Household(tmp_path)
    ours.keep(NAMES, PASSWORD)
    before = {p: p.read_bytes() for p in ours.folder.iterdir()}
    with pytest.raises(CertificateUnusable, match="trust anew"):
        ours.keep(NAMES, "another")
    assert {p: p.read_bytes() for p in ours.folder.iterdir()} == before
    with pytest.raises(ssl.SSLError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(ours.server, password="another")


def test_without_the_authority_s_key_it_is_shown_until_it_is_due(tmp_path: Path) -> None:
    ours = Household(tmp_path)
    ours.keep(NAMES, PASSWORD)
    ours.authority_key.unlink()
    assert not ours.keep(NAMES, PASSWORD).signed
    with pytest.raises(CertificateUnusable, match=r"household-ca\.key"):
        ours.keep([*NAMES, "192.168.1.21"], PASSWORD)


def test_a_machine_that_cannot_make_one_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CertificateUnusable, match="cannot be kept: Not a directory"):
        Household(tmp_path / "file").keep(NAMES, PASSWORD)
    monkeypatch.setattr(household, "WITHIN_S", 0.001)
    with pytest.raises(CertificateUnusable, match="took too long"):
        Household(tmp_path).keep(NAMES, PASSWORD)
    monkeypatch.undo()
    monkeypatch.setattr(household, "_BOOT", "raise SystemExit('no such library')")
    with pytest.raises(CertificateUnusable, match="cannot be made: no such library"):
        Household(tmp_path).keep(NAMES, PASSWORD)


def test_when_it_is_due() -> None:
    kept = Kept((), (), begins=0.0, ends=10.0 * RENEW_S, signed=False)
    assert not kept.is_due(8.9 * RENEW_S)
    assert kept.is_due(9.1 * RENEW_S)
    assert kept.is_due(11.0 * RENEW_S)
    assert kept.is_due(-1.0), "it was made by a clock that was ahead"


def test_a_fingerprint_is_written_as_systems_show_it() -> None:
    shown = fingerprint(b"a certificate")
    assert len(shown) == 95
    assert shown[2] == ":"
    assert shown == shown.upper()
