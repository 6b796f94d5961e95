"""A PostgreSQL of the tests' own: in a temporary folder, on a free loopback port, gone afterwards.

Owns the start and the end of that cluster. It has UTF-8, the C collation and no fsync, and a password
drawn for this run. PostgreSQL refuses to run as root, so root starts it as the user `postgres`, or
`nobody` where there is none.

    .venv/bin/python -m tools.postgresql COMMAND…     runs COMMAND with HYPOMOS_TEST_DATABASE_URL set
"""

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tools.packages import program

VARIABLE = "HYPOMOS_TEST_DATABASE_URL"
USER = "hypomos"
START_SECONDS = 60
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "300",
    "shared_buffers": "64MB",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "jit": "off",
    # tables of a few rows each: to weigh the orders in which they might be joined takes longer than any of them
    "join_collapse_limit": "1",
    "log_min_messages": "fatal",
}


class ClusterError(RuntimeError):
    """Raised when PostgreSQL is not there or does not start; carries what it said."""


def main(arguments: list[str]) -> int:
    """Run a command with a cluster at hand; answers its exit code."""
    if not arguments:
        print("usage: python -m tools.postgresql COMMAND…", file=sys.stderr)
        return 2
    try:
        with cluster() as url:
            return subprocess.run(arguments, env={**os.environ, VARIABLE: url}).returncode
    except ClusterError as error:
        print(error, file=sys.stderr)
        return 1


@contextmanager
def cluster() -> Iterator[str]:
    """Start a cluster with one empty database; yields its URL, and removes everything at the end."""
    initdb, server = program("initdb"), program("postgres")
    if initdb is None or server is None:
        raise ClusterError("PostgreSQL is not installed: apt install postgresql")
    password = secrets.token_urlsafe(18)
    folder = Path(tempfile.mkdtemp(prefix="hypomos-postgresql-"))
    try:
        as_owner = _owner(folder)
        _initialise(initdb, folder, password, as_owner)
        with _running(server, folder, as_owner) as port:
            yield f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def another(url: str, name: str) -> str:
    """Make one more empty database in the cluster at `url`; answers its URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return url.rpartition("/")[0] + "/" + name


def _owner(folder: Path) -> dict[str, Any]:
    """Arguments for subprocess that make it an unprivileged user, who gets the folder."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        os.chown(folder, entry.pw_uid, entry.pw_gid)
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise ClusterError("PostgreSQL does not run as root, and there is no user postgres or nobody.")


def _initialise(initdb: Path, folder: Path, password: str, as_owner: dict[str, Any]) -> None:
    secret = folder / "password"
    secret.write_text(password, encoding="utf-8")
    if as_owner:
        os.chown(secret, as_owner["user"], as_owner["group"])
    command = [str(initdb), "-D", str(folder / "data"), "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync"]
    command += ["-A", "scram-sha-256", f"--pwfile={secret}"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, **as_owner)
    secret.unlink()
    if done.returncode:
        raise ClusterError(f"initdb failed: {(done.stderr or done.stdout).strip()}")


@contextmanager
def _running(server: Path, folder: Path, as_owner: dict[str, Any]) -> Iterator[int]:
    """The server, answering on the port it yields."""
    for _ in range(5):  # somebody else may take the port between asking for it and using it
        port = free_port()
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(server), "-D", str(folder / "data"), *options],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C reaches the tests first, and the server through us
                **as_owner,
            )
        try:
            if _answers(process, folder / "data" / "postmaster.pid"):
                yield port
                return
        finally:
            _stop(process)
    raise ClusterError(f"PostgreSQL does not start: {(folder / 'log').read_text(errors='replace').strip()}")


def _answers(process: "subprocess.Popen[bytes]", pid_file: Path) -> bool:
    """Wait until the server says in its pid file that it is ready; False when it ended instead."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            lines = pid_file.read_text().splitlines()
        except OSError:
            lines = []
        if len(lines) > 7 and lines[7].strip() == "ready":
            return True
        time.sleep(0.05)
    return False


def _stop(process: "subprocess.Popen[bytes]") -> None:
    """End the server: open connections are cut, then, after a while, everything."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(how)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                continue
    process.wait()


def free_port() -> int:
    """A loopback port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the cluster ends too
    sys.exit(main(sys.argv[1:]))
