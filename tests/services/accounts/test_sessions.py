from collections.abc import Callable

import pytest

from services import access
from services.accounts import (
    Authenticator,
    SignInFailed,
    authenticate_session,
    create_token,
    list_sessions,
    purge_sessions,
    revoke_other_sessions,
    revoke_session,
    sign_in,
    sign_out,
)
from services.accounts.minting import digest, mint
from services.accounts.sessions import IDLE, NOTED_EVERY
from services.errors import AccessDenied, NotFound
from services.models import Audit, Session, User, counters, database
from services.revocations import end_older_sessions
from tests.services.accounts.household import HERE, PASSWORD, Household, Wall

pytestmark = pytest.mark.db


def is_signed_in(secret: str) -> bool:
    try:
        authenticate_session(secret)
    except SignInFailed:
        return False
    return True


def test_a_session_is_recognised_and_its_secret_not_stored(household: Household) -> None:
    anna = household.add("anna", is_admin=True)
    signed_in = household.sign_in("anna")
    viewer = authenticate_session(signed_in.secret)
    assert viewer == signed_in.viewer
    assert (viewer.user_id, viewer.is_admin, viewer.scopes) == (anna.id, True, None)
    assert access.holds(viewer)
    row = Session.get()
    assert row.secret == digest(signed_in.secret)
    assert (row.ip, row.agent) == ("192.168.1.20", "Firefox")


@pytest.mark.parametrize(
    "secret",
    ["", "nonsense", "hyp_ses_" + "a" * 43 + "_00000000", mint("ses"), mint("app")],
    ids=["empty", "nonsense", "misspelt", "unknown", "app"],
)
def test_nobody_is_signed_in_by_anything_else(household: Household, secret: str) -> None:
    household.add("anna")
    household.sign_in("anna")
    assert not is_signed_in(secret)


def test_a_browser_that_signs_in_again_changes_its_secret(household: Household) -> None:
    household.add("anna")
    planted = household.sign_in("anna").secret
    fresh = sign_in(household.passwords, "anna", PASSWORD, ip=HERE, previous=planted)
    assert fresh.secret != planted
    assert not is_signed_in(planted)
    assert is_signed_in(fresh.secret)


def test_thirty_idle_days_end_it(household: Household, wall: Wall) -> None:
    household.add("anna")
    idle, used = household.sign_in("anna").secret, household.sign_in("anna").secret
    wall.move(days=29)
    assert is_signed_in(used)
    wall.move(days=1)
    assert not is_signed_in(idle)
    assert is_signed_in(used)


def test_after_180_days_it_ends_however_much_it_is_used(household: Household, wall: Wall) -> None:
    household.add("anna")
    secret = household.sign_in("anna").secret
    for _ in range(17):
        wall.move(days=10)
        assert is_signed_in(secret)
    assert authenticate_session(secret).not_after == Session.get().created_at + 180 * 24 * 3600 * 1_000_000
    wall.move(days=10)
    assert not is_signed_in(secret)


def test_a_clock_set_back_revives_none(
    household: Household, wall: Wall, clock_mark: Callable[[], int]
) -> None:
    household.add("anna")
    secret = household.sign_in("anna").secret
    wall.move(days=31)
    clock_mark()
    wall.move(days=-31)
    assert not is_signed_in(secret)


def test_the_last_use_is_written_every_ten_minutes_at_most(household: Household, wall: Wall) -> None:
    household.add("anna")
    secret = household.sign_in("anna").secret
    first = Session.get().seen_at
    wall.move(minutes=9)
    authenticate_session(secret)
    assert Session.get().seen_at == first
    wall.move(minutes=1)
    viewer = authenticate_session(secret)
    row = Session.get()
    assert row.seen_at == first + NOTED_EVERY
    assert viewer.not_after == row.expires_at == row.seen_at + IDLE


def test_a_person_sees_and_ends_their_own_sessions_only(household: Household, wall: Wall) -> None:
    household.add("anna")
    household.add("ben")
    here = household.sign_in("anna")
    wall.move(minutes=1)
    phone = household.sign_in("anna", ip="2001:db8::5")
    bens = household.sign_in("ben")
    seen = list_sessions(here.viewer)
    assert [(s.ip, s.current) for s in seen] == [("2001:db8::5", False), ("192.168.1.20", True)]
    with pytest.raises(NotFound):
        revoke_session(here.viewer, list_sessions(bens.viewer)[0].pid)
    revoke_session(here.viewer, seen[0].pid)
    assert [is_signed_in(s.secret) for s in (here, phone, bens)] == [True, False, True]
    with pytest.raises(NotFound):
        revoke_session(here.viewer, seen[0].pid)


