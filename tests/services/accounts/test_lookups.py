from dataclasses import fields

import pytest

from services.accounts import create_token, viewer_for
from services.accounts.lookups import _CREDENTIAL, _SESSION, Known, find_session, find_token
from services.models import Credential, Session, database
from services.viewers import Viewer
from tests.services.accounts.household import Household

pytestmark = pytest.mark.db


def test_they_give_what_the_tables_say(household: Household) -> None:
    anna = household.add("Anna", is_admin=True)
    made = create_token(viewer_for("anna"), "app")
    secret = household.sign_in("anna").secret
    token, session = find_token("app", made.secret), find_session(secret)
    assert token is not None
    assert session is not None
    assert (token.id, set(token.scopes)) == (
        Credential.get(Credential.kind == "app").id,
        set(made.info.scopes),
    )
    assert (token.expires_at, token.last_used_at, token.login_fold) == (None, None, "anna")
    row = Session.get()
    assert session[:4] == (row.id, row.created_at, row.seen_at, row.expires_at)
    for person in (token.person, session.person):
        assert person == Known(*(getattr(anna, name) for name in Known._fields))
        assert isinstance(person.is_admin, bool)


def test_the_kind_counts(household: Household) -> None:
    household.add("anna")
    made = create_token(viewer_for("anna"), "app")
    assert find_token("api", made.secret) is None
    assert find_session(made.secret) is None


def test_what_is_known_makes_a_viewer() -> None:
    assert set(Known._fields) - {"id"} <= {field.name for field in fields(Viewer)}


@pytest.mark.parametrize(("sql", "values"), [(_CREDENTIAL, ("x", 1)), (_SESSION, ("x", 1))])
def test_they_walk_no_table(household: Household, sql: str, values: tuple[object, ...]) -> None:
    if not database.is_sqlite():
        pytest.skip("PostgreSQL walks tables as small as these")
    plan = [row[3] for row in database.proxy.execute_sql(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()]
    assert plan
    assert all("SEARCH" in step for step in plan)
