"""Which account a remote belongs to, in one word."""

import pytest

from services.remotes.accounts import account_of

SFTP = {"host": "nas.example", "port": "22", "user": "anna", "pass": "one"}


def test_a_changed_password_is_the_same_account() -> None:
    assert account_of("sftp", SFTP) == account_of(
        "sftp", SFTP | {"pass": "two", "host_keys": "ssh-ed25519 A"}
    )


@pytest.mark.parametrize("changed", [{"host": "other.example"}, {"port": "23"}, {"user": "ben"}])
def test_another_place_or_person_is_another(changed: dict[str, str]) -> None:
    assert account_of("sftp", SFTP) != account_of("sftp", SFTP | changed)
    assert account_of("sftp", SFTP) != account_of("ftp", SFTP)


def test_what_the_provider_says_counts_alone() -> None:
    assert account_of("drive", {"client_id": "a"}, "0815") == account_of("drive", {"client_id": "b"}, "0815")
    assert account_of("drive", {}, "0815") != account_of("drive", {}, "0816")
    assert "0815" not in account_of("drive", {}, "0815")