def test_all_others_end_at_once(household: Household) -> None:
    household.add("anna")
    household.add("ben")
    here, phone, tablet = (household.sign_in("anna") for _ in range(3))
    his = household.sign_in("ben")
    assert revoke_other_sessions(here.viewer) == 2
    assert [is_signed_in(s.secret) for s in (here, phone, tablet, his)] == [True, False, False, True]
    assert not access.holds(phone.viewer)


def test_signing_out_ends_this_one(household: Household) -> None:
    household.add("anna")
    here, phone = household.sign_in("anna"), household.sign_in("anna")
    sign_out(here.viewer)
    sign_out(here.viewer)
    assert [is_signed_in(s.secret) for s in (here, phone)] == [False, True]
    assert Audit.select().where(Audit.action == "signed_out").count() == 1


def test_each_end_raises_the_policy_epoch_with_its_commit(household: Household) -> None:
    household.add("anna")
    one, two, three = (household.sign_in("anna") for _ in range(3))
    epochs = [counters.read(counters.POLICY_EPOCH)]
    revoke_session(one.viewer, list_sessions(two.viewer)[0].pid)
    epochs.append(counters.read(counters.POLICY_EPOCH))
    revoke_other_sessions(one.viewer)
    epochs.append(counters.read(counters.POLICY_EPOCH))
    sign_out(one.viewer)
    epochs.append(counters.read(counters.POLICY_EPOCH))
    assert epochs == sorted(set(epochs))
    assert not access.holds(three.viewer)


def test_each_end_is_known_outside_the_catalogue(household: Household) -> None:
    """The catalogue of before, which knows nothing of it, has no session any more."""
    household.add("anna")
    laptop, phone, tv, desk = (household.sign_in("anna") for _ in range(4))
    ends: list[Callable[[], object]] = [
        lambda: revoke_session(laptop.viewer, list_sessions(phone.viewer)[1].pid),
        lambda: sign_in(household.passwords, "anna", PASSWORD, ip=HERE, previous=tv.secret),
        lambda: revoke_other_sessions(desk.viewer),
        lambda: sign_out(desk.viewer),
    ]
    for end in ends:
        household.sign_in("anna")
        before = counters.read(counters.POLICY_EPOCH)
        kept = list(Session.select().tuples())
        end()
        assert end_older_sessions(database.data()) == 0
        counters.Counter.update(value=before).where(counters.Counter.name == counters.POLICY_EPOCH).execute()
        assert end_older_sessions(database.data()) > 0
        assert not Session.select().exists()
        assert counters.read(counters.POLICY_EPOCH) > before + 1
        Session.insert_many(kept, fields=list(Session._meta.sorted_fields)).execute()


def test_what_fails_raises_nothing(household: Household) -> None:
    household.add("anna")
    here = household.sign_in("anna")
    before = counters.read(counters.POLICY_EPOCH)
    with pytest.raises(NotFound):
        revoke_session(here.viewer, "nothing")
    assert counters.read(counters.POLICY_EPOCH) == before


def test_an_ended_session_ends_no_others(household: Household) -> None:
    household.add("anna")
    stolen, own = household.sign_in("anna"), household.sign_in("anna")
    revoke_other_sessions(own.viewer)
    with pytest.raises(AccessDenied):
        revoke_other_sessions(stolen.viewer)
    with pytest.raises(AccessDenied):
        list_sessions(stolen.viewer)
    assert is_signed_in(own.secret)


def test_a_moved_cred_version_or_a_disabled_person_end_all(household: Household) -> None:
    household.add("anna")
    secret = household.sign_in("anna").secret
    User.update(active=False).execute()
    assert not is_signed_in(secret)
    User.update(active=True).execute()
    assert is_signed_in(secret)
    User.update(cred_version=2).execute()
    assert not is_signed_in(secret)


def test_a_token_without_the_scope_sees_no_sessions(household: Household) -> None:
    household.add("anna")
    here = household.sign_in("anna")
    token = create_token(here.viewer, "api", scopes=["write"])
    script = Authenticator().authenticate_bearer(token.secret, "")
    with pytest.raises(AccessDenied):
        list_sessions(script)
    with pytest.raises(AccessDenied):
        revoke_other_sessions(script)


def test_ended_ones_are_purged_also_when_signing_in(household: Household, wall: Wall) -> None:
    household.add("anna")
    household.add("ben")
    household.sign_in("anna")
    household.sign_in("ben")
    wall.move(days=31)
    household.sign_in("anna")
    assert Session.select().count() == 2
    assert purge_sessions() == 1
    assert Session.select().count() == 1
