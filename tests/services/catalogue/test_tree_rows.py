"""The rows of the tree: only the viewer's, in an order to page by, and the little that is remembered."""

import datetime

import pytest

from services.catalogue import tree_rows
from services.catalogue.timeline import recount
from services.models import File, Item, Storage, counters, database, transaction
from services.models.items import UNDATED
from tests.factories import Make

pytestmark = pytest.mark.db


def dated(make: Make, owner: object, day: str) -> Item:
    """An item taken at noon of a day, with its cover asset."""
    at = datetime.datetime.fromisoformat(f"{day}T12:00:00+00:00")
    stamp = round(at.timestamp() * 1e6)
    item = make.item(owner, taken=stamp, day=int(f"{at:%Y%m%d}"))  # type: ignore[arg-type]  # a row
    with transaction():
        recount([(item.owner_id, item.day)])
    return item


def test_storages_come_with_their_roots_oldest_first(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    first, second = make.storage(anna, "Z", created_at=5), make.storage(anna, "A", scanned_at=7)
    make.storage(ben, "B")
    make.storage(anna, "Gone", removed_at=1)
    rows = tree_rows.storages(make.viewer(anna))
    assert [(row.id, row.name) for row in rows] == [(first.id, "Z"), (second.id, "A")]
    assert (rows[0].created_at, rows[0].scanned_at, rows[1].scanned_at) == (5, None, 7)
    assert tree_rows.folders(make.viewer(anna), rows[0].folder_id) == []


def test_folders_by_parent_by_path_and_by_name(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    viewer, stranger = make.viewer(anna), make.viewer(ben)
    storage = make.storage(anna)
    make.folder(storage, "Trip")
    twin = make.folder(storage, "trip")
    below = make.folder(storage, "trip/day 1")
    root = tree_rows.storages(viewer)[0].folder_id
    assert [row.name for row in tree_rows.folders(viewer, root)] == ["Trip", "trip"]
    assert [row.name for row in tree_rows.folders_named(viewer, root, "trip")] == ["Trip", "trip"]
    found = tree_rows.folder_at(viewer, storage.id, "trip/day 1")
    assert found is not None
    assert found.id == below.id
    assert tree_rows.folder_at(viewer, storage.id, "TRIP/day 1") is None
    assert tree_rows.folders(viewer, twin.id) == [found]
    for question in (
        tree_rows.folders(stranger, root), tree_rows.folders_named(stranger, root, "trip"),
        tree_rows.folder_at(stranger, storage.id, "trip"), tree_rows.files(stranger, root),
    ):  # fmt: skip
        assert not question


def test_files_are_paged_by_name_and_id(make: Make) -> None:
    anna = make.user("anna")
    viewer, storage = make.viewer(anna), make.storage(anna)
    for name in ("b", "A", "a", "c", "B"):
        make.file(storage, name)
    make.file(storage, "missing", presence="missing", absent_since=1)
    root = tree_rows.storages(viewer)[0].folder_id
    whole = tree_rows.files(viewer, root)
    assert [row.name for row in whole] == ["A", "a", "b", "B", "c"]
    paged, after = [], None
    while page := tree_rows.files(viewer, root, after=after, limit=2):
        paged += page
        after = page[-1]
    assert paged == whole
    assert [row.name for row in tree_rows.files_named(viewer, root, "b")] == ["b", "B"]
    assert tree_rows.files_named(viewer, root, "missing") == []


def test_a_file_row_is_what_the_model_says(make: Make) -> None:
    anna = make.user("anna")
    storage = make.storage(anna)
    file = make.file(storage, "a", sha256=b"\x01" * 32, read_state="done", mime="image/png", mtime_ns=5)
    (row,) = tree_rows.files(make.viewer(anna), file.folder_id)
    model = File.get_by_id(file.id)
    for name in row._fields:
        assert getattr(row, name) == getattr(model, name), name
    assert bytes(row.sha256 or b"") == b"\x01" * 32


def test_months_are_counted_from_the_day_counts(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    for day in ("2026-07-01", "2026-07-31", "2025-12-31"):
        dated(make, anna, day)
    dated(make, ben, "2020-01-01")
    make.item(anna)
    with transaction():
        recount([(anna.id, 0)])
    found = tree_rows.library_months(make.viewer(anna))
    assert found == {202607: 2, 202512: 1, 0: 1}
    assert list(found) == [202607, 202512, 0], "newest first"


def test_a_month_has_all_files_of_its_items_but_sidecars(make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben")
    viewer, storage = make.viewer(anna), make.storage(anna)
    item = dated(make, anna, "2026-07-14")
    photo, live = make.asset(item), make.asset(item, b"live", role="live")
    make.file(storage, "live.mov", asset=live)
    make.file(storage, "photo.jpg", asset=photo)
    make.file(storage, "copy.jpg", asset=photo, presence="missing", absent_since=1)
    make.file(storage, "photo.xmp", asset=make.asset(item, b"xmp", role="sidecar"))
    make.file(storage, "elsewhere.jpg", asset=make.asset(dated(make, anna, "2026-08-01")))
    trashed = dated(make, anna, "2026-07-15")
    make.file(storage, "trashed.jpg", asset=make.asset(trashed))
    Item.update(trashed_at=1).where(Item.id == trashed.id).execute()
    rows = tree_rows.library(viewer, 202607)
    assert [(row.asset_id, row.file.name) for row in rows] == [
        (photo.id, "photo.jpg"), (photo.id, "copy.jpg"), (live.id, "live.mov"),
    ]  # fmt: skip
    assert {row.taken for row in rows} == {item.sort_at}
    assert tree_rows.library(make.viewer(ben), 202607) == []
    Storage.update(removed_at=1).execute()
    assert tree_rows.library(viewer, 202607) == []


def test_the_undated_have_no_time(make: Make) -> None:
    anna = make.user("anna")
    item = make.item(anna)
    assert item.sort_at == UNDATED
    make.file(make.storage(anna), "a.jpg", asset=make.asset(item))
    assert [row.taken for row in tree_rows.library(make.viewer(anna), 0)] == [0]


def test_the_version_moves_with_both_counters(make: Make) -> None:
    viewer = make.viewer(make.user("anna"))
    seen = [tree_rows.version(viewer)]
    for bump in (counters.bump_policy, counters.bump_content):
        with transaction():
            bump()
        seen.append(tree_rows.version(viewer))
    assert seen[1] == (seen[0][0] + 1, seen[0][1])
    assert seen[2] == (seen[0][0] + 1, seen[0][1] + 1)


def test_what_is_remembered_stays(make: Make) -> None:
    anna, ben = make.viewer(make.user("anna")), make.viewer(make.user("ben"))
    assert tree_rows.remembered(anna, "202607") == {}
    tree_rows.remember(anna, "202607", {"split": 1, "abc": 7})
    tree_rows.remember(anna, "202607", {"abc": 9, "def": 8})
    assert tree_rows.remembered(anna, "202607") == {"split": 1, "abc": 7, "def": 8}
    assert tree_rows.remembered(anna, "20260") == {}
    assert tree_rows.remembered(ben, "202607") == {}
    many = {tree_rows.memory_key(str(n)): n for n in range(250)}
    assert len(many) == 250
    tree_rows.remember(ben, "0", many)
    assert tree_rows.remembered(ben, "0") == many


def test_a_catalogue_that_cannot_be_written_is_still_read(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    viewer = make.viewer(make.user("anna"))
    if not database.is_sqlite():
        pytest.skip("one way of failing is enough")
    database.proxy.execute_sql("PRAGMA query_only = 1")
    try:
        tree_rows.remember(viewer, "202607", {"split": 1})
    finally:
        database.proxy.execute_sql("PRAGMA query_only = 0")
    assert "could not be remembered" in caplog.text
