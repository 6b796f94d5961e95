"""The schema: up and down on a filled catalogue, two processes at once, and the same as the models say."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from peewee import IntegrityError
from playhouse.schema_diff import diff_models

from services import sharing
from services.catalogue import ungrouped
from services.catalogue.timeline import recount
from services.errors import DatabaseUnusable
from services.models import (
    TABLES,
    Arrival,
    Asset,
    Audit,
    Collection,
    CollectionItem,
    ContentHash,
    Counter,
    DayCount,
    Event,
    File,
    FileOperation,
    Fingerprint,
    Folder,
    Grant,
    Guest,
    Item,
    Passing,
    Share,
    Storage,
    Tombstone,
    Trash,
    TrashFile,
    TreeFact,
    Upload,
    User,
    audit,
    database,
    schema,
    transaction,
)
from services.sharing import Terms
from tests.factories import Make

pytestmark = pytest.mark.db

STEPS = sorted(path.stem for path in schema.DIRECTORY.glob("[0-9]*.py"))


@pytest.fixture
def filled(catalogue: Path, make: Make) -> Item:
    """An item that was read, in a storage, with everything that hangs on its asset."""
    anna = make.user()
    item = make.item(anna, taken=0)
    asset = make.asset(item)
    Item.update(cover_id=asset.id).where(Item.id == item.id).execute()
    make.file(make.storage(anna), asset=asset, sha256=asset.sha256, read_state="done")
    Fingerprint.create(asset=asset, kind="phash64", value=b"12345678")
    return item


def test_models_and_database_have_the_same_columns_and_indexes(catalogue: Path) -> None:
    diff = diff_models(database.proxy.obj, list(TABLES))
    assert not diff.create_tables
    assert not diff.add_columns
    dropped = [c for c in diff.drop_columns if c != ("item", "item_fts")]  # PostgreSQL's search column
    assert not dropped
    assert not diff.drop_indexes or {i.name for i in diff.drop_indexes} == {"item_fts"}
    if not database.is_sqlite():  # SQLite hides the indexes behind UNIQUE from this comparison
        assert not diff.add_indexes
    assert all(i.unique for i in diff.add_indexes)


def test_down_and_up_again_on_a_filled_catalogue(catalogue: Path, make: Make) -> None:
    anna = make.user()
    storage = make.storage(anna)
    item = make.item(anna, taken=0)
    make.file(storage, asset=make.asset(item))
    audit.record("test", actor=anna.id, subject=anna.id)
    assert schema.downgrade(catalogue, STEPS[0]) == STEPS[::-1]
    assert not {t._meta.table_name for t in TABLES} & set(database.proxy.get_tables())
    assert schema.migrate(catalogue) == STEPS
    assert User.select().count() == 0


def test_what_the_drive_remembers_is_carried_over(catalogue: Path, make: Make) -> None:
    """Step 2, down and up on a filled catalogue: nothing is lost, and the counters stay what they were."""
    anna, ben = make.user("anna"), make.user("ben")
    facts = {
        (anna.id, "202607", "split", 1), (anna.id, "202607", "0af3", 7), (anna.id, "0", "0af3", 1 << 40),
        (ben.id, "202607", "odd:key", 3),
    }  # fmt: skip
    TreeFact.insert_many(facts).execute()
    before = dict(Counter.select().tuples())
    later = STEPS[STEPS.index("0002_tree_fact") :]
    assert schema.downgrade(catalogue, "0002_tree_fact") == later[::-1]
    kept = dict(Counter.select().tuples())
    assert kept == before | {f"tree:{user}:{folder}:{key}": value for user, folder, key, value in facts}
    Counter.insert(name=f"tree:{ben.id + 1000}:202607:split", value=1).execute()  # of nobody
    assert schema.migrate(catalogue) == later
    assert set(TreeFact.select().tuples()) == facts
    assert dict(Counter.select().tuples()) == before
    User.delete().where(User.id == ben.id).execute()
    assert {user for user, *_ in TreeFact.select().tuples()} == {anna.id}


def test_what_is_far_away_comes_into_a_filled_catalogue_and_leaves_it(
    catalogue: Path, make: Make, filled: Item
) -> None:
    known = Asset.get(Asset.item == filled)
    unread = make.item(filled.owner, taken=0)
    listed = make.asset(unread, sha256=None)
    Item.update(cover_id=listed.id).where(Item.id == unread.id).execute()
    file = make.file(Storage.get(), "far.jpg", asset=listed, glance="pending", listed={"md5": "00"})
    ContentHash.create(asset=known, kind="md5", value="00")
    recount([(filled.owner_id, unread.day)])
    gone = schema.downgrade(catalogue, "0003_distant")
    assert gone[-1] == "0003_distant"
    rows = database.rows("SELECT id, sha256 FROM asset")
    assert [(row[0], bytes(row[1])) for row in rows] == [(known.id, bytes(known.sha256))]
    assert database.rows("SELECT asset_id, read_state FROM file WHERE id = ?", file.id) == [(None, "pending")]
    assert database.rows("SELECT SUM(n) FROM day_count") == [(1,)]
    with pytest.raises(Exception, match=r"(?i)null"), database.proxy.atomic():
        database.proxy.execute_sql("UPDATE asset SET sha256 = NULL")
    assert schema.migrate(catalogue) == gone[::-1]
    assert File.select().where(File.asset == known).count() == 1
    assert Fingerprint.select().where(Fingerprint.asset == known).count() == 1
    assert make.asset(filled, b"new", sha256=None).id > listed.id or not database.is_sqlite()
    Asset.delete().where(Asset.id == known.id).execute()  # foreign keys work as before
    assert (Fingerprint.select().count(), File.get(File.name == "IMG_1.jpg").asset) == (0, None)


def test_subtitles_come_into_a_filled_catalogue_and_leave_it(
    catalogue: Path, make: Make, filled: Item
) -> None:
    """Files that may hold some are read once more; when the step is taken back they are files like others."""
    known, storage = Asset.get(Asset.item == filled), Storage.get()
    words = make.asset(filled, b"words", role="subtitle", masks=[])
    given: dict[str, Any] = {"read_state": "done", "sha256": words.sha256}
    make.file(storage, "film.srt", asset=words, **given)
    others: dict[str, dict[str, Any]] = {
        "Lone.SRT": {}, "huge.srt": {"size": 3 << 20}, "empty.srt": {"size": 0}, "words.txt": {}, "srt": {},
        "gone.srt": {"presence": "missing", "absent_since": 1},
    }  # fmt: skip
    for name, more in others.items():
        make.file(storage, name, **given | more)
    gone = schema.downgrade(catalogue, "0017_subtitles")
    assert gone[-1] == "0017_subtitles"
    assert [row.id for row in Asset.select()] == [known.id]
    ((asset,),) = database.rows("SELECT asset_id FROM file WHERE name = 'film.srt'")
    assert (asset, Fingerprint.select().count()) == (None, 1)
    with pytest.raises(IntegrityError), database.proxy.atomic():
        make.asset(filled, b"x", role="subtitle")
    assert schema.migrate(catalogue) == gone[::-1]
    pending = File.select(File.name).where(File.read_state == "pending").order_by(File.name)
    assert sorted(name for (name,) in pending.tuples()) == ["Lone.SRT", "film.srt"]
    assert File.get(File.name == "IMG_1.jpg").asset_id == known.id
    again = make.asset(filled, b"words", role="subtitle", masks=[])
    assert again.id > words.id or not database.is_sqlite()
    with pytest.raises(IntegrityError), database.proxy.atomic():
        make.asset(filled, b"y", role="nothing")


def test_the_trash_may_be_taken_back_from_a_filled_catalogue(catalogue: Path, make: Make) -> None:
    """What lay in the trash is missing then, its bytes lie where they are; what is remembered stays."""
    anna = make.user()
    storage = make.storage(anna)
    there, gone = make.item(anna, taken=0), make.item(anna, trashed_at=5)
    asset = make.asset(gone)
    values = {"owner": anna, "storage": storage, "path": "a.jpg", "name": "a.jpg", "size": 1, "files": 1}
    thrown = Trash.create(
        pid="p", batch="b", kind="deleted", item=gone, place="t/a.jpg", is_dir=False, trashed_at=5, **values
    )
    TrashFile.create(
        trash=thrown, path="a.jpg", file_pid="f", size=1, asset=asset, hashes={}, read_state="done"
    )
    FileOperation.create(
        kind="delete", owner=anna, storage=storage, node="here", holder="h", path="b.jpg", target="",
        shelf="s", detail={}, created_at=5,
    )  # fmt: skip
    Tombstone.create(owner=anna, name="x.jpg", reason="", hashes={"md5": "00"}, deleted_at=5)
    newer = [m.name for m in schema.runner().status() if m.name >= "0004"]
    assert schema.downgrade(catalogue, "0004_filing") == newer[::-1]
    states = database.rows("SELECT id, missing, trashed_at FROM item ORDER BY id")
    assert [(i, bool(missing), at) for i, missing, at in states] == [
        (there.id, False, None), (gone.id, True, None),
    ]  # fmt: skip
    assert DayCount.select().count() == 2
    assert schema.migrate(catalogue) == newer
    assert (Trash.select().count(), Tombstone.get().hashes) == (0, {})


@pytest.fixture
def shared(catalogue: Path, make: Make) -> Grant:
    """An item of Anna in a collection that she shares with Ben."""
    anna, ben = make.user("anna"), make.user("ben")
    collection = make.collection(anna, items=[make.item(anna, taken=0)])
    return make.grant(make.share(collection, "user"), user=ben)


def test_sharing_comes_into_a_filled_catalogue_and_leaves_it(catalogue: Path, shared: Grant) -> None:
    gone = schema.downgrade(catalogue, "0010_sharing")
    assert gone[-1] == "0010_sharing"
    assert database.rows("SELECT COUNT(*) FROM item") == [(1,)]
    assert schema.migrate(catalogue) == gone[::-1]
    assert (Item.select().count(), Collection.select().count(), Grant.select().count()) == (1, 0, 0)


@pytest.mark.parametrize(
    "rule",
    [
        "a member is shown that its owner never wants to show",
        "a grant of another collection than its share's",
        "a share of somebody else's collection",
        "an ended grant that is active",
        "a second grant to one person",
        "a grant to its owner",
        "a dynamic collection without a query",
    ],
)
def test_the_database_refuses(shared: Grant, make: Make, rule: str) -> None:
    ben = User.get(User.login == "ben")
    other = make.collection(ben)
    acts: dict[str, Callable[[], Any]] = {
        "a member is shown that its owner never wants to show": lambda: CollectionItem.update(
            rule="never"
        ).execute(),
        "a grant of another collection than its share's": lambda: Grant.update(collection=other).execute(),
        "a share of somebody else's collection": lambda: Share.update(owner=ben).execute(),
        "an ended grant that is active": lambda: Grant.update(ended_at=1).execute(),
        "a second grant to one person": lambda: make.grant(shared.share, user=ben),
        "a grant to its owner": lambda: Grant.update(user=shared.owner_id).execute(),
        "a dynamic collection without a query": lambda: Collection.update(kind="dynamic").execute(),
    }
    with pytest.raises(IntegrityError), transaction():
        acts[rule]()


def test_a_collection_counts_what_it_shows(catalogue: Path, make: Make) -> None:
    anna = make.user()
    items = [make.item(anna) for _ in range(3)]
    collection = make.collection(anna, items=items)
    mine = CollectionItem.collection == collection

    def size() -> int:
        return int(Collection.get_by_id(collection.id).size)

    assert size() == 3
    CollectionItem.update(rule="never", shown=False).where(mine & (CollectionItem.item == items[0])).execute()
    assert size() == 2
    CollectionItem.update(position=9).where(mine).execute()
    assert size() == 2
    CollectionItem.update(rule="", shown=True).where(mine & (CollectionItem.item == items[0])).execute()
    assert size() == 3
    Item.delete().where(Item.id.in_([items[0].id, items[1].id])).execute()
    assert size() == 1


def test_how_far_feeds_were_read_is_forgotten_and_nothing_else(catalogue: Path, make: Make) -> None:
    storage = make.storage(make.user(), feed_cursor="c", feed_at=5, feed_problem="x")
    folder = make.folder(storage, "2026")
    Folder.update(provider_id="id:1").where(Folder.id == folder.id).execute()
    make.file(storage, "a.jpg", folder)
    gone = schema.downgrade(catalogue, "0008_feeds")
    assert gone[-1] == "0008_feeds"
    assert database.rows("SELECT COUNT(*) FROM file") == [(1,)]
    assert schema.migrate(catalogue) == gone[::-1]
    row = Storage.get()
    assert (row.pid, row.feed_cursor, row.feed_at, row.feed_problem) == (storage.pid, None, None, "")
    assert Folder.get(Folder.name == "2026").provider_id is None
    assert File.get().folder_id == folder.id


def test_what_had_no_room_is_forgotten_and_nothing_else(catalogue: Path, make: Make) -> None:
    storage = make.storage(make.user(), full_reason="No room left.")
    make.file(storage, "a.jpg", problem="it is cut")
    gone = schema.downgrade(catalogue, "0009_problems")
    assert gone[-1] == "0009_problems"
    assert database.rows("SELECT problem FROM file") == [("it is cut",)]
    assert schema.migrate(catalogue) == gone[::-1]
    assert (Storage.get().pid, Storage.get().full_reason) == (storage.pid, "")


def test_marks_of_folders_are_forgotten_and_nothing_else(catalogue: Path, make: Make) -> None:
    """Nothing that is there already is grouped again."""
    storage = make.storage(make.user())
    make.file(storage, "a.jpg")
    Folder.update(ungrouped_at=1).execute()
    gone = schema.downgrade(catalogue, "0018_ungrouped")
    assert gone[-1] == "0018_ungrouped"
    assert database.rows("SELECT storage_id FROM folder") == [(storage.id,)]
    assert schema.migrate(catalogue) == gone[::-1]
    assert (Folder.get().ungrouped_at, File.get().folder_id) == (None, Folder.get().id)
    assert ungrouped.marks(storage) == {}


def test_what_waits_for_a_word_is_not_shown_by_an_older_version(catalogue: Path, make: Make) -> None:
    anna = make.user()
    collection = make.collection(anna, kind="dynamic", query={})
    asked, approved, always, plain = (make.item(anna, f"{n}.jpg") for n in range(4))
    make.member(collection, asked, proposed=True, approval="pending")
    make.member(collection, approved, proposed=True, approval="approved")
    make.member(collection, always, proposed=True, rule="always")
    make.member(collection, plain)
    with pytest.raises(IntegrityError), transaction():
        make.member(collection, make.item(anna), proposed=True)
    gone = schema.downgrade(catalogue, "0019_proposed")
    assert gone[-1] == "0019_proposed"
    shown = {item for (item,) in database.rows("SELECT item_id FROM collection_item WHERE shown")}
    assert shown == {always.id, plain.id}
    assert schema.migrate(catalogue) == gone[::-1]
    assert not CollectionItem.select().where(CollectionItem.proposed).exists()


def test_what_waits_for_an_answer_gives_an_older_version_nothing(catalogue: Path, make: Make) -> None:
    anna, ben = make.user("anna"), make.user("ben", ask_first=True)
    collection = make.collection(anna, "Lake", items=[make.item(anna)])
    sharing.offer(make.viewer(anna), collection.pid, {"user": "ben"}, Terms())
    gone = schema.downgrade(catalogue, "0021_ask_first")
    assert gone[-1] == "0021_ask_first"
    waiting = """SELECT state FROM "grant" WHERE ended_at IS NULL"""
    assert database.rows(waiting) == [("pending",)]
    assert schema.migrate(catalogue) == gone[::-1]
    assert database.rows(waiting) == [("pending",)]
    assert not User.get_by_id(ben.id).ask_first
    assert [o.collection for o in sharing.offered(make.viewer(ben))] == ["Lake"]


def test_what_may_not_be_passed_on_is_not_by_an_older_version(catalogue: Path, make: Make) -> None:
    anna, ben, cleo = (make.user(name) for name in ("anna", "ben", "cleo"))
    item = make.item(anna)
    lake, his = make.collection(anna, "Lake", items=[item]), make.collection(ben, "His", items=[item])
    make.grant(make.share(lake, may_reshare=True), user=ben)
    ended, other = (make.grant(make.share(his), user=user) for user in (cleo, make.user("dora")))
    sharing.revoke(make.viewer(anna), {"grant": ended.pid})
    gone = schema.downgrade(catalogue, "0022_passing")
    assert gone[-1] == "0022_passing"
    states = dict(database.rows("""SELECT id, state FROM "grant" """))
    assert (states[ended.id], states[other.id]) == ("revoked", "active")
    assert schema.migrate(catalogue) == gone[::-1]
    assert not Passing.select().exists()


def test_what_guests_brought_is_known_to_have_come_so(catalogue: Path, make: Make) -> None:
    """Step 20: of the rest nobody noted how it came; when the step is taken back nothing else is lost."""
    anna = make.user()
    dropped, found = make.item(anna, contributed_by_id=7, source="event"), make.item(anna, source="scan")
    file = make.file(make.storage(anna), asset=make.asset(found), source="scan")
    for source in ("import", ""):
        with pytest.raises(IntegrityError), transaction():
            make.item(anna, source=source)
    with pytest.raises(IntegrityError), transaction():
        File.update(source="event").execute()
    gone = schema.downgrade(catalogue, "0020_source")
    assert gone[-1] == "0020_source"
    assert database.rows("SELECT id, asset_id FROM file") == [(file.id, file.asset_id)]
    assert schema.migrate(catalogue) == gone[::-1]
    assert dict(Item.select(Item.id, Item.source).tuples()) == {dropped.id: "event", found.id: None}
    assert File.get().source is None


def _event(owner: User, make: Make) -> Event:
    return Event.create(
        pid="e", owner=owner, collection=make.collection(owner), name="W", guests="drop", may_download=True,
        created_at=0,
    )  # fmt: skip


def test_two_guests_store_the_same_bytes(catalogue: Path, make: Make) -> None:
    """Step 23: each guest's once; when the step is taken back they wait for one another again."""
    anna = make.user()
    event = _event(anna, make)
    guests = [
        Guest.create(pid=f"g{n}", event=event, secret=f"s{n}", created_at=0, seen_at=0, expires_at=1)
        for n in (1, 2)
    ]
    storage = make.storage(anna)

    def storing(guest: Guest, path: str, sha256: bytes = b"x") -> Upload:
        return Upload.create(
            pid=f"u{sha256!r}{path}{guest.id}", guest=guest, event=event, storage=storage, name=path, size=1, got=1,
            node="here", state="whole", step="writing", sha256=sha256, path=path, created_at=0, received_at=0,
            expires_at=1,
        )  # fmt: skip

    for number, guest in enumerate(guests):
        storing(guest, f"{number}.jpg")
    for path, sha256 in (("again.jpg", b"x"), ("1.jpg", b"y")):
        with pytest.raises(IntegrityError), transaction():
            storing(guests[0], path, sha256)
    gone = schema.downgrade(catalogue, "0023_sent_by_guests")
    assert gone[-1] == "0023_sent_by_guests"
    known = "SELECT step, path FROM upload ORDER BY id"
    assert database.rows(known) == [("writing", b"0.jpg"), ("judged", None)]
    storing(guests[1], "0.jpg", b"y")  # as two guests of one name could
    assert schema.migrate(catalogue) == gone[::-1]
    assert database.rows(known) == [("writing", b"0.jpg"), ("judged", None), ("judged", None)]


