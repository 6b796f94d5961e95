import pytest

from services import access
from services.accounts import (
    OPERATOR,
    Authenticator,
    create_token,
    disable_person,
    grantable_scopes,
    list_tokens,
    revoke_token,
    tokens,
    viewer_for,
)
from services.accounts.minting import digest, kind_of
from services.clock import DAY, now
from services.errors import AccessDenied, Conflict, NotFound, UsageError
from services.models import Audit, Credential, counters
from services.viewers import Viewer
from tests.services.accounts.household import Household, Wall

pytestmark = pytest.mark.db


def script(viewer: Viewer, *scopes: str, expires_at: int | None = None) -> Viewer:
    """The viewer that a program with such an API token is."""
    made = create_token(viewer, "api", scopes=scopes, expires_at=expires_at)
    return Authenticator().authenticate_bearer(made.secret, "")


def test_a_token_is_shown_once_and_stored_as_a_hash(household: Household) -> None:
    anna = household.add("anna")
    made = create_token(viewer_for("anna"), "app", label=" Anna's  laptop\n")
    assert kind_of(made.secret) == "app"
    assert made.info.label == "Anna's laptop"
    assert made.info.scopes == ("webdav:read", "webdav:write")
    row = Credential.get(Credential.kind == "app")
    assert row.secret == digest(made.secret)
    assert list_tokens(viewer_for("anna")) == [made.info]
    entry = Audit.select().where(Audit.action == "token_created").get()
    assert (entry.actor_id, entry.subject_id, entry.object) == (anna.id, anna.id, made.info.pid)
    assert made.secret not in str(entry.detail)


def test_without_scopes_it_gets_the_usual_ones(household: Household) -> None:
    household.add("anna", is_admin=True)
    household.add("kim", role="child")
    assert create_token(viewer_for("anna"), "api").info.scopes == ("read", "write")
    assert create_token(viewer_for("kim"), "api").info.scopes == ("read",)


@pytest.mark.parametrize(
    ("kind", "scopes", "field"),
    [
        ("nfc", ["read"], "kind"),
        ("password", ["read"], "kind"),
        ("api", ["admin"], "scopes"),
        ("api", ["webdav:write"], "scopes"),
        ("app", ["read"], "scopes"),
        ("app", [], "scopes"),
    ],
)
def test_what_does_not_fit_is_refused(household: Household, kind: str, scopes: list[str], field: str) -> None:
    household.add("anna")
    with pytest.raises(UsageError) as refusal:
        create_token(viewer_for("anna"), kind, scopes=scopes)
    assert refusal.value.field == field
    assert list_tokens(viewer_for("anna")) == []


def test_a_child_makes_no_token_that_writes(household: Household) -> None:
    household.add("kim", role="child")
    with pytest.raises(UsageError):
        create_token(viewer_for("kim"), "api", scopes=["write"])
    assert create_token(viewer_for("kim"), "app", scopes=["webdav:write"]).info.kind == "app"


def test_a_past_end_and_a_long_label_are_refused(household: Household) -> None:
    household.add("anna")
    with pytest.raises(UsageError) as refusal:
        create_token(viewer_for("anna"), "app", expires_at=now())
    assert refusal.value.field == "expires_at"
    with pytest.raises(UsageError) as refusal:
        create_token(viewer_for("anna"), "app", label="x" * 101)
    assert refusal.value.field == "label"


