"""How an item came is known from now on, and what lies in somebody's trash is found at once.

Of what is there, only what guests brought is known; it was listed or found by a scan, or sent, and nobody noted which.
"""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE file ADD COLUMN source TEXT CHECK (source IN ('scan', 'upload'))")
    db.execute_sql("ALTER TABLE item ADD COLUMN source TEXT CHECK (source IN ('scan', 'upload', 'event'))")
    db.execute_sql("UPDATE item SET source = 'event' WHERE contributed_by_id IS NOT NULL")
    db.execute_sql(
        "CREATE INDEX item_trashed ON item (owner_id, sort_at DESC, id DESC) WHERE trashed_at IS NOT NULL"
    )


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX item_trashed")
    for table in ("item", "file"):
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN source")
