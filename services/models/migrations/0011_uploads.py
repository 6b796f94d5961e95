"""Uploads as they are taken in and stored: where a file stands, and what has to be known to go on after a crash.

The table of step 10 was never written to, so it is made anew instead of being changed column by column.
"""

from typing import Any

WORDS = {
    "SqliteDatabase": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "int": "INTEGER",
        "blob": "BLOB",
        "none": "X''",
    },
    "PostgresqlDatabase": {
        "id": "BIGSERIAL PRIMARY KEY",
        "int": "BIGINT",
        "blob": "BYTEA",
        "none": "''::bytea",
    },
}

UP = """
DROP TABLE upload;
CREATE TABLE upload (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    user_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    guest_id {int} REFERENCES guest (id) ON DELETE CASCADE,
    event_id {int} REFERENCES event (id) ON DELETE CASCADE,
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    folder {blob} NOT NULL DEFAULT {none},
    name TEXT NOT NULL CHECK (name <> ''),
    mime TEXT NOT NULL DEFAULT '',
    modified_at {int},
    size {int} NOT NULL CHECK (size >= 0),
    got {int} NOT NULL DEFAULT 0,
    node TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'whole', 'done', 'refused')),
    step TEXT NOT NULL DEFAULT '' CHECK (step IN ('', 'judged', 'writing')),
    sha256 {blob},
    path {blob},
    problem TEXT NOT NULL DEFAULT '',
    tries {int} NOT NULL DEFAULT 0,
    retry_at {int},
    item_id {int} REFERENCES item (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    received_at {int},
    expires_at {int} NOT NULL,
    CHECK ((user_id IS NULL) <> (guest_id IS NULL)),
    CHECK (got BETWEEN 0 AND size),
    CHECK (state <> 'whole' OR (got = size AND received_at IS NOT NULL)),
    CHECK (step = '' OR sha256 IS NOT NULL),
    CHECK ((step = 'writing') = (path IS NOT NULL))
);
CREATE INDEX upload_user ON upload (user_id);
CREATE INDEX upload_guest ON upload (guest_id);
CREATE INDEX upload_expiry ON upload (expires_at);
CREATE INDEX upload_waiting ON upload (node, id) WHERE state = 'whole';
CREATE UNIQUE INDEX upload_once ON upload (storage_id, sha256)
    WHERE state = 'whole' AND step = 'writing' AND guest_id IS NOT NULL
"""

DOWN = """
DROP TABLE upload;
CREATE TABLE upload (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    user_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    guest_id {int} REFERENCES guest (id) ON DELETE CASCADE,
    event_id {int} REFERENCES event (id) ON DELETE CASCADE,
    storage_id {int} REFERENCES storage (id) ON DELETE CASCADE,
    folder TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL,
    mime TEXT NOT NULL DEFAULT '',
    size {int} NOT NULL CHECK (size >= 0),
    got {int} NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused')),
    problem TEXT NOT NULL DEFAULT '',
    item_id {int} REFERENCES item (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    CHECK ((user_id IS NULL) <> (guest_id IS NULL)),
    CHECK (got BETWEEN 0 AND size)
);
CREATE INDEX upload_user ON upload (user_id);
CREATE INDEX upload_guest ON upload (guest_id);
CREATE INDEX upload_expiry ON upload (expires_at)
"""


def up(migrator: Any, db: Any) -> None:
    _run(db, UP)


def down(migrator: Any, db: Any) -> None:
    # what was on its way begins anew: its sender has it still
    _run(db, DOWN)


def _run(db: Any, statements: str) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
    for statement in statements.format(**WORDS[dialect]).split(";\n"):
        db.execute_sql(statement)
