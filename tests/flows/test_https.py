"""https on `tls_listen`, spoken to a real `serve`: pages, the cookie that only https gets, the network drive."""

import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from services import accounts, secrets
from services.accounts import OPERATOR
from services.certificates import Household as Certificates
from tests import tree
from tests.certificates import Certificate, make_certificate, with_password
from tests.processes import serving
from tests.serving import PASSWORD, opened

pytestmark = pytest.mark.needs("openssl")

NOTES = b"every byte of it, " * 40_000
WAIT_S = 60.0


@dataclass(frozen=True)
class Household:
    """Where it answers by http and by https, an app password of anna's, and whom to trust."""

    http: str
    https: str
    secret: str
    trust: ssl.SSLContext

    def client(self, address: str, auth: tuple[str, str] | None = None) -> httpx.Client:
        headers = {"Sec-Fetch-Site": "same-origin"}
        return httpx.Client(base_url=address, verify=self.trust, auth=auth, headers=headers, timeout=30)


def tls(certificate: Certificate) -> dict[str, str]:
    return {"HYPOMOS_TLS_LISTEN": "127.0.0.1:0", "HYPOMOS_TLS_CERT": str(certificate.cert),
            "HYPOMOS_TLS_KEY": str(certificate.key)}  # fmt: skip


@pytest.fixture(scope="module")
def household(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Household]:
    """anna with a folder, served by http and https; the drive by https alone."""
    folder = tmp_path_factory.mktemp("https")
    (folder / "files").mkdir()
    (folder / "files" / "notes.txt").write_bytes(NOTES)
    certificate = make_certificate(folder)
    with opened(folder / "data") as hypomos:
        accounts.add_person(OPERATOR, hypomos.passwords, "anna", password=PASSWORD, is_admin=True)
        owner = accounts.find_user("anna")
        hypomos.connecting.add_local(OPERATOR, "Files", str(folder / "files"), owner=owner)
        secret = accounts.create_token(accounts.viewer_for("anna"), "app").secret
    environ = tls(certificate) | {"HYPOMOS_DAV_PLAIN_HTTP": "never"}
    with serving(folder / "data", **environ) as at:
        trust = ssl.create_default_context(cafile=str(certificate.cert))
        yield Household(at.address, str(at.ready["https"]), secret, trust)


def test_the_sign_in_page_answers_by_https(household: Household) -> None:
    assert household.https.startswith("https://127.0.0.1:")
    with household.client(household.https) as browser:
        page = browser.get("/login")
    assert page.status_code == 200
    assert 'name="password"' in page.text


def test_only_https_gives_the_secure_cookie(household: Household) -> None:
    form = {"login": "anna", "password": PASSWORD}
    with household.client(household.https) as browser:
        answer = browser.post("/login", data=form, headers={"Origin": household.https})
        assert answer.status_code == 303
        name, *attributes = answer.headers["set-cookie"].split("; ")
        assert name.startswith("__Host-hyp=hyp_ses_")
        assert {a.lower() for a in attributes} >= {"secure", "httponly", "path=/"}
        assert not any(a.lower().startswith("domain") for a in attributes)
        assert browser.get("/storages").status_code == 200
        session = name.partition("=")[2]
    with household.client(household.http) as plain:
        given = plain.post("/login", data=form).headers["set-cookie"]
        assert given.startswith("hyp=")
        assert "secure" not in given.lower()
    with household.client(household.https) as stranger:
        assert stranger.get("/storages").status_code == 303
        stranger.cookies.set("__Host-hyp", session)
        assert stranger.get("/storages").status_code == 200


def test_the_drive_takes_an_app_password_by_https(household: Household) -> None:
    with household.client(household.https, ("anna", household.secret)) as drive:
        deadline = time.monotonic() + WAIT_S
        while drive.get("/dav/Storages/Files/notes.txt").status_code != 200:
            assert time.monotonic() < deadline, "the file does not appear"
            time.sleep(0.2)
        listed = drive.request("PROPFIND", "/dav/Storages/Files/", headers={"Depth": "1"})
        assert listed.status_code == 207
        assert "notes.txt" in listed.text
        assert drive.get("/dav/Storages/Files/notes.txt").content == NOTES
        part = drive.get("/dav/Storages/Files/notes.txt", headers={"Range": "bytes=100000-300000"})
        assert (part.status_code, part.content) == (206, NOTES[100_000:300_001])
    mistyped = household.secret[:-1] + ("1" if household.secret[-1] == "0" else "0")
    with household.client(household.https, ("anna", mistyped)) as wrong:
        assert wrong.get("/dav/").status_code == 401
    with household.client(household.http, ("anna", household.secret)) as plain:
        assert plain.request("PROPFIND", "/dav/", headers={"Depth": "0"}).status_code == 403


def test_who_speaks_neither_tls_nor_trusts_us_gets_nothing(household: Household) -> None:
    with pytest.raises(httpx.TransportError), household.client("http" + household.https[5:]) as plain:
        plain.get("/login")
    with pytest.raises(httpx.ConnectError, match="certificate"), httpx.Client(verify=True) as stranger:
        stranger.get(f"{household.https}/login")
    with household.client(household.https) as browser:  # and everybody else is still served
        assert browser.get("/login").status_code == 200


def test_the_household_s_own_certificate_is_shown_and_renewed_without_a_restart(tmp_path: Path) -> None:
    data = tmp_path / "data"
    environ = {"HYPOMOS_TLS_LISTEN": "127.0.0.1:0"}
    with serving(data, "--no-worker", **environ) as at:
        household = Certificates(data)
        trust = ssl.create_default_context(cafile=str(household.authority))
        trust.verify_flags |= ssl.VERIFY_X509_STRICT

        def shown() -> bytes:
            host, _, port = str(at.ready["https"]).removeprefix("https://").rpartition(":")
            plain = socket.create_connection((host, int(port)), timeout=30)
            with trust.wrap_socket(plain, server_hostname=host) as encrypted:
                return encrypted.getpeercert(binary_form=True) or b""

        before = shown()
        password = secrets.subkey(secrets.load_or_make(data, {}), "household certificate").hex()
        assert household.keep(["127.0.0.1", "later.local"], password).signed
        at.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + WAIT_S
        while shown() == before:
            assert time.monotonic() < deadline, "the old certificate stays"
            time.sleep(0.2)


@pytest.mark.parametrize("what", ["the key of another", "a locked key", "no certificate"])
def test_files_that_cannot_serve_are_one_clear_line(tmp_path: Path, what: str) -> None:
    mine, other = make_certificate(tmp_path, "mine"), make_certificate(tmp_path, "other")
    (tmp_path / "text").write_text("no certificate at all")
    given = {
        "the key of another": Certificate(mine.cert, other.key),
        "a locked key": with_password(mine, "a secret"),
        "no certificate": Certificate(tmp_path / "text", mine.key),
    }[what]
    command = [sys.executable, "-m", "appliance", "serve", "--no-worker", "--listen", "127.0.0.1:0"]
    environ = tls(given) | {"HYPOMOS_DATA": str(tmp_path / "data"), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(
        command, cwd=tree.ROOT, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=60,
    )  # fmt: skip
    assert done.returncode == 78, "another start would fail again"
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "tls_cert" in done.stderr
    assert "tls_key" in done.stderr
