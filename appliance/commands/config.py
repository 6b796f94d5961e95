"""`hypomos config show`: every setting, its value and where it came from."""

import argparse
from typing import Any

from appliance.output import Output
from config import Settings
from config.settings import NAMES

SECRET = frozenset({"database_url", "queue_url"})


def add(commands: Any, common: argparse.ArgumentParser) -> None:
    """Describe the arguments."""
    parser = commands.add_parser("config", help="settings: show")
    acts = parser.add_subparsers(metavar="ACT", required=True)
    acts.add_parser("show", parents=[common], help="every setting and where it came from").set_defaults(
        run=run
    )


def run(settings: Settings, args: argparse.Namespace, output: Output) -> int:
    """All settings; secrets, and passwords in addresses, are blotted out."""
    rows = [
        {"setting": n, "value": _shown(n, getattr(settings, n)), "from": settings.origins[n]} for n in NAMES
    ]
    output.table(rows, ("setting", "value", "from"), "")
    return 0


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_secret"):
        return "…" if value else ""
    if name in SECRET and "@" in str(value):
        head, _, tail = str(value).rpartition("@")
        return f"{head.partition('://')[0]}://…@{tail}"
    if isinstance(value, tuple):
        return ", ".join(value)
    return {k: list(v) for k, v in value.items()} if isinstance(value, dict) else value
