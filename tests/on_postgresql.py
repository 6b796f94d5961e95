"""Which tests have their catalogue on PostgreSQL, in a run that has one."""

import pytest


def is_for_postgresql(test: pytest.Item) -> bool:
    """Those marked `db`; with `--all` every test that has a catalogue but those marked `sqlite` or `matrix`."""
    if test.get_closest_marker("db"):
        return True
    has_catalogue = "catalogue" in getattr(test, "fixturenames", ())
    is_closed = any(test.get_closest_marker(name) for name in ("sqlite", "matrix"))
    return bool(test.config.getoption("--all")) and has_catalogue and not is_closed
