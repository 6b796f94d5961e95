"""/problems: what is wrong in words and pages, trying it again, putting a failed job away."""

import pytest

from services.models import File, Job, Storage
from tests.factories import Make
from tests.web.api.conftest import Api
from tests.web.conftest import Web


def test_where_nothing_is_wrong(api: Api) -> None:
    assert api("GET", "/problems").json() == {"items": [], "next": None, "total": None}


def test_what_is_wrong_is_told_in_words(web: Web, api: Api, make: Make) -> None:
    Storage.update(
        state="offline", state_reason="No disk is mounted.", state_since=1_780_000_000_000_000
    ).execute()
    make.file(web.storage, "caf\udce9.jpg", problem="it is cut", read_state="failed")
    away, unread = api("GET", "/problems").json()["items"]
    assert away == {
        "id": f"storage-{web.storage.pid}", "kind": "state", "state": "offline", "storage": "Photos",
        "storage_id": web.storage.pid, "path": None, "item": None, "collection": None,
        "what": "The storage cannot be reached.",
        "reason": "No disk is mounted.", "todo": away["todo"], "since": "2026-05-28T20:26:40Z", "again": True,
        "dismiss": False,
    }  # fmt: skip
    assert "tries again by itself" in away["todo"]
    assert (unread["kind"], unread["path"], unread["reason"]) == ("file", "caf\\xe9.jpg", "it is cut")


def test_they_come_in_pages(web: Web, api: Api, make: Make) -> None:
    Storage.update(state="slow").execute()
    for n in range(4):
        make.file(web.storage, f"bad{n}.jpg", problem="it is cut", read_state="failed")
    found, cursor = [], None
    while True:
        page = api("GET", "/problems", limit=2, **({} if cursor is None else {"cursor": cursor})).json()
        found += [p["path"] for p in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [None, "bad0.jpg", "bad1.jpg", "bad2.jpg", "bad3.jpg"]


@pytest.mark.parametrize(
    ("query", "field"), [({"cursor": "x"}, "cursor"), ({"limit": "0"}, "limit"), ({"limit": "501"}, "limit")]
)
def test_bad_questions(api: Api, query: dict[str, str], field: str) -> None:
    answer = api("GET", "/problems", **query)
    assert (answer.status_code, answer.json()["field"]) == (422, field)


def test_trying_again(web: Web, api: Api, make: Make) -> None:
    Job.delete().execute()
    file = make.file(web.storage, "bad.jpg", problem="it is cut", read_state="failed")
    assert api("POST", f"/problems/file-{file.pid}/again").status_code == 202
    assert File.get_by_id(file.id).read_state == "pending"
    assert Job.get().kind == "scan"
    assert api("GET", "/problems").json()["items"] == []
    assert api("POST", f"/problems/file-{file.pid}/again").status_code == 404


def test_a_failed_job_is_put_away(web: Web, api: Api) -> None:
    Job.update(state="failed", finished_at=1, error="it broke").execute()
    (found,) = api("GET", "/problems").json()["items"]
    assert (found["id"], found["reason"], found["dismiss"]) == (f"job-{web.job.pid}", "it broke", True)
    assert api("DELETE", f"/problems/{found['id']}", who="ben").status_code == 404
    assert api("DELETE", f"/problems/{found['id']}").status_code == 204
    assert api("GET", "/problems").json()["items"] == []


def test_they_stand_in_the_description(api: Api) -> None:
    paths = api("GET", "/openapi.json").json()["paths"]
    assert set(paths["/problems"]) == {"get"}
    assert set(paths["/problems/{id}"]) == {"delete"}
    assert set(paths["/problems/{id}/again"]) == {"post"}
