from collections.abc import Iterator

import pytest

from tests.stories.household import Home, home


@pytest.fixture
def family(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A fresh home for each story."""
    with home(tmp_path_factory.mktemp("home")) as made:
        yield made
