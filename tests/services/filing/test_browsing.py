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
    rest = browse(desk.viewer, desk.one.pid, "", after=first.next or 0, limit=3)
    assert [f.name for f in (*first.files, *rest.files)] == [f"{n}.txt" for n in range(5)]
    assert (first.next, rest.next) == (2, None)


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
