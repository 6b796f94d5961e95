"""What tests about the tree itself share: its files, its modules and the command line's help."""

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("appliance", "virtualfs", "services", "web", "config")
BINARY = {".png", ".jpg", ".webp", ".ico", ".gz", ".mo", ".woff2"}


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the project, relative to its root; ignored ones do not."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    if shutil.which("git") and (ROOT / ".git").exists():
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        found = [Path(name) for name in done.stdout.split("\0") if name]
    else:  # an unpacked source archive
        found = [path.relative_to(ROOT) for path in ROOT.rglob("*")]
        made = {"node_modules", "vendor", "data", "dist", "build", "__pycache__"}
        found = [p for p in found if not made & set(p.parts) and not _is_hidden(p)]
    return tuple(sorted(p for p in found if (ROOT / p).is_file()))


def _is_hidden(path: Path) -> bool:
    ours = {".ci", ".gitignore", ".npmrc"}
    return any(part.startswith(".") and part not in ours for part in path.parts)


def texts() -> list[tuple[Path, str]]:
    """Every text file with its content."""
    return [(p, (ROOT / p).read_text(encoding="utf-8")) for p in files() if p.suffix not in BINARY]


def modules() -> list[Path]:
    """The Python modules of the five packages, relative to the root."""
    return [p for p in files() if p.parts[0] in PACKAGES and p.suffix == ".py"]


def dotted(module: Path) -> str:
    """The name by which a module is imported."""
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def help_of(*words: str) -> tuple[int, str]:
    """Exit code and text of `hypomos WORDS --help`."""
    code = "import sys; from appliance.cli import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--help"], cwd=ROOT, capture_output=True, text=True
    )
    return done.returncode, done.stdout
