"""What GET and HEAD answer with, as the drive says it: the rules themselves are tested where they are (serving)."""

from services.broker import Original
from virtualfs.dav.planning import head_of, plan_of
from virtualfs.nodes import File

MTIME = 1_700_000_000.0
MASKED = Original(1, "a.jpg", 10, "abc-masked", "image/jpeg", MTIME, masked=True)
WHOLE = Original(1, "a.jpg", 10, "abc", "image/jpeg", MTIME)


def a_file(original: Original | None) -> File:
    return File(
        "a.jpg", 10, MTIME, MTIME, "abc" if original is None else original.etag, "image/jpeg", original
    )


def test_a_part() -> None:
    planned = plan_of("GET", a_file(WHOLE), {"range": "bytes=2-5"})
    assert (planned.status, planned.span) == (206, (2, 5))
    head = head_of(a_file(WHOLE), planned)
    assert (head["Content-Range"], head["Content-Length"], head["ETag"]) == ("bytes 2-5/10", "4", '"abc"')
    assert (head["Content-Type"], head["Vary"]) == ("image/jpeg", "Authorization")
    assert head["Content-Disposition"].startswith("inline;")


def test_what_masks_leave_has_no_time_to_join_it_by() -> None:
    assert "Last-Modified" in head_of(a_file(WHOLE), plan_of("GET", a_file(WHOLE), {}))
    assert "Last-Modified" not in head_of(a_file(MASKED), plan_of("GET", a_file(MASKED), {}))


def test_a_file_of_the_tree_itself_has_the_time_it_says() -> None:
    planned = plan_of("HEAD", a_file(None), {"if-modified-since": "Tue, 14 Nov 2023 22:13:20 GMT"})
    assert planned.status == 304
