"""The hands that lay an album where a server finds it, lose its root, and bring it back: behind everybody's back."""

import os
import shutil
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from services.errors import StorageNotFound, Unavailable
from services.storages.patterns import MARKER
from services.storages.rclone import Daemon

OLD_NS = 1_600_000_000 * 10**9
OTHER = "somebody-elses.jpg"
PATIENCE_S = 30.0


class Hand(ABC):
    """For one root."""

    @abstractmethod
    def lay(self, files: Mapping[str, bytes]) -> None:
        """Put files there, of long ago."""

    @abstractmethod
    def lose(self, how: str) -> None:
        """The root is not there (`renamed`), or an empty one is in its place (`emptied`), or `another`."""

    @abstractmethod
    def find(self) -> None:
        """The reverse of `lose`, if that was done."""

    @abstractmethod
    def clear(self) -> None:
        """Take everything away but what the root is known by."""

    @abstractmethod
    def everything(self) -> dict[str, bytes]:
        """All files that lie there, also those that scans pass over."""


class InFolder(Hand):
    """On a folder of this machine, which somebody serves, or nobody."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._aside = root.with_name(f"{root.name}-aside")

    def lay(self, files: Mapping[str, bytes]) -> None:
        for path, content in files.items():
            full = self.root / path
            full.parent.mkdir(parents=True, exist_ok=True)
            full.write_bytes(content)
            os.utime(full, ns=(OLD_NS, OLD_NS))

    def lose(self, how: str) -> None:
        self.root.rename(self._aside)
        if how == "emptied":
            self.root.mkdir()
        if how == "another":
            self.lay({OTHER: b"other"})

    def find(self) -> None:
        if self._aside.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            self._aside.rename(self.root)

    def clear(self) -> None:
        self.root.mkdir(exist_ok=True)
        for each in self.root.iterdir():
            if each.name != MARKER:
                shutil.rmtree(each) if each.is_dir() else each.unlink()

    def everything(self) -> dict[str, bytes]:
        files = (path for path in self.root.rglob("*") if path.is_file())
        return {str(path.relative_to(self.root)): path.read_bytes() for path in files}


class InBucket(Hand):
    """On a store of objects that has no folder here: with rclone itself, under another name."""

    def __init__(self, daemon: Daemon, name: str, root: str) -> None:
        self._daemon, self._name, self._root = daemon, name, root
        self._aside = f"{root}-aside"
        self._is_lost = False
        self._call("operations/mkdir", fs=f"{name}:", remote=root)

    def lay(self, files: Mapping[str, bytes]) -> None:
        with TemporaryDirectory() as folder:
            InFolder(Path(folder)).lay(files)
            self._call("sync/copy", srcFs=folder, dstFs=self._fs(self._root))

    def lose(self, how: str) -> None:
        self._is_lost = True
        self._move(self._root, self._aside)
        if how == "emptied":
            self._call("operations/mkdir", fs=f"{self._name}:", remote=self._root)
        if how == "another":
            self.lay({OTHER: b"other"})

    def find(self) -> None:
        if self._is_lost:
            with suppress(StorageNotFound):
                self._call("operations/purge", fs=f"{self._name}:", remote=self._root)
            self._move(self._aside, self._root)
            self._is_lost = False

    def clear(self) -> None:
        kept = self.everything().get(MARKER)
        with suppress(StorageNotFound):
            self._call("operations/purge", fs=f"{self._name}:", remote=self._root)
        if kept is not None:
            self.lay({MARKER: kept})

    def everything(self) -> dict[str, bytes]:
        with TemporaryDirectory() as folder, suppress(StorageNotFound):
            self._call("sync/copy", srcFs=self._fs(self._root), dstFs=folder)
            return InFolder(Path(folder)).everything()
        return {}

    def _move(self, src: str, dst: str) -> None:
        self._call(
            "sync/move", srcFs=self._fs(src), dstFs=self._fs(dst), createEmptySrcDirs=True, deleteEmptySrcDirs=True
        )  # fmt: skip

    def _fs(self, root: str) -> dict[str, str]:
        return {"_name": self._name, "_root": root}

    def _call(self, method: str, **params: Any) -> None:
        """What is done may be done twice: the daemons of these tests wait for nobody who has much to do."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                self._daemon.call(method, **params)
            except Unavailable:
                if time.monotonic() >= until:
                    raise
            else:
                return
