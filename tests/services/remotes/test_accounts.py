"""Which account a remote belongs to, in one word."""

import pytest

from services.remotes.accounts import account_of, is_another, names_of

SFTP = {"host": "nas.example", "port": "22", "user": "anna", "pass": "one"}


def test_a_changed_password_is_the_same_account() -> None:
    assert account_of("sftp", SFTP) == account_of(
        "sftp", SFTP | {"pass": "two", "host_keys": "ssh-ed25519 A"}
    )


@pytest.mark.parametrize("changed", [{"host": "other.example"}, {"port": "23"}, {"user": "ben"}])
def test_another_place_or_person_is_another(changed: dict[str, str]) -> None:
    assert account_of("sftp", SFTP) != account_of("sftp", SFTP | changed)
    assert account_of("sftp", SFTP) != account_of("ftp", SFTP)


def test_a_shared_drive_is_apart_from_the_drive_of_who_signs_in() -> None:
    own = account_of("drive", {"client_id": "a"}, "anna")
    assert account_of("drive", {"client_id": "b", "team_drive": ""}, "anna") == own
    assert account_of("drive", {"team_drive": "0AB"}, "anna") != own


def test_what_the_provider_says_counts_alone() -> None:
    assert account_of("drive", {"client_id": "a"}, "0815") == account_of("drive", {"client_id": "b"}, "0815")
    assert account_of("drive", {}, "0815") != account_of("drive", {}, "0816")
    assert "0815" not in account_of("drive", {}, "0815")


@pytest.mark.parametrize(
    ("type", "before", "after", "another"),
    [
        ("webdav", {"url": "https://a/", "user": "anna"}, {"url": "https://b/", "user": "Anna"}, False),
        ("webdav", {"user": "anna"}, {"user": "ben"}, True),
        ("webdav", {"user": "anna", "pass": "x"}, {"bearer_token": "y"}, False),
        ("s3", {"access_key_id": "A"}, {"access_key_id": "B"}, False),
        ("azureblob", {"account": "annas"}, {"account": "bens"}, True),
        ("b2", {"account": "key 1"}, {"account": "key 2"}, False),
    ],
)
def test_another_account_is_one_of_another_name(
    type: str, before: dict[str, str], after: dict[str, str], another: bool
) -> None:
    """Keys have ids that change with them."""
    assert is_another(names_of(type, before), names_of(type, after)) is another
