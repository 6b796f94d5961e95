"""What /healthz answers from: database, worker, and what the supervisor knows."""

import pytest

from appliance.health import make_health, with_rclone
from services.jobs import Presence
from services.models import database
from tests.factories import Make


def test_a_living_worker_is_well_whoever_started_it(make: Make) -> None:
    presence = Presence("w", "elsewhere")
    presence.announce()
    health = make_health(lambda: "it cannot start; see the log")
    assert health() == {"database": None, "worker": None}
    presence.leave()
    assert health()["worker"] == "it cannot start; see the log"
    assert make_health(lambda: None)()["worker"] == "no heartbeat for twenty seconds"


def test_a_database_that_does_not_answer_is_said_once(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "problem", lambda: "does not answer: disk I/O error")
    assert make_health(lambda: "dead")() == {"database": "does not answer: disk I/O error", "worker": None}


def test_rclone_is_a_part_of_its_own() -> None:
    well = with_rclone(lambda: {"database": None, "worker": None}, lambda: "rclone is too old")
    assert well() == {"database": None, "worker": None, "rclone": "rclone is too old"}
    dead = with_rclone(lambda: {"database": "gone", "worker": None}, lambda: pytest.fail("asks the database"))
    assert dead() == {"database": "gone", "worker": None}
