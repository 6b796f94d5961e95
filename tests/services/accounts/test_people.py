from functools import partial

import pytest

from services import access
from services.accounts import (
    OPERATOR,
    Authenticator,
    SignInFailed,
    add_person,
    authenticate_session,
    change_role,
    create_token,
    disable_person,
    enable_person,
    find_user,
    get_person,
    list_people,
    names,
    needs_setup,
    viewer_for,
)
from services.accounts.people import draft, insert_person
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Audit, Credential, User, counters, database, transaction
from services.revocations import NAME, Journal
from tests.services.accounts.household import PASSWORD, Household, at_once

pytestmark = pytest.mark.db


@pytest.mark.parametrize("login", ["anna", "a", "Anna.Maria", "kim_2", "x-y", "7of9", "a" * 32])
def test_ordinary_login_names_are_taken_as_they_are(household: Household, login: str) -> None:
    person = add_person(OPERATOR, household.passwords, login, password=PASSWORD)
    assert (person.login, person.display, person.role, person.active) == (login, login, "adult", True)


@pytest.mark.parametrize(
    "login",
    [
        "",
        " ",
        "an na",
        "jürgen",
        "-x",
        ".x",
        "a/b",
        "a\\b",
        "a:b",
        "a@b",
        "a\n",
        "a\x00",
        "a" * 33,
        "\ud800",
        "ａnna",
    ],
)
def test_odd_login_names_are_refused_with_what_fits(household: Household, login: str) -> None:
    with pytest.raises(UsageError) as refusal:
        add_person(OPERATOR, household.passwords, login, password=PASSWORD)
    assert refusal.value.field == "login"
    assert User.select().count() == 0


def test_a_name_is_taken_whatever_its_case(household: Household) -> None:
    household.add("Anna")
    with pytest.raises(Conflict, match="taken") as refusal:
        household.add("aNNA")
    assert refusal.value.field == "login"
    assert find_user("ANNA") == household.user("Anna")


def test_people_are_called_as_they_wish(household: Household) -> None:
    add_person(OPERATOR, household.passwords, "anna", password=PASSWORD, display="Anna Lindner")
    household.add("ben")
    assert names() == {"anna": "Anna Lindner", "ben": "ben"}


def test_a_name_taken_in_between_leaves_the_transaction_usable(household: Household) -> None:
    made = draft(household.passwords, "anna", password=PASSWORD, display="", role="adult", is_admin=False)
    household.add("ANNA")
    with transaction():
        with pytest.raises(Conflict):
            insert_person(made)
        assert User.select().count() == 1


@pytest.mark.parametrize(
    ("role", "is_admin", "words"),
    [("guest", False, "no role"), ("child", True, "cannot be an administrator")],
)
def test_roles_are_those_of_the_design(household: Household, role: str, is_admin: bool, words: str) -> None:
    with pytest.raises(UsageError, match=words) as refusal:
        household.add("kim", role=role, is_admin=is_admin)
    assert refusal.value.field == "role"


def test_a_weak_password_is_refused(household: Household) -> None:
    with pytest.raises(UsageError) as refusal:
        add_person(OPERATOR, household.passwords, "kettledrums", password="kettledrums1")
    assert refusal.value.field == "password"


def test_the_display_name_is_one_line(household: Household) -> None:
    person = add_person(OPERATOR, household.passwords, "anna", password=PASSWORD, display=" Anna\n Müller ")
    assert person.display == "Anna Müller"


def test_without_a_password_nobody_signs_in(household: Household) -> None:
    add_person(OPERATOR, household.passwords, "anna", password=None)
    assert Credential.select().count() == 0
    with pytest.raises(SignInFailed):
        household.sign_in("anna", "")


