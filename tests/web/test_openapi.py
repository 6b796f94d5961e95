"""The API's own description: every route is in it, and it is well-formed."""

import re

from tests.web.conftest import Web
from web.routes import API, described


def test_every_route_is_described(web: Web) -> None:
    document = web.client().get(f"{API}/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    rules = [r for r in described() if r.path.startswith(API)]
    assert told == {(r.method, re.sub(r":\w+}", "}", r.path.removeprefix(API))) for r in rules}


def test_operations_are_whole(web: Web) -> None:
    document = web.client().get(f"{API}/openapi.json").json()
    ids = []
    for path, methods in document["paths"].items():
        for operation in methods.values():
            ids.append(operation["operationId"])
            assert operation["summary"]
            assert [p["name"] for p in operation["parameters"]] == re.findall(r"{(\w+)}", path)
            reference = operation["responses"]["default"]["content"]["application/problem+json"]["schema"][
                "$ref"
            ]
            assert reference == "#/components/schemas/Problem"
    assert len(ids) == len(set(ids))
