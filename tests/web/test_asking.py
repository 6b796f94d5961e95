"""One request as a handler sees it."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from services.errors import UsageError
from services.peers import Peer
from web.asking import Ask
from web.errors import SignInNeeded


def ask(**query: str) -> Ask:
    request: Any = SimpleNamespace(query_params=query, path_params={"id": "x"})
    context: Any = SimpleNamespace(secret=b"s" * 32)
    return Ask(request, context, cast(Peer, None), None, "session")


def test_a_number_from_the_query() -> None:
    assert ask(n="12").number("n", 5) == 12
    assert ask().number("n", 5) == 5
    with pytest.raises(UsageError, match="n must be a whole number, not “many”") as caught:
        ask(n="many").number("n", 5)
    assert caught.value.field == "n"


def test_nobody_is_no_viewer() -> None:
    with pytest.raises(SignInNeeded):
        _ = ask().viewer


def test_each_request_has_its_own_nonce_and_each_session_one_token() -> None:
    one, two = ask(), ask()
    assert one.nonce != two.nonce
    assert one.csrf_token == two.csrf_token
    two.session = "another"
    assert one.csrf_token != two.csrf_token
