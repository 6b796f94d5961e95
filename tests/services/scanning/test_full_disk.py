"""The catalogue's own disk is full: jobs say so, reads go on, nothing is lost, and room brings it all back."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import NoSpace
from services.models import File, Item, database
from tests import tree
from tests.fakes import photo
from tests.services.scanning.household import Household

ALONE = ("unshare", "--user", "--map-root-user", "--mount")
"""Runs a command where it may mount what nobody else sees."""


@pytest.mark.sqlite("its file is given no room")
def test_a_catalogue_that_cannot_grow_ends_the_scan_with_words(home: Household) -> None:
    home.memory.put("before.jpg", photo())
    home.scan()
    for n in range(30):
        home.memory.put(f"{n}.jpg", photo(n=n, title="x" * 4000))
    pages = database.proxy.execute_sql("PRAGMA page_count").fetchone()[0]
    database.proxy.execute_sql(f"PRAGMA max_page_count = {pages + 10}")
    with pytest.raises(NoSpace, match="catalogue is full"):
        home.scan()
    assert home.names()[-1] == "before.jpg", "reads go on"
    database.proxy.execute_sql(f"PRAGMA max_page_count = {1 << 30}")
    home.scan()
    assert File.select().count() == Item.select().count() == 31
    assert set(home.names()) == {"before.jpg", *(f"{n}.jpg" for n in range(30))}


def test_a_disk_that_somebody_fills_during_a_scan(tmp_path: Path) -> None:
    """On a real small disk, in a process that sees it alone."""
    if subprocess.run([*ALONE, "true"], capture_output=True).returncode:
        pytest.skip("this machine lets nobody mount a small disk of their own")
    folder = tmp_path / "disk"
    folder.mkdir()
    script = 'mount -t tmpfs -o size=40m tmpfs "$1" && exec "$2" -m tests.services.scanning.full_disk "$1"'
    command = [*ALONE, "sh", "-c", script, "sh", str(folder), sys.executable]
    done = subprocess.run(command, cwd=tree.ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout.splitlines()[-1] == "whole"
    assert list(folder.iterdir()) == []
