"""The connection: settings of SQLite, raw paths, errors in words, no transaction that waits for a disk."""

import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import peewee
import pytest

from services import room
from services.errors import DatabaseUnusable, NoSpace
from services.models import File, Item, Storage, User, counters, database, transaction
from services.models.database import CatalogueFull
from tests.factories import Make


@pytest.mark.sqlite("its settings")
def test_sqlite_is_set_up_as_it_must_be(catalogue: Path) -> None:
    value = {p: database.proxy.execute_sql(f"PRAGMA {p}").fetchone()[0] for p in database.PRAGMAS}
    assert value["journal_mode"] == "wal"
    assert value["foreign_keys"] == 1
    assert value["busy_timeout"] == 5000


def test_a_thread_whose_catalogue_cannot_be_opened_learns_of_it_by_its_question(tmp_path: Path) -> None:
    """Who sets up a thread has nobody to tell, and a pool whose thread cannot be set up is broken for good."""
    (tmp_path / "catalogue.db").mkdir()
    before = database.proxy.obj
    database.proxy.initialize(peewee.SqliteDatabase(tmp_path / "catalogue.db"))
    try:
        database.keep_few_pages()
        assert database.problem()
    finally:
        database.proxy.initialize(before)


@pytest.mark.sqlite("it has one writer at a time")
def test_a_transaction_that_reads_first_is_never_locked_out(catalogue: Path, make: Make) -> None:
    """A deferred one would fail here with "database is locked", whatever the timeout: another wrote in between."""
    make.user()
    has_read, wrote = threading.Event(), threading.Event()
    errors: list[Exception] = []

    def read_and_write() -> None:
        with transaction():
            User.select().count()
            has_read.set()
            wrote.wait(0.3)  # for nothing, when whoever reads first holds the place
            User.update(display="first").execute()

    def write() -> None:
        has_read.wait(10)
        with transaction():
            User.update(display="second").execute()
        wrote.set()

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # whatever it is, the test shall see it
            errors.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in (read_and_write, write)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert not errors
    assert User.get().display == "second"


@pytest.mark.db
@pytest.mark.parametrize("name", ["plain.jpg", "Größe.jpg", "new\nline.jpg", "bad\udcff.jpg", "日本.jpg"])
def test_names_of_any_bytes_come_back_as_they_were(make: Make, name: str) -> None:
    storage = make.storage(make.user())
    File.update(raw_name=name).where(File.id == make.file(storage).id).execute()
    assert File.get().raw_name == name
    assert File.select().where(File.raw_name == name).count() == 1


@pytest.mark.db
def test_objects_are_what_iterating_gives(make: Make) -> None:
    anna = make.user(is_admin=True)
    storage = make.storage(anna)
    for taken in (3, 1, 2):
        item = make.item(anna, taken=taken, favourite=taken == 1, extra={"deep": [taken]}, lat=1.0, lon=2.5)
        make.file(storage, f"bad{taken}\udcff.jpg", asset=make.asset(item))
    for query in (
        User.select(),
        Storage.select(),
        File.select(),
        Item.select().order_by(Item.sort_at).limit(2),
    ):
        given, found = list(query), database.objects(query)
        assert [values(each) for each in found] == [values(each) for each in given]
        assert {type(each) for each in found} == {type(each) for each in given}
        assert not any(each.dirty_fields for each in found)
    (item, _) = database.objects(Item.select().order_by(Item.sort_at).limit(2))
    assert item.owner.login == anna.login
    item.name = "another.jpg"
    item.save()
    assert Item.get_by_id(item.id).name == "another.jpg"


def values(row: Any) -> dict[str, tuple[type, object]]:
    """What a row holds, by field, with the types."""
    return {name: (type(value), value) for name, value in row.__data__.items()}


@pytest.mark.sqlite("only its stamp is free")
@pytest.mark.parametrize("elsewhere", [False, True], ids=["same thread", "another thread"])
def test_a_stamp_changes_with_every_write_and_with_nothing_else(catalogue: Path, elsewhere: bool) -> None:
    def write() -> None:
        with database.transaction():
            counters.bump_policy()
        if elsewhere:
            database.close()

    before = database.stamp()
    counters.read(counters.POLICY_EPOCH)
    assert database.stamp() == before
    if elsewhere:
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    else:
        write()
    assert database.stamp() != before


