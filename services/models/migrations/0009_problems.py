"""Which file had no room in a storage, and indexes by which everything that is wrong is found at once."""

from typing import Any

UP = """
ALTER TABLE storage ADD COLUMN full_reason TEXT NOT NULL DEFAULT '';
CREATE INDEX folder_problem ON folder (storage_id, id) WHERE problem <> '';
CREATE INDEX job_failed ON job (user_id, id) WHERE state = 'failed'
"""

DOWN = """
DROP INDEX job_failed;
DROP INDEX folder_problem;
ALTER TABLE storage DROP COLUMN full_reason
"""


def up(migrator: Any, db: Any) -> None:
    for statement in UP.split(";"):
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    # the next file that has no room says so again
    for statement in DOWN.split(";"):
        db.execute_sql(statement)
