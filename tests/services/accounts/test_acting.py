from collections.abc import Callable
from pathlib import Path

import peewee
import pytest

from services import access
from services.access.ends import moment
from services.accounts import acting
from services.accounts.acting import (
    OPERATOR,
    note,
    require_admin,
    require_credentials,
    require_current,
    require_in_person,
    viewer_of,
)
from services.errors import AccessDenied
from services.models import Credential, User
from services.viewers import Proof
from tests.services.accounts.household import Household, Wall

pytestmark = pytest.mark.db


def test_the_operator_runs_accounts_and_sees_nothing(household: Household) -> None:
    household.add("anna")
    require_admin(OPERATOR)
    require_in_person(OPERATOR)
    assert list(access.visible_items(OPERATOR)) == []
    assert acting.actor_id(OPERATOR) is None


def test_a_person_at_the_keyboard_may_do_what_their_role_says(household: Household) -> None:
    anna, ben = household.add("anna", is_admin=True), household.add("ben")
    require_admin(viewer_of(anna))
    require_in_person(viewer_of(ben))
    require_credentials(viewer_of(ben))
    with pytest.raises(AccessDenied, match="Only administrators"):
        require_admin(viewer_of(ben))


def test_who_is_disabled_does_nothing_more(household: Household) -> None:
    anna = viewer_of(household.add("anna", is_admin=True))
    User.update(active=False).execute()
    for require in (require_current, require_admin, require_in_person, require_credentials):
        with pytest.raises(AccessDenied, match="ended"):
            require(anna)


def test_who_is_no_longer_administrator_is_none_now(household: Household) -> None:
    anna = viewer_of(household.add("anna", is_admin=True))
    User.update(is_admin=False).execute()
    with pytest.raises(AccessDenied, match="Only administrators"):
        require_admin(anna)


def test_a_token_is_an_administrator_by_its_scope_alone_and_never_in_person(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    proof = Proof("credential", Credential.get(Credential.user == anna).id)
    reader = viewer_of(anna, proof=proof, scopes=frozenset({"read"}))
    keeper = viewer_of(anna, proof=proof, scopes=frozenset({"admin", "credentials"}))
    with pytest.raises(AccessDenied):
        require_admin(reader)
    with pytest.raises(AccessDenied):
        require_credentials(reader)
    require_admin(keeper)
    require_credentials(keeper)
    with pytest.raises(AccessDenied, match="token"):
        require_in_person(keeper)


def test_a_clock_set_back_does_not_move_the_time_of_expiry_back(
    clock_mark: Callable[[], int], wall: Wall
) -> None:
    before = clock_mark()
    wall.move(days=-400)
    assert moment() == before


def test_a_note_that_fails_stops_nobody(catalogue: Path, caplog: pytest.LogCaptureFixture) -> None:
    class Full:
        def execute(self) -> None:
            raise peewee.OperationalError("database or disk is full")

    note(Full())
    assert "disk is full" in caplog.text
