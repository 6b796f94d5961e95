"""What a person took apart is not put together again by a scan: a RAW beside its picture."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    false = "0" if db.param == "?" else "FALSE"
    db.execute_sql(f"ALTER TABLE asset ADD COLUMN apart BOOLEAN NOT NULL DEFAULT {false}")


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("ALTER TABLE asset DROP COLUMN apart")
