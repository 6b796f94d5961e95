"""People with a browser that runs no scripts: what they post comes from our own pages."""

from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from tests.web.conftest import Web

Browser = Callable[..., TestClient]


@pytest.fixture
def browser(web: Web) -> Browser:
    """`browser("anna")` is a browser with anna signed in, `browser()` one with nobody."""
    return lambda login=None, **headers: web.client(login, **{"Sec-Fetch-Site": "same-origin", **headers})
