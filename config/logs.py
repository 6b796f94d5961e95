"""Logging: one line an event, as text or JSON, with every secret blotted out before it is written."""

import json
import logging
import re
import sys
from typing import Literal

_SECRETS = re.compile(
    r"(hyp_[a-z]{3}_)[A-Za-z0-9_-]{20,}"  # our own tokens and app passwords
    r"|(?P<path>/(?:s|e|invite|setup)/)[^\s/?#\"']{6,}"  # tokens in addresses, however they were typed
    r"|(?P<head>(?:[Aa]uthorization|[Cc]ookie): ?)\S.*"
)


def redact(text: str) -> str:
    """The text without tokens, passwords and cookies."""
    return _SECRETS.sub(lambda m: (m.group(1) or m.group("path") or m.group("head")) + "…", text)


class _Redacting(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False))


def set_up(level: str, kind: Literal["text", "json"]) -> None:
    """Send the log to standard error in the form asked for."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        _Json() if kind == "json" else _Redacting("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("peewee", "huey", "wsgidav", "watchfiles", "asyncio", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
