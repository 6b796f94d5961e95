"""Subtitles as a role of assets; files that may hold some are read once more, to know.

SQLite cannot change a CHECK, so there the table is made anew; the runner has switched foreign keys off for that.
"""

from typing import Any

BEFORE = "'original', 'raw', 'live', 'edit', 'sidecar'"
AFTER = f"{BEFORE}, 'subtitle'"

_COLUMNS = "id, item_id, role, mime, size, sha256, scan_hash, meta, damaged, created_at, apart, masks"
ANEW = f"""
CREATE TABLE asset_new (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id INTEGER NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ({{roles}})),
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 BLOB,
    scan_hash BLOB,
    meta TEXT NOT NULL,
    damaged TEXT,
    created_at INTEGER NOT NULL,
    apart BOOLEAN NOT NULL DEFAULT 0,
    masks TEXT,
    UNIQUE (item_id, sha256)
);
INSERT INTO asset_new ({_COLUMNS}) SELECT {_COLUMNS} FROM asset;
DELETE FROM sqlite_sequence WHERE name = 'asset_new';
INSERT INTO sqlite_sequence (name, seq) SELECT 'asset_new', seq FROM sqlite_sequence WHERE name = 'asset';
DROP TABLE asset;
ALTER TABLE asset_new RENAME TO asset;
CREATE INDEX asset_sha256 ON asset (sha256);
CREATE INDEX asset_scan_hash ON asset (scan_hash) WHERE scan_hash IS NOT NULL
"""  # noqa: S608  our own text
CHANGED = """
ALTER TABLE asset DROP CONSTRAINT asset_role_check;
ALTER TABLE asset ADD CONSTRAINT asset_role_check CHECK (role IN ({roles}))
"""

READ = """
UPDATE file SET read_state = 'pending', read_attempts = 0
    WHERE SUBSTR(name_fold, LENGTH(name_fold) - 3) = '.srt' AND asset_id IS NULL AND presence = 'present'
        AND size BETWEEN 1 AND 2097152
"""
FORGET = """
UPDATE file SET asset_id = NULL WHERE asset_id IN (SELECT id FROM asset WHERE role = 'subtitle');
UPDATE trash_file SET asset_id = NULL WHERE asset_id IN (SELECT id FROM asset WHERE role = 'subtitle');
DELETE FROM asset WHERE role = 'subtitle'
"""


def up(migrator: Any, db: Any) -> None:
    _change(db, AFTER)
    _run(db, READ)


def down(migrator: Any, db: Any) -> None:
    _run(db, FORGET)
    _change(db, BEFORE)


def _change(db: Any, roles: str) -> None:
    is_sqlite = any(c.__name__ == "SqliteDatabase" for c in type(db).__mro__)
    _run(db, (ANEW if is_sqlite else CHANGED).format(roles=roles))


def _run(db: Any, statements: str) -> None:
    for statement in statements.split(";\n"):
        db.execute_sql(statement)
