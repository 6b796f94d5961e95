"""The runner: which areas there are, how their reports are counted, and the closing line."""

import os
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tools import mutations, packages, run_tests
from tools.mutations import Mutation, Result
from tools.run_tests import Area, Outcome


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    folder = tmp_path / "tests"
    for name in ("appliance", "services", "web", "contracts", "flows", "benchmarks", "__pycache__"):
        (folder / name).mkdir(parents=True)
    for name in ("test_docs.py", "conftest.py"):
        (folder / name).touch()
    return folder


def test_every_folder_belongs_to_an_area(tests: Path) -> None:
    areas = {area.name: area.paths for area in run_tests.areas(tests)}
    waiting, others = ("tests/contracts", "tests/flows"), ("tests/appliance", "tests/services", "tests/web")
    assert areas["units"] == waiting + others
    assert areas["project"] == ("tests/test_docs.py", "tests/benchmarks")


def test_files_run_again_where_one_of_their_tests_is_marked(tests: Path) -> None:
    (tests / "web" / "test_looks.py").write_text("pytestmark = pytest.mark.browser\n", encoding="utf-8")
    (tests / "flows" / "test_rows.py").write_text("@pytest.mark.db\ndef test_it(): ...\n", encoding="utf-8")
    (tests / "flows" / "test_other.py").write_text("mark.dbm = 'mark_db'\n", encoding="utf-8")
    areas = {area.name: area.paths for area in run_tests.areas(tests)}
    assert areas["browser"] == ("tests/web/test_looks.py",)
    assert areas["postgresql"] == ("tests/flows/test_rows.py",)


def test_everything_is_looked_through_for_postgresql_when_all_is_wanted(tests: Path) -> None:
    """Which of it has a catalogue is found out by collecting (`tests/conftest.py`)."""
    [area] = [area for area in run_tests.areas(tests, full=True) if area.postgresql]
    assert {"tests/web", "tests/contracts", "tests/test_docs.py"} <= set(area.paths)
    assert area.markers == "not browser"


@pytest.mark.parametrize(
    ("variable", "passed_on"),
    [("PATH", True), ("HYPOMOS_MEDIA", True), ("HYPOMOS_DATA", False), ("PYTHONDONTWRITEBYTECODE", False)],
)
def test_settings_of_this_machine_do_not_reach_the_tests(variable: str, passed_on: bool) -> None:
    assert run_tests.is_passed_on(variable) == passed_on


def test_a_new_folder_is_not_forgotten(tests: Path) -> None:
    (tests / "novelty").mkdir()
    assert "tests/novelty" in next(iter(run_tests.areas(tests))).paths


@pytest.mark.parametrize(
    ("processors", "more", "workers"), [(1, 2, None), (2, 1, "3"), (2, 2, "4"), (4, 1, "4"), (64, 2, "4")]
)
def test_tests_are_shared_out_to_the_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int, more: int, workers: str | None
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(processors)))
    options = run_tests.sharing_out(more)
    assert options == ([] if workers is None else ["-n", workers, "--dist=worksteal"])


REPORT = """<?xml version="1.0"?><testsuites><testsuite>
<testcase classname="tests.a" name="test_good"/>
<testcase classname="tests.a" name="test_bad"><failure message="1 != 2">…</failure></testcase>
<testcase classname="tests.a" name="test_broken"><error message="fixture">…</error></testcase>
<testcase classname="tests.a" name="test_left"><skipped message="needs chromium"/></testcase>
</testsuite></testsuites>"""


