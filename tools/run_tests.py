"""Runs checks and tests area by area, and sums them up.

Owns the order of the areas and the closing lines. Each area is a process of its own; what it prints
is shown as it comes. An area's tests are shared out to more workers than there are processors, at most
four: many wait for servers, and the longest waits are among the units, so that others work meanwhile.
Tests marked `db` run a second time on a PostgreSQL of their own, two cases of each; with --all every
test that has a catalogue does, in every case. A few that fail are run once more,
alone: who passes then is named as unsteady, a test to be mended (not with --all, where nothing gets a
second chance). The last line is
`N passed, N failed, N skipped` over all areas; a check such as ruff counts as one test. The exit code
is 0 only when something ran and nothing failed.

    .venv/bin/python -m tools.run_tests [--all] [AREA…]     without a name all areas, in order
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tools import mutations, packages, postgresql

ROOT = Path(__file__).resolve().parent.parent
TESTS = Path("tests")
BIN = Path(sys.executable).parent
FIRST_PARTY = ("appliance", "virtualfs", "services", "web", "config")
CHECKS = {
    "ruff": ("ruff", "check", "."),
    "format": ("ruff", "format", "--check", "."),
    "mypy": ("mypy",),
    "import contracts": ("lint-imports",),
}
ONLY_ALL = {"mutations"}
"""Areas that run when they are named, or with --all."""
WAITING = {"contracts", "faults", "flows"}
"""Folders whose tests wait for long: they begin first, for who waits last is waited for by all."""
MOST_WORKERS = 4
"""Many tests start servers of their own: more of them at once would need more memory than a small machine has."""
MOST_UNSTEADY = 4
"""More failures in an area than these are no accident of a busy machine, and are not run again."""
SOME_FAILED = 1
"""pytest's exit code when it ran to its end and some tests failed."""
NO_TESTS = 5
"""pytest's exit code when it collected none."""


@dataclass
class Outcome:
    """What came of one area: how many, names of what failed or passed only alone, why some were left out, seconds."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list[str] = field(default_factory=list)
    unsteady: list[str] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


@dataclass(frozen=True)
class Area:
    """A part of the tests: paths and a marker expression for pytest."""

    name: str
    paths: tuple[str, ...]
    markers: str = "not browser"
    postgresql: bool = False
    more: int = 1
    """Workers beyond the number of processors."""


def main(arguments: list[str]) -> int:
    """Run what was asked for; answers the exit code."""
    options = _parse(arguments)
    started = time.monotonic()
    missing = packages.ensure("test")
    outcomes: list[Outcome] = []
    for name, run in plan(options.all):
        if name in options.areas or (not options.areas and (options.all or name not in ONLY_ALL)):
            print(f"\n=== {name} ===", flush=True)
            before = time.monotonic()
            outcome = run()
            outcome.seconds = time.monotonic() - before
            outcomes.append(outcome)
    print("\n".join(summary(outcomes, missing, time.monotonic() - started)), flush=True)
    ran = sum(o.passed + o.failed for o in outcomes)
    return 0 if ran and not any(o.failed for o in outcomes) else 1


def _parse(arguments: list[str]) -> argparse.Namespace:
    names = [name for name, _ in plan(full=False)]
    parser = argparse.ArgumentParser(prog="run_tests", description="Checks and tests of Hypomos.")
    parser.add_argument("--all", action="store_true", help="full matrices, repeats, long tests and mutations")
    parser.add_argument("areas", nargs="*", metavar="AREA", help=", ".join(names))
    options = parser.parse_args(arguments)
    if unknown := set(options.areas) - set(names):
        parser.error(f"no such area: {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    return options


def plan(full: bool) -> list[tuple[str, Callable[[], Outcome]]]:
    """Every area with what runs it, in order."""

    def runner(area: Area) -> Callable[[], Outcome]:
        return lambda: run_area(area, full)

    found = [(area.name, runner(area)) for area in areas(ROOT / TESTS, full)]
    return [("lint", run_checks), *found, ("mutations", run_mutations)]


def areas(tests: Path, full: bool = False) -> Iterator[Area]:
    """The areas of pytest. Whatever no other area claims belongs to `units`, so that nothing is forgotten."""
    folders = sorted(p.name for p in tests.iterdir() if p.is_dir() and not p.name.startswith(("_", ".")))
    ordered = sorted(folders, key=lambda name: (name not in WAITING, name))
    units = tuple(f"tests/{name}" for name in ordered if name != "benchmarks")
    benchmarks = ("tests/benchmarks",) if "benchmarks" in folders else ()
    files = tuple(f"tests/{p.name}" for p in sorted(tests.glob("test_*.py")))
    catalogued = (*units, *files) if full else marked(tests, "db")
    markers = "not browser" if full else "db and not browser"
    found = [
        Area("units", units, more=2),
        Area("project", (*files, *benchmarks)),
        Area("browser", marked(tests, "browser"), "browser"),
        Area("postgresql", catalogued, markers, postgresql=True),
    ]
    return (area for area in found if area.paths)


def marked(tests: Path, name: str) -> tuple[str, ...]:
    """The files in which a mark is given: to collect all others would take minutes of each area's processors."""
    given = re.compile(rf"\bmark\.{name}\b")
    return tuple(
        f"tests/{path.relative_to(tests).as_posix()}"
        for path in sorted(tests.rglob("test_*.py"))
        if given.search(path.read_text(encoding="utf-8"))
    )


