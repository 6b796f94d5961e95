"""Dates in names (checklist row 6)."""

from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.dates import DAY, SECOND, SUBSECOND, Rank, Stated
from services.media.namedates import from_folder, from_name

MOMENT = datetime(2024, 7, 1, 14, 33, 39)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "IMG_20240701_143339.jpg",
            "VID_20240701_143339.mp4",
            "MVIMG_20240701_143339.jpg",
            "20240701_143339.jpg",
        ),
        *(
            "20240701_143339_001.jpg",
            "Screenshot_20240701-143339.png",
            "Screenshot 2024-07-01 at 14.33.39.png",
        ),
        *(
            "Screenshot 2024-07-01 143339.png",
            "Screen Shot 2024-07-01 at 2.33.39 PM.png",
            "2024-07-01 14.33.39.jpg",
        ),
        *("photo_2024-07-01_14-33-39.jpg", "WhatsApp Image 2024-07-01 at 2.33.39 PM (1).jpeg"),
        *("IMG_20240701_143339(1).jpg", "IMG_20240701_143339-edited.jpg", "2024-07-01T14:33:39.jpg"),
        *("Bildschirmfoto 2024-07-01 um 14.33.39.png", "DSC20240701143339.jpg", "IMG_20240701_143339~2.jpg"),
    ],
)
def test_names_with_a_time(name: str) -> None:
    assert from_name(name) == Stated(Rank.NAME, "file name", local=MOMENT, precision=SECOND)


@pytest.mark.parametrize(
    "name",
    [
        "IMG_20240701_143339123.jpg",
        "DSC_0001_BURST20240701143339123.JPG",
        "signal-2024-07-01-14-33-39-123.jpg",
    ],
)
def test_names_with_a_fraction(name: str) -> None:
    moment = MOMENT.replace(microsecond=123000)
    assert from_name(name) == Stated(Rank.NAME, "file name", local=moment, precision=SUBSECOND)


def test_pixel_phones_write_utc() -> None:
    moment = MOMENT.replace(microsecond=123000)
    found = from_name("PXL_20240701_143339123.MP.jpg")
    assert found == Stated(Rank.NAME, "file name (UTC)", utc=moment, precision=SUBSECOND)


def test_whatsapp_names_tell_the_day_of_sending() -> None:
    found = from_name("IMG-20240701-WA0007.jpg")
    assert found == Stated(Rank.DAY_NAME, "WhatsApp name", local=datetime(2024, 7, 1), precision=DAY)


@pytest.mark.parametrize("name", ["2024-07-01.jpg", "scan 2024_07_01 - 5.tif", "Party 20240701.mov"])
def test_names_with_a_day(name: str) -> None:
    assert from_name(name) == Stated(Rank.DAY_NAME, "file name", local=datetime(2024, 7, 1), precision=DAY)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "IMG_1234.jpg",
            "DSC00012.jpg",
            "IMG_20241301_143339.jpg",
            "IMG_20240230_101010.jpg",
            "20240701_246060.jpg",
        ),
        *(
            "120240701.jpg",
            "2024070112.jpg",
            "FB_IMG_1593600000000.jpg",
            "2024-0701.jpg",
            "18991231_101010.jpg",
            "",
        ),
    ],
)
def test_numbers_that_are_no_date(name: str) -> None:
    assert from_name(name) is None


@pytest.mark.parametrize(
    "folder",
    [
        "Photos/2024-07-01 Wedding/raw",
        "20240701",
        "a/2024.07.01",
        "2024/07/01",
        "x/2024/07/01/y",
        "2020-01-01/2024_07_01",
        "2020-01-01 moved/2024/07/01/best",
        "2020/01/01/2024/07/01",
        "2024/07/01/2020/13/01",
    ],
)
def test_folders_tell_a_day(folder: str) -> None:
    assert from_folder(folder) == Stated(
        Rank.FOLDER, "folder name", local=datetime(2024, 7, 1), precision=DAY
    )


@pytest.mark.parametrize(
    "folder", ["", "2024", "2024/07", "2024-07", "2024-13-01", "2024/13/01", "1970-01-01"]
)
def test_folders_that_tell_no_day(folder: str) -> None:
    assert from_folder(folder) is None


@settings(deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"[A-Z_]{0,4}\d{6,17}[-_ ]?\d{0,12}(\.jpg)?", fullmatch=True))
def test_any_name_is_survived(name: str) -> None:
    found = from_name(name)
    assert found is None or (found.local is None) != (found.utc is None)
    from_folder(name)
