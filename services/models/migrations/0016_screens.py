"""Devices that ask to be a screen, and until when a screen is one."""

from typing import Any

WORDS = {
    "SqliteDatabase": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER"},
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT"},
}

UP = """
ALTER TABLE screen ADD COLUMN expires_at {int};
CREATE TABLE device (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    key TEXT NOT NULL UNIQUE CHECK (key <> ''),
    code TEXT NOT NULL CHECK (code <> ''),
    hint TEXT NOT NULL DEFAULT '',
    address TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'unknown' CHECK (state IN ('unknown', 'approved', 'refused')),
    screen_id {int} REFERENCES screen (id),
    version {int} NOT NULL DEFAULT 1,
    decided_by_id {int} REFERENCES "user" (id) ON DELETE SET NULL,
    decided_at {int},
    first_seen_at {int} NOT NULL,
    last_seen_at {int} NOT NULL,
    CHECK ((state = 'approved') = (screen_id IS NOT NULL))
);
CREATE INDEX device_state ON device (state, last_seen_at);
CREATE INDEX device_screen ON device (screen_id) WHERE screen_id IS NOT NULL;
CREATE INDEX device_first_seen ON device (first_seen_at)
"""

DOWN = """
DROP TABLE device;
ALTER TABLE screen DROP COLUMN expires_at
"""


def up(migrator: Any, db: Any) -> None:
    _run(db, UP)


def down(migrator: Any, db: Any) -> None:
    # devices ask again when they are seen the next time
    _run(db, DOWN)


def _run(db: Any, statements: str) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
    for statement in statements.format(**WORDS[dialect]).split(";\n"):
        db.execute_sql(statement)
