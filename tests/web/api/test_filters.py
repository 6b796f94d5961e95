"""POST /filters/check, GET /filters/complete, and queries of /items."""

from typing import Any

import pytest

from tests.web.conftest import Web


@pytest.fixture
def anna(web: Web) -> Any:
    client = web.client("anna")
    client.headers["Sec-Fetch-Site"] = "same-origin"
    return client


def test_a_good_query(web: Web, anna: Any) -> None:
    answer = anna.post("/api/v1/filters/check", json={"q": "type:foto larger:1b"})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["ok"], found["canonical"], found["count"], found["warnings"]) == (
        True,
        "type:photo size:>1",
        1,
        [],
    )
    assert found["tree"]["version"] == 1
    assert [i["id"] for i in found["sample"]] == [web.item.pid]
    assert found["loosened"] == []


def test_a_query_that_finds_nothing(anna: Any) -> None:
    found = anna.post("/api/v1/filters/check", json={"q": "type:photo type:video"}).json()
    assert found["count"] == 0
    assert found["loosened"][1] == {
        "condition": "type:video",
        "alone": 0,
        "without": "type:photo",
        "others": 1,
    }


@pytest.mark.parametrize("path", ["/api/v1/filters/check", "/api/v1/items"])
def test_a_query_that_cannot_be_used(anna: Any, path: str) -> None:
    q = "a labl:family"
    answer = anna.get(path, params={"q": q}) if path.endswith("items") else anna.post(path, json={"q": q})
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["field"], problem["position"], problem["length"]) == ("q", 2, 4)
    assert problem["message"] == problem["detail"] == "There is no field “labl”."
    assert problem["suggestions"][0] == "label"


@pytest.mark.parametrize("body", [{}, {"q": None}, {"q": 5}, {"q": ["a"]}])
def test_what_is_no_query(anna: Any, body: dict[str, Any]) -> None:
    answer = anna.post("/api/v1/filters/check", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, "q")


def test_items_by_query(web: Web, anna: Any) -> None:
    def names(q: str) -> list[str]:
        return [i["id"] for i in anna.get("/api/v1/items", params={"q": q}).json()["items"]]

    assert names("-type:video sort:random limit:1") == [web.item.pid]
    assert names("type:video") == []


def test_what_may_be_meant_while_it_is_typed(anna: Any) -> None:
    def complete(**query: Any) -> Any:
        return anna.get("/api/v1/filters/complete", params=query)

    found = complete(q="a type:vi -x", at=9).json()
    assert found == {
        "position": 7, "length": 2, "items": [{"text": "video", "kind": "value", "help": ""}], "next": None, "total": 1,
    }  # fmt: skip
    (field,) = complete(q="orient").json()["items"][:1]
    assert (field["text"], field["kind"], field["help"]) == (
        "orientation:",
        "field",
        "The shape of the picture.",
    )
    assert complete().json()["items"] == []
    assert (complete(q="a", at="x").status_code, complete(q="a", at=-5).status_code) == (422, 200)


def test_what_others_have_is_not_offered(web: Web, anna: Any) -> None:
    ben = web.client("ben")
    anna.patch(f"/api/v1/items/{web.item.pid}", json={"labels": ["secret"]})
    for client, offered in ((anna, ["secret"]), (ben, [])):
        found = client.get("/api/v1/filters/complete", params={"q": "label:s"}).json()
        assert [each["text"] for each in found["items"]] == offered
