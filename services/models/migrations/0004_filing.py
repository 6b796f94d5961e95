"""What owners put into the trash, changes of files that are under way, and more in tombstones."""

from typing import Any

WORDS = {
    "SqliteDatabase": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER", "blob": "BLOB", "json": "TEXT",
    },
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "blob": "BYTEA", "json": "JSONB"},
}  # fmt: skip

STATEMENTS = """
CREATE TABLE trash (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    batch TEXT NOT NULL CHECK (batch <> ''),
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    item_id {int} REFERENCES item (id) ON DELETE SET NULL,
    kind TEXT NOT NULL CHECK (kind IN ('deleted', 'version', 'moved')),
    path {blob} NOT NULL,
    place {blob},
    name TEXT NOT NULL,
    is_dir BOOLEAN NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    files {int} NOT NULL CHECK (files >= 0),
    reason TEXT NOT NULL DEFAULT '',
    actor_id {int},
    trashed_at {int} NOT NULL,
    due_at {int}
);
CREATE INDEX trash_owner ON trash (owner_id, id);
CREATE INDEX trash_storage ON trash (storage_id, trashed_at);
CREATE INDEX trash_batch ON trash (batch);
CREATE INDEX trash_item ON trash (item_id);
CREATE TABLE trash_file (
    id {id},
    trash_id {int} NOT NULL REFERENCES trash (id) ON DELETE CASCADE,
    path {blob} NOT NULL,
    file_pid TEXT NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    mtime_ns {int},
    provider_id TEXT,
    mime TEXT,
    asset_id {int} REFERENCES asset (id) ON DELETE SET NULL,
    sha256 {blob},
    hashes {json} NOT NULL,
    read_state TEXT NOT NULL
);
CREATE INDEX trash_file_trash ON trash_file (trash_id);
CREATE INDEX trash_file_asset ON trash_file (asset_id) WHERE asset_id IS NOT NULL;
CREATE TABLE file_operation (
    id {id},
    kind TEXT NOT NULL
        CHECK (kind IN ('upload', 'folder', 'move', 'replace', 'delete', 'restore', 'purge', 'transfer')),
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    actor_id {int},
    node TEXT NOT NULL,
    holder TEXT NOT NULL,
    path {blob} NOT NULL,
    target {blob} NOT NULL,
    shelf TEXT NOT NULL UNIQUE,
    detail {json} NOT NULL,
    created_at {int} NOT NULL
);
CREATE INDEX file_operation_storage ON file_operation (storage_id);
ALTER TABLE tombstone ADD COLUMN hashes {json} NOT NULL DEFAULT '{{}}';
"""

DROP = ("trash_file", "trash", "file_operation")


def up(migrator: Any, db: Any) -> None:
    words = WORDS[_dialect(db)]
    for statement in STATEMENTS.format(**words).split(";\n"):
        if statement.strip():
            db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    # what lies in the trash has left the catalogue: without these tables nothing says that it is there
    db.execute_sql("UPDATE item SET trashed_at = NULL, missing = TRUE WHERE trashed_at IS NOT NULL")
    db.execute_sql("DELETE FROM day_count")
    db.execute_sql(
        "INSERT INTO day_count (owner_id, day, n, ratio) "
        "SELECT owner_id, day, COUNT(id), SUM(ratio) FROM item GROUP BY owner_id, day"
    )
    for table in DROP:
        db.execute_sql(f"DROP TABLE {table}")
    db.execute_sql("ALTER TABLE tombstone DROP COLUMN hashes")


def _dialect(db: Any) -> str:
    return next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
