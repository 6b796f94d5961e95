"""What `doctor` says of what one part of the discovery has reported, or would do."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

from appliance.interfaces import Address
from config import load

Said = Callable[..., dict[str, tuple[str, str]]]
"""Takes a report (or None), the networks, and settings; answers level and text by name."""


def saying(data: Path, part: ModuleType, **always: str) -> Said:
    """How it is asked of a part, with settings that it always has."""
    (data / "run").mkdir()

    def say(report: Any = None, *networks: Address, **environ: str) -> dict[str, tuple[str, str]]:
        if report is not None:
            part.write(data / "run", report)
        settings = load(data, always | environ)
        return {each.name: (each.level, each.text) for each in part.findings(settings, lambda: networks)}

    return say
