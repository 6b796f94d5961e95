"""Which tests have their catalogue on PostgreSQL, in a run that has one."""

import pytest


def is_for_postgresql(test: pytest.Item) -> bool:
    """Those marked `db`; with `--all` every test that has a catalogue but those marked `sqlite`."""
    if test.get_closest_marker("db"):
        return True
    is_open_to_it = "catalogue" in getattr(test, "fixturenames", ()) and not test.get_closest_marker("sqlite")
    return bool(test.config.getoption("--all")) and is_open_to_it
