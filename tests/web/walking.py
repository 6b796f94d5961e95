"""Many addresses asked of one household, by somebody for whom nothing may happen there.

What is refused changes nothing, so one set-up does for all of them; that nothing changed is looked at in the end.
"""

from collections.abc import Callable, Iterable

import pytest
from starlette.testclient import TestClient

from services.models import TABLES, database
from tests.web.conftest import Web
from tests.web.objects import address, stages
from web.rules import Rule

Judge = Callable[[Rule, str], None]
"""Asks for a route by this address, and asserts what is answered."""

SITE = {"Sec-Fetch-Site": "same-origin"}
OURS: list[dict[str, str]] = [SITE, {"Origin": "http://localhost"}]
"""What a browser says of what our own pages send."""

FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://evil.example"}, {},
]  # fmt: skip
"""What one says of another site's, or an old one, or none, does not."""

AS_IT_COMES = {"throttle"}
"""Tables that somebody who is refused may well change."""


def name_of(rule: Rule) -> str:
    return f"{rule.method} {rule.path}"


def walk(web: Web, rules: Iterable[Rule], judge: Judge, *clients: TestClient) -> None:
    """Ask for anna's own object by each of these routes."""
    wrong = []
    for stage in stages(rules):
        wrong += found_wrong([(rule, address(web, rule)) for rule in stage], judge, *clients)
    require(wrong)


def walk_along(routes: Iterable[tuple[Rule, str]], judge: Judge, *clients: TestClient) -> None:
    """Ask for each of these routes by this address."""
    require(found_wrong(list(routes), judge, *clients))


def require(wrong: list[str]) -> None:
    """Fail with everything that is wrong."""
    if wrong:
        pytest.fail(f"{len(wrong)} answers are wrong:\n" + "\n".join(wrong))


def found_wrong(routes: list[tuple[Rule, str]], judge: Judge, *clients: TestClient) -> list[str]:
    """What was answered wrongly, and what changed by all the asking: in the catalogue and in who asks."""
    assert routes
    wrong, before, cookies = [], catalogued(), [cookies_of(client) for client in clients]
    for rule, path in routes:
        try:
            judge(rule, path)
        except AssertionError as error:
            wrong.append(f"{name_of(rule)}: {str(error)[:500]}")
    after = catalogued()
    wrong += [
        f"asking changed the table {name}: {set(before[name]) ^ set(after[name])}"
        for name in before
        if before[name] != after[name]
    ]
    if cookies != [cookies_of(client) for client in clients]:
        wrong.append("who asked has other cookies than before: the later answers were to somebody else")
    return wrong


def catalogued() -> dict[str, list[tuple[object, ...]]]:
    """Every row there is."""
    names = {table._meta.table_name for table in TABLES} - AS_IT_COMES
    return {name: database.proxy.execute_sql(f'SELECT * FROM "{name}"').fetchall() for name in sorted(names)}


def cookies_of(client: TestClient) -> list[tuple[str, str | None, str, str]]:
    return sorted((c.name, c.value, c.domain, c.path) for c in client.cookies.jar)
