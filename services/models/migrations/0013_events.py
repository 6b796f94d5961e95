"""What a guest took back stays so, and wrong PINs of an event are counted."""

from typing import Any

UP = """
ALTER TABLE item ADD COLUMN taken_back_at {int};
ALTER TABLE event ADD COLUMN wrong_pins {int} NOT NULL DEFAULT 0;
CREATE INDEX item_taken_back ON item (taken_back_at) WHERE taken_back_at IS NOT NULL
"""

DOWN = """
DROP INDEX item_taken_back;
ALTER TABLE event DROP COLUMN wrong_pins;
ALTER TABLE item DROP COLUMN taken_back_at
"""


def up(migrator: Any, db: Any) -> None:
    whole = "INTEGER" if "Sqlite" in _names(db) else "BIGINT"
    for statement in UP.format(int=whole).split(";"):
        db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    for statement in DOWN.split(";"):
        db.execute_sql(statement)


def _names(db: Any) -> str:
    return " ".join(c.__name__ for c in type(db).__mro__)
