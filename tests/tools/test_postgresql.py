"""The tests' own PostgreSQL: it runs, for somebody without rights, and leaves nothing behind."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.tree import ROOT
from tools import packages, postgresql

pytestmark = pytest.mark.needs("postgresql")


def test_a_cluster_runs_and_is_gone_afterwards() -> None:
    with postgresql.cluster() as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        with psycopg.connect(url) as connection:

            def ask(what: str) -> str:
                here = "from pg_database where datname = current_database()"
                (row,) = connection.execute(f"select {what} {here}").fetchall()
                return str(row[0])

            assert ask("datcollate") == "C"
            assert ask("pg_encoding_to_char(encoding)") == "UTF8"
            assert ask("current_setting('fsync')") == "off"
            folder = Path(ask("current_setting('data_directory')"))
            process = Path("/proc") / ask("pg_read_file('postmaster.pid')").splitlines()[0]
        assert process.stat().st_uid != 0
        assert folder.parent.stat().st_mode & 0o077 == 0
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(urlsplit(url).password or "", "wrong"))
    assert not process.exists()
    assert not folder.parent.exists()


def test_a_command_gets_the_address() -> None:
    code = f"import os; print(os.environ['{postgresql.VARIABLE}']); raise SystemExit(7)"
    command = [sys.executable, "-m", "tools.postgresql", sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 7
    assert done.stdout.startswith("postgresql://hypomos:")


def test_a_missing_postgresql_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packages, "POSTGRESQL", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(postgresql.ClusterError, match="apt install postgresql"), postgresql.cluster():
        pass


def test_workers_have_a_database_each() -> None:
    with postgresql.cluster() as url:
        mine = postgresql.another(url, "gw0")
        with psycopg.connect(mine) as connection:
            connection.execute("CREATE TABLE mine (id INTEGER)")
        for other in (url, postgresql.another(url, "gw1")):
            with psycopg.connect(other) as connection, pytest.raises(psycopg.errors.UndefinedTable):
                connection.execute("SELECT id FROM mine")
