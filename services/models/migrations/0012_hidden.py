"""What somebody has hidden is found at once: their lists leave it out, and most people have hidden nothing."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("CREATE INDEX overlay_hidden ON overlay (user_id, item_id) WHERE hidden")


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX overlay_hidden")