def run_checks() -> Outcome:
    """The checks that execute no code of ours."""
    outcome = Outcome("lint")
    for name, (program, *options) in CHECKS.items():
        print(f"--- {name}", flush=True)
        done = subprocess.run([str(BIN / program), *options], cwd=ROOT)
        if done.returncode:
            outcome.failed += 1
            outcome.failures.append(name)
        else:
            outcome.passed += 1
    return outcome


def run_mutations() -> Outcome:
    """Bugs planted one at a time: each that a test notices counts as passed."""
    outcome = Outcome("mutations")
    for result in mutations.run(mutations.read(ROOT)):
        if result.is_good:
            outcome.passed += 1
        else:
            outcome.failed += 1
            outcome.failures.append(f"{result.mutation.name}: {result.verdict}")
    return outcome


def run_area(area: Area, full: bool) -> Outcome:
    """Run pytest on an area, with a PostgreSQL at hand where the area wants one."""
    with ExitStack() as stack:
        environment = {name: value for name, value in os.environ.items() if is_passed_on(name)}
        if area.postgresql:
            if packages.is_missing("postgresql"):
                return Outcome(area.name, reasons=Counter({"needs postgresql": 1}))
            try:
                environment[postgresql.VARIABLE] = stack.enter_context(postgresql.cluster())
            except postgresql.ClusterError as error:
                print(error)
                return Outcome(area.name, failed=1, failures=["the start of PostgreSQL"])
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hypomos-tests-")))
        outcome, code = run_pytest(
            area, folder, environment, [*sharing_out(area.more), *(["--all"] if full else [])]
        )
        if not full and code == SOME_FAILED and 0 < outcome.failed <= MOST_UNSTEADY:
            print("--- what failed, once more and alone", flush=True)
            again, _ = run_pytest(area, folder, environment, ["--last-failed"])
            join_again(outcome, again)
        return outcome


def is_passed_on(variable: str) -> bool:
    """Whether tests get this variable: no settings of ours, and what is compiled is kept for hundreds of processes."""
    if variable.startswith("HYPOMOS_"):
        return variable == "HYPOMOS_MEDIA"
    return variable != "PYTHONDONTWRITEBYTECODE"


def run_pytest(
    area: Area, folder: Path, environment: dict[str, str], options: list[str]
) -> tuple[Outcome, int]:
    """Run the tests of an area; answers what came of it and pytest's exit code. `folder` is for its files."""
    report = folder / "report.xml"
    report.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-m", area.markers, f"--junitxml={report}"]
    command += [f"--basetemp={folder / 'files'}", "-o", f"cache_dir={folder / 'cache'}", *options]
    done = subprocess.run([*command, *area.paths], cwd=ROOT, env=environment)
    return read_report(area.name, report, done.returncode), done.returncode


def join_again(outcome: Outcome, again: Outcome) -> None:
    """Take over what came of the second run, of those that had failed in the first."""
    steady = set(again.failures)
    failed = dict.fromkeys(outcome.failures)  # one that failed, and in its teardown too, is there twice
    if again.passed + len(steady) != len(failed) or not steady <= failed.keys():
        return  # others than those ran: their word is no use
    outcome.unsteady = [name for name in failed if name not in steady]
    outcome.failures = [name for name in outcome.failures if name in steady]
    outcome.passed += again.passed
    outcome.failed = again.failed


def sharing_out(more: int) -> list[str]:
    """The options by which pytest runs on all processors: neighbours stay together, and with them their servers."""
    processors = len(os.sched_getaffinity(0))
    workers = min(MOST_WORKERS, processors + more)  # tests wait for servers, browsers and disks
    return ["-n", str(workers), "--dist=worksteal"] if processors > 1 else []


def read_report(name: str, report: Path, code: int) -> Outcome:
    """The counts of a pytest run; a run that broke off counts as one failure."""
    outcome = Outcome(name)
    if code != NO_TESTS and report.exists():
        for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  # pytest just wrote it
            _count(case, outcome)
    if code not in {0, NO_TESTS} and not outcome.failed:
        outcome.failed = 1
        outcome.failures.append(f"pytest ended with code {code}")
    return outcome


def _count(case: ElementTree.Element, outcome: Outcome) -> None:
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        outcome.failed += 1
        outcome.failures.append(f"{case.get('classname', '')}::{case.get('name', '')}")
    elif skipped is not None:
        outcome.skipped += 1
        outcome.reasons[skipped.get("message", "")] += 1
    else:
        outcome.passed += 1


def summary(outcomes: list[Outcome], missing: list[str], seconds: float) -> Iterator[str]:
    """The closing lines."""
    yield "\n=== summary ==="
    for outcome in outcomes:
        counts = f"{outcome.passed:6} passed {outcome.failed:4} failed {outcome.skipped:4} skipped"
        yield f"{outcome.name:12} {outcome.seconds:7.1f} s {counts}"
    yield f"{'together':12} {seconds:7.1f} s"
    for name in missing:
        yield f"missing: the Debian package {name} (apt install {name}); the tests that need it were left out"
    reasons: Counter[str] = sum((o.reasons for o in outcomes), Counter())
    for reason, count in sorted(reasons.items()):
        yield f"left out: {count} × {reason}"
    for outcome in outcomes:
        for name in outcome.unsteady:
            yield f"UNSTEADY {outcome.name}: {name} failed at first, and passed alone"
    for outcome in outcomes:
        for failure in outcome.failures:
            yield f"FAILED {outcome.name}: {failure}"
    passed, failed, skipped = (sum(getattr(o, n) for o in outcomes) for n in ("passed", "failed", "skipped"))
    yield f"{passed} passed, {failed} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