@pytest.mark.parametrize("how", [["upload", "scan"], ["scan", None]])
def test_what_guests_sent_is_noted_at_its_files(catalogue: Path, make: Make, how: list[str | None]) -> None:
    """Step 23: what came by way of Hypomos, or all there is; nothing of what its owner has."""
    anna = make.user()
    storage = make.storage(anna)
    for name, guest in (("theirs", 1), ("hers", None)):
        item = make.item(anna, name, contributed_by_id=guest)
        for number, source in enumerate(how):
            make.file(storage, f"{name}{number}", asset=make.asset(item, b"%d" % number), source=source)
    box = make.collection(anna)
    grant = make.grant(make.share(box, "event", event=_event(anna, make)), event=Event.get())
    Arrival.create(
        collection=box, item=Item.get(), grant=grant, state="pending", reason="asked", arrived_at=0
    )
    gone = schema.downgrade(catalogue, "0023_sent_by_guests")
    assert database.rows("SELECT reason FROM arrival") == [("known",)]
    schema.migrate(catalogue)
    assert gone[-1] == "0023_sent_by_guests"
    sent = [source == "upload" or "upload" not in how for source in how]
    assert [file.sent for file in File.select().order_by(File.id)] == [*sent, False, False]


def test_a_second_run_does_nothing(catalogue: Path) -> None:
    assert schema.migrate(catalogue) == []