def test_a_report_is_counted(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    report.write_text(REPORT, encoding="utf-8")
    outcome = run_tests.read_report("units", report, 1)
    assert (outcome.passed, outcome.failed, outcome.skipped) == (1, 2, 1)
    assert outcome.failures == ["tests.a::test_bad", "tests.a::test_broken"]
    assert outcome.reasons == Counter({"needs chromium": 1})


@pytest.mark.parametrize("code", [2, 3, 4, -9])
def test_a_run_that_broke_off_is_a_failure(tmp_path: Path, code: int) -> None:
    outcome = run_tests.read_report("units", tmp_path / "none.xml", code)
    assert outcome.failed == 1
    assert outcome.failures == [f"pytest ended with code {code}"]


def test_an_area_without_tests_is_none(tmp_path: Path) -> None:
    outcome = run_tests.read_report("browser", tmp_path / "none.xml", run_tests.NO_TESTS)
    assert (outcome.passed, outcome.failed) == (0, 0)


def test_the_last_line_is_the_sum() -> None:
    outcomes = [
        Outcome("lint", passed=5, seconds=1.25),
        Outcome(
            "units", passed=10, failed=1, skipped=2, failures=["a::b"], reasons=Counter({"needs litmus": 2})
        ),
    ]
    lines = list(run_tests.summary(outcomes, ["litmus"], 61.0))
    assert lines[-1] == "15 passed, 1 failed, 2 skipped"
    assert "FAILED units: a::b" in lines
    assert "left out: 2 × needs litmus" in lines
    assert any("Debian package litmus" in line for line in lines)
    assert any(line.startswith("lint") and "1.2 s" in line for line in lines)


def test_what_passes_alone_is_named_unsteady() -> None:
    outcome = Outcome("browser", passed=7, failed=2, failures=["a::shaky", "a::wrong"])
    run_tests.join_again(outcome, Outcome("browser", passed=1, failed=1, failures=["a::wrong"]))
    assert (outcome.passed, outcome.failed) == (8, 1)
    assert (outcome.unsteady, outcome.failures) == (["a::shaky"], ["a::wrong"])
    assert "UNSTEADY browser: a::shaky failed at first, and passed alone" in run_tests.summary(
        [outcome], [], 1.0
    )


def test_one_that_failed_and_in_its_teardown_too_is_one() -> None:
    outcome = Outcome("browser", passed=7, failed=3, failures=["a::shaky", "a::shaky", "a::wrong"])
    run_tests.join_again(outcome, Outcome("browser", passed=1, failed=1, failures=["a::wrong"]))
    assert (outcome.passed, outcome.failed) == (8, 1)
    assert (outcome.unsteady, outcome.failures) == (["a::shaky"], ["a::wrong"])


@pytest.mark.parametrize(
    "again",
    [
        Outcome("x"),
        Outcome("x", passed=3),
        Outcome("x", failed=1, failures=["pytest ended with code 3"]),
        Outcome("x", passed=1, failed=1, failures=["a::other"]),
    ],
)
def test_a_second_run_of_others_excuses_nobody(again: Outcome) -> None:
    outcome = Outcome("browser", passed=7, failed=2, failures=["a::shaky", "a::wrong"])
    run_tests.join_again(outcome, again)
    assert (outcome.passed, outcome.failed, outcome.unsteady) == (7, 2, [])


ONCE_BAD = """
import pathlib, pytest
SEEN = pathlib.Path(__file__).with_name("seen")

def test_good(): pass

def test_unsteady():
    had, _ = SEEN.exists(), SEEN.touch()
    assert had

@pytest.mark.parametrize("n", range({bad}))
def test_bad(n): assert False
"""


@pytest.mark.parametrize(
    ("full", "bad", "failed", "unsteady"), [(False, 1, 1, 1), (True, 1, 2, 0), (False, 4, 5, 0)]
)
def test_a_few_failures_are_run_once_more(
    tmp_path: Path, full: bool, bad: int, failed: int, unsteady: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """But not with --all, and not when many fail."""
    (tmp_path / "conftest.py").write_text(
        "def pytest_addoption(parser): parser.addoption('--all', action='store_true')", "utf-8"
    )
    (tmp_path / "test_some.py").write_text(ONCE_BAD.format(bad=bad), encoding="utf-8")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setattr(run_tests, "sharing_out", lambda more: [])
    outcome = run_tests.run_area(Area("units", (".",)), full)
    assert (outcome.failed, len(outcome.unsteady)) == (failed, unsteady)
    assert outcome.passed == 1 + unsteady


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> dict[str, Outcome]:
    """The runner with two areas, whose outcomes the test sets."""
    outcomes = {"lint": Outcome("lint", passed=5), "units": Outcome("units", passed=3)}
    plan = [(name, lambda name=name: outcomes[name]) for name in outcomes]
    monkeypatch.setattr(run_tests, "plan", lambda full: plan)
    monkeypatch.setattr(packages, "ensure", lambda use: [])
    return outcomes


def test_all_good_is_zero(quiet: dict[str, Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests.main([]) == 0
    assert capsys.readouterr().out.endswith("\n8 passed, 0 failed, 0 skipped\n")


def test_one_area_runs_alone(quiet: dict[str, Outcome], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_tests.main(["units"]) == 0
    assert capsys.readouterr().out.endswith("\n3 passed, 0 failed, 0 skipped\n")


def test_mutations_run_with_all_or_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    bug = Mutation("web/csrf.py", "a", "b", "any site acts in our name", ("tests/web/test_csrf.py",))
    results = [Result(bug, "noticed"), Result(bug, "SURVIVED: no test noticed it")]
    monkeypatch.setattr(mutations, "run", lambda wanted: results)
    outcome = run_tests.run_mutations()
    assert (outcome.passed, outcome.failed) == (1, 1)
    assert outcome.failures == ["web/csrf.py: any site acts in our name: SURVIVED: no test noticed it"]
    ran: list[str] = []

    def noted(name: str) -> Outcome:
        ran.append(name)
        return Outcome(name, passed=1)

    def plan(full: bool) -> list[tuple[str, Callable[[], Outcome]]]:
        return [(name, partial(noted, name)) for name in AREAS]

    monkeypatch.setattr(run_tests, "plan", plan)
    monkeypatch.setattr(packages, "ensure", lambda use: [])
    for given, expected in (([], ["lint"]), (["--all"], AREAS), (["mutations"], ["mutations"])):
        ran.clear()
        assert run_tests.main(given) == 0
        assert ran == expected


AREAS = ["lint", "mutations"]


def test_a_failure_is_one(quiet: dict[str, Outcome]) -> None:
    quiet["units"].failed = 1
    assert run_tests.main([]) == 1


def test_no_test_at_all_is_a_failure(quiet: dict[str, Outcome]) -> None:
    quiet["units"].passed = 0
    assert run_tests.main(["units"]) == 1


def test_an_unknown_area_is_a_usage_error(
    quiet: dict[str, Outcome], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        run_tests.main(["unit"])
    assert "no such area: unit; there are lint, units" in capsys.readouterr().err


def test_an_area_runs_pytest_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests").mkdir()
    text = (
        "import os\ndef test_one(): assert 'HYPOMOS_LISTEN' not in os.environ\ndef test_two(): assert False\n"
    )
    (tmp_path / "tests/test_it.py").write_text(text, encoding="utf-8")
    ini = "[pytest]\nmarkers =\n  browser: none\n"
    (tmp_path / "pytest.ini").write_text(ini, encoding="utf-8")
    monkeypatch.setattr(run_tests, "ROOT", tmp_path)
    monkeypatch.setenv("HYPOMOS_LISTEN", "127.0.0.1:1")  # a developer's own setting must not reach the tests
    outcome = run_tests.run_area(run_tests.Area("it", ("tests",)), full=False)
    assert (outcome.passed, outcome.failed) == (1, 1)
