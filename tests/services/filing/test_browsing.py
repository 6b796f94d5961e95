"""Browsing a storage: folders, files page by page, one place; for its owner only."""

import pytest

from services.errors import NotFound, UsageError
from services.filing import browse
from services.filing.browsing import folders_of, place
from services.models import File, Folder
from tests.fakes import photo
from tests.services.filing.desk import Desk

pytestmark = pytest.mark.db


def test_a_folder_with_what_is_in_it(desk: Desk) -> None:
    for path, data in (
        ("b/x.jpg", photo(n=1)),
        ("A/y.txt", b"text"),
        ("c.jpg", photo(n=2)),
        ("a.jpg", photo(n=3)),
    ):
        desk.put(path, data)
    desk.scan()
    top = browse(desk.viewer, desk.one.pid, "")
    assert [f.path for f in top.folders] == ["A", "b"]
    assert [f.path for f in top.files] == ["a.jpg", "c.jpg"]
    assert all(f.item and f.etag and f.shown for f in top.files)
    (text,) = browse(desk.viewer, desk.one.pid, "A").files
    assert (text.item, text.mime, text.size, text.shown) == (None, "text/plain", 4, False)
    assert folders_of(desk.viewer, desk.one.pid) == ["", "A", "b"]


def test_pages(desk: Desk) -> None:
    for number in range(5):
        desk.put(f"{number}.txt", b"x")
    desk.scan()
    first = browse(desk.viewer, desk.one.pid, "", limit=2)
    rest = browse(desk.viewer, desk.one.pid, "", after=first.next, limit=3)
    assert [f.name for f in (*first.files, *rest.files)] == [f"{n}.txt" for n in range(5)]
    assert rest.next is None


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 7, 8])
def test_every_entry_is_on_one_page(desk: Desk, limit: int) -> None:
    for path in ("b/1.txt", "A/2.txt", "c/3.txt", "B.txt", "a.txt", "x.txt", "X.txt"):
        desk.put(path, b"x")
    desk.scan()
    seen: list[str] = []
    after: str | None = None
    while True:
        page = browse(desk.viewer, desk.one.pid, "", after=after, limit=limit)
        assert len(page.folders) + len(page.files) <= limit
        seen += [entry.name for entry in (*page.folders, *page.files)]
        if page.next is None:
            break
        after = page.next
    assert seen[:5] == ["A", "b", "c", "a.txt", "B.txt"]
    assert sorted(seen[5:]) == ["X.txt", "x.txt"]


def test_what_comes_and_goes_between_two_pages_moves_nothing(desk: Desk) -> None:
    for name in ("b", "c", "d", "e", "f"):
        desk.put(f"{name}.txt", b"x")
    desk.scan()
    first = browse(desk.viewer, desk.one.pid, "", limit=2)
    File.update(presence="missing", absent_since=1).where(File.name == "b.txt").execute()
    assert [f.name for f in browse(desk.viewer, desk.one.pid, "", after=first.next).files] == [
        "d.txt",
        "e.txt",
        "f.txt",
    ]
    desk.put("a.txt", b"x")
    desk.scan()
    assert [f.name for f in browse(desk.viewer, desk.one.pid, "", after=first.next).files] == [
        "d.txt",
        "e.txt",
        "f.txt",
    ]


@pytest.mark.parametrize(
    "cursor", ["", "x", "2", "ZjE", "ZmE6YQ", "eDE6YQ", "Z" * 500, "\u00e9", "ZjE67aCA", "ZjE6AA"]
)
def test_a_cursor_of_nobody(desk: Desk, cursor: str) -> None:
    with pytest.raises(UsageError, match="begin again without it"):
        browse(desk.viewer, desk.one.pid, "", after=cursor)


def test_what_is_not_there(desk: Desk) -> None:
    desk.put("a.jpg", b"x")
    desk.scan()
    desk.make.folder(desk.one, "gone")
    Folder.update(gone=True).where(Folder.path == "gone").execute()
    for path in ("gone", "absent", "a.jpg"):
        with pytest.raises(NotFound):
            browse(desk.viewer, desk.one.pid, path)
    for path in ("gone", "absent", ".hypomos-root"):
        with pytest.raises(NotFound):
            place(desk.viewer, desk.one.pid, path)
    with pytest.raises(UsageError):
        browse(desk.viewer, desk.one.pid, "a//b")
    assert place(desk.viewer, desk.one.pid, "a.jpg").size == 1
    File.update(presence="missing", absent_since=1).execute()
    assert browse(desk.viewer, desk.one.pid, "").files == []
    with pytest.raises(NotFound):
        place(desk.viewer, desk.one.pid, "a.jpg")
    ben = desk.make.viewer(desk.make.user("ben"))
    for ask in (browse, place):
        with pytest.raises(NotFound):
            ask(ben, desk.one.pid, "a.jpg")
