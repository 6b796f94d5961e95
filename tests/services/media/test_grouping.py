"""What belongs together (checklist rows 11, 12, 15 and 16)."""

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.media.grouping import Candidate, Group, group_folder, pair_live, same_camera, seconds_apart

MIMES = {
    "jpg": "image/jpeg",
    "heic": "image/heic",
    "png": "image/png",
    "cr2": "image/x-canon-cr2",
    "dng": "image/x-adobe-dng",
    "mov": "video/quicktime",
    "mp4": "video/mp4",
    "mp3": "audio/mpeg",
}
NOON = "2026-07-01T12:00:00"


def file(key: int, name: str, **fields: Any) -> Candidate:
    ending = name.rsplit(".", 1)[-1].lower()
    mime = MIMES.get(ending, "text/plain")
    kind: Any = {"image": "photo", "text": "other"}.get(mime.split("/")[0], mime.split("/")[0])
    fields.setdefault("taken_local", NOON)
    fields.setdefault("raw", mime.startswith("image/x-"))
    return Candidate(key, name, kind, fields.pop("mime", mime), **fields)


def roles(*files: Candidate, apart: tuple[int, ...] = ()) -> list[dict[int, str]]:
    return [dict(group.roles) for group in group_folder(files, apart)]


def test_a_single_file_is_its_own_item() -> None:
    assert group_folder([file(7, "a.jpg")]) == [Group({7: "original"}, 7, "")]
    assert roles(file(7, "a.cr2")) == [{7: "original"}]
    assert group_folder([]) == []


def test_live_photo_by_identifier_whatever_the_names() -> None:
    """Row 12: one item of two files."""
    photo, video = (
        file(1, "IMG_1.HEIC", live_id="AB-12"),
        file(2, "clip.MOV", live_id="ab-12", duration_s=9.0),
    )
    assert group_folder([video, photo]) == [Group({1: "original", 2: "live"}, 1, "Live Photo")]


def test_live_photo_by_stem_length_and_time() -> None:
    """Row 12."""
    photo = file(1, "IMG_1.JPG")
    video = file(2, "IMG_1.MOV", duration_s=2.9, taken_local="2026-07-01T12:00:02.500")
    assert roles(photo, video) == [{1: "original", 2: "live"}]
    for change in (
        {"duration_s": 4.1},
        {"duration_s": None},
        {"taken_local": "2026-07-01T12:00:03.001"},
        {"name": "IMG_2.MOV"},
    ):
        assert roles(photo, replace(video, **change)) == [{1: "original"}, {2: "original"}]


@pytest.mark.parametrize(
    ("video", "guessed", "joined"),
    [("2026-07-01T10:00:02", True, True), ("2026-07-01T17:30:02", True, True), ("2026-07-01T11:59:58", True, True),
     ("2026-07-01T10:00:02", False, False), ("2026-07-01T10:00:04", True, False),
     ("2026-07-01T09:07:02", True, False), ("2026-07-03T12:00:02", True, False)],
)  # fmt: skip
def test_a_guessed_time_zone_parts_no_live_photo(video: str, *, guessed: bool, joined: bool) -> None:
    """Row 12: the picture states a wall clock, the video an instant, whose wall clock there is a guess."""
    other = file(2, "IMG_1.MOV", duration_s=2.9, taken_local=video, guessed=guessed)
    assert (len(roles(file(1, "IMG_1.JPG"), other)) == 1) == joined


def test_two_guesses_by_one_zone_are_held_against_each_other() -> None:
    video = file(2, "IMG_1.MOV", duration_s=2.9, taken_local="2026-07-01T10:00:02", guessed=True)
    assert len(roles(file(1, "IMG_1.JPG", guessed=True), video)) == 2


def test_two_different_identifiers_are_no_pair_even_with_one_stem() -> None:
    """Row 12."""
    photo, video = file(1, "IMG_1.HEIC", live_id="A"), file(2, "IMG_1.MOV", live_id="B", duration_s=2.0)
    assert len(roles(photo, video)) == 2


def test_half_a_live_photo_is_still_shown() -> None:
    """Row 12."""
    assert roles(file(1, "IMG_1.HEIC", live_id="A")) == [{1: "original"}]
    assert roles(file(2, "IMG_1.MOV", live_id="A", duration_s=2.0)) == [{2: "original"}]


def test_a_mov_whose_bytes_are_a_heic_is_a_plain_photo() -> None:
    """Row 12: kinds go by content, so there is no video to pair with."""
    twin = replace(file(2, "IMG_1.MOV"), kind="photo", mime="image/heic")
    assert roles(file(1, "IMG_1.HEIC"), twin) == [{1: "original"}, {2: "original"}]


def test_raw_and_jpeg_are_one_item_with_the_jpeg_in_front() -> None:
    """Row 15."""
    found = group_folder([file(1, "IMG_1.CR2", model="EOS"), file(2, "img_1.jpg", model="eos")])
    assert found == [Group({1: "raw", 2: "original"}, 2, "RAW and picture of one shot")]


