"""Series of shots (checklist row 14)."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.bursts import Burst, find_bursts
from services.media.grouping import Candidate


def frame(key: int, name: str, second: float = 0.0, **fields: object) -> Candidate:
    taken = f"2026-07-01T12:00:{second:06.3f}"
    return Candidate(key, name, "photo", "image/jpeg", taken_local=taken, **fields)  # type: ignore[arg-type]


def test_frames_with_the_identifier_of_the_camera() -> None:
    files = [
        frame(2, "b.jpg", 1, burst_id="ab"),
        frame(1, "a.jpg", 0, burst_id="AB"),
        frame(3, "c.jpg", burst_id="X"),
    ]
    assert find_bursts(files) == [Burst("id:AB", (1, 2), 1, "burst of the camera")]


@pytest.mark.parametrize(
    ("names", "stack"),
    [
        (
            ["00000IMG_00000_BURST20190830164840781_COVER.jpg", "00001IMG_00001_BURST20190830164840781.jpg"],
            "name:20190830164840781",
        ),
        (
            ["IMG_20190830_164840_BURST001_COVER.jpg", "IMG_20190830_164840_BURST002.jpg"],
            "name:img_20190830_164840",
        ),
        (
            ["DSC_0001_BURST20190830164840781.JPG", "DSC_0002_BURST20190830164840781.JPG"],
            "name:20190830164840781",
        ),
        (["20190830_164840_001.jpg", "20190830_164840_002.jpg"], "name:20190830_164840"),
    ],
    ids=["Google", "Huawei", "Sony", "Samsung"],
)
def test_frames_by_name(names: list[str], stack: str) -> None:
    (found,) = find_bursts(frame(key, name) for key, name in enumerate(names))
    assert (found.stack, found.keys, found.cover, found.reason) == (stack, (0, 1), 0, "burst by name")


def test_one_frame_is_no_series_and_raw_files_are_in_none() -> None:
    names = ["20190830_164840_001.jpg", "IMG_1.jpg", "DSC_0001_BURST20190830164840781.JPG"]
    files = [frame(key, name) for key, name in enumerate(names)]
    assert find_bursts(files) == []
    raws = [
        Candidate(key, f"a{key}.dng", "photo", "image/x-adobe-dng", raw=True, burst_id="A") for key in (1, 2)
    ]
    assert find_bursts(raws) == []


def test_the_cover_is_the_marked_then_the_rated_then_the_sharpest_frame() -> None:
    names = ["a_BURST1.jpg", "a_BURST2.jpg", "a_BURST3_COVER.jpg", "a_BURST4.jpg"]
    files = [frame(key, name) for key, name in enumerate(names)]
    sharpness = {0: 1.0, 1: 5.0, 2: 0.1, 3: 2.0}
    assert find_bursts(files, sharpness=sharpness)[0].cover == 2
    plain = [frame(key, f"a_BURST{key}.jpg", rating=3 if key == 3 else None) for key in range(4)]
    assert find_bursts(plain, sharpness=sharpness)[0].cover == 3
    unrated = [frame(key, f"a_BURST{key}.jpg") for key in range(4)]
    assert find_bursts(unrated, sharpness=sharpness)[0].cover == 1
    assert find_bursts(unrated)[0].cover == 0


def series(
    *seconds: float, alike: Callable[[int, int], bool] = lambda first, key: True
) -> list[tuple[int, ...]]:
    files = [
        frame(key, f"DSC{key:05}.JPG", second, make="Sony", model="A7") for key, second in enumerate(seconds)
    ]
    return [found.keys for found in find_bursts(files, alike=alike)]


def test_shots_in_a_row_by_time_alone() -> None:
    assert series(0, 1, 2.5) == [(0, 1, 2)]
    assert series(0, 1, 3.1, 4, 5) == [(2, 3, 4)]
    assert series(0, 1) == []
    assert series(*range(0, 13)) == [tuple(range(11))]


def test_without_likeness_no_series_is_made_from_times() -> None:
    files = [frame(key, f"a{key}.jpg", key / 2) for key in range(6)]
    assert find_bursts(files) == []


def test_likeness_is_to_the_first_frame_and_never_chained() -> None:
    near = {(0, 1), (0, 2), (3, 4), (3, 5)}
    assert series(0, 0.5, 1, 1.5, 2, 2.5, alike=lambda first, key: (first, key) in near) == [
        (0, 1, 2),
        (3, 4, 5),
    ]
    chained = {(0, 1), (1, 2), (2, 3)}
    assert series(0, 0.5, 1, 1.5, alike=lambda first, key: (first, key) in chained) == []


def test_two_cameras_at_once_are_two_series() -> None:
    files = [frame(key, f"a{key}.jpg", key / 4, model=("X", "Y")[key % 2]) for key in range(6)]
    assert [found.keys for found in find_bursts(files, alike=lambda first, key: True)] == [
        (0, 2, 4),
        (1, 3, 5),
    ]


FRAMES = st.builds(
    lambda name, second, burst_id, model: frame(0, name, second, burst_id=burst_id, model=model),
    st.sampled_from(
        [
            "a.jpg",
            "b.jpg",
            "a_BURST1.jpg",
            "a_BURST2_COVER.jpg",
            "20190830_164840_001.jpg",
            "20190830_164840_002.jpg",
        ]
    ),
    st.integers(0, 12).map(float),
    st.sampled_from([None, None, "A"]),
    st.sampled_from([None, "X"]),
)


@settings(deadline=None)
@given(st.lists(FRAMES, max_size=12), st.randoms(use_true_random=False))
def test_the_order_of_input_does_not_matter(found: list[Candidate], chance: random.Random) -> None:
    files = [replace(candidate, key=key) for key, candidate in enumerate(found)]
    bursts = find_bursts(files, alike=lambda first, key: True)
    assert find_bursts(chance.sample(files, len(files)), alike=lambda first, key: True) == bursts
    keys = [key for burst in bursts for key in burst.keys]
    assert len(keys) == len(set(keys))
    assert all(burst.cover in burst.keys for burst in bursts)
