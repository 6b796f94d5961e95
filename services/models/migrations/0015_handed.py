"""Files that people hand to their collections over the network drive, under the names they gave them."""

from typing import Any

WORDS = {
    "SqliteDatabase": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER", "false": "0"},
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "false": "FALSE"},
}

UP = """
CREATE TABLE handed (
    id {id},
    collection_id {int} NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    name_fold TEXT NOT NULL,
    file_id {int} REFERENCES file (id) ON DELETE CASCADE,
    waits BOOLEAN NOT NULL,
    written BOOLEAN NOT NULL DEFAULT {false},
    also BOOLEAN NOT NULL DEFAULT {false},
    created_at {int} NOT NULL,
    CHECK (waits OR file_id IS NOT NULL)
);
CREATE UNIQUE INDEX handed_collection_id_name_fold ON handed (collection_id, name_fold);
CREATE INDEX handed_file ON handed (file_id)
"""


def up(migrator: Any, db: Any) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
    for statement in UP.format(**WORDS[dialect]).split(";\n"):
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP TABLE handed")
