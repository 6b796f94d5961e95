"""The peers of the benchmark of televisions, each with a few photos."""

import tempfile
from pathlib import Path

import pytest

from tests.benchmarks import dlna_peers
from tests.benchmarks.dlna_library import listing, walk
from tests.benchmarks.measuring import cpu_of

pytestmark = pytest.mark.long


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("minidlna", marks=pytest.mark.needs("minidlna")),
        pytest.param("gerbera", marks=[pytest.mark.needs("gerbera", "iproute2"), pytest.mark.needs_netns]),
    ],
)
def test_all_photos_are_listed(name: str) -> None:
    with tempfile.TemporaryDirectory(prefix="hypomos-bench-") as folder:
        scratch = Path(folder)
        dlna_peers.photos(scratch / "photos", 30)
        with dlna_peers.PEERS[name](scratch / "photos", scratch, 30) as library:
            assert library is not None
            assert [listing(library, width) for width in (7, 10, 0)] == [30, 30, 30]
            assert [walk(library, width) for width in (7, 10)] == [30, 30]
            assert cpu_of(library.pid) > 0
