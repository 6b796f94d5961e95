"""What all tests share: the markers of pyproject.toml, and the fixtures of `tests.fixtures`.

`needs("chromium")` leaves a test out where that Debian package is missing, and says so at the end;
`browser` implies it. `needs_netns` leaves it out where this user may have no hosts of its own
(`tests.namespaces`). `long` tests, and the full matrix of the others (fixture `full`), run with
`--all` only, which is what `make test-all` does. Workers that share the tests out among them have a
database each on the PostgreSQL, where with `--all` every test runs that has a catalogue and is not marked
`sqlite`; without it two cases of each `db` test do. Those that take minutes are marked `first` (`tests.dealing`).
What Hypothesis draws is the same in every run; with `--all` it is new each time.
"""

import os
import warnings
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import settings

from tests import namespaces
from tests.dealing import first_dealt
from tests.on_postgresql import is_for_postgresql, samples
from tools import packages, postgresql

pytest_plugins = ["tests.fixtures", "tests.redis_server", "tests.browsing"]

THREADS_END = "ignore:.*psycopg.Connection.* was deleted while still open:ResourceWarning"
"""A thread of a facade ends with its connection, which closes it then. SQLite says nothing of that."""

left_out = pytest.StashKey[Counter[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="full matrices, repeats and tests marked long")


def pytest_configure(config: pytest.Config) -> None:
    settings.register_profile("the same for everybody", derandomize=True)
    settings.load_profile("default" if config.getoption("--all") else "the same for everybody")
    config.stash[left_out] = Counter()
    if config.getoption("--all"):
        config.addinivalue_line("filterwarnings", THREADS_END)
        warnings.filterwarnings("ignore", ".*psycopg.Connection", ResourceWarning)  # and between the tests
    worker, url = os.environ.get("PYTEST_XDIST_WORKER"), os.environ.get(postgresql.VARIABLE)
    if worker and url:
        os.environ[postgresql.VARIABLE] = postgresql.another(url, worker)


@pytest.hookimpl(trylast=True)  # pytest puts together what shares a parameter of its module
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Take the long tests out, unless they are asked for, and on PostgreSQL those that have nothing to do with it.

    Those marked `first` begin first.
    """
    _require_marks_in_sight(items)
    if not config.getoption("--all"):
        _deselect(config, items, _is_for_all)
    if os.environ.get(postgresql.VARIABLE):
        _deselect(config, items, lambda item: not is_for_postgresql(item))
        if not config.getoption("--all"):
            some = samples(items)
            _deselect(config, items, lambda item: item not in some)
    items[:] = first_dealt(items, getattr(config, "workerinput", {"workercount": 1})["workercount"])


def _is_for_all(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) is not None for name in ("long", "matrix"))


def _deselect(config: pytest.Config, items: list[pytest.Item], is_out: Callable[[pytest.Item], bool]) -> None:
    if out := [item for item in items if is_out(item)]:
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if not is_out(item)]


def _require_marks_in_sight(items: list[pytest.Item]) -> None:
    """The runner finds files to run again by the text of these marks: one given elsewhere would be overlooked."""
    for name in ("db", "browser"):
        paths = {item.path for item in items if item.get_closest_marker(name)}
        hidden = [str(path) for path in paths if f"mark.{name}" not in path.read_text(encoding="utf-8")]
        if hidden:
            raise pytest.UsageError(
                f"pytest.mark.{name} is to be written in {', '.join(sorted(hidden))} itself"
            )


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Leave a test out that needs a Debian package this machine has not."""
    names = [name for mark in item.iter_markers("needs") for name in mark.args]
    if item.get_closest_marker("browser"):
        names.append("chromium")
    missing = sorted({name for name in names if packages.is_missing(name)})
    if missing:
        item.config.stash[left_out].update(missing)
        pytest.skip(f"needs {', '.join(missing)}")
    if item.get_closest_marker("needs_netns") and not namespaces.are_possible():
        pytest.skip("needs network namespaces")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, count in sorted(config.stash[left_out].items()):
        terminalreporter.write_line(f"left out: {count} tests that need {name} (apt install {name})")


@pytest.fixture(scope="session")
def full(request: pytest.FixtureRequest) -> bool:
    """Whether whole matrices are wanted, instead of a pairwise sample: on SQLite alone, of whatever is asked for."""
    return bool(request.config.getoption("--all")) and postgresql.VARIABLE not in os.environ