@pytest.mark.parametrize(
    "jpeg",
    [
        file(2, "IMG_1.jpg", taken_local="2026-07-01T12:00:02.001"),
        file(2, "IMG_1.jpg", model="Another"),
        file(2, "IMG_10.jpg"),
    ],
)
def test_another_shot_camera_or_time_is_no_stack(jpeg: Candidate) -> None:
    """Row 15."""
    assert len(roles(file(1, "IMG_1.CR2", model="EOS"), jpeg)) == 2


def test_a_raw_that_could_not_be_read_still_stacks_by_name() -> None:
    """Row 15: what is unknown contradicts nothing."""
    assert len(roles(file(1, "IMG_1.CR2", taken_local=None), file(2, "IMG_1.jpg", model="EOS"))) == 1


def test_pixel_phones_mark_the_two_differently() -> None:
    """Row 15."""
    names = ("PXL_20230701_123339123.RAW-01.MP.COVER.jpg", "PXL_20230701_123339123.RAW-02.ORIGINAL.dng")
    assert roles(file(1, names[0]), file(2, names[1])) == [{1: "original", 2: "raw"}]


def test_of_two_pictures_the_raw_belongs_to_the_jpeg() -> None:
    """Row 15."""
    found = roles(file(1, "a.heic"), file(2, "a.jpg"), file(3, "a.dng"))
    assert found == [{1: "original"}, {2: "original", 3: "raw"}]


def test_what_a_person_took_apart_stays_apart() -> None:
    """Row 15: unstacking is remembered."""
    files = (file(1, "a.cr2"), file(2, "a.jpg"), file(3, "a-edited.jpg"))
    assert roles(*files, apart=(1,)) == [{1: "original"}, {2: "original", 3: "edit"}]
    assert len(roles(*files, apart=(1, 2))) == 3


@pytest.mark.parametrize(
    ("original", "edit"),
    [
        ("IMG_1234.HEIC", "IMG_E1234.JPG"),
        ("a.jpg", "a-edited.jpg"),
        ("a.jpg", "a-bearbeitet.jpg"),
        ("a.cr2", "a-Edit.jpg"),
        ("20260701_120000.jpg", "20260701_120000~2.jpg"),
        ("a.mp4", "a-edited.mp4"),
    ],
)
def test_an_edit_is_a_version_and_the_cover(original: str, edit: str) -> None:
    """Row 16: a version stack, not a duplicate."""
    found = group_folder([file(1, original), file(2, edit)])
    assert found == [Group({1: "original", 2: "edit"}, 2, "edited version")]


def test_the_newest_edit_is_the_cover() -> None:
    """Row 16."""
    names = ("a.jpg", "a~2.jpg", "a~10.jpg", "a~9.jpg")
    (found,) = group_folder(file(key, name) for key, name in enumerate(names))
    assert (found.cover, set(found.roles.values())) == (2, {"original", "edit"})


def test_a_copy_keeps_the_original_as_cover() -> None:
    """Row 16."""
    for name in ("a(1).jpg", "a (1).jpg"):
        assert group_folder([file(1, "a.jpg"), file(2, name)]) == [
            Group({1: "original", 2: "edit"}, 1, "copy")
        ]


def test_a_number_in_brackets_on_another_picture_is_none() -> None:
    """Row 16: cameras start again at 0001, and the copy program adds a number."""
    for taken in ("2026-07-01T12:00:00.500", None):
        assert len(roles(file(1, "a.jpg"), file(2, "a (1).jpg", taken_local=taken))) == 2
    assert len(roles(file(1, "20260701_120000.jpg"), file(2, "20260701_120000(0).jpg"))) == 2


def test_an_edit_without_its_original_stands_alone() -> None:
    """Row 16."""
    assert roles(file(1, "IMG_E1234.JPG"), file(2, "b-edited.jpg")) == [{2: "original"}, {1: "original"}]
    assert (
        len(roles(file(1, "IMG_1.JPG", taken_local="2020-01-01T00:00:00"), file(2, "IMG_1-edited.JPG"))) == 2
    )


def test_an_edited_live_photo_of_ios_is_one_item() -> None:
    """Rows 12 and 16: four files and the adjustments."""
    files = [
        file(1, "IMG_1234.HEIC", live_id="A"),
        file(2, "IMG_1234.MOV", live_id="A", duration_s=2.0),
        file(3, "IMG_E1234.HEIC", live_id="A"),
        file(4, "IMG_E1234.MOV", live_id="A", duration_s=2.0),
        file(5, "IMG_1234.AAE"),
        file(6, "IMG_O1234.AAE"),
    ]
    (found,) = group_folder(files)
    assert found.roles == {1: "original", 2: "live", 3: "edit", 4: "edit", 5: "sidecar", 6: "sidecar"}
    assert (found.cover, found.reason) == (3, "Live Photo, edited version, sidecar")


