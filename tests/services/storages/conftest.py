"""Real disks for the tests that need one to be full, read-only or unmounted."""

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Mounter = Callable[..., Path]


@pytest.fixture
def mount() -> Iterator[Mounter]:
    """Mounts a small disk in memory on a folder; whatever is still mounted at the end is unmounted."""
    mounted: list[Path] = []

    def mount_on(folder: Path, *, size: str = "1m") -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "hypomos-test", str(folder)]
        try:
            done = subprocess.run(command, capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("needs the program mount")
        if done.returncode:
            pytest.skip("needs the right to mount a disk")
        mounted.append(folder)
        return folder

    yield mount_on
    for folder in reversed(mounted):
        subprocess.run(["umount", "--lazy", str(folder)], capture_output=True, check=False)


def unmount(folder: Path) -> None:
    subprocess.run(["umount", str(folder)], check=True)
