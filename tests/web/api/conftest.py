from collections.abc import Callable
from typing import Any

import pytest

from tests.web.conftest import Web
from web.routes import API

Api = Callable[..., Any]


@pytest.fixture
def api(web: Web) -> Api:
    """`api("GET", "/items", limit=5)` as anna with a token that may everything; `who` is somebody else."""

    def ask(method: str, path: str, json: Any = None, who: str = "anna", **query: Any) -> Any:
        scopes = ["read", "write", "credentials", *(["admin"] if who == "admin" else [])]
        headers = web.bearer(who, *scopes) if who != "kim" else web.bearer(who, "read")
        return web.client().request(method, API + path, json=json, headers=headers, params=query)

    return ask
