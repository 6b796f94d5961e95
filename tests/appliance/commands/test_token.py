"""`hypomos token`."""

from tests.appliance.conftest import Hypomos


def test_a_token_is_shown_once_listed_and_ended(anna: Hypomos) -> None:
    made = anna("token", "create", "anna", "--label", "laptop", "--json").data
    assert made["secret"].startswith("hyp_app_")
    listed = anna("token", "list", "anna")
    assert made["id"] in listed.out
    assert made["secret"] not in listed.out
    assert anna("token", "revoke", made["id"]).code == 0
    assert "no tokens" in anna("token", "list", "anna").out


def test_scopes_are_chosen(anna: Hypomos) -> None:
    made = anna("token", "create", "anna", "--kind", "api", "--scope", "read", "--json").data
    assert made["scopes"] == ["read"]
    assert anna("token", "create", "anna", "--scope", "everything").code == 2
    assert anna("token", "create", "anna", "--kind", "app", "--scope", "admin").code == 1


def test_nobody_and_nothing(anna: Hypomos) -> None:
    assert "nobody" in anna("token", "create", "nobody").err
    assert anna("token", "revoke", "AAAA").code == 1
