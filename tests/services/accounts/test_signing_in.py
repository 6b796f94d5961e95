import logging
from collections.abc import Callable

import pytest

from services.accounts import (
    OPERATOR,
    Passwords,
    SignInFailed,
    add_person,
    create_token,
    disable_person,
    sign_in,
)
from services.errors import Throttled
from services.models import Audit, Credential, Session, Throttle, User
from services.models.database import proxy
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall

pytestmark = pytest.mark.db


def test_the_right_password_opens_a_session_whatever_the_case_of_the_name(household: Household) -> None:
    anna = household.add("Anna")
    signed_in = household.sign_in("aNNa")
    assert signed_in.viewer.user_id == anna.id
    assert signed_in.viewer.login == "Anna"
    entry = Audit.select().where(Audit.action == "signed_in").get()
    assert (entry.actor_id, entry.subject_id, entry.detail) == (anna.id, anna.id, {"ip": HERE})


def refusal(attempt: Callable[[], object]) -> SignInFailed:
    with pytest.raises(SignInFailed) as caught:
        attempt()
    return caught.value


def test_no_answer_tells_whether_a_name_exists(household: Household) -> None:
    household.add("anna", is_admin=True)
    household.add("ben")
    disable_person(OPERATOR, household.user("ben").pid)
    add_person(OPERATOR, household.passwords, "cleo", password=None)
    app = create_token(household.sign_in("anna").viewer, "app").secret
    tries = [
        ("anna", "wrong password"), ("anna", ""), ("ben", PASSWORD), ("cleo", ""), ("cleo", PASSWORD),
        ("nobody", PASSWORD), ("", ""), ("an na", PASSWORD), ("a\x00", PASSWORD), ("\ud800", "\ud800"),
        ("x" * 100_000, PASSWORD), ("anna", app),
    ]  # fmt: skip
    answers = {
        (type(r), str(r))
        for login, password in tries
        if (r := refusal(lambda login=login, password=password: household.sign_in(login, password)))  # type: ignore[misc]  # bound now
    }
    assert answers == {(SignInFailed, "The name or the password is wrong.")}


def test_known_and_unknown_names_cost_the_same_hashing(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.add("anna")
    verified: list[str | None] = []
    real = Passwords.verify

    def counted(self: Passwords, stored: str | None, password: str) -> bool:
        verified.append(stored)
        return real(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", counted)
    refusal(lambda: household.sign_in("anna", "wrong password"))
    refusal(lambda: household.sign_in("nobody", "wrong password"))
    assert len(verified) == 2
    assert verified[1] is None


def test_unknown_names_are_throttled_like_known_ones(household: Household, wall: Wall) -> None:
    household.add("anna")
    for login in ("anna", "nobody"):
        for _ in range(6):
            refusal(lambda login=login: household.sign_in(login, "wrong password"))  # type: ignore[misc]  # bound now
        with pytest.raises(Throttled) as wait:
            household.sign_in(login, PASSWORD)
        assert wait.value.retry_after == pytest.approx(2)


def test_an_attacker_never_locks_the_account_for_its_person(household: Household, wall: Wall) -> None:
    household.add("anna")
    for number in range(300):
        with pytest.raises((SignInFailed, Throttled)):
            household.sign_in("anna", f"guess {number}", ip=f"203.0.113.{number % 3}")
    with pytest.raises(Throttled):
        household.sign_in("anna", PASSWORD, ip="203.0.113.1")
    assert household.sign_in("anna", ip=HERE).viewer.login == "anna"
    with pytest.raises(Throttled):  # and her success does not help him
        household.sign_in("anna", PASSWORD, ip="203.0.113.1")


def test_failures_reach_the_audit_log_at_most_every_ten_minutes(household: Household, wall: Wall) -> None:
    anna = household.add("anna")
    for number in range(50):
        with pytest.raises((SignInFailed, Throttled)):
            household.sign_in("anna", "wrong password", ip=f"203.0.113.{number}")
    with pytest.raises(SignInFailed):
        household.sign_in("my password by mistake", "anna")
    failed = Audit.select().where(Audit.action == "sign_in_failed")
    assert [(e.actor_id, e.subject_id, e.detail) for e in failed] == [(None, anna.id, {"ip": "203.0.113.0"})]
    wall.move(minutes=11)
    with pytest.raises(SignInFailed):
        household.sign_in("anna", "wrong password")
    assert failed.clone().count() == 2


def test_a_failure_is_logged_with_its_address_and_without_what_was_typed(
    household: Household, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    refusal(lambda: household.sign_in("typed secret", "other secret", ip="203.0.113.9"))
    assert "203.0.113.9" in caplog.text
    assert "secret" not in caplog.text


def test_older_hashes_are_made_anew_at_sign_in(household: Household) -> None:
    household.add("anna")
    before = Credential.get().secret
    stronger = Passwords(time_cost=2, memory_kib=16)
    sign_in(stronger, "anna", PASSWORD, ip=HERE)
    after = Credential.get().secret
    assert after != before
    assert not stronger.is_stale(after)
    sign_in(stronger, "anna", PASSWORD, ip=HERE)
    assert Credential.get().secret == after


def test_whoever_is_disabled_while_the_password_is_checked_stays_out(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.add("anna")
    real = Passwords.verify

    def meanwhile(self: Passwords, stored: str | None, password: str) -> bool:
        User.update(active=False, cred_version=2).execute()
        return real(self, stored, password)

    monkeypatch.setattr(Passwords, "verify", meanwhile)
    refusal(lambda: household.sign_in("anna"))
    assert Session.select().count() == 0


def test_a_busy_machine_counts_as_no_failure(household: Household) -> None:
    household.add("anna")
    full = Passwords(time_cost=1, memory_kib=8, at_once=0, queue=0)
    for _ in range(20):
        with pytest.raises(Throttled):
            sign_in(full, "anna", PASSWORD, ip=HERE)
    assert Throttle.get().failures == 0
    assert household.sign_in("anna").viewer.login == "anna"


def test_hashing_never_happens_inside_a_transaction(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    depths: list[int] = []
    real_hash, real_verify = Passwords.hash, Passwords.verify

    def hash_(self: Passwords, password: str) -> str:
        depths.append(proxy.transaction_depth())
        return real_hash(self, password)

    def verify(self: Passwords, stored: str | None, password: str) -> bool:
        depths.append(proxy.transaction_depth())
        return real_verify(self, stored, password)

    monkeypatch.setattr(Passwords, "hash", hash_)
    monkeypatch.setattr(Passwords, "verify", verify)
    household.add("anna")
    sign_in(Passwords(time_cost=2, memory_kib=8), "anna", PASSWORD, ip=HERE)
    assert depths == [0, 0, 0]
