"""rclone's configuration as people's storages need it: the only place where secrets go. Here and only here.

Names of remotes are ours and tell when they were made. What gets in was checked before
(`storages.rclone.providers`), and goes in as parameters, never as a connection string.
"""

import logging
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from services.clock import now
from services.errors import HypomosError, StorageError, Unauthorized, UsageError
from services.identifiers import new_pid
from services.storages.base import Storage as Adapter
from services.storages.rclone import Daemon, RcloneStorage, hostkeys

STALE = 86_400_000_000
"""A remote that no storage has is forgotten after a day."""

log = logging.getLogger(__name__)


class Configuration:
    """The remotes that `daemon` knows; `spool` is a folder of ours for what is being uploaded."""

    def __init__(self, daemon: Daemon, spool: Path) -> None:
        self._daemon = daemon
        self._spool = spool

    def make(self, type: str, parameters: Mapping[str, str]) -> str:
        """Make a remote and look whether it answers; its name. What does not answer is forgotten again.

        Raises StorageError, UsageError.
        """
        remote = _new_name()
        self._write("config/create", remote, parameters, type=type)
        try:
            self._try_out(remote, type)
        except (StorageError, UsageError) as error:
            self.forget(remote)
            raise refused(error) from error
        return remote

    def change(self, remote: str, type: str, root: str, changed: Mapping[str, str]) -> None:
        """Give a remote other parameters, once another one has answered with them: this one may be in use.

        It keeps what it had where that raises StorageError or UsageError, or ends with a sudden death.
        """
        trial, current = _new_name(), self.get(remote)
        try:
            self._write("config/create", trial, current, type=type, obscured=True)
            self.update(trial, changed)
            self._try_out(trial, type, root)
            tried = self.get(trial)
            other = {key for key in {*tried, *changed} if tried.get(key, "") != current.get(key, "")}
            # what is the same may be another by now: a token
            self.update(remote, {key: tried.get(key, "") for key in other}, obscured=True)
        except (StorageError, UsageError) as error:
            if "token" in current and "token" not in changed:
                self._keep_token(remote, trial, current["token"])
            raise refused(error) from error
        finally:
            self.forget(trial)

    def _keep_token(self, remote: str, trial: str, before: str) -> None:
        """With some providers a token that was renewed for a trial is the only one that is good from then on."""
        with suppress(StorageError, UsageError):
            token = self.get(trial).get("token", before)
            if token != before:
                self.update(remote, {"token": token}, obscured=True)

    def _try_out(self, remote: str, type: str, root: str = "") -> None:
        """Look whether a remote answers; from then on an SFTP server is known by the key that it showed."""
        self.adapter(remote, type, root).list("")
        if type == "sftp":
            self.update(remote, hostkeys.pinned(self.get(remote)))

    def update(self, remote: str, parameters: Mapping[str, str], *, obscured: bool = False) -> None:
        """Write parameters; `obscured` are those that come from the configuration and go back as they were."""
        self._write("config/update", remote, parameters, obscured=obscured)
        self._daemon.standby.drop(remote)

    def get(self, remote: str) -> dict[str, str]:
        """The parameters of a remote, secrets among them."""
        found = self._daemon.call("config/get", name=remote)
        return {key: str(value) for key, value in found.items() if key != "type"}

    def forget(self, remote: str) -> None:
        """A remote is not needed any more: its secrets go."""
        self._daemon.standby.drop(remote)
        try:
            self._daemon.call("config/delete", name=remote)
        except HypomosError as error:
            log.warning("a remote that is not needed any more stays in rclone's configuration: %s", error)

    def forget_stale(self, known: Collection[str]) -> None:
        """Forget remotes of drafts that a restart ended, but for those that storages have."""
        for remote in self._daemon.call("config/listremotes").get("remotes") or ():
            stamp = str(remote).split("_")[1:2]
            if remote in known or not stamp or not _is_hexadecimal(stamp[0]):
                continue
            if now() - int(stamp[0], 16) > STALE:
                self.forget(str(remote))

    def adapter(self, remote: str, type: str, root: str) -> Adapter:
        """A folder of a remote, for looking."""
        return RcloneStorage(self._daemon, remote, type=type, root=root, spool=self._spool, writable=False)

    def problem(self) -> str | None:
        """What is wrong with rclone's daemon, in words."""
        return self._daemon.problem()

    def _write(
        self,
        method: str,
        remote: str,
        parameters: Mapping[str, str],
        *,
        type: str = "",
        obscured: bool = False,
    ) -> None:
        values: dict[str, Any] = {"name": remote, "parameters": dict(parameters)}
        if type:
            values["type"] = type
        opt = {"nonInteractive": True, "noObscure" if obscured else "obscure": True, "noOutput": True}
        answer = self._daemon.call(method, again=False, opt=opt, **values)
        if answer.get("Error"):
            raise UsageError(f"rclone does not take this: {answer['Error']}")


def _new_name() -> str:
    return f"h_{now():x}_{new_pid().replace('-', '_')}"


def refused(error: Exception) -> Exception:
    """What a person is told who has just given name, password or keys."""
    if not isinstance(error, Unauthorized):
        return error
    return UsageError(
        "The storage does not accept this sign-in. Check user name, password and keys, and enter them again."
    )


def _is_hexadecimal(text: str) -> bool:
    return bool(text) and set(text) <= set("0123456789abcdef")