def test_only_administrators_run_accounts(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    nobody = viewer_for("ben")
    for attempt in (
        lambda: add_person(nobody, household.passwords, "cleo", password=PASSWORD),
        lambda: list_people(nobody),
        lambda: get_person(nobody, ben.pid),
        lambda: disable_person(nobody, anna.pid),
        lambda: enable_person(nobody, anna.pid),
        lambda: change_role(nobody, ben.pid, role="adult", is_admin=True),
    ):
        with pytest.raises(AccessDenied):
            attempt()
    assert add_person(viewer_for("anna"), household.passwords, "cleo", password=PASSWORD).login == "cleo"


def test_a_token_of_an_administrator_makes_no_administrators(household: Household) -> None:
    household.add("anna", is_admin=True)
    secret = create_token(viewer_for("anna"), "api", scopes=["admin"]).secret
    keeper = Authenticator().authenticate_bearer(secret, "")
    ben = add_person(keeper, household.passwords, "ben", password=PASSWORD)
    with pytest.raises(AccessDenied, match="token"):
        add_person(keeper, household.passwords, "mallory", password=PASSWORD, is_admin=True)
    with pytest.raises(AccessDenied, match="token"):
        change_role(keeper, ben.pid, role="adult", is_admin=True)


def test_people_are_listed_by_name_with_their_last_visit(household: Household) -> None:
    household.add("Zoe")
    anna = household.add("anna", is_admin=True)
    household.sign_in("anna")
    listed = list_people(viewer_for("anna"))
    assert [p.login for p in listed] == ["anna", "Zoe"]
    assert listed[0].seen_at is not None
    assert listed[1].seen_at is None
    assert get_person(viewer_for("anna"), anna.pid) == listed[0]
    with pytest.raises(NotFound):
        get_person(viewer_for("anna"), "nothing")


def test_disabling_ends_everything_at_once(household: Household) -> None:
    household.add("anna", is_admin=True)
    ben = household.add("ben")
    session = household.sign_in("ben")
    token = create_token(session.viewer, "app").secret
    drive = Authenticator().authenticate_basic("ben", token, "")
    before = counters.read(counters.POLICY_EPOCH)
    disable_person(viewer_for("anna"), ben.pid)
    assert counters.read(counters.POLICY_EPOCH) > before
    assert not access.holds(session.viewer)
    assert not access.holds(drive)
    for attempt in (lambda: authenticate_session(session.secret), lambda: household.sign_in("ben")):
        with pytest.raises(SignInFailed):
            attempt()
    enable_person(viewer_for("anna"), ben.pid)
    assert not access.holds(session.viewer)
    assert not access.holds(drive)
    with pytest.raises(SignInFailed):
        authenticate_session(session.secret)
    assert household.sign_in("ben").viewer.login == "ben"
    actions = [e.action for e in Audit.select().where(Audit.subject_id == ben.id).order_by(Audit.id)]
    assert actions == ["person_added", "signed_in", "token_created", "token_revoked", "person_disabled",
                       "sign_in_failed", "person_enabled", "signed_in"]  # fmt: skip


def test_the_last_active_administrator_stays(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    ben = household.add("ben", is_admin=True)
    disable_person(viewer_for("anna"), ben.pid)
    before = counters.read(counters.POLICY_EPOCH)
    for attempt in (
        partial(disable_person, viewer_for("anna"), anna.pid),
        partial(disable_person, OPERATOR, anna.pid),
        partial(change_role, viewer_for("anna"), anna.pid, role="adult", is_admin=False),
    ):
        with pytest.raises(Conflict, match="last active administrator"):
            attempt()
    assert counters.read(counters.POLICY_EPOCH) == before
    enable_person(viewer_for("anna"), ben.pid)
    disable_person(viewer_for("anna"), anna.pid)
    assert not household.user("anna").active


def test_two_who_disable_each_other_leave_one(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben", is_admin=True)
    of_anna, of_ben = viewer_for("anna"), viewer_for("ben")
    answers = at_once(lambda: disable_person(of_anna, ben.pid), lambda: disable_person(of_ben, anna.pid))
    assert sorted(type(a).__name__ for a in answers) == ["AccessDenied", "NoneType"]
    assert User.select().where(User.active & User.is_admin).count() == 1


def test_doing_it_twice_changes_and_tells_nothing_more(household: Household) -> None:
    household.add("anna", is_admin=True)
    ben = household.add("ben")
    for _ in range(2):
        disable_person(OPERATOR, ben.pid)
    for _ in range(2):
        enable_person(OPERATOR, ben.pid)
        change_role(OPERATOR, ben.pid, role="adult", is_admin=False)
    told = [e.action for e in Audit.select().where(Audit.subject_id == ben.id).order_by(Audit.id)]
    assert told == ["person_added", "person_disabled", "person_enabled"]
    assert household.user("ben").cred_version == 2


def test_another_role_ends_the_sessions(household: Household) -> None:
    household.add("anna", is_admin=True)
    ben = household.add("ben")
    session = household.sign_in("ben")
    change_role(viewer_for("anna"), ben.pid, role="adult", is_admin=True)
    assert not access.holds(session.viewer)
    assert household.sign_in("ben").viewer.is_admin


def replayed(login: str, **older: object) -> tuple[int, User]:
    """How many rights end when a catalogue that knows this of the person is put in place, and who they are then."""
    if older:
        User.update(**older).where(User.login == login).execute()
    return Journal(database.data()).replay(), User.get(User.login == login)


def test_an_older_catalogue_makes_nobody_an_administrator_again(household: Household) -> None:
    household.add("anna", is_admin=True)
    ben = household.add("ben", is_admin=True)
    change_role(OPERATOR, ben.pid, role="adult", is_admin=False)
    assert replayed("ben")[0] == 0, "nothing happens at an ordinary start"
    User.update(is_admin=True).where(User.id == ben.id).execute()
    session = household.sign_in("ben")
    ended, found = replayed("ben")
    assert (ended, found.is_admin, found.role) == (1, False, "adult")
    assert not access.holds(session.viewer)
    assert replayed("ben")[0] == 0
    change_role(OPERATOR, ben.pid, role="adult", is_admin=True)
    assert replayed("ben")[0] == 0, "the last word holds"
    assert household.user("ben").is_admin


def test_an_older_catalogue_makes_no_child_an_adult_again(household: Household) -> None:
    ben = household.add("ben")
    change_role(OPERATOR, ben.pid, role="child", is_admin=False)
    ended, found = replayed("ben", role="adult", is_admin=True)
    assert (ended, found.is_admin, found.role) == (2, False, "child")
    change_role(OPERATOR, ben.pid, role="adult", is_admin=False)
    assert replayed("ben")[0] == 0
    assert replayed("ben", is_admin=True)[0] == 1


def test_where_nobody_is_left_to_run_it_a_code_is_offered_again(household: Household) -> None:
    """In the older catalogue Anna was the only one; she made Ben another, who took it from her."""
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    change_role(OPERATOR, ben.pid, role="adult", is_admin=True)
    change_role(viewer_for("ben"), anna.pid, role="adult", is_admin=False)
    User.update(is_admin=False).where(User.id == ben.id).execute()
    assert replayed("anna", is_admin=True)[0] == 1
    assert needs_setup()


def test_who_may_not_change_a_role_notes_nothing(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    with pytest.raises(AccessDenied):
        change_role(viewer_for("ben"), anna.pid, role="child", is_admin=False)
    assert not (database.data() / NAME).exists()
    with pytest.raises(Conflict):
        change_role(viewer_for("anna"), anna.pid, role="child", is_admin=False)
    assert replayed("anna")[0] == 0
    assert ben.role == "adult"


def test_a_viewer_for_the_command_line(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    viewer = viewer_for("Anna")
    assert (viewer.user_id, viewer.proof, viewer.scopes, viewer.is_admin) == (anna.id, None, None, True)
    with pytest.raises(NotFound, match="no user “ben”"):
        viewer_for("ben")
