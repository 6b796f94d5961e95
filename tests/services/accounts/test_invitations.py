import pytest

from services import access
from services.accounts import (
    OPERATOR,
    Authenticator,
    change_role,
    create_token,
    disable_person,
    get_invitation,
    invite,
    list_invitations,
    redeem_invitation,
    revoke_invitation,
    viewer_for,
)
from services.accounts.minting import digest, kind_of, mint
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Audit, Invitation, User, database
from services.revocations import Journal
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall

pytestmark = pytest.mark.db


def test_an_invited_person_makes_their_own_account_and_is_signed_in(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    written = invite(viewer_for("anna"), role="child", note="Kim")
    assert kind_of(written.secret) == "inv"
    assert Invitation.get().secret == digest(written.secret)
    assert list_invitations(viewer_for("anna")) == [written.info]
    shown = get_invitation(written.secret)
    assert (shown.by, shown.role, shown.note) == ("anna", "child", "Kim")
    signed_in = redeem_invitation(
        household.passwords, written.secret, "kim", password=PASSWORD, display="Kim", ip=HERE
    )
    assert access.holds(signed_in.viewer)
    kim = household.user("kim")
    assert (kim.role, kim.is_admin, kim.display) == ("child", False, "Kim")
    assert Invitation.get().used_by_id == kim.id
    assert household.sign_in("kim").viewer.user_id == kim.id
    told = [
        (e.action, e.actor_id, e.subject_id) for e in Audit.select().where(Audit.object == written.info.pid)
    ]
    assert told == [("invited", anna.id, anna.id), ("invitation_redeemed", kim.id, anna.id)]


def test_it_is_good_for_one_person(household: Household) -> None:
    secret = invite(OPERATOR).secret
    redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)
    with pytest.raises(NotFound, match="used, has expired or was revoked"):
        redeem_invitation(household.passwords, secret, "lee", password=PASSWORD, ip=HERE)
    with pytest.raises(NotFound):
        get_invitation(secret)
    assert list_invitations(OPERATOR) == []
    assert User.select().count() == 1


def test_two_at_the_same_time_make_one_account(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = invite(OPERATOR).secret
    real = type(household.passwords).hash

    def overtaken(self: object, password: str) -> str:
        monkeypatch.undo()
        redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)
        return real(household.passwords, password)

    monkeypatch.setattr(type(household.passwords), "hash", overtaken)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, secret, "lee", password=PASSWORD, ip=HERE)
    assert [u.login for u in User.select()] == ["kim"]


@pytest.mark.parametrize(
    "secret",
    ["", "nonsense", mint("inv"), mint("app"), "\ud800"],
    ids=["empty", "nonsense", "unknown", "app", "surrogate"],
)
def test_nothing_else_is_an_invitation(household: Household, secret: str) -> None:
    invite(OPERATOR)
    with pytest.raises(NotFound):
        get_invitation(secret)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)


def test_it_expires_after_seven_days(household: Household, wall: Wall) -> None:
    secret = invite(OPERATOR).secret
    wall.move(days=6, hours=23)
    get_invitation(secret)
    wall.move(hours=1)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)
    assert list_invitations(OPERATOR) == []


def test_a_mistake_does_not_use_it_up(household: Household) -> None:
    household.add("anna")
    secret = invite(OPERATOR).secret
    for login, password, error in (
        ("anna", PASSWORD, Conflict),
        ("a b", PASSWORD, UsageError),
        ("kim", "x", UsageError),
    ):
        with pytest.raises(error):
            redeem_invitation(household.passwords, secret, login, password=password, ip=HERE)
    redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)


def test_it_can_be_revoked_until_it_is_used(household: Household) -> None:
    one, two = invite(OPERATOR), invite(OPERATOR)
    revoke_invitation(OPERATOR, one.info.pid)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, one.secret, "kim", password=PASSWORD, ip=HERE)
    redeem_invitation(household.passwords, two.secret, "kim", password=PASSWORD, ip=HERE)
    for pid in (one.info.pid, two.info.pid, "nothing"):
        with pytest.raises(NotFound):
            revoke_invitation(OPERATOR, pid)


@pytest.mark.parametrize("how", ["disabled", "demoted"])
def test_it_falls_with_the_rights_of_its_writer(household: Household, how: str) -> None:
    anna = household.add("anna", is_admin=True)
    household.add("ben", is_admin=True)
    secret = invite(viewer_for("anna"), is_admin=True).secret
    if how == "disabled":
        disable_person(viewer_for("ben"), anna.pid)
    else:
        change_role(viewer_for("ben"), anna.pid, role="adult", is_admin=False)
    with pytest.raises(NotFound):
        get_invitation(secret)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)
    assert list_invitations(viewer_for("ben")) == []


def test_it_falls_also_while_the_password_is_hashed(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna = household.add("anna", is_admin=True)
    household.add("ben", is_admin=True)
    secret = invite(viewer_for("anna")).secret
    real = type(household.passwords).hash

    def meanwhile(self: object, password: str) -> str:
        disable_person(viewer_for("ben"), anna.pid)
        return real(household.passwords, password)

    monkeypatch.setattr(type(household.passwords), "hash", meanwhile)
    with pytest.raises(NotFound):
        redeem_invitation(household.passwords, secret, "kim", password=PASSWORD, ip=HERE)
    assert Invitation.get().used_at is None


def test_administrators_invite_and_tokens_invite_no_administrators(household: Household) -> None:
    household.add("anna", is_admin=True)
    household.add("ben")
    for attempt in (
        lambda: invite(viewer_for("ben")),
        lambda: list_invitations(viewer_for("ben")),
        lambda: revoke_invitation(viewer_for("ben"), "nothing"),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    api = create_token(viewer_for("anna"), "api", scopes=["admin"]).secret
    keeper = Authenticator().authenticate_bearer(api, HERE)
    invite(keeper)
    with pytest.raises(AccessDenied, match="token"):
        invite(keeper, is_admin=True)


def test_odd_roles_and_long_notes_are_refused(household: Household) -> None:
    for given in ({"role": "guest"}, {"role": "child", "is_admin": True}, {"note": "x" * 101}):
        with pytest.raises(UsageError):
            invite(OPERATOR, **given)


@pytest.mark.parametrize("end", ["redeem", "revoke"])
def test_an_older_catalogue_makes_none_good_again(household: Household, end: str) -> None:
    household.add("anna", is_admin=True)
    written = invite(viewer_for("anna"), is_admin=True)
    before = Invitation.select().dicts().get()
    if end == "redeem":
        redeem_invitation(household.passwords, written.secret, "ben", password=PASSWORD, ip=HERE)
    else:
        revoke_invitation(viewer_for("anna"), written.info.pid)
    journal = Journal(database.data())
    assert journal.replay() == 0
    Invitation.delete().execute()
    Invitation.insert(before).execute()
    assert get_invitation(written.secret).is_admin  # it knows nothing of it
    assert (journal.replay(), journal.replay()) == (1, 0)
    with pytest.raises(NotFound):
        get_invitation(written.secret)
