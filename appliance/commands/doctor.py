"""`hypomos doctor`: is everything there that Hypomos needs, and how fast is this machine?"""

import argparse
import os
import platform
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import certificate_check, discovery
from appliance.container import Hypomos, open_appliance, prepare
from appliance.discovery import televisions
from appliance.output import Output
from config import Settings
from services.errors import HypomosError
from services.jobs import worker_alive
from services.media import sandbox
from services.models import Storage
from services.room import MIN_FREE
from services.storages.rclone import binary
from services.storages.rclone.config import FILE_NAME, require_encrypted
from web.rendering import VENDOR, manifest

REFERENCE_S = 0.17
"""What `_calculate` takes on a desktop processor of 2020: factor 1."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `level` is ok, note or problem."""

    name: str
    level: str
    text: str


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("doctor", parents=[common], help="check this machine and the data directory")
    parser.set_defaults(run=run)


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """Look at everything; exit code 1 when something is a problem."""
    findings = list(examine(settings))
    marks = {"ok": "✓", "note": "·", "problem": "✗"}
    if output.json:
        rows = [{"name": f.name, "level": f.level, "text": f.text} for f in findings]
        output.table(rows, ("name", "level", "text"), "")
    else:
        for f in findings:
            print(f"{marks[f.level]} {f.name}: {f.text}")
    return 1 if any(f.level == "problem" for f in findings) else 0


def examine(settings: Settings) -> Iterator[Finding]:
    """Every finding, one after the other."""
    yield _finding("system", lambda: f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
                   sys.maxsize > 2**32, "Hypomos needs a 64-bit system.")  # fmt: skip
    yield _data(settings)
    yield _space(settings)
    yield _finding("SQLite", lambda: sqlite3.sqlite_version, sqlite3.sqlite_version_info >= (3, 35),
                   "too old; 3.35 or newer is needed")  # fmt: skip
    yield from _catalogue(settings)
    https = certificate_check.check(settings)
    yield Finding("https", https.level, https.text)
    yield from _sandbox()
    yield _finding("browser libraries", lambda: f"{len(manifest()['packages'])} built in", VENDOR.exists(),
                   "not built in; install Hypomos again with npm on the machine, or a released wheel")  # fmt: skip
    yield _inotify()
    yield from (Finding(*found) for found in discovery.findings(settings))
    yield from (Finding(*found) for found in televisions.findings(settings))
    yield _speed(settings)


def _finding(name: str, text: Callable[[], str], good: bool, otherwise: str) -> Finding:
    return Finding(name, "ok", text()) if good else Finding(name, "problem", otherwise)


def _data(settings: Settings) -> Finding:
    try:
        prepare(settings)
    except HypomosError as error:
        return Finding("data directory", "problem", str(error))
    return Finding("data directory", "ok", str(settings.data))


def _space(settings: Settings) -> Finding:
    there = next(p for p in (settings.data, *settings.data.parents) if p.is_dir())
    usage = shutil.disk_usage(there)
    text = f"{usage.free // 2**20} MiB free"
    return Finding("space", "ok" if usage.free > 2 * MIN_FREE else "problem", text)


def _catalogue(settings: Settings) -> Iterator[Finding]:
    try:
        hypomos = open_appliance(settings)
    except HypomosError as error:
        yield Finding("catalogue", "problem", str(error))
        return
    yield Finding("catalogue", "ok", "PostgreSQL" if settings.database_url else "SQLite, up to date")
    alive = worker_alive(None)
    yield Finding("worker", "ok" if alive else "note", "alive" if alive else "none is running just now")
    for storage in Storage.select().where(Storage.removed_at.is_null()):
        health = hypomos.connecting.check(storage)
        level = "ok" if health.online else "problem"
        yield Finding(f"storage {storage.owner.login}/{storage.name}", level, health.reason or health.state)
    needed = hypomos.remotes.is_needed()
    yield _rclone(settings, needed=needed)
    if needed:
        yield _daemon(settings, hypomos)
    hypomos.close()


def _daemon(settings: Settings, hypomos: Hypomos) -> Finding:
    """Whether rclone answers, and its configuration is one that nobody can read."""
    try:
        hypomos.daemon.call("rc/noop")
        require_encrypted(settings.data / FILE_NAME)
    except HypomosError as error:
        return Finding("rclone's daemon", "problem", str(error))
    return Finding("rclone's daemon", "ok", "answers; its configuration is encrypted")


def _rclone(settings: Settings, *, needed: bool) -> Finding:
    """Whether the program is there and new enough; only a note while no storage needs it."""
    try:
        program = binary.find(settings.rclone)
        version = binary.version(program)
        problem = binary.why_too_old(version)
    except HypomosError as error:
        problem = str(error)
    if problem is not None:
        return Finding("rclone", "problem" if needed else "note", problem)
    return Finding("rclone", "ok", f"{'.'.join(map(str, version))} ({program})")


def _sandbox() -> Iterator[Finding]:
    for name, there in sandbox.probe().items():
        text = "works" if there else "this kernel cannot do it; the other limits hold all the same"
        yield Finding(f"decoder sandbox: {name}", "ok" if there else "note", text)


def _inotify() -> Finding:
    path = Path("/proc/sys/fs/inotify/max_user_watches")
    watches = int(path.read_text()) if path.exists() else 0
    if watches >= 65_536:
        return Finding("folder watching", "ok", f"up to {watches} folders")
    return Finding(
        "folder watching", "note", f"only {watches} folders; raise fs.inotify.max_user_watches for more"
    )


def _speed(settings: Settings) -> Finding:
    factor = max(1.0, min(6.0, round(_measure() / REFERENCE_S, 1)))
    if os.access(settings.data, os.W_OK):
        (settings.data / "machine-factor").write_text(f"{factor}\n")
    return Finding("speed", "ok", f"factor {factor}; limits of the decoders are stretched by it")


def _measure() -> float:
    """Seconds of processor time for a fixed calculation; the best of three."""
    best = float("inf")
    for _ in range(3):
        began = time.process_time()
        _calculate()
        best = min(best, time.process_time() - began)
    return best


def _calculate() -> int:
    total = 0
    for n in range(3_000_000):
        total = (total * 31 + n) & 0xFFFFFF
    return total
