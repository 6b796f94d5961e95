"""How far the feed of changes of a storage was read, and by which id a provider knows a folder."""

from typing import Any

INT = {"SqliteDatabase": "INTEGER", "PostgresqlDatabase": "BIGINT"}

UP = """
ALTER TABLE storage ADD COLUMN feed_cursor TEXT;
ALTER TABLE storage ADD COLUMN feed_at {int};
ALTER TABLE storage ADD COLUMN feed_problem TEXT NOT NULL DEFAULT '';
ALTER TABLE folder ADD COLUMN provider_id TEXT
"""

DOWN = """
ALTER TABLE folder DROP COLUMN provider_id;
ALTER TABLE storage DROP COLUMN feed_problem;
ALTER TABLE storage DROP COLUMN feed_at;
ALTER TABLE storage DROP COLUMN feed_cursor
"""


def up(migrator: Any, db: Any) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in INT)
    for statement in UP.format(int=INT[dialect]).split(";"):
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    # without a cursor a storage is scanned by the clock: nothing is lost
    for statement in DOWN.split(";"):
        db.execute_sql(statement)
