"""Two claimers, deaths, stops and late writes in any order: a model of the table that must always agree."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from services.errors import JobLost
from services.jobs import LANES, Jobs
from services.models import Job, transaction
from services.models import Worker as Journal  # any table does to write effects to
from tests.examples import examples

pytestmark = pytest.mark.db

ENDED = {"done", "failed", "cancelled"}
OWNERS = st.sampled_from(["one", "two"])


class Table(RuleBasedStateMachine):
    """The real table beside a dictionary of what it must say."""

    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        Job.delete().execute()
        Journal.delete().execute()
        self.woken: set[int] = set()
        self.jobs = Jobs(lambda lane, job_id: self.woken.add(job_id), "here")
        self.model: dict[int, dict[str, Any]] = {}
        self.effects: dict[str, int] = {}

    @initialize()
    def begin(self) -> None:
        for lane in LANES:
            self.enqueue(None, lane, 0, 3)

    @rule(
        key=st.sampled_from([None, "a", "b"]),
        lane=st.sampled_from(LANES),
        priority=st.integers(0, 2),
        tries=st.integers(1, 3),
    )
    def enqueue(self, key: str | None, lane: str, priority: int, tries: int) -> None:
        job = self.jobs.enqueue("x", lane=lane, priority=priority, dedupe_key=key, max_attempts=tries)
        active = [n for n, m in self.model.items() if key and m["key"] == key and m["state"] not in ENDED]
        if active:
            assert job.id == active[0]
            known = self.model[job.id]
            known.update(lane=min(lane, known["lane"]), priority=max(priority, known["priority"]), stop=False)
        else:
            assert job.id not in self.model
            self.model[job.id] = {
                "key": key, "lane": lane, "priority": priority, "tries": tries, "state": "queued",
                "attempts": 0, "token": None, "lapsed": False, "stop": False,
            }  # fmt: skip

    @rule(target=leases, owner=OWNERS)
    def claim(self, owner: str) -> Any:
        job = self.jobs.claim(None, owner, LANES)
        free = [
            (m["lane"], -m["priority"], n)
            for n, m in self.model.items()
            if m["state"] == "queued" or (m["lapsed"] and not m["stop"] and m["attempts"] < m["tries"])
        ]
        assert (job and job.id) == (min(free)[2] if free else None)
        if job is None:
            return multiple()
        known = self.model[job.id]
        known.update(state="running", token=job.lease_owner, attempts=known["attempts"] + 1, lapsed=False)
        return job

    @rule(target=leases, owner=OWNERS)
    def take_over(self, owner: str) -> Any:
        """The other claimer takes what a dead or frozen one had."""
        self.die()
        return self.claim(owner)

    @rule(job=leases)
    def work(self, job: Job) -> None:
        """A destructive step and its record: only the holder of the lease may take it."""
        try:
            with transaction():
                self.jobs.require_owned(job)
                Journal.insert(
                    name=f"{job.lease_owner}", node="", started_at=0, heartbeat_at=0
                ).on_conflict_ignore().execute()
        except JobLost:
            assert not self._holds(job)
        else:
            assert self._holds(job)
            self.effects[job.lease_owner] = job.id

    @rule(job=consumes(leases), how=st.sampled_from(["finish", "fail", "hopeless", "hand_back"]))
    def end(self, job: Job, how: str) -> None:
        known = self.model[job.id]
        try:
            if how == "finish":
                self.jobs.finish(job, {"by": job.lease_owner})
            elif how == "hand_back":
                self.jobs.hand_back(job)
            else:
                self.jobs.fail(job, "broke", again=how == "fail", delay_s=0)
        except JobLost:
            assert not self._holds(job)
            return
        assert self._holds(job)
        if how == "finish":
            state = "done"
        elif how == "hopeless" or (how == "fail" and known["attempts"] >= known["tries"]):
            state = "failed"
        else:
            state = "cancelled" if known["stop"] else "queued"
        attempts = known["attempts"] - (how == "hand_back")
        known.update(state=state, token=None, lapsed=False, attempts=attempts)

    @rule(job=leases)
    def beat(self, job: Job) -> None:
        held = self.jobs.beat([job.lease_owner])
        if self._holds(job):
            assert held == {job.lease_owner: self.model[job.id]["stop"]}
            self.model[job.id]["lapsed"] = False
        else:
            assert held == {}

    @rule()
    def die(self) -> None:
        """Every worker dies, or is frozen: all leases lapse."""
        Job.update(lease_until=1).where(Job.state == "running").execute()
        for known in self.model.values():
            known["lapsed"] = known["state"] == "running"

    @rule(data=st.data())
    def stop(self, data: st.DataObject) -> None:
        if not self.model:
            return
        job_id = data.draw(st.sampled_from(sorted(self.model)))
        self.jobs.cancel(job_id)
        known = self.model[job_id]
        if known["state"] == "queued":
            known["state"] = "cancelled"
        elif known["state"] == "running":
            known["stop"] = True

    @rule()
    def recover(self) -> None:
        self.woken.clear()
        self.jobs.recover()
        for known in self.model.values():
            if known["lapsed"] and known["stop"]:
                known.update(state="cancelled", token=None, lapsed=False)
            elif known["lapsed"] and known["attempts"] >= known["tries"]:
                known.update(state="failed", token=None, lapsed=False)
        waiting = {n for n, m in self.model.items() if m["state"] == "queued" or m["lapsed"]}
        assert self.woken == waiting, "no job is forgotten"

    @invariant()
    def agrees(self) -> None:
        rows = {
            j.id: (j.state, j.lease_owner, j.attempts, j.lane, j.priority, bool(j.stop_asked))
            for j in Job.select()
        }
        wanted = {
            n: (m["state"], m["token"], m["attempts"], m["lane"], m["priority"], m["stop"])
            for n, m in self.model.items()
        }
        assert rows == wanted

    @invariant()
    def every_effect_was_its_owners(self) -> None:
        assert {j.name for j in Journal.select()} == set(self.effects)

    def _holds(self, job: Job) -> bool:
        return bool(self.model[job.id]["token"] == job.lease_owner)


def test_the_table_agrees_with_its_model(catalogue: Path, full: bool) -> None:
    run_state_machine_as_test(
        Table,
        settings=settings(
            max_examples=examples(200 if full else 25), stateful_step_count=40, deadline=None, database=None
        ),
    )
