"""The sample household, drawn once for all tests of this folder: small, and in this process."""

from pathlib import Path

import pytest

from appliance.demo.household import draw


@pytest.fixture(scope="session")
def household(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("household")
    draw(folder, lambda done, total, path: None, detail=0.12, workers=1)
    return folder
