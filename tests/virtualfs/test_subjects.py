"""A file has the same properties wherever it is shown; folders only where they are real."""

import pytest

from services.drive.properties import Subject
from tests.virtualfs.household import Home
from virtualfs.nodes import File
from virtualfs.subjects import subject_of

pytestmark = pytest.mark.db


def test_subjects(home: Home) -> None:
    file = home.item("trip/a.jpg")
    for path in ("Storages/Photos/trip/a.jpg", "Library/2026/2026-07/a.jpg"):
        assert subject_of(home.resolve(path)) == Subject("file", file.id)
    assert subject_of(home.resolve("Storages/Photos/trip")) == Subject("folder", file.folder_id)
    for path in ("", "Storages", "Library", "Library/2026"):
        assert subject_of(home.resolve(path)) is None
    assert subject_of(File("x", 0, 0.0, 0.0, "empty", "text/plain", None)) is None
