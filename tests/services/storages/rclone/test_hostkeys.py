"""Keys of SFTP servers: read from what people paste, pinned at first use, checked by the real rclone."""

import base64
from pathlib import Path

import pytest

from services.errors import UsageError
from services.storages.rclone.hostkeys import FIRST_USE, fingerprints, offered_key, parse_host_keys, pinned
from tests import rclone_running
from tests.rclone_running import PASSWORD, USER

BLOB = "AAAAC3NzaC1lZDI1NTE5AAAAIGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE"
KEY = f"ssh-ed25519 {BLOB}"
CERTIFICATE = base64.b64encode(b"\x00\x00\x00\x20ssh-ed25519-cert-v01@openssh.com" + bytes(40)).decode()


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"nas.lan {KEY}",
        f"[nas.lan]:2222 {KEY} a comment",
        f"# nas.lan:22 SSH-2.0-OpenSSH\n{KEY}\r\n\n{KEY}",
        f"|1|aa=|bb= {KEY}",
        f"{KEY},{KEY}",
    ],
)
def test_a_key_is_read_from_what_people_have(text: str) -> None:
    assert parse_host_keys(text) == KEY


def test_several_keys_stay() -> None:
    rsa = "ssh-rsa " + base64.b64encode(b"\x00\x00\x00\x07ssh-rsa" + bytes(16)).decode()
    assert parse_host_keys(f"{KEY}\n{rsa}") == f"{KEY},{rsa}"
    assert parse_host_keys(" \n") == ""


@pytest.mark.parametrize(
    "text",
    [
        BLOB,
        "ssh-ed25519",
        "ssh-ed25519 !!!",
        f"ssh-rsa {BLOB}",
        f"ssh-ed25519-cert-v01@openssh.com {CERTIFICATE}",
        f"@cert-authority * {KEY}",
        f"nas.lan more {KEY}",
        "ssh-ed25519 AAAA",
        "SHA256:ubxEl41fJDnUoEPKSZE0y6R0ZjjAQf/wV5vZgeBV8qk",
    ],
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_host_keys(text)
    assert caught.value.field == "host_keys"


def test_more_keys_than_rclone_pins_are_refused() -> None:
    keys = [base64.b64encode(b"\x00\x00\x00\x0bssh-ed25519" + bytes([n]) * 36).decode() for n in range(17)]
    with pytest.raises(UsageError, match="16"):
        parse_host_keys("\n".join(f"ssh-ed25519 {key}" for key in keys))


def test_a_fingerprint_is_the_one_people_compare() -> None:
    assert fingerprints(KEY) == [("ssh-ed25519", "SHA256:ubxEl41fJDnUoEPKSZE0y6R0ZjjAQf/wV5vZgeBV8qk")]
    assert fingerprints("") == []


def test_before_the_first_sign_in_there_is_nothing_to_pin() -> None:
    with pytest.raises(UsageError):
        pinned({"pin_host_key": "true"})
    assert pinned({"pin_host_key": "true", "host_keys": KEY}) == {"pin_host_key": "false", "host_keys": KEY}


def test_rclone_takes_the_first_key_and_then_no_other(tmp_path: Path) -> None:
    """The whole life of a key: taken at the first sign-in, kept, and a false server found out."""
    configuration = tmp_path / "rclone.conf"
    secret = rclone_running.obscured(PASSWORD)

    def lists(**options: str) -> tuple[bool, str]:
        section = {"type": "sftp", "host": "127.0.0.1", "port": str(port), "user": USER, "pass": secret,
                   "shell_type": "none", **options}  # fmt: skip
        configuration.write_text("[x]\n" + "".join(f"{key} = {value}\n" for key, value in section.items()))
        done = rclone_running.run("lsf", "x:", remote={}, environment={"RCLONE_CONFIG": str(configuration)})
        return done.returncode == 0, done.stderr

    owners = tmp_path / "owners"
    owners.mkdir()
    with rclone_running.serving("sftp", owners) as port:
        assert lists(**FIRST_USE)[0]
        written = dict(
            line.split(" = ", 1) for line in configuration.read_text().splitlines() if " = " in line
        )
        kept = pinned(written)
        assert lists(**kept)[0]
        ok, said = lists(host_keys=KEY)
        assert not ok
        kind, fingerprint = offered_key(said) or ("", "")
        assert kind == "ssh-ed25519"
        assert fingerprint.startswith("SHA256:")
        assert "fingerprint" in said


def test_other_errors_offer_no_key() -> None:
    assert offered_key("ssh: handshake failed: unable to authenticate") is None
