"""A daemon that is played: it answers as rclone does, from a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from services.errors import StorageError
from services.storages.rclone import Daemon, RcloneStorage
from services.storages.rclone.client import Body
from services.storages.rclone.standby import Standby

Answer = dict[str, Any] | StorageError


class FakeDaemon(Daemon):
    """Answers from a table: method -> what it says, or a function of its parameters."""

    def __init__(self, **answers: Answer | Callable[[dict[str, Any]], Answer]) -> None:
        self.answers = {name.replace("__", "/"): answer for name, answer in answers.items()}
        self.answers.setdefault(
            "operations/fsinfo", {"Precision": 1, "Features": {"Move": True, "DirMove": True}}
        )
        self.answers.setdefault("core/stats", {"errors": 0})
        self.answers.setdefault("core/stats-delete", {})
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.standby = Standby()

    def call(self, method: str, *, timeout: float = 0, again: bool = True, **params: Any) -> dict[str, Any]:
        self.calls.append((method, params))
        answer = self.answers[method]
        if callable(answer):
            answer = answer(params)
        if isinstance(answer, StorageError):
            raise answer
        return answer

    def open(self, fs: str, path: str, start: int, end: int) -> Body:
        self.calls.append(("GET", {"fs": fs, "path": path, "span": (start, end)}))
        answer = self.answers["GET"]
        assert isinstance(answer, StorageError)
        raise answer

    def asked(self, method: str) -> list[dict[str, Any]]:
        return [params for name, params in self.calls if name == method]


def make(
    daemon: Daemon, tmp_path: Path, *, root: str = "", type: str = "webdav", **more: Any
) -> RcloneStorage:
    return RcloneStorage(daemon, "h_1", type=type, root=root, spool=tmp_path, **more)


def file(name: str, size: int = 1, **more: Any) -> dict[str, Any]:
    return {"Name": name, "Size": size, "IsDir": False, "ModTime": "2026-07-01T10:00:00Z", **more}
