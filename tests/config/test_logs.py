"""Logs: secrets never reach them."""

import json
import logging
import re

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


@pytest.mark.parametrize(
    "typed", ["BCDFGH", "bcdfgh", "BCD%20FGH", "BCD-FGH", "bcd+fgh", "%42CDFGH", TOKEN, TOKEN[:30]]
)
def test_short_addresses_are_blotted_out_however_they_are_typed(typed: str) -> None:
    line = logs.redact(f'127.0.0.1 - "GET /e/{typed} HTTP/1.1" 200, asked for “/e/{typed}?x=1”')
    assert typed not in line
    assert not {"BCD", "FGH", "bcd", "fgh", "AAA"} & set(re.split("[^A-Za-z]", line))


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
