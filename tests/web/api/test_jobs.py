"""/jobs: one's own, in pages, and stopping them."""

import pytest

from services.models import Job
from tests.web.api.conftest import Api
from tests.web.conftest import Web


def test_ones_own_jobs_newest_first_in_pages(web: Web, api: Api) -> None:
    jobs = [web.context.jobs.enqueue("scan", user_id=web.people["anna"].id) for _ in range(3)]
    web.context.jobs.enqueue("scan", user_id=web.people["ben"].id)
    web.context.jobs.enqueue("tidy")
    first = api("GET", "/jobs", limit=2).json()
    rest = api("GET", "/jobs", limit=2, cursor=first["next"]).json()
    found = [j["id"] for j in first["items"] + rest["items"]]
    assert found == [j.pid for j in reversed(jobs)] + [web.job.pid]
    assert rest["next"] is None
    assert set(first["items"][0]) == {
        "id", "kind", "state", "done", "total", "message", "error", "result", "created", "started", "finished",
    }  # fmt: skip


def test_the_administrator_sees_those_of_nobody_and_no_names(web: Web, api: Api) -> None:
    web.context.jobs.enqueue("tidy")
    assert [j["kind"] for j in api("GET", "/jobs", who="admin").json()["items"]] == ["tidy"]


def test_stopping_one(web: Web, api: Api) -> None:
    answer = api("POST", f"/jobs/{web.job.pid}/stop")
    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert api("POST", f"/jobs/{web.job.pid}/stop").json()["state"] == "cancelled"
    running = web.context.jobs.enqueue("scan", user_id=web.people["anna"].id)
    assert web.context.jobs.claim(running.id, "w", ("work",)) is not None
    assert api("POST", f"/jobs/{running.pid}/stop").json()["state"] == "running"
    assert Job.get_by_id(running.id).stop_asked


@pytest.mark.parametrize(
    ("query", "field"), [({"limit": 0}, "limit"), ({"limit": "x"}, "limit"), ({"cursor": "x"}, "cursor")]
)
def test_bad_questions(web: Web, api: Api, query: dict[str, str], field: str) -> None:
    answer = api("GET", "/jobs", **query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_a_result_is_shown_as_it_is(web: Web, api: Api) -> None:
    held = web.context.jobs.claim(web.job.id, "w", ("work",))
    assert held is not None
    web.context.jobs.finish(held, {"found": 3, "incomplete": ["caf\\xe9"]})
    (job,) = api("GET", "/jobs").json()["items"]
    assert (job["state"], job["result"]) == ("done", {"found": 3, "incomplete": ["caf\\xe9"]})
    assert job["finished"].endswith("Z")
