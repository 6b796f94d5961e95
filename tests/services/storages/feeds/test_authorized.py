"""A token is renewed once, and only when there is another."""

from collections.abc import Iterator

import pytest

from services.errors import Unauthorized
from services.storages.feeds.authorized import AuthorizedApi
from services.storages.jsonapi import Deadline, JsonApi
from tests.servers.http import Asked, FakeServer, Reply
from tests.services.storages.feeds.conftest import Tokens


@pytest.fixture
def server() -> Iterator[FakeServer]:
    def answer(asked: Asked) -> Reply:
        return Reply(200, {"by": asked.bearer}) if asked.bearer == "good" else Reply(401, {})

    with FakeServer() as running:
        running.route("GET", "/x", answer)
        yield running


@pytest.mark.parametrize(
    ("given", "status", "sent"),
    [
        (["good"], 200, ["good"]),
        (["stale", "good"], 200, ["stale", "good"]),
        (["stale"], 401, ["stale"]),
        (["stale", "staler", "good"], 401, ["stale", "staler"]),
    ],
)
def test_tokens(server: FakeServer, token: Tokens, given: list[str], status: int, sent: list[str]) -> None:
    token.given = given
    with JsonApi("Cloud") as api:
        answer = AuthorizedApi(api, token).ask("GET", server.address + "/x", deadline=Deadline(5))
    assert answer.status == status
    assert [asked.bearer for asked in server.asked] == sent


def test_a_token_is_kept_until_it_is_refused(server: FakeServer, token: Tokens) -> None:
    token.given = ["good", "stale"]
    with JsonApi("Cloud") as api:
        asking = AuthorizedApi(api, token)
        for _ in range(3):
            assert asking.ask("GET", server.address + "/x", deadline=Deadline(5)).ok
        assert token.asked == 1
        server.fault("/x", Reply(401, {}))
        assert not asking.ask("GET", server.address + "/x", deadline=Deadline(5)).ok
        token.given = ["good"]
        assert asking.ask("GET", server.address + "/x", deadline=Deadline(5)).ok


def test_no_token_no_request(server: FakeServer) -> None:
    def refuses() -> str:
        raise Unauthorized("sign in")

    with JsonApi("Cloud") as api, pytest.raises(Unauthorized):
        AuthorizedApi(api, refuses).ask("GET", server.address + "/x", deadline=Deadline(5))
    assert server.asked == []
