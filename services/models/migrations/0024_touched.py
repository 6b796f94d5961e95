"""What was changed through Hypomos of late: a listing that is older says nothing of it."""

from typing import Any

WORDS = {
    "SqliteDatabase": {"id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER", "blob": "BLOB"},
    "PostgresqlDatabase": {"id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "blob": "BYTEA"},
}
TABLE = """
CREATE TABLE touched (
    id {id},
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    folder {blob} NOT NULL,
    name {blob} NOT NULL,
    touched_at {int} NOT NULL
)
"""


def up(migrator: Any, db: Any) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
    db.execute_sql(TABLE.format(**WORDS[dialect]))
    db.execute_sql("CREATE INDEX touched_storage_id_folder ON touched (storage_id, folder)")
    db.execute_sql("CREATE INDEX touched_touched_at ON touched (touched_at)")


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP TABLE touched")
