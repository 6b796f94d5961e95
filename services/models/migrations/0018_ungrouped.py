"""Which folders have files that were not grouped yet is known after a crash as well.

No folder that is there is marked: at a million items all of them would be grouped once more, nearly always for nothing.
"""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    whole = "INTEGER" if db.param == "?" else "BIGINT"
    db.execute_sql(f"ALTER TABLE folder ADD COLUMN ungrouped_at {whole}")
    db.execute_sql("CREATE INDEX folder_ungrouped ON folder (storage_id, id) WHERE ungrouped_at IS NOT NULL")


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX folder_ungrouped")
    db.execute_sql("ALTER TABLE folder DROP COLUMN ungrouped_at")
