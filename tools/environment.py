"""Sets up `.venv` and keeps it: `python3 tools/environment.py run` for make demo and serve, `dev` for tests.

Owns `.venv` and `node_modules`. Uses the standard library alone and the syntax of old Pythons, since
it is what has to say that Python is too old. Nothing happens when nothing changed. When something
is missing it says so in one line and exits with 1; the output of a failed installer stays in
`.venv/install.log`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import struct
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
SOURCES = (
    "requirements/run.txt",
    "requirements/build.txt",
    "requirements/node.txt",
    "requirements/dev.txt",
    "pyproject.toml",
    "hatch_build.py",
    "package.json",
    "package-lock.json",
    "web/vendor.toml",
    "web/locale/de/LC_MESSAGES/messages.po",
)
BUILT = ("web/static/vendor/manifest.json", "web/locale/de/LC_MESSAGES/messages.mo")
LOCKS = {"run": ("build", "run"), "dev": ("build", "dev")}
# What comes as source is built with the locked setuptools: nothing without a hash is ever downloaded.
FROM_LOCK = ("--no-build-isolation", "--use-pep517", "--require-hashes", "--requirement")
MACHINES = ("x86_64", "amd64", "aarch64", "arm64")


class SetupError(Exception):
    """Raised when the environment cannot be set up; the text is one line that says what to do."""


def main(arguments: list[str]) -> int:
    """Bring the environment up to date; answers the exit code."""
    kind = arguments[0] if arguments else ""
    if kind not in LOCKS:
        print("usage: environment.py run|dev", file=sys.stderr)
        return 2
    try:
        with (ROOT / "pyproject.toml").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # two makes at once: the second waits, then finds all done
            Environment(ROOT, choose_python()).ensure(kind)
    except (SetupError, OSError) as problem:
        print(f"Hypomos cannot be set up: {problem}", file=sys.stderr)
        return 1
    return 0


def complaint(system: str, bits: int, machine: str) -> str | None:
    """What is wrong with this kind of machine, in one line, or None."""
    if bits != 64 or machine.lower() not in MACHINES:
        return f"it needs a 64-bit system (x86_64 or aarch64), this Python is {bits}-bit on {machine}."
    if system != "Linux":
        return f"it runs on Linux, not on {system}."
    return None


def choose_python() -> str:
    """The interpreter to use: this one, or a newer one on PATH where this one is too old."""
    problem = complaint(platform.system(), struct.calcsize("P") * 8, platform.machine())
    if problem:
        raise SetupError(problem)
    if sys.version_info >= OLDEST:
        # inside an activated environment, perhaps the very one to be made anew: the Python it was made with
        return os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    for name in NEWER:
        found = shutil.which(name)
        if found and answer(found, "print(1)") == "1":  # a version manager may offer names that do not run
            return found
    version = ".".join(map(str, sys.version_info[:3]))
    raise SetupError(f"it needs Python 3.11 or newer, this is {version}; try make PYTHON=/path/to/python3.")


def answer(python: str, code: str, folder: Path = ROOT) -> str | None:
    """What `code` prints when `python` runs it in `folder`, None when it fails."""
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=str(folder))
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


class Environment:
    """The `.venv` below `root`, made with the interpreter `base`."""

    def __init__(self, root: Path, base: str) -> None:
        self.root = root
        self.base = base
        self.version = answer(base, "import platform; print(platform.python_version())") or ""
        self.folder = root / ".venv"
        self.python = str(self.folder / "bin" / "python")
        self.stamp = self.folder / "hypomos.json"
        self.log = self.folder / "install.log"

    def ensure(self, kind: str) -> None:
        """Make or renew what `kind` needs; nothing when all is there and nothing changed."""
        if self.is_current(kind):
            return
        tests = "with the tools for tests; " if kind == "dev" else ""
        print(f"Setting up .venv ({tests}a minute or two) …", flush=True)
        self.make()
        self.log.unlink(missing_ok=True)
        for name in LOCKS[kind]:
            self.pip("the Python packages", *FROM_LOCK, f"requirements/{name}.txt")
        self.install_node(kind)
        self.pip("Hypomos itself", "--no-deps", "--no-build-isolation", "--editable", ".")
        if kind == "dev":
            code = "import hatch_build as h; h.npm_ci(h.Path('.'))"
            self.call("the browser test tools", [self.python, "-c", code])
        self.stamp.write_text(json.dumps({"made": self.made_with(), "from": self.made_from(), "kind": kind}))

    def is_current(self, kind: str) -> bool:
        """Whether nothing changed since the last time; what serves the tests serves the rest too."""
        try:
            stamp = json.loads(self.stamp.read_text())
        except (OSError, ValueError):
            return False
        return (
            stamp.get("made") == self.made_with()
            and stamp.get("from") == self.made_from()
            and stamp.get("kind") in (kind, "dev")
            and all((self.root / name).exists() for name in BUILT)
            and (stamp.get("kind") != "dev" or (self.root / "node_modules").exists())
        )

    def made_with(self) -> str:
        """Python's version, the machine and the place: a change of these makes the environment anew."""
        return f"Python {self.version} on {platform.machine()} in {self.root}"

    def made_from(self) -> str:
        """The files that decide what is installed, as a hash."""
        digest = hashlib.sha256()
        for name in SOURCES:
            digest.update((self.root / name).read_bytes())
        return digest.hexdigest()

    def make(self) -> None:
        """Make `.venv` unless it is there, made with this interpreter at this place."""
        try:
            made = json.loads(self.stamp.read_text())["made"]
        except (OSError, ValueError, KeyError):
            made = self.made_with() if self.works() else ""
        if made == self.made_with() and self.works():
            self.stamp.unlink(missing_ok=True)  # half done from here on
            return
        if answer(self.base, "import venv, ensurepip; print(1)") != "1":
            raise SetupError("Python's venv module is not complete; on Debian: apt install python3-venv.")
        done = subprocess.run(
            [self.base, "-m", "venv", "--clear", str(self.folder)], capture_output=True, text=True
        )
        if done.returncode:
            raise SetupError(f"python -m venv failed: {last_line(done.stdout + done.stderr)}")

    def works(self) -> bool:
        """Whether the environment's Python runs, is of the base's version and has pip."""
        code = "import pip, platform; print(platform.python_version())"
        return answer(self.python, code) == self.version

    def install_node(self, kind: str) -> None:
        """Put Node into the environment where it is needed and the machine has none."""
        if shutil.which("node") and shutil.which("npm"):
            return
        code = "import hatch_build as h; print(h.is_current(h.Path('.')))"
        if kind == "dev" or answer(self.python, code, self.root) != "True":
            self.pip("Node", *FROM_LOCK, "requirements/node.txt")

    def pip(self, what: str, *options: str) -> None:
        """Install with the environment's pip."""
        command = [self.python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        self.call(what, [*command, *options])

    def call(self, what: str, command: list[str]) -> None:
        """Run an installer; raises SetupError with the last line of what it said."""
        foreign = {"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"}
        environment = {name: value for name, value in os.environ.items() if name not in foreign}
        with self.log.open("a+", encoding="utf-8", errors="replace") as log:
            done = subprocess.run(command, cwd=str(self.root), env=environment, stdout=log, stderr=log)
            if done.returncode:
                log.seek(0)
                reason = last_line(log.read())
                raise SetupError(f"installing {what} failed ({reason}); all of it is in .venv/install.log.")


def last_line(text: str) -> str:
    """The last line that says something, cut to a readable length."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if line.lower().startswith("error")] or lines
    return telling[-1][:300] if telling else "it said nothing"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
