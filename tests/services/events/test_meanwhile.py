"""Two people at the same moment, on PostgreSQL, where one transaction does not wait for another by itself."""

import threading
import time
from collections.abc import Callable

import pytest

from services import events, sharing
from services.errors import Conflict
from services.models import Grant, User, database, transaction
from services.sharing import Terms
from tests.factories import Make
from tests.services.events.household import Party

pytestmark = pytest.mark.db
DEADLINE_S = 60


@pytest.fixture(autouse=True)
def waits(make: Make) -> None:
    if database.is_sqlite():
        pytest.skip("SQLite has one writer at a time")


def meanwhile(first: Callable[[], object], second: Callable[[], object]) -> list[Exception]:
    """`second` begins when `first` is done but not yet kept, and either ends or waits for it; what went wrong in it."""
    wrong: list[Exception] = []

    def run() -> None:
        try:
            second()
        except Exception as error:
            wrong.append(error)
        finally:
            database.close()

    other = threading.Thread(target=run)
    with transaction():
        first()
        other.start()
        until = time.monotonic() + DEADLINE_S
        while other.is_alive() and not _somebody_waits() and time.monotonic() < until:
            time.sleep(0.01)
    other.join(DEADLINE_S)
    assert not other.is_alive()
    return wrong


def _somebody_waits() -> bool:
    (number,) = database.rows("SELECT COUNT(*) FROM pg_locks WHERE NOT granted")[0]
    return bool(number)


def test_who_leaves_a_group_while_something_is_shared_with_it_keeps_nothing(party: Party) -> None:
    group = sharing.make_group(party.anna, "Family").pid
    sharing.join_group(party.anna, group, "ben")
    lake = party.make.collection(User.get(User.login == "anna"), "Lake", items=party.items["anna"])
    wrong = meanwhile(
        lambda: sharing.offer(party.anna, lake.pid, {"group": group}, Terms()),
        lambda: sharing.leave_group(party.anna, group, "ben"),
    )
    assert not wrong
    assert not Grant.select().where((Grant.user == party.ben.user_id) & Grant.ended_at.is_null()).exists()


def test_what_comes_into_an_event_while_it_is_closed_is_shown_to_nobody(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    mine = party.make.collection(User.get(User.login == "ben"), "Mine", items=party.items["ben"])
    wrong = meanwhile(
        lambda: events.contribute_collection(party.ben, event.pid, mine.pid),
        lambda: party.events.close(party.anna, event.pid),
    )
    assert not wrong
    assert not Grant.select().where((Grant.into == event.collection_id) & Grant.ended_at.is_null()).exists()


def test_an_event_that_was_closed_just_now_takes_nothing(party: Party) -> None:
    event = party.event(approval="none")
    party.join(event, party.ben)
    mine = party.make.collection(User.get(User.login == "ben"), "Mine", items=party.items["ben"])
    wrong = meanwhile(
        lambda: party.events.close(party.anna, event.pid),
        lambda: events.contribute_collection(party.ben, event.pid, mine.pid),
    )
    assert [type(error) for error in wrong] == [Conflict]
    assert not Grant.select().where((Grant.into == event.collection_id) & Grant.ended_at.is_null()).exists()
