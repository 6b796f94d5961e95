"""Renews the lock files in `requirements/`: exact versions with hashes, and no index addresses.

Owns those files. Run `.venv/bin/python -m tools.lock` after a change of the dependencies in
`pyproject.toml`, with `--upgrade` for newer versions. Needs uv (`.venv/bin/pip install uv`), which
nothing else needs.

    run.txt     what `hypomos` itself needs, the clients of PostgreSQL and Redis included
    build.txt   what building it needs
    node.txt    Node for building, where the machine has no npm
    dev.txt     all of run and build, and what the tests need
"""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from hatch_build import NODE_WHEEL

ROOT = Path(__file__).resolve().parent.parent
FOLDER = "requirements"
SOURCE_BUILDS = "setuptools>=77"
"""wsgidav is published as source alone; what builds it is locked like everything else."""

HEADER = "# Made by tools/lock.py from pyproject.toml: do not edit.\n"
COMMON = (
    "--universal",  # one lock for x86_64 and aarch64
    "--python-version=3.11",
    "--fork-strategy=fewest",  # one version for every Python: what is tested is what runs
    "--generate-hashes",
    "--no-annotate",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--quiet",
)


def main(arguments: list[str]) -> int:
    """Write the four files; answers the exit code."""
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        print("tools.lock needs uv: .venv/bin/pip install uv", file=sys.stderr)
        return 1
    project = ["pyproject.toml", "--extra=postgresql", "--extra=redis"]
    compile_lock(uv, "run", project, arguments)
    compile_lock(uv, "build", ["-"], [*arguments, "-c", f"{FOLDER}/run.txt"], _build_requires())
    compile_lock(uv, "node", ["-"], arguments, NODE_WHEEL)
    above = [f"{FOLDER}/run.txt", f"{FOLDER}/build.txt"]
    compile_lock(uv, "dev", [*project, "--group=dev", *above], arguments)
    return 0


def compile_lock(uv: str, name: str, sources: list[str], options: list[str], stdin: str = "") -> None:
    """Let uv resolve `sources` into `requirements/<name>.txt`; versions that still fit are kept."""
    target = ROOT / FOLDER / f"{name}.txt"
    target.parent.mkdir(exist_ok=True)
    command = [uv, "pip", "compile", *COMMON, *options, "--output-file", f"{FOLDER}/{name}.txt", *sources]
    subprocess.run(command, cwd=ROOT, check=True, input=stdin, text=True, stdout=subprocess.DEVNULL)
    target.write_text(HEADER + target.read_text(encoding="utf-8"), encoding="utf-8")


def _build_requires() -> str:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return "\n".join([*tomllib.load(file)["build-system"]["requires"], SOURCE_BUILDS])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
