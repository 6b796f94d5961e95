"""`hypomos user`."""

from services import accounts
from services.models import User
from tests.appliance.conftest import PASSWORD, Hypomos


def test_people_are_added_listed_shut_out_and_let_in(anna: Hypomos) -> None:
    assert (
        anna(
            "user", "add", "kim", "--role", "child", "--display", "Kim", "--password-stdin", stdin=PASSWORD
        ).code
        == 0
    )
    rows = {r["login"]: r for r in anna("user", "list", "--json").data}
    assert (rows["anna"]["role"], rows["kim"]["role"], rows["kim"]["display"]) == (
        "administrator",
        "child",
        "Kim",
    )
    assert User.get(User.login == "kim").zone == accounts.home_zone()
    assert anna("user", "disable", "KIM").code == 0
    assert not {r["login"]: r for r in anna("user", "list", "--json").data}["kim"]["active"]
    assert anna("user", "enable", "kim").code == 0


def test_somebody_elsewhere_has_another_zone(anna: Hypomos) -> None:
    words = ("user", "add", "kim", "--zone", "Pacific/Auckland", "--password-stdin")
    assert anna(*words, stdin=PASSWORD).code == 0
    assert User.get(User.login == "kim").zone == "Pacific/Auckland"


def test_a_new_password_is_set_also_for_the_only_administrator(anna: Hypomos) -> None:
    words = ("user", "password", "ANNA", "--password-stdin")
    before = User.get(User.login == "anna").cred_version
    assert anna(*words, stdin="another odd saucepan").code == 0
    assert User.get(User.login == "anna").cred_version > before


def test_what_goes_wrong_is_one_clear_line(anna: Hypomos) -> None:
    for words, stdin, part in (
        (("user", "add", "anna", "--password-stdin"), PASSWORD, "taken"),
        (("user", "add", "ben", "--password-stdin"), "short", "characters"),
        (("user", "add", "a b", "--password-stdin"), PASSWORD, "letters"),
        (("user", "add", "ben"), "", "--password-stdin"),
        (("user", "add", "ben", "--zone", "Berlin", "--password-stdin"), PASSWORD, "Europe/Berlin"),
        (("user", "password", "anna", "--password-stdin"), "short", "characters"),
        (("user", "password", "nobody", "--password-stdin"), PASSWORD, "nobody"),
        (("user", "disable", "nobody"), "", "nobody"),
        (("user", "disable", "anna"), "", "last"),
    ):
        said = anna(*words, stdin=stdin)
        assert said.code == 1, words
        assert len(said.err.strip().splitlines()) == 1
        assert part in said.err


def test_wrong_usage_is_2(hypomos: Hypomos) -> None:
    assert hypomos("user").code == 2
    assert hypomos("user", "add").code == 2
    assert hypomos("nonsense").code == 2
