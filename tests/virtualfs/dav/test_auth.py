"""App passwords, and where they may travel unencrypted."""

import base64

import pytest

from services import accounts
from services.accounts import create_token
from services.accounts.tokens import list_tokens, revoke_token
from services.peers import Peer, Plain, judge_peer
from services.viewers import Viewer
from tests.factories import Make
from tests.virtualfs.dav.drive import Drive, basic, make_drive
from tests.virtualfs.household import Home
from virtualfs.dav.auth import require_private, require_viewer
from virtualfs.dav.errors import Refused

LOOPBACK, HOUSE, WORLD = Peer("127.0.0.1"), Peer("192.168.1.5"), Peer("203.0.113.7")
SPOOFED = judge_peer("127.0.0.1", "http", {"x-forwarded-for": "127.0.0.1"}, ())
TUNNEL = Peer("203.0.113.7", https=True)


@pytest.mark.parametrize(
    ("peer", "allowed_by"),
    [
        (LOOPBACK, {"loopback", "lan"}),
        (HOUSE, {"lan"}),
        (WORLD, set()),
        (SPOOFED, set()),
        (TUNNEL, {"never", "loopback", "lan"}),
    ],
)
@pytest.mark.parametrize("setting", ["never", "loopback", "lan"])
def test_plain_http(peer: Peer, allowed_by: set[str], setting: Plain) -> None:
    if setting in allowed_by:
        require_private(peer, setting)
        return
    with pytest.raises(Refused, match="https") as refused:
        require_private(peer, setting)
    assert refused.value.status == 403


def fake(login: str, secret: str, ip: str) -> Viewer:
    return Viewer(1, login, f"{secret}@{ip}")


@pytest.mark.parametrize("text", ["anna:pass:word", "jürgen:geheim", "anna:", ":x"])
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_basic(text: str, scheme: str) -> None:
    login, _, secret = text.partition(":")
    header = f"{scheme} {base64.b64encode(text.encode()).decode()}"
    viewer = require_viewer({"authorization": header}, "10.0.0.1", fake)
    assert (viewer.login, viewer.display) == (login, f"{secret}@10.0.0.1")


def test_older_clients_send_latin_1() -> None:
    header = "Basic " + base64.b64encode("jürgen:x".encode("latin-1")).decode()
    assert require_viewer({"authorization": header}, "", fake).login == "jürgen"


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Digest username=x", "Bearer abc"]
)
def test_anything_else_is_asked_to_sign_in(header: str) -> None:
    with pytest.raises(Refused) as refused:
        require_viewer({"authorization": header}, "", fake)
    assert refused.value.status == 401
    assert refused.value.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_token_must_carry_the_scope() -> None:
    def authenticate(login: str, secret: str, ip: str) -> Viewer:
        return Viewer(1, login, "", scopes=frozenset({"read"}))

    with pytest.raises(Refused) as refused:
        require_viewer({"authorization": basic("a", "b")}, "", authenticate)
    assert refused.value.status == 403


class TestAtTheDoor:
    """The same through the application."""

    def test_wrong_is_401_and_right_is_not(self, drive: Drive) -> None:
        assert drive.ask("PROPFIND", "", Depth="0").status_code == 207
        for wrong in ("", "Basic eA==", basic("anna", "guess"), basic("ben", drive.secret)):
            answer = drive.ask("PROPFIND", "", Depth="0", Authorization=wrong)
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"].startswith("Basic ")

    def test_an_api_token_opens_nothing(self, drive: Drive) -> None:
        secret = create_token(drive.home.viewer, "api").secret
        assert drive.ask("PROPFIND", "", Depth="0", Authorization=basic("anna", secret)).status_code == 401

    def test_a_revoked_password_ends_at_once(self, drive: Drive) -> None:
        assert drive.ask("PROPFIND", "", Depth="0").status_code == 207
        (token,) = list_tokens(drive.home.viewer)
        revoke_token(drive.home.viewer, token.pid)
        assert drive.ask("PROPFIND", "", Depth="0").status_code == 401

    def test_cookies_count_for_nothing(self, drive: Drive) -> None:
        client = drive.client(Authorization="", Cookie="hyp=x; __Host-hyp=x")
        assert client.request("PROPFIND", "/dav/", headers={"Depth": "0"}).status_code == 401

    def test_a_forged_user_changes_nothing(self, drive: Drive, make: Make) -> None:
        make.user("ben")
        ben = drive.as_somebody("ben")
        drive.home.file("a.jpg")
        for name in ("Remote-User", "REMOTE_USER", "X-Remote-User", "Http-Remote-User"):
            client = drive.client(Authorization=basic("ben", ben.secret))
            for method in ("OPTIONS", "DELETE", "PROPPATCH", "GET", "PROPFIND"):
                answer = client.request(
                    method, "/dav/Storages/Photos/a.jpg", headers={"Depth": "0", name: "anna"}
                )
                assert answer.status_code == 404, (name, method)

    def test_the_setting_is_obeyed(self, home: Home) -> None:
        strict = make_drive(home, dav_plain_http="never")
        for peer, status in ((LOOPBACK, 403), (HOUSE, 403), (TUNNEL, 207)):
            assert (
                strict.client(peer).request("PROPFIND", "/dav/", headers={"Depth": "0"}).status_code == status
            )
        assert accounts.list_tokens(home.viewer)[0].last_ip == TUNNEL.ip, (
            "a refused password was not even looked at"
        )
