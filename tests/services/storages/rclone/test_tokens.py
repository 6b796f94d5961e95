"""The token that rclone holds: renewed by rclone first, then read, and never seen elsewhere."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from services.errors import Unauthorized
from services.storages.rclone import Daemon
from services.storages.rclone.tokens import RemoteToken
from tests.services.storages.rclone.conftest import LOOPBACK, ready


class Scripted(Daemon):
    def __init__(self, data: Path, token: object) -> None:
        super().__init__(data, password="of the test", policy=LOOPBACK)
        self.token, self.asked = token, []  # type: ignore[var-annotated]

    def call(self, method: str, *, timeout: float = 0, again: bool = True, **params: Any) -> dict[str, Any]:
        self.asked.append((method, params))
        if method == "operations/about":
            self.token = str(self.token).replace("old", "new")
            return {}
        return {"type": "drive", "token": self.token}


def test_rclone_renews_it_first(data: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    daemon = Scripted(data, json.dumps({"access_token": "old-1", "refresh_token": "r"}))
    assert RemoteToken(daemon, "h_1")() == "new-1"
    assert daemon.asked == [("operations/about", {"fs": "h_1:"}), ("config/get", {"name": "h_1"})]
    assert "new-1" not in caplog.text


@pytest.mark.parametrize("token", ["", "nonsense", "[]", "{}", '{"access_token": ""}', '{"access_token": 1}'])
def test_without_one_a_new_sign_in_is_wanted(data: Path, token: str) -> None:
    with pytest.raises(Unauthorized):
        RemoteToken(Scripted(data, token), "h_1")()


def test_a_real_rclone_gives_what_it_was_given(
    daemon: Daemon, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = {"access_token": "at-secret", "refresh_token": "rt", "expiry": "2999-01-01T00:00:00Z"}
    daemon.call(
        "config/create", name="h_1", type="dropbox", parameters={"token": json.dumps(token)},
        opt={"nonInteractive": True},
    )  # fmt: skip
    plain = daemon.call

    def without_about(method: str, **params: Any) -> dict[str, Any]:  # no provider can be reached here
        return {} if method == "operations/about" else plain(method, **params)

    monkeypatch.setattr(daemon, "call", without_about)
    assert RemoteToken(daemon, "h_1")() == "at-secret"
    assert ready(data)
    assert (
        b"at-secret" not in (data / "rclone.conf").read_bytes() + (data / "run" / "rclone.log").read_bytes()
    )
