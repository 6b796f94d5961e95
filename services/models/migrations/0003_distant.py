"""Storages that are far away: items before they are read, what listings said, hashes of other kinds.

The SHA-256 of an asset is unknown until its file has been read. SQLite cannot drop a NOT NULL, so there
the table is made anew; the runner has switched foreign keys off for that.
"""

from typing import Any

WORDS = {
    "SqliteDatabase": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "int": "INTEGER",
        "blob": "BLOB",
        "json": "TEXT",
    },
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "blob": "BYTEA", "json": "JSONB"},
}

ASSET = """
CREATE TABLE asset_new (
    id {id},
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('original', 'raw', 'live', 'edit', 'sidecar')),
    mime TEXT NOT NULL,
    size {int} NOT NULL,
    sha256 {blob}{needed},
    scan_hash {blob},
    meta {json} NOT NULL,
    damaged TEXT,
    created_at {int} NOT NULL,
    UNIQUE (item_id, sha256)
);
INSERT INTO asset_new (id, item_id, role, mime, size, sha256, scan_hash, meta, damaged, created_at)
    SELECT id, item_id, role, mime, size, sha256, scan_hash, meta, damaged, created_at FROM asset;
DELETE FROM sqlite_sequence WHERE name = 'asset_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'asset_new', seq FROM sqlite_sequence WHERE name = 'asset';
DROP TABLE asset;
ALTER TABLE asset_new RENAME TO asset;
CREATE INDEX asset_sha256 ON asset (sha256);
CREATE INDEX asset_scan_hash ON asset (scan_hash) WHERE scan_hash IS NOT NULL
"""

UP = """
ALTER TABLE file ADD COLUMN change_key TEXT;
ALTER TABLE file ADD COLUMN listed {json};
ALTER TABLE file ADD COLUMN glance TEXT NOT NULL DEFAULT 'none'
    CHECK (glance IN ('none', 'pending', 'done', 'failed'));
CREATE INDEX file_glance ON file (storage_id, id) WHERE glance = 'pending' AND presence = 'present';
ALTER TABLE storage ADD COLUMN failures {int} NOT NULL DEFAULT 0;
ALTER TABLE storage ADD COLUMN retry_at {int};
CREATE TABLE content_hash (
    id {id},
    asset_id {int} NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind <> ''),
    value TEXT NOT NULL CHECK (value <> ''),
    UNIQUE (asset_id, kind)
);
CREATE INDEX content_hash_value ON content_hash (value, kind)
"""

FORGET = """
UPDATE file SET asset_id = NULL, read_state = 'pending'
    WHERE asset_id IN (SELECT id FROM asset WHERE sha256 IS NULL);
DELETE FROM fingerprint WHERE asset_id IN (SELECT id FROM asset WHERE sha256 IS NULL);
DELETE FROM asset WHERE sha256 IS NULL;
UPDATE item SET cover_id = (SELECT MIN(id) FROM asset WHERE asset.item_id = item.id)
    WHERE cover_id NOT IN (SELECT id FROM asset);
DELETE FROM item_label WHERE item_id IN (SELECT id FROM item WHERE cover_id IS NULL);
DELETE FROM item_alias WHERE item_id IN (SELECT id FROM item WHERE cover_id IS NULL);
DELETE FROM item WHERE cover_id IS NULL;
DELETE FROM day_count;
INSERT INTO day_count (owner_id, day, n, ratio)
    SELECT owner_id, day, COUNT(*), SUM(ratio) FROM item WHERE trashed_at IS NULL GROUP BY owner_id, day
"""

DOWN = """
DROP TABLE content_hash;
DROP INDEX file_glance;
ALTER TABLE storage DROP COLUMN retry_at;
ALTER TABLE storage DROP COLUMN failures;
ALTER TABLE file DROP COLUMN glance;
ALTER TABLE file DROP COLUMN listed;
ALTER TABLE file DROP COLUMN change_key
"""


def up(migrator: Any, db: Any) -> None:
    _change_asset(db, "DROP", "")
    _run(db, UP)


def down(migrator: Any, db: Any) -> None:
    _run(db, FORGET)
    _run(db, DOWN)
    _change_asset(db, "SET", " NOT NULL")


def _change_asset(db: Any, how: str, needed: str) -> None:
    if _dialect(db) == "SqliteDatabase":
        _run(db, ASSET, needed=needed)
    else:
        db.execute_sql(f"ALTER TABLE asset ALTER COLUMN sha256 {how} NOT NULL")


def _dialect(db: Any) -> str:
    return next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)


def _run(db: Any, script: str, **more: str) -> None:
    for statement in script.format(**WORDS[_dialect(db)], **more).split(";"):
        db.execute_sql(statement)