def test_sidecars_are_with_their_file_and_orphans_nowhere() -> None:
    """Row 11."""
    files = [
        *(file(1, "a.jpg"), file(2, "a.jpg.xmp"), file(3, "b.jpg"), file(4, "b.xmp"), file(5, "orphan.xmp")),
        *(
            file(6, "c.jpg"),
            file(7, "c.jpg.supplemental-metadata.json"),
            file(8, "notes.txt"),
            file(9, "a.xmp"),
        ),
    ]
    assert roles(*files) == [
        {1: "original", 2: "sidecar"},
        {3: "original", 4: "sidecar"},
        {6: "original", 7: "sidecar"},
    ]


def subtitle(key: int, name: str) -> Candidate:
    return file(key, name, mime="application/x-subrip")


def test_subtitles_are_with_their_video() -> None:
    files = [
        file(1, "Film.mp4"), subtitle(2, "film.srt"), subtitle(3, "FILM.de.SRT"), subtitle(4, "other.srt"),
        replace(subtitle(5, "film.en.srt"), mime="text/plain"), subtitle(6, "film.txt"),
        replace(subtitle(7, "film.fr.srt"), mime="application/x-subrip; place=told"),
    ]  # fmt: skip
    (found,) = group_folder(files)
    assert found.roles == {1: "original", 2: "subtitle", 3: "subtitle", 7: "subtitle"}
    assert (found.cover, found.reason) == (1, "subtitle")
    assert group_folder(files[::-1]) == [found]


def test_what_is_read_along_with_an_edited_video_and_never_with_a_picture() -> None:
    files = [file(1, "a.mp4"), file(2, "a-edited.mp4"), subtitle(3, "a-edited.srt")]
    assert roles(*files) == [{1: "original", 2: "edit", 3: "subtitle"}]
    halves = [file(1, "IMG_1.HEIC", live_id="A"), file(2, "IMG_1.MOV", live_id="A", duration_s=2.0)]
    assert roles(*halves, subtitle(3, "IMG_1.srt")) == [{1: "original", 2: "live"}]
    assert roles(file(1, "a.jpg"), subtitle(2, "a.srt")) == [{1: "original"}]
    assert roles(file(1, "a.mp3"), subtitle(2, "a.srt")) == [{1: "original"}]


def test_sound_and_video_with_the_stem_of_a_photo_stay_alone() -> None:
    assert len(roles(file(1, "a.jpg"), file(2, "a.mp3"), file(3, "a.mp4", duration_s=60.0))) == 3


def test_live_pairs_across_the_folders_of_a_storage() -> None:
    """Row 12."""
    found = pair_live(
        [
            *(
                file(4, "x.mov", live_id="A"),
                file(1, "IMG_1.heic", live_id="a"),
                file(2, "y.heic", live_id="B"),
            ),
            *(
                file(3, "IMG_1.mov", live_id="A"),
                file(5, "z.mov"),
                file(6, "q.dng", live_id="C"),
                file(7, "q.mov", live_id="C"),
            ),
        ]
    )
    assert found == [(1, 3)]


def test_unknown_times_and_cameras_contradict_nothing() -> None:
    one, other = file(1, "a.jpg", model="X"), file(2, "b.jpg", taken_local=None)
    assert seconds_apart(one, other) is None
    assert seconds_apart(one, replace(one, taken_local="2026-07-01T11:59:58.500")) == 1.5
    assert same_camera(one, other)


CANDIDATES = st.builds(
    lambda stem, mark, ending, taken, live_id, duration: file(
        0, stem + mark + ending, taken_local=taken, live_id=live_id, duration_s=duration
    ),
    st.sampled_from(["IMG_1234", "IMG_E1234", "a", "PXL_1.RAW-01.COVER", "PXL_1.RAW-02.ORIGINAL"]),
    st.sampled_from(["", "-edited", "~2", "(1)", " (2)", "-edited(1)"]),
    st.sampled_from(
        [".jpg", ".JPG", ".heic", ".cr2", ".dng", ".mov", ".mp3", ".jpg.xmp", ".xmp", ".AAE", ".jpg.json"]
    ),
    st.sampled_from([NOON, "2026-07-01T12:00:01", None]),
    st.sampled_from([None, "A", "B"]),
    st.sampled_from([None, 2.0, 60.0]),
)


@settings(deadline=None)
@given(st.lists(CANDIDATES, max_size=14), st.randoms(use_true_random=False))
def test_the_answer_is_whole_and_does_not_depend_on_the_order(
    found: list[Candidate], chance: random.Random
) -> None:
    files = [replace(candidate, key=key) for key, candidate in enumerate(found)]
    groups = group_folder(files)
    assert group_folder(chance.sample(files, len(files))) == groups
    keys = [key for group in groups for key, role in group.roles.items() if role != "sidecar"]
    assert sorted(keys) == [candidate.key for candidate in files if candidate.kind != "other"]
    for group in groups:
        assert list(group.roles.values()).count("original") == 1
        assert group.roles[group.cover] in ("original", "edit")


def test_a_folder_of_ten_thousand_files_is_no_work() -> None:
    files = [file(2 * n + half, f"IMG_{n:05}.{('jpg', 'cr2')[half]}") for n in range(5000) for half in (0, 1)]
    assert len(group_folder(files)) == 5000
