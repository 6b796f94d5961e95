"""The Hypomos that a random household lives in, for the tests that let one live."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services import clock
from services.storages import Handle
from services.storages.local import _LocalHandle
from tests.rights.asking import Asking
from tests.rights.streams import CHUNK


async def _coming(handle: Handle, offset: int, length: int) -> bytes:
    return handle.pread(offset, length)


def _came(handle: Handle, offset: int, length: int) -> bytes | None:
    return handle.pread(offset, length) if offset % (3 * CHUNK) == CHUNK else None


@pytest.fixture
def asking(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Asking]:
    monkeypatch.setattr("services.broker.LOCAL_CHUNK", CHUNK)
    monkeypatch.setattr("services.broker.COMING", CHUNK)
    # two of three chunks come as from afar, checked on the event loop: the one is waited for, the other is there
    monkeypatch.setattr(_LocalHandle, "comes", lambda self, offset: offset % (3 * CHUNK) != 0)
    monkeypatch.setattr(_LocalHandle, "coming", _coming)
    monkeypatch.setattr(_LocalHandle, "came", _came)
    monkeypatch.setattr(clock, "source", clock.source)
    asking = Asking(tmp_path / "data", migrated)
    yield asking
    asking.close()
