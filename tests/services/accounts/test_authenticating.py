from collections.abc import Callable

import pytest

from services import access
from services.accounts import (
    OPERATOR,
    Authenticator,
    SignInFailed,
    authenticating,
    change_role,
    create_token,
    disable_person,
    enable_person,
    revoke_token,
    viewer_for,
)
from services.accounts.minting import mint
from services.clock import DAY, now
from services.models import Credential, User
from services.models.database import proxy
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall

pytestmark = pytest.mark.db


class Ticks:
    """A monotonic clock to move."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_an_app_password_is_its_person_on_the_network_drive(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    made = create_token(viewer_for("anna"), "app", scopes=["webdav:read"])
    viewer = Authenticator().authenticate_basic("ANNA", made.secret, HERE)
    assert viewer.user_id == anna.id
    assert viewer.allows("webdav:read")
    assert not viewer.allows("webdav:write")
    assert not viewer.allows("read")
    assert not viewer.is_admin
    assert access.holds(viewer)


def test_an_api_token_has_its_scopes_and_no_more(household: Household) -> None:
    household.add("anna", is_admin=True)
    door = Authenticator()
    made = {
        s: create_token(viewer_for("anna"), "api", scopes=[s], expires_at=now() + DAY)
        for s in ("write", "admin")
    }
    writer, keeper = (door.authenticate_bearer(made[s].secret, HERE) for s in ("write", "admin"))
    assert (writer.scopes, writer.is_admin) == (frozenset({"read", "write"}), False)
    assert (keeper.scopes, keeper.is_admin) == (frozenset({"admin"}), True)
    assert writer.not_after == made["write"].info.expires_at


def test_nothing_else_opens_the_doors_and_all_refusals_are_alike(household: Household) -> None:
    household.add("anna")
    household.add("ben")
    door = Authenticator()
    app, api = (create_token(viewer_for("anna"), kind).secret for kind in ("app", "api"))
    session = household.sign_in("anna").secret
    wrong = app[:-1] + ("0" if app[-1] != "0" else "1")
    basic = [
        ("anna", PASSWORD), ("anna", api), ("anna", session), ("anna", wrong), ("anna", mint("app")),
        ("anna", ""), ("ben", app), ("nobody", app), ("", app), ("\ud800", app),
        ("a\x00", app), ("anna", "\ud800"),
    ]  # fmt: skip
    answers = set()
    for login, secret in basic:
        with pytest.raises(SignInFailed) as refusal:
            door.authenticate_basic(login, secret, HERE)
        answers.add(str(refusal.value))
    assert len(answers) == 1
    answers = set()
    for secret in (PASSWORD, app, session, mint("api"), "", "\ud800"):
        with pytest.raises(SignInFailed) as refusal:
            door.authenticate_bearer(secret, HERE)
        answers.add(str(refusal.value))
    assert len(answers) == 1
    assert door.authenticate_basic("anna", app, HERE).login == "anna"


def test_revoked_expired_and_disabled_are_refused_at_the_next_request(
    household: Household, wall: Wall
) -> None:
    household.add("anna")
    door, anna = Authenticator(), viewer_for("anna")
    revoked, expired, kept = (
        create_token(anna, "app", expires_at=end) for end in (None, now() + DAY, now() + 5 * DAY)
    )
    for made in (revoked, expired, kept):
        door.authenticate_basic("anna", made.secret, HERE)
    revoke_token(anna, revoked.info.pid)
    wall.move(days=1)
    for made in (revoked, expired):
        with pytest.raises(SignInFailed):
            door.authenticate_basic("anna", made.secret, HERE)
    door.authenticate_basic("anna", kept.secret, HERE)
    User.update(active=False).execute()
    with pytest.raises(SignInFailed):
        door.authenticate_basic("anna", kept.secret, HERE)


def test_disabling_ends_tokens_for_good(household: Household) -> None:
    anna = household.add("anna")
    secret = create_token(viewer_for("anna"), "app").secret
    disable_person(OPERATOR, anna.pid)
    enable_person(OPERATOR, anna.pid)
    with pytest.raises(SignInFailed):
        Authenticator().authenticate_basic("anna", secret, HERE)


def test_who_loses_a_role_loses_it_in_tokens_too(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    household.add("ben", is_admin=True)
    secret = create_token(viewer_for("anna"), "api", scopes=["write", "admin"]).secret
    change_role(OPERATOR, anna.pid, role="child", is_admin=False)
    viewer = Authenticator().authenticate_bearer(secret, HERE)
    assert (viewer.scopes, viewer.is_admin) == (frozenset({"read"}), False)
    assert viewer.role == "child"


def test_a_clock_set_back_revives_no_token(
    household: Household, wall: Wall, clock_mark: Callable[[], int]
) -> None:
    household.add("anna")
    secret = create_token(viewer_for("anna"), "app", expires_at=now() + DAY).secret
    wall.move(days=2)
    clock_mark()
    wall.move(days=-2)
    with pytest.raises(SignInFailed):
        Authenticator().authenticate_basic("anna", secret, HERE)


def test_the_last_use_is_written_every_ten_minutes_at_most(household: Household, wall: Wall) -> None:
    household.add("anna")
    door, secret = Authenticator(), create_token(viewer_for("anna"), "app").secret
    row = Credential.select().where(Credential.kind == "app")
    door.authenticate_basic("anna", secret, HERE)
    first = row.clone().get()
    assert (first.last_used_at, first.last_ip) == (now(), HERE)
    wall.move(minutes=9)
    door.authenticate_basic("anna", secret, "10.0.0.9")
    assert row.clone().get().last_used_at == first.last_used_at
    wall.move(minutes=1)
    door.authenticate_basic("anna", secret, "10.0.0.9")
    assert (row.clone().get().last_used_at, row.clone().get().last_ip) == (now(), "10.0.0.9")


def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements sent to the database from now on."""
    sent: list[str] = []
    real = type(proxy.obj).execute_sql

    def counted(self: object, sql: str, *rest: object) -> object:
        sent.append(sql)
        return real(self, sql, *rest)

    monkeypatch.setattr(type(proxy.obj), "execute_sql", counted)
    return sent


