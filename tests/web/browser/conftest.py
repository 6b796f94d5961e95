"""A browser in the household of the demo."""

from pathlib import Path
from typing import Any

import pytest

from tests.browsing import Mode, Visitor
from tests.serving import Household, household
from tests.tree import ROOT

__all__ = ["Mode", "Visitor", "household"]

PICTURES = ROOT / "test-results"


@pytest.fixture
def anna(visit: Any, household: Household) -> Visitor:
    """Anna at her desktop computer, signed in."""
    visitor: Visitor = visit(household.address)
    visitor.enter()
    return visitor


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core; evaluated from outside, so that the pages' own policy stays as it is."""
    path = ROOT / "node_modules/axe-core/axe.min.js"
    if not path.exists():
        pytest.fail("axe-core is missing: make installs it")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where screenshots are kept."""
    PICTURES.mkdir(exist_ok=True)
    return PICTURES
