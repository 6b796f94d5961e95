from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageOps

from appliance.demo.album import CAMERA, NAS, PHONE, Shot
from appliance.demo.pictures import draw_picture, moment_of, paint

SHOTS = {shot.path: shot for shot in (*PHONE, *CAMERA, *NAS)}
TURNED = [path for path, shot in SHOTS.items() if shot.orientation != 1]


@pytest.mark.parametrize("path", TURNED)
def test_following_the_orientation_makes_the_picture_upright(household: Path, path: str) -> None:
    shot = SHOTS[path]
    with Image.open(household / path) as image:
        assert image.getexif()[0x0112] == shot.orientation
        upright = ImageOps.exif_transpose(image).convert("L").resize((40, 40))
        stored = image.convert("L").resize((40, 40))
    expected = paint(shot, 0.12).convert("L").resize((40, 40))
    assert difference(upright, expected) < 6
    assert difference(stored, expected) > 12


def difference(one: Image.Image, other: Image.Image) -> float:
    return float(np.abs(np.asarray(one, np.float32) - np.asarray(other, np.float32)).mean())


def test_all_formats_open(household: Path) -> None:
    for path, shot in SHOTS.items():
        if path.endswith(".HEIC"):
            size = pillow_heif.open_heif(household / path).size
        else:
            with Image.open(household / path) as image:
                image.load()
                size = ImageOps.exif_transpose(image).size
        wide, high = (round(side * 0.12) for side in shot.size)
        if shot.look != "print":
            assert size == (round(wide * shot.enlarge), round(high * shot.enlarge)), path


def test_messengers_copies_and_screenshots_say_nothing_of_themselves(household: Path) -> None:
    for path, shot in SHOTS.items():
        if not shot.camera:
            with Image.open(household / path) as image:
                assert 0x0110 not in image.getexif(), path


def test_keywords_are_in_the_picture_or_in_its_sidecar(household: Path) -> None:
    (beside,) = (shot for shot in SHOTS.values() if shot.sidecar)
    sidecar = (household / beside.path).with_suffix(".xmp").read_text(encoding="utf-8")
    assert "<rdf:li>family</rdf:li>" in sidecar
    assert "<xmp:Rating>5</xmp:Rating>" in sidecar
    with Image.open(household / beside.path) as image:
        assert "xmp" not in image.info
    with Image.open(household / "Phone/2026/IMG_4188.JPG") as image:
        assert b"<rdf:li>family</rdf:li>" in image.info["xmp"]


def test_the_file_time_is_when_it_was_taken(household: Path) -> None:
    shot = SHOTS["Phone/2023/IMG_1533.JPG"]
    expected = moment_of(shot.taken, shot.place).instant.timestamp()
    assert (household / shot.path).stat().st_mtime == expected


def test_heic_files_are_heif(household: Path) -> None:
    if not pillow_heif.libheif_info()["HEIF"]:
        pytest.skip("this libheif has no encoder")
    assert (household / "Phone/2022/IMG_1104.HEIC").read_bytes()[4:8] == b"ftyp"


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    shot = Shot("a.bmp", "bicycle", "evening", 1, "2024-01-01T12:00:00", size=(64, 64))
    with pytest.raises(ValueError, match=r"\.bmp"):
        draw_picture(tmp_path, shot, 1.0)
