import pytest

from services.accounts.scopes import SCOPES, checked, grantable, usual
from services.errors import UsageError


def test_every_scope_belongs_to_one_kind_and_has_words_for_people() -> None:
    app = grantable("app", role="adult", is_admin=True)
    api = grantable("api", role="adult", is_admin=True)
    assert not app & api
    assert app | api == set(SCOPES)
    assert all(SCOPES.values())


def test_only_administrators_give_admin() -> None:
    assert grantable("api", role="adult", is_admin=False) == {"read", "write", "credentials"}


def test_a_child_gives_nothing_that_acts_alone() -> None:
    assert grantable("api", role="child", is_admin=False) == {"read"}
    assert grantable("app", role="child", is_admin=False) == {"webdav:read", "webdav:write"}


def test_the_usual_ones_are_for_everyday_work() -> None:
    assert usual("api", role="adult") == {"read", "write"}
    assert usual("api", role="child") == {"read"}
    assert usual("app", role="adult") == {"webdav:read", "webdav:write"}


def test_writing_includes_reading() -> None:
    allowed = grantable("api", role="adult", is_admin=False)
    assert checked("api", ["write"], allowed=allowed) == {"read", "write"}


@pytest.mark.parametrize(
    ("kind", "wanted", "field", "words"),
    [
        ("nfc", ["read"], "kind", "no kind"),
        ("api", ["fly"], "scopes", "no scope “fly”"),
        ("api", ["webdav:read"], "scopes", "no scope"),
        ("api", ["admin"], "scopes", "more than may be given"),
        ("api", [], "scopes", "at least one"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(
    kind: str, wanted: list[str], field: str, words: str
) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        checked(kind, wanted, allowed=grantable("api", role="adult", is_admin=False))
    assert refusal.value.field == field
