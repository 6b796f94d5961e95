import pytest

from services.storages.patterns import (
    MARKER,
    TRASH,
    half_name,
    is_half,
    is_passing,
    is_path_skipped,
    is_skipped,
)


@pytest.mark.parametrize(
    "name",
    [
        *("IMG_1.jpg.part", "IMG_1.MOV.tmp", "x.crdownload", "video.mp4.ab12cd34.partial"),
        *(".trashed-1700000000-IMG_1.jpg", ".pending-1700000000-IMG_1.jpg", "._IMG_1.jpg"),
        *(".DS_Store", "Thumbs.db", "THUMBS.DB", "@eaDir", "#recycle", ".stfolder", ".thumbnails"),
        *(".hypomos-0123.part", MARKER, TRASH),
    ],
)
def test_half_written_and_others_own_files_are_skipped(name: str) -> None:
    assert is_skipped(name)
    assert is_path_skipped(f"2026/{name}/x.jpg")


@pytest.mark.parametrize(
    "name",
    ["IMG_1.jpg", ".hidden.jpg", "part.jpg", "tmp", "a.part.jpg", "_.", "thumbs.dbx", "eaDir", "x.jpg_"],
)
def test_everything_else_is_not(name: str) -> None:
    assert not is_skipped(name)


def test_a_path_is_skipped_for_any_of_its_names() -> None:
    assert is_path_skipped("@eaDir/IMG_1.jpg/SYNOPHOTO_THUMB_M.jpg")
    assert not is_path_skipped("2026/07/IMG_1.jpg")
    assert not is_path_skipped("")


@pytest.mark.parametrize(("name", "passing"), [
    ("a.jpg.part", True), ("~1.TMP", True), ("x.partial", True), ("y.crdownload", True), ("a.jpg", False),
    ("._a.part", False), (".hypomos-1.part", False), (".pending-1.tmp", False), ("thumbs.db", False),
])  # fmt: skip
def test_names_for_the_moment(name: str, passing: bool) -> None:
    assert is_passing(name) == passing


def test_halves_of_ours() -> None:
    assert is_half(half_name("5he1f"))
    assert not any(is_half(name) for name in (MARKER, TRASH, "a.jpg.part", ".hypomos.jpg"))