def test_a_newer_catalogue_is_refused(catalogue: Path) -> None:
    history = schema.runner().History
    row = history.create(name="9999_from_the_future")
    try:
        with pytest.raises(DatabaseUnusable, match="newer Hypomos"):
            schema.migrate(catalogue)
    finally:
        row.delete_instance()


def test_a_step_that_fails_leaves_nothing_behind(catalogue: Path, tmp_path: Path) -> None:
    steps = tmp_path / "steps"
    steps.mkdir()
    for name in STEPS:
        (steps / f"{name}.py").write_text((schema.DIRECTORY / f"{name}.py").read_text())
    (steps / "9998_bad.py").write_text(
        "def up(migrator, db):\n"
        "    db.execute_sql('CREATE TABLE half (id INTEGER)')\n"
        "    db.execute_sql('CREATE TABLE half (id INTEGER)')\n"
    )
    with pytest.raises(DatabaseUnusable, match="Nothing was changed"):
        schema.migrate(catalogue, steps)
    assert "half" not in database.proxy.get_tables()


def test_the_audit_log_is_append_only(catalogue: Path) -> None:
    audit.record("test", actor=None, subject=None)
    for change in (Audit.update(action="x"), Audit.delete()):
        with pytest.raises(Exception, match="append-only"), database.proxy.atomic():
            change.execute()
    assert Audit.select().count() == 1


def test_several_processes_start_at_once(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from services.models import database, schema;"
        "d = Path(sys.argv[1]); database.connect('', d); print(schema.migrate(d))"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    said = sorted(p.communicate(timeout=60)[0].strip() for p in running)
    assert [p.returncode for p in running] == [0, 0, 0]
    assert said == sorted([str(STEPS), "[]", "[]"])
