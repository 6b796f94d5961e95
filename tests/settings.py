"""Settings as a data directory without a file of its own has them: read once, since thousands of tests want them."""

from dataclasses import replace
from functools import cache
from pathlib import Path

from config import Settings, load


def settings_of(data: Path, **given: str) -> Settings:
    """The settings of this folder; `given` are those of the environment, by their names in lower case."""
    return replace(_settings(tuple(given.items())), data=data)


@cache
def _settings(given: tuple[tuple[str, str], ...]) -> Settings:
    return load(Path(__file__).parent, {f"HYPOMOS_{name.upper()}": value for name, value in given})
