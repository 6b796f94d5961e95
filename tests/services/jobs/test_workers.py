"""Which workers live."""

import pytest

from services.jobs import Presence, worker_alive
from services.models import Worker
from tests.factories import Make

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("make")]


def test_a_worker_lives_while_it_beats(make: Make) -> None:
    assert not worker_alive("here")
    presence = Presence("here:1", "here")
    presence.announce()
    assert worker_alive("here")
    assert worker_alive(None)
    assert not worker_alive("there")
    Worker.update(heartbeat_at=Worker.heartbeat_at - 30_000_000).execute()
    assert not worker_alive("here")
    assert worker_alive("here", max_age_s=60)
    presence.beat()
    assert worker_alive("here")
    assert Worker.select().count() == 1
    presence.leave()
    assert not worker_alive("here")


def test_a_beat_brings_a_lost_row_back() -> None:
    presence = Presence("here:1", "here")
    presence.announce()
    Worker.delete().execute()
    presence.beat()
    assert worker_alive("here")


def test_a_heartbeat_from_before_the_machine_started_is_no_life() -> None:
    Presence("here:1", "here").announce()
    Worker.update(heartbeat_at=1 << 60).execute()
    assert not worker_alive("here")


def test_a_new_worker_clears_away_the_dead() -> None:
    for name in ("here:old", "here:reboot", "here:other"):
        Presence(name, "here").announce()
    Worker.update(heartbeat_at=Worker.heartbeat_at - 2 * 86_400_000_000).where(
        Worker.name == "here:old"
    ).execute()
    Worker.update(heartbeat_at=1 << 60).where(Worker.name == "here:reboot").execute()
    Presence("here:new", "here").announce()
    assert {w.name for w in Worker.select()} == {"here:other", "here:new"}