def test_there_is_an_end_to_how_many(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_TOKENS", 3)
    household.add("anna")
    for _ in range(3):
        create_token(viewer_for("anna"), "app")
    with pytest.raises(Conflict, match="Revoke"):
        create_token(viewer_for("anna"), "api")
    revoke_token(viewer_for("anna"), list_tokens(viewer_for("anna"))[0].pid)
    create_token(viewer_for("anna"), "api")


def test_the_operator_has_none_but_ends_any(household: Household) -> None:
    household.add("anna")
    with pytest.raises(AccessDenied, match="for whom"):
        create_token(OPERATOR, "api")
    made = create_token(viewer_for("anna"), "api")
    revoke_token(OPERATOR, made.info.pid)
    assert list_tokens(viewer_for("anna")) == []


def test_an_api_token_cannot_raise_its_scopes(household: Household, wall: Wall) -> None:
    household.add("anna", is_admin=True)
    end = now() + 10 * DAY
    maker = script(viewer_for("anna"), "write", "credentials", expires_at=end)
    assert grantable_scopes(maker, "api") == {"read", "write"}
    for more in ("admin", "credentials"):
        with pytest.raises(UsageError, match="more than may be given"):
            create_token(maker, "api", scopes=[more])
    reader = script(viewer_for("anna"), "read", "credentials")
    assert grantable_scopes(reader, "api") == {"read"}
    with pytest.raises(UsageError, match="more than may be given"):
        create_token(reader, "api", scopes=["write"])
    with pytest.raises(AccessDenied, match="beyond"):
        create_token(maker, "app", scopes=["webdav:read"])
    assert create_token(maker, "api").info.scopes == ("read", "write")
    assert create_token(maker, "api", scopes=["read"]).info.expires_at == end
    assert create_token(maker, "api", expires_at=end + DAY).info.expires_at == end
    assert create_token(maker, "api", expires_at=end - DAY).info.expires_at == end - DAY


def test_a_token_without_the_scope_makes_none(household: Household) -> None:
    household.add("anna", is_admin=True)
    worker = script(viewer_for("anna"), "write", "admin")
    for attempt in (lambda: create_token(worker, "api", scopes=["read"]), lambda: list_tokens(worker)):
        with pytest.raises(AccessDenied):
            attempt()


def test_an_app_password_makes_nothing(household: Household) -> None:
    household.add("anna")
    made = create_token(viewer_for("anna"), "app")
    drive = Authenticator().authenticate_basic("anna", made.secret, "")
    for kind in ("app", "api"):
        with pytest.raises(AccessDenied):
            create_token(drive, kind)
    with pytest.raises(AccessDenied):
        list_tokens(drive)


def test_nobody_ends_what_is_not_theirs(household: Household) -> None:
    household.add("anna", is_admin=True)
    household.add("ben")
    bens = create_token(viewer_for("ben"), "app").info.pid
    for pid in (bens, "nothing"):
        with pytest.raises(NotFound, match="no such token"):
            revoke_token(viewer_for("anna"), pid)
    worker = script(viewer_for("ben"), "write")
    with pytest.raises(AccessDenied):
        revoke_token(worker, bens)
    assert [t.pid for t in list_tokens(viewer_for("ben")) if t.kind == "app"] == [bens]


def test_a_token_may_end_itself(household: Household) -> None:
    household.add("anna")
    made = create_token(viewer_for("anna"), "api")
    revoke_token(Authenticator().authenticate_bearer(made.secret, ""), made.info.pid)
    assert list_tokens(viewer_for("anna")) == []


def test_revoking_holds_with_its_commit(household: Household) -> None:
    household.add("anna")
    made = create_token(viewer_for("anna"), "app")
    drive = Authenticator().authenticate_basic("anna", made.secret, "")
    before = counters.read(counters.POLICY_EPOCH)
    revoke_token(viewer_for("anna"), made.info.pid)
    assert counters.read(counters.POLICY_EPOCH) > before
    assert not access.holds(drive)
    with pytest.raises(NotFound):
        revoke_token(viewer_for("anna"), made.info.pid)
    entry = Audit.select().where(Audit.action == "token_revoked").get()
    assert entry.object == made.info.pid


def test_the_last_credential_cannot_be_removed(household: Household) -> None:
    household.add("anna")
    password = Credential.get(Credential.kind == "password")
    for viewer in (viewer_for("anna"), OPERATOR):
        with pytest.raises(Conflict, match="only way to sign in"):
            revoke_token(viewer, password.pid)
    assert household.sign_in("anna").viewer.login == "anna"
    assert list_tokens(viewer_for("anna")) == []


def test_who_is_disabled_makes_none(household: Household) -> None:
    anna = household.add("anna")
    viewer = viewer_for("anna")
    disable_person(OPERATOR, anna.pid)
    with pytest.raises(AccessDenied):
        create_token(viewer, "app")
