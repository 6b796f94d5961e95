"""How far the catalogue had come when a session last ended, and what an older one finds."""

import threading
from pathlib import Path

import pytest

from services.models import Session, User, counters, database, transaction
from services.models.counters import POLICY_EPOCH, Counter
from services.revocations import end_older_sessions, note_sessions_end
from services.revocations.sessions import NAME
from tests.factories import Make

pytestmark = pytest.mark.db


def open_one(user: User, pid: str) -> None:
    Session.create(pid=pid, secret=pid, user=user, cred_version=1, created_at=1, seen_at=1, expires_at=2**60)


@pytest.fixture
def anna(make: Make) -> User:
    user = make.user("anna")
    for pid in ("laptop", "phone"):
        open_one(user, pid)
    return user


def end(pid: str) -> None:
    with transaction():
        counters.bump_policy()
        Session.delete().where(Session.pid == pid).execute()
        note_sessions_end()


def put_back(user: User) -> None:
    """The catalogue as it was one change ago, with the session that ended since."""
    open_one(user, "old")
    Counter.update(value=Counter.value - 1).where(Counter.name == POLICY_EPOCH).execute()


def test_nothing_ends_at_an_ordinary_start(catalogue: Path, anna: User) -> None:
    assert end_older_sessions(catalogue) == 0
    end("laptop")
    before = counters.read(POLICY_EPOCH)
    assert end_older_sessions(catalogue) == 0
    assert counters.read(POLICY_EPOCH) == before, "and nothing is written"
    assert [session.pid for session in Session.select()] == ["phone"]


def test_an_older_catalogue_loses_all_sessions_once(catalogue: Path, anna: User) -> None:
    end("laptop")
    noted = counters.read(POLICY_EPOCH)
    put_back(anna)
    assert end_older_sessions(catalogue) == 2
    assert Session.select().count() == 0
    assert counters.read(POLICY_EPOCH) > noted, "what was seen of the newer one never comes again"
    open_one(anna, "new")
    assert end_older_sessions(catalogue) == 0
    assert Session.select().count() == 1


def test_an_end_that_is_not_committed_yet_is_waited_for(catalogue: Path, anna: User) -> None:
    """A command is called while somebody signs out: that is no older catalogue."""
    noted, looked = threading.Event(), threading.Event()

    def sign_out() -> None:
        with transaction():
            counters.bump_policy()
            note_sessions_end()
            noted.set()
            looked.wait(0.3)
        database.close()

    thread = threading.Thread(target=sign_out)
    thread.start()
    noted.wait(10)
    try:
        assert end_older_sessions(catalogue) == 0
    finally:
        looked.set()
        thread.join()
    assert Session.select().count() == 2


def test_a_damaged_number_is_none(catalogue: Path, anna: User) -> None:
    (catalogue / NAME).write_bytes(b"")
    assert end_older_sessions(catalogue) == 0
    end("laptop")
    assert (catalogue / NAME).stat().st_mode & 0o077 == 0
    put_back(anna)
    assert end_older_sessions(catalogue) == 2
