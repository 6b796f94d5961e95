"""Plants one bug at a time where rights and files could be lost, and sees whether a test notices.

Owns the runs; the bugs are listed in `tests/mutations.toml`, each with why it matters. Every run happens
in a copy of the tree, never in the checkout. A bug that no test notices has survived, and that is a
failure: the missing test is to be written. So is a bug whose text is not there any more exactly once.

    .venv/bin/python -m tools.mutations [WORD…]     only the bugs whose file or reason has one of the words
"""

import multiprocessing
import os
import queue
import shutil
import sys
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = "tests/mutations.toml"
COPIED = (
    "appliance",
    "virtualfs",
    "services",
    "web",
    "config",
    "tests",
    "tools",
    "pyproject.toml",
    "hatch_build.py",
)
WORKERS = 2
BUDGET_S = 1500.0
"""For all of them; what does not fit is a failure and is named."""
ONE_S = 90.0
FORKS = multiprocessing.get_context("forkserver")
LIBRARIES = [
    "pytest",
    "peewee",
    "playhouse.migrations",
    "argon2",
    "starlette.testclient",
    "ifaddr",
    "huey.api",
]
"""What nearly every run needs, loaded once for all of them."""
BYTECODE = "PYTHONDONTWRITEBYTECODE"
NOTICED = 1
"""pytest's exit code when tests failed; 0 is "all passed", anything else no verdict at all."""


class Stale(ValueError):
    """Raised when a bug cannot be planted: its text is not there, or is there several times."""


@dataclass(frozen=True)
class Mutation:
    """One bug: in `file`, `find` becomes `put`; `tests` must notice, because of `why`."""

    file: str
    find: str
    put: str
    why: str
    tests: tuple[str, ...]

    @property
    def name(self) -> str:
        """How it is called in messages."""
        return f"{self.file}: {self.why}"

    def planted(self, root: Path) -> str:
        """The text of the file with the bug in it. Raises Stale."""
        text = (root / self.file).read_text(encoding="utf-8")
        if (count := text.count(self.find)) != 1:
            raise Stale(f"{self.name}: its text is there {count} times, not once: {self.find!r}")
        return text.replace(self.find, self.put)


@dataclass(frozen=True)
class Result:
    """What became of a bug: `verdict` is `noticed`, or says what is wrong."""

    mutation: Mutation
    verdict: str
    seconds: float = 0.0

    @property
    def is_good(self) -> bool:
        """Whether a test noticed it."""
        return self.verdict == "noticed"


def main(words: Sequence[str]) -> int:
    """Plant the bugs that are asked for; answers the exit code."""
    wanted = [m for m in read(ROOT) if not words or any(word in m.name for word in words)]
    results = run(wanted)
    bad = [result for result in results if not result.is_good]
    for result in bad:
        print(f"FAILED {result.mutation.name}: {result.verdict}")
    print(f"{len(results) - len(bad)} of {len(results)} bugs were noticed")
    return 1 if bad or not results else 0


def read(root: Path) -> list[Mutation]:
    """The bugs of the list, in its order."""
    with (root / LIST).open("rb") as file:
        modules = tomllib.load(file)["module"]
    return [
        Mutation(module["file"], bug["find"], bug["put"], bug["why"], tuple(module["tests"]))
        for module in modules
        for bug in module["bug"]
    ]


