"""Logs: secrets never reach them."""

import json
import logging

import pytest

from config import logs

TOKEN = "hyp_app_" + "A" * 43 + "_0badcafe"


@pytest.mark.parametrize(
    "text",
    [
        f"used {TOKEN} twice",
        f"Authorization: Basic {TOKEN}",
        f"GET /invite/{TOKEN} 200",
        f"cookie: hyp={TOKEN}",
    ],
)
def test_secrets_are_blotted_out(text: str) -> None:
    assert "AAAA" not in logs.redact(text)


def test_json_lines_are_json(capsys: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    try:
        logs.set_up("info", "json")
        logging.getLogger("x").info("hello %s", TOKEN)
        line = json.loads(capsys.readouterr().err)
        assert line["message"].startswith("hello hyp_app_…")
        assert line["level"] == "info"
    finally:
        logging.getLogger().handlers[:] = before
