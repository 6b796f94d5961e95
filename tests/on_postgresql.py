"""Which tests have their catalogue on PostgreSQL, in a run that has one."""

from collections.abc import Hashable, Iterable

import pytest

EACH_IS_SQL_OF_ITS_OWN = "tests/services/filters/"


def is_for_postgresql(test: pytest.Item) -> bool:
    """Those marked `db`; with `--all` every test that has a catalogue but those marked `sqlite` or `matrix`."""
    if test.get_closest_marker("db"):
        return True
    has_catalogue = "catalogue" in getattr(test, "fixturenames", ())
    is_closed = any(test.get_closest_marker(name) for name in ("sqlite", "matrix"))
    return bool(test.config.getoption("--all")) and has_catalogue and not is_closed


def samples(tests: Iterable[pytest.Item]) -> set[pytest.Item]:
    """Of each test with parameters the first case and the last; all where a parameter makes another statement."""
    first: dict[Hashable, pytest.Item] = {}
    last: dict[Hashable, pytest.Item] = {}
    for test in tests:
        name = test.nodeid.partition("[")[0]
        key = test.nodeid if name.startswith(EACH_IS_SQL_OF_ITS_OWN) else name
        first.setdefault(key, test)
        last[key] = test
    return {*first.values(), *last.values()}