@pytest.mark.sqlite("it keeps a log beside the catalogue")
def test_a_log_that_has_grown_long_is_emptied_when_nobody_reads(
    catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONG_LOG", 50_000)
    reader = sqlite3.connect(catalogue / database.FILE_NAME)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM counter").fetchall()
    for _ in range(30):
        with database.transaction():
            counters.bump_policy()
    grown = database.log_bytes() or 0
    assert grown > 50_000
    began = time.monotonic()
    database.shorten_log()
    assert time.monotonic() - began < 2, "it waits for no reader"
    assert database.log_bytes() == grown
    reader.close()
    database.shorten_log()
    assert database.log_bytes() == 0
    assert database.proxy.execute_sql("PRAGMA busy_timeout").fetchone() == (5000,)
    counters.read(counters.POLICY_EPOCH)


def test_a_folder_in_the_place_of_the_database(tmp_path: Path) -> None:
    (tmp_path / database.FILE_NAME).mkdir()
    with pytest.raises(DatabaseUnusable, match="cannot be opened"):
        database.connect("", tmp_path)


def test_an_address_that_is_not_postgresql(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="postgresql://"):
        database.connect("mysql://x", tmp_path)


@pytest.mark.db
def test_counters_move_inside_the_transaction_or_not_at_all(catalogue: Path) -> None:
    before = counters.read(counters.POLICY_EPOCH)

    def fail() -> None:
        with transaction():
            counters.bump_policy()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert counters.read(counters.POLICY_EPOCH) == before
    with transaction():
        counters.bump_policy()
    assert counters.read(counters.POLICY_EPOCH) == before + 1


@pytest.mark.db
def test_the_clocks_mark_never_goes_back(catalogue: Path) -> None:
    assert counters.raise_clock(100) == 100
    assert counters.raise_clock(50) == 100


def limit_pages(more: int | None) -> None:
    """Let the catalogue grow by so many pages only: SQLite says the same as on a full disk."""
    pages = database.proxy.execute_sql("PRAGMA page_count").fetchone()[0]
    database.proxy.execute_sql(f"PRAGMA max_page_count = {1 << 30 if more is None else pages + more}")


@pytest.mark.sqlite("its file is given no room")
@pytest.mark.parametrize("depth", [1, 2])
def test_a_full_catalogue_says_so_and_keeps_nothing_of_it(catalogue: Path, make: Make, depth: int) -> None:
    """SQLite rolls back by itself then, also out of the middle of a nested transaction."""
    make.user("anna")
    (catalogue / room.BALLAST).write_bytes(b"some room")
    limit_pages(2)

    def write_much(depth: int) -> None:
        with transaction():
            if depth > 1:
                write_much(depth - 1)
            for n in range(100):
                make.user(f"ben{n}", display="x" * 4000)

    with pytest.raises(CatalogueFull, match="full"):
        write_much(depth)
    assert issubclass(CatalogueFull, NoSpace)
    assert [u.login for u in User.select()] == ["anna"]
    assert not (catalogue / room.BALLAST).exists(), "its room is for what has to be written now"
    limit_pages(None)
    with transaction():
        make.user("ben")
    assert User.select().count() == 2


@pytest.mark.db
def test_another_error_stays_what_it_is(catalogue: Path) -> None:
    (catalogue / room.BALLAST).write_bytes(b"some room")
    with pytest.raises(peewee.PeeweeException) as caught, transaction():
        database.proxy.execute_sql("SELECT * FROM no_such_table")
    assert not isinstance(caught.value, CatalogueFull)
    assert (catalogue / room.BALLAST).exists()


@pytest.mark.db
def test_the_full_disk_of_postgresql_is_told_the_same_way(catalogue: Path) -> None:
    if database.is_sqlite():
        pytest.skip("SQLite's is above")
    full = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
    with pytest.raises(CatalogueFull, match="full"), transaction():
        database.proxy.execute_sql(full)


ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 1000000000) SELECT COUNT(*) FROM c"


@pytest.mark.db
def test_a_question_that_takes_too_long_is_ended(catalogue: Path) -> None:
    with pytest.raises(database.TookTooLong), database.within(0.05):
        database.rows(ENDLESS)
    assert database.rows("SELECT 1") == [(1,)]
    with database.within(60):
        assert database.rows("SELECT 2") == [(2,)]


@pytest.mark.db
def test_so_is_one_whose_answers_take_too_long_to_be_read(catalogue: Path) -> None:
    rows = User.raw(ENDLESS.replace("COUNT(*)", "n")).tuples()
    with pytest.raises(database.TookTooLong), database.within(0.05):
        for _ in rows.iterator():
            pass
    assert database.rows("SELECT 1") == [(1,)]


@pytest.mark.db
def test_the_deadline_holds_for_what_is_inside_only(catalogue: Path) -> None:
    with database.within(0.05):
        pass
    short = ENDLESS.replace("1000000000", "3000000")
    assert database.rows(short) == [(3_000_000,)]


@pytest.mark.db
def test_other_errors_stay_what_they_are(catalogue: Path) -> None:
    with pytest.raises(peewee.PeeweeException), database.within(60):
        database.rows("SELECT nothing FROM nowhere")
    assert database.rows("SELECT 1") == [(1,)]


@pytest.mark.db
def test_no_text_is_too_strange_to_be_asked_for(make: Make) -> None:
    anna = make.user("anna")
    for text in ("a\0b", "\0", "\ufffd", "𝄞", "'; --"):
        assert User.get_or_none(User.pid == text) is None
        assert not User.select().where(User.pid.in_([text, "x"])).exists()
        User.update(display=text).where(User.id == anna.id).execute()
        assert User.get_by_id(anna.id).display in {text, text.replace("\0", "\ufffd")}