def run(
    mutations: Sequence[Mutation], root: Path = ROOT, *, budget_s: float = BUDGET_S,
    say: Callable[[str], None] = lambda line: print(line, flush=True),
) -> list[Result]:  # fmt: skip
    """Plant each bug alone in a copy of `root`; progress is said line by line."""
    waiting: queue.SimpleQueue[Mutation] = queue.SimpleQueue()
    for mutation in mutations:
        waiting.put(mutation)
    results: list[Result] = []
    deadline = time.monotonic() + budget_s

    def work(copy: Path) -> None:
        for mutation in _taken(waiting):
            result = _one(copy, mutation, deadline)
            results.append(result)
            say(
                f"[{len(results)}/{len(mutations)}] {mutation.name}: {result.verdict} ({result.seconds:.1f} s)"
            )

    FORKS.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory(prefix="hypomos-mutations-") as folder:
        first = copy_tree(root, Path(folder) / "0")
        if (problem := _clean(first, mutations)) is not None:
            return [Result(mutation, problem) for mutation in mutations]
        others = [shutil.copytree(first, Path(folder) / str(n), symlinks=True) for n in range(1, WORKERS)]
        threads = [threading.Thread(target=work, args=(copy,)) for copy in (first, *others)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    return results


def copy_tree(root: Path, copy: Path) -> Path:
    """What the tests need of a tree, with the times of its files; gives the copy."""
    copy.mkdir()
    for name in COPIED:
        if (root / name).is_dir():
            shutil.copytree(root / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (root / name).exists():
            shutil.copy2(root / name, copy / name)
    return copy


def _taken(waiting: "queue.SimpleQueue[Mutation]") -> Iterator[Mutation]:
    while True:
        try:
            yield waiting.get_nowait()
        except queue.Empty:
            return


def _clean(copy: Path, mutations: Sequence[Mutation]) -> str | None:
    """What is wrong before anything was planted: then no verdict would mean anything. Makes the byte code too."""
    tests = sorted({test for mutation in mutations for test in mutation.tests})
    code, _ = _pytest(copy, tests, BUDGET_S, is_clean=True)
    if code == 0:
        return None
    said = copy.with_name(f"{copy.name}.log").read_text(encoding="utf-8")[-2000:]
    return f"without any bug the tests do not pass in a copy (pytest ended with {code}):\n{said}"


def _one(copy: Path, mutation: Mutation, deadline: float) -> Result:
    left = deadline - time.monotonic()
    if left <= 0:
        return Result(mutation, "there was no time left for it")
    path = copy / mutation.file
    try:
        planted = mutation.planted(copy)
    except Stale as error:
        return Result(mutation, str(error))
    clean, status = path.read_bytes(), path.stat()
    path.write_text(planted, encoding="utf-8")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 10**9))  # else old byte code would run
    try:
        code, seconds = _pytest(copy, mutation.tests, min(left, ONE_S))
    finally:
        path.write_bytes(clean)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    verdicts = {NOTICED: "noticed", 0: "SURVIVED: no test noticed it", None: "the tests did not end in time"}
    return Result(mutation, verdicts.get(code, f"no verdict: pytest ended with {code}"), seconds)


def _pytest(
    copy: Path, tests: Sequence[str], timeout_s: float, *, is_clean: bool = False
) -> tuple[int | None, float]:
    """The exit code of pytest in a copy (None: out of time) and the seconds it took."""
    began = time.monotonic()
    process = FORKS.Process(target=_child, args=(copy, tests, is_clean))
    process.start()
    process.join(timeout_s)
    if process.exitcode is None:
        process.kill()
        process.join()
        return None, time.monotonic() - began
    return process.exitcode, time.monotonic() - began


def _child(copy: Path, tests: Sequence[str], is_clean: bool) -> None:
    """Be pytest in a copy: a fork of a process that has loaded the libraries, and nothing of ours.

    Only what is clean is kept as byte code: two bugs of one file may have the same size and time, by which
    Python tells whether byte code is of today.
    """
    import pytest

    os.chdir(copy)
    for name in [name for name in os.environ if name.startswith(("HYPOMOS_", BYTECODE))]:
        del os.environ[name]
    sys.dont_write_bytecode = not is_clean
    if not is_clean:
        os.environ[BYTECODE] = "1"
    log = os.open(copy.with_name(f"{copy.name}.log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(log, stream)
    files = copy.with_name(f"{copy.name}-files")
    loaded_before = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
    options = ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", *loaded_before, f"--basetemp={files}"]
    if is_clean:
        options += ["-n", str(WORKERS), "--dist=worksteal"]
    os._exit(pytest.main([*options, *tests]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
