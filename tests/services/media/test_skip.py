"""Names that are passed over (checklist row 22)."""

import pytest

from services.media.skip import is_half_written, is_path_skipped, is_probe, is_skipped


@pytest.mark.parametrize(
    "name",
    [
        *(
            "a.jpg.part",
            "a.tmp",
            "a.CRDOWNLOAD",
            ".trashed-123-a.jpg",
            ".pending-123-a.jpg",
            "._a.jpg",
            ".DS_Store",
        ),
        *("Thumbs.db", "thumbs.DB", "@eaDir", "#recycle", ".stfolder", ".thumbnails", "video.mov.partial"),
        *(
            ".hypomos-canary",
            ".hypomos",
            ".hidden",
            "$RECYCLE.BIN",
            "System Volume Information",
            "desktop.ini",
        ),
    ],
)
def test_these_are_skipped(name: str) -> None:
    assert is_skipped(name)
    assert is_path_skipped(["Photos", name, "a.jpg"])


@pytest.mark.parametrize(
    "name",
    ["a.jpg", "partial.jpg", "tmp", "Recycle", "a.part.jpg", "…", "100% #1.jpg", "eaDir", "\udcff.jpg"],
)
def test_these_are_not(name: str) -> None:
    assert not is_skipped(name)
    assert not is_path_skipped(["Photos", name])


def test_unfinished_files_are_told_from_hidden_ones() -> None:
    assert is_half_written("a.jpg.part")
    assert is_half_written(".pending-1700000000-a.jpg")
    assert not is_half_written(".DS_Store")


@pytest.mark.parametrize(
    "name", ["._a.jpg", ".DS_Store", "desktop.ini", "Thumbs.db", "autorun.inf", ".hidden", "mach_kernel"]
)
def test_what_clients_ask_for_by_themselves(name: str) -> None:
    assert is_probe(name)


@pytest.mark.parametrize("name", ["folder.jpg", "Contents", "a.jpg", "hidden", ".profile", "thumbs.db.jpg"])
def test_what_a_person_may_have_named_so(name: str) -> None:
    assert not is_probe(name)
