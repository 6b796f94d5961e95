"""What clients of the network drive leave with us: locks, writes under way, and properties of their own."""

from typing import Any

WORDS = {
    "SqliteDatabase": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER", "bytewise": ""},
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "bytewise": ' COLLATE "C"'},
}

STATEMENTS = """
CREATE TABLE drive_lock (
    id {id},
    token TEXT NOT NULL UNIQUE,
    url TEXT{bytewise} NOT NULL,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    credential_id {int} REFERENCES credential (id) ON DELETE CASCADE,
    scope TEXT NOT NULL CHECK (scope IN ('exclusive', 'shared')),
    depth TEXT NOT NULL CHECK (depth IN ('0', 'infinity')),
    owner TEXT NOT NULL DEFAULT '',
    empty BOOLEAN NOT NULL DEFAULT FALSE,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL
);
CREATE INDEX drive_lock_url ON drive_lock (url);
CREATE TABLE drive_write (
    id {id},
    url TEXT{bytewise} NOT NULL,
    expires_at {int} NOT NULL
);
CREATE INDEX drive_write_url ON drive_write (url);
CREATE TABLE drive_property (
    id {id},
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    file_id {int} REFERENCES file (id) ON DELETE CASCADE,
    folder_id {int} REFERENCES folder (id) ON DELETE CASCADE,
    space TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    CHECK ((file_id IS NULL) <> (folder_id IS NULL))
);
CREATE UNIQUE INDEX drive_property_file_id_user_id_space_name ON drive_property (file_id, user_id, space, name);
CREATE UNIQUE INDEX drive_property_folder_id_user_id_space_name ON drive_property (folder_id, user_id, space, name);
CREATE INDEX drive_property_user_id_id ON drive_property (user_id, id)
"""

DROP = ("drive_property", "drive_write", "drive_lock")


def up(migrator: Any, db: Any) -> None:
    words = WORDS[_dialect(db)]
    for statement in STATEMENTS.format(**words).split(";\n"):
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    # clients lock again what they write, and set their properties again; nothing of ours is in them
    for table in DROP:
        db.execute_sql(f"DROP TABLE {table}")


def _dialect(db: Any) -> str:
    return next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
