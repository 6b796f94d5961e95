import pytest

from services import access
from services.accounts import (
    OPERATOR,
    Authenticator,
    SignInFailed,
    add_person,
    authenticate_session,
    change_password,
    changing_password,
    create_token,
    reset_password,
    viewer_for,
)
from services.accounts.people import note_of_password
from services.errors import AccessDenied, Conflict, NotFound, Throttled, UsageError
from services.models import Audit, Credential, counters, database
from services.revocations import Journal
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall

pytestmark = pytest.mark.db

NEW = "another odd saucepan"


def test_a_new_password_ends_all_sessions_by_the_next_request(household: Household) -> None:
    household.add("anna")
    here, phone = household.sign_in("anna"), household.sign_in("anna")
    before = counters.read(counters.POLICY_EPOCH)
    fresh = change_password(here.viewer, household.passwords, PASSWORD, NEW, ip=HERE)
    assert counters.read(counters.POLICY_EPOCH) > before
    for old in (here, phone):
        assert not access.holds(old.viewer)
        with pytest.raises(SignInFailed):
            authenticate_session(old.secret)
    assert access.holds(authenticate_session(fresh.secret))
    with pytest.raises(SignInFailed):
        household.sign_in("anna", PASSWORD)
    household.sign_in("anna", NEW)
    assert Credential.select().where(Credential.kind == "password").count() == 1
    assert Audit.select().where(Audit.action == "password_changed").count() == 1


def test_tokens_stay(household: Household) -> None:
    household.add("anna")
    here = household.sign_in("anna")
    secret = create_token(here.viewer, "app").secret
    change_password(here.viewer, household.passwords, PASSWORD, NEW, ip=HERE)
    assert access.holds(Authenticator().authenticate_basic("anna", secret, HERE))


def test_the_present_password_is_needed_and_guessing_it_is_slowed(household: Household, wall: Wall) -> None:
    household.add("anna")
    here = household.sign_in("anna")
    for _ in range(6):
        with pytest.raises(UsageError) as refusal:
            change_password(here.viewer, household.passwords, "wrong password", NEW, ip=HERE)
        assert refusal.value.field == "present"
    with pytest.raises(Throttled):
        change_password(here.viewer, household.passwords, PASSWORD, NEW, ip=HERE)
    wall.move(seconds=2)
    change_password(here.viewer, household.passwords, PASSWORD, NEW, ip=HERE)


def test_a_weak_new_one_changes_nothing(household: Household) -> None:
    household.add("anna")
    here = household.sign_in("anna")
    with pytest.raises(UsageError) as refusal:
        change_password(here.viewer, household.passwords, PASSWORD, "password12", ip=HERE)
    assert refusal.value.field == "password"
    assert access.holds(here.viewer)
    household.sign_in("anna", PASSWORD)


def test_no_token_changes_a_password(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    household.add("ben")
    door = Authenticator()
    app = create_token(viewer_for("anna"), "app").secret
    api = create_token(viewer_for("anna"), "api", scopes=["write", "credentials", "admin"]).secret
    for viewer in (door.authenticate_basic("anna", app, HERE), door.authenticate_bearer(api, HERE)):
        with pytest.raises(AccessDenied):
            change_password(viewer, household.passwords, PASSWORD, NEW, ip=HERE)
        with pytest.raises(AccessDenied):
            reset_password(viewer, household.passwords, household.user("ben").pid, NEW)
    assert household.user("anna").cred_version == anna.cred_version


def test_an_ended_session_changes_nothing(household: Household) -> None:
    household.add("anna")
    stolen, own = household.sign_in("anna"), household.sign_in("anna")
    change_password(own.viewer, household.passwords, PASSWORD, NEW, ip=HERE)
    with pytest.raises(AccessDenied):
        change_password(stolen.viewer, household.passwords, NEW, PASSWORD, ip=HERE)


def test_an_administrator_helps_who_forgot_theirs_and_it_is_seen(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    session = household.sign_in("ben")
    with pytest.raises(UsageError):
        reset_password(viewer_for("anna"), household.passwords, ben.pid, "short")
    reset_password(viewer_for("anna"), household.passwords, ben.pid, NEW)
    assert not access.holds(session.viewer)
    household.sign_in("ben", NEW)
    entry = Audit.select().where(Audit.action == "password_reset").get()
    assert (entry.actor_id, entry.subject_id) == (anna.id, ben.id)


def test_it_can_be_the_first_password(household: Household) -> None:
    cleo = add_person(OPERATOR, household.passwords, "cleo", password=None)
    reset_password(OPERATOR, household.passwords, cleo.pid, NEW)
    assert household.sign_in("cleo", NEW).viewer.login == "cleo"


def test_nobody_else_resets_and_nobody_their_own(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    with pytest.raises(AccessDenied, match="Only administrators"):
        reset_password(viewer_for("ben"), household.passwords, anna.pid, NEW)
    with pytest.raises(AccessDenied, match="present one"):
        reset_password(viewer_for("anna"), household.passwords, anna.pid, NEW)
    with pytest.raises(NotFound):
        reset_password(viewer_for("anna"), household.passwords, "nothing", NEW)
    assert ben.cred_version == household.user("ben").cred_version


def test_an_older_catalogue_brings_back_neither_password_nor_session(household: Household) -> None:
    household.add("anna", is_admin=True)
    stolen = household.sign_in("anna")
    before = Credential.select(Credential.pid, Credential.secret).where(Credential.kind == "password").get()
    change_password(stolen.viewer, household.passwords, PASSWORD, NEW, ip=HERE)
    journal = Journal(database.data())
    assert journal.replay() == 0, "nothing happens at an ordinary start"
    household.sign_in("anna", NEW)
    Credential.update(pid=before.pid, secret=before.secret).execute()
    older = household.sign_in("anna", PASSWORD)  # it knows nothing of it
    assert (journal.replay(), journal.replay()) == (1, 0)
    for password in (PASSWORD, NEW):
        with pytest.raises(SignInFailed):
            household.sign_in("anna", password)
    with pytest.raises(SignInFailed):
        authenticate_session(older.secret)
    reset_password(OPERATOR, household.passwords, household.user("anna").pid, NEW)
    assert household.sign_in("anna", NEW).viewer.is_admin
    assert journal.replay() == 0


def test_a_password_that_was_changed_meanwhile_is_not_changed_unnoted(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    ben = household.add("ben")
    stale = note_of_password(ben)
    reset_password(OPERATOR, household.passwords, ben.pid, NEW)
    answers = iter([stale, note_of_password(ben)])
    monkeypatch.setattr(changing_password, "note_of_password", lambda user: next(answers))
    with pytest.raises(Conflict):
        reset_password(OPERATOR, household.passwords, ben.pid, "yet another lantern")
    household.sign_in("ben", NEW)