def test_an_old_password_tried_again_and_again_costs_no_query(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.add("anna")
    ticks, old = Ticks(), mint("app")
    door = Authenticator(ticks)
    sent = queries(monkeypatch)
    for _ in range(10):
        with pytest.raises(SignInFailed):
            door.authenticate_basic("anna", old, HERE)
    once = len(sent)
    assert 0 < once <= 2
    ticks.time += 61
    with pytest.raises(SignInFailed):
        door.authenticate_basic("anna", old, HERE)
    assert len(sent) == 2 * once


def test_what_is_mistyped_costs_no_query_at_all(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.add("anna")
    sent = queries(monkeypatch)
    for secret in ("", PASSWORD, mint("app")[:-1] + "g"):
        with pytest.raises(SignInFailed):
            Authenticator().authenticate_basic("anna", secret, HERE)
    assert sent == []


def test_a_refusal_for_another_name_refuses_only_that_name(household: Household) -> None:
    household.add("anna")
    household.add("ben")
    door, secret = Authenticator(), create_token(viewer_for("anna"), "app").secret
    with pytest.raises(SignInFailed):
        door.authenticate_basic("ben", secret, HERE)
    assert door.authenticate_basic("anna", secret, HERE).login == "anna"


def test_refusals_take_bounded_memory(household: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticating, "MAX_REMEMBERED", 5)
    door = Authenticator(Ticks())
    for _ in range(20):
        with pytest.raises(SignInFailed):
            door.authenticate_bearer(mint("api"), HERE)
    assert len(door._refused) == 5


def test_each_use_is_known_to_this_process_and_a_try_is_none(
    household: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    household.add("anna")
    door = Authenticator()
    monkeypatch.setattr(authenticating, "MAX_USES", 2)
    made = [create_token(viewer_for("anna"), "app", label=str(n)) for n in range(3)]
    for token in made:
        assert door.try_basic("anna", token.secret).login == "anna"
        assert door.find_use(token.info.pid) is None
    assert {t.last_used_at for t in Credential.select().where(Credential.kind == "app")} == {None}
    with pytest.raises(SignInFailed):
        door.try_basic("ben", made[0].secret)
    with pytest.raises(SignInFailed):
        door.try_basic("anna", PASSWORD)
    for ip in ("192.168.1.5", "192.168.1.6"):
        door.authenticate_basic("anna", made[0].secret, ip)
    use = door.find_use(made[0].info.pid)
    assert use is not None
    assert use.ip == "192.168.1.6"
    assert use.at >= made[0].info.created_at
    for token in made[1:]:
        door.authenticate_basic("anna", token.secret, HERE)
    assert door.find_use(made[0].info.pid) is None, "of many the oldest is forgotten"
    assert door.find_use(made[2].info.pid) is not None
