"""/openapi.json: valid in its structure, and with every route that there is."""

import re
from typing import Any

import pytest

from tests.web.conftest import Web
from web.api.openapi import describe
from web.routes import API, described

DOCUMENT = describe(described(), API, "1.2.3")
METHODS = {"get", "post", "put", "patch", "delete", "head", "options"}


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, o) for path, each in DOCUMENT["paths"].items() for method, o in each.items()]


def test_it_is_served_to_everybody(web: Web) -> None:
    answer = web.client().get(f"{API}/openapi.json")
    assert answer.json() == describe(described(), API, "test")


def test_the_frame() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    assert DOCUMENT["info"]["version"] == "1.2.3"
    assert DOCUMENT["servers"] == [{"url": API}]
    assert set(DOCUMENT["components"]) == {"securitySchemes", "schemas"}


def test_every_route_is_there_and_no_other() -> None:
    ours = [r for r in described() if r.path.startswith(API)]
    rules = {(r.method.lower(), r.path.removeprefix(API).replace(":path}", "}")) for r in ours}
    assert {(method, path) for path, method, _ in operations()} == rules
    assert len(rules) > 25


@pytest.mark.parametrize(
    ("path", "method", "operation"), operations(), ids=lambda v: v if isinstance(v, str) else ""
)
def test_an_operation(path: str, method: str, operation: dict[str, Any]) -> None:
    assert method in METHODS
    assert path.startswith("/")
    variables = re.findall(r"{(\w+)}", path)
    assert [p["name"] for p in operation["parameters"] if p["in"] == "path"] == variables
    assert all(p["required"] and p["schema"] for p in operation["parameters"] if p["in"] == "path")
    assert operation["summary"], "its handler has no docstring"
    assert operation["responses"]["2XX"]["description"]
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert ("requestBody" in operation) == (method in {"post", "patch", "put"})


def test_operations_have_ids_of_their_own() -> None:
    ids = [o["operationId"] for _, _, o in operations()]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z]+_[\w.]+", each) for each in ids)


def test_every_reference_leads_somewhere() -> None:
    found = re.findall(r"'\$ref': '#/([^']+)'", str(DOCUMENT))
    assert found
    for reference in set(found):
        there: Any = DOCUMENT
        for part in reference.split("/"):
            there = there[part]
        assert there


def test_only_the_public_need_no_token() -> None:
    public = {path for path, _, o in operations() if o.get("security") == []}
    assert public == {"/openapi.json"}


def test_a_real_problem_fits_its_schema(web: Web) -> None:
    schema = DOCUMENT["components"]["schemas"]["Problem"]
    for path in ("/me", "/items?limit=0"):
        problem = web.client("anna" if "?" in path else None).get(API + path).json()
        assert set(schema["required"]) <= set(problem) <= set(schema["properties"])
