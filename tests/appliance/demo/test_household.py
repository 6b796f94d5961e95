import hashlib
from pathlib import Path

import pytest
from PIL import Image

from appliance.demo import household as module
from appliance.demo.album import DERIVED, NOTES, Shot, Tune
from appliance.demo.household import ALBUM, draw
from appliance.demo.people import HOUSEHOLD


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_every_file_lies_in_a_storage(household: Path) -> None:
    assert sorted(path.name for path in household.iterdir()) == sorted(s.folder for s in HOUSEHOLD.storages)
    for path in [work.path for work in ALBUM] + [file.path for file in DERIVED] + list(NOTES):
        assert (household / path).stat().st_size > 0, path


def test_duplicates_are_byte_identical_and_cross_owners(household: Path) -> None:
    owners = {storage.folder: storage.owner for storage in HOUSEHOLD.storages}
    pairs = set()
    for file in DERIVED:
        if file.how == "copy":
            assert digest(household / file.path) == digest(household / file.source)
            pairs.add(owners[file.path.split("/")[0]] == owners[file.source.split("/")[0]])
    assert pairs == {True, False}, "one owner's two places, and two owners"


def test_one_file_is_damaged(household: Path) -> None:
    (cut,) = (file for file in DERIVED if file.how == "cut")
    whole = (household / cut.source).read_bytes()
    assert whole.startswith((household / cut.path).read_bytes())
    with Image.open(household / cut.path) as image, pytest.raises(OSError, match="truncated"):
        image.load()


def test_the_edit_keeps_the_original_and_its_exif(household: Path) -> None:
    (edit,) = (file for file in DERIVED if file.how == "edit")
    with Image.open(household / edit.source) as before, Image.open(household / edit.path) as after:
        assert after.width < before.width
        taken = [image.getexif().get_ifd(0x8769)[0x9003] for image in (before, after)]
    assert taken[0] == taken[1]


def test_names_stay_as_they_are(household: Path) -> None:
    assert (household / "NAS/Family/100% Äpfel & Öl #1.jpg").is_file()
    assert (household / "Camera/2022-10 Göreme/100% Höhe – Ballon #3.jpg").is_file()


SMALL = (
    Shot("Phone/one.jpg", "bicycle", "evening", 1, "2024-05-05T20:00:00", "pixel", size=(96, 64)),
    Shot("NAS/two.webp", "hills", "day", 2, "2024-05-06T20:00:00", size=(96, 64)),
    Tune("NAS/three.flac", "box", 1, "2024-05-07T20:00:00", "Three", "Anna", "Tests", 1.0),
)


@pytest.fixture
def small_album(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ALBUM", SMALL)
    monkeypatch.setattr(module, "DERIVED", ())
    monkeypatch.setattr(module, "NOTES", {"NAS/notes.txt": "a note\n"})


@pytest.mark.usefixtures("small_album")
def test_child_processes_draw_the_same_as_this_one(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    draw(tmp_path / "here", lambda *step: None, workers=1)
    draw(tmp_path / "there", lambda done, total, path: told.append((done, total, path)), workers=2)
    assert [(done, total) for done, total, _ in told] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    for path in [work.path for work in SMALL] + ["NAS/notes.txt"]:
        assert digest(tmp_path / "here" / path) == digest(tmp_path / "there" / path), path
        assert path in {step[2] for step in told}


@pytest.mark.usefixtures("small_album")
def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "Phone").write_text("in the way")
    with pytest.raises(OSError, match="Phone"):
        draw(tmp_path, lambda *step: None, workers=1)
