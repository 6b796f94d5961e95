"""Cameras whose videos state local time where UTC belongs, by their owner's word."""

from typing import Any

TABLE = """
CREATE TABLE camera_clock (
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    make TEXT NOT NULL,
    model TEXT NOT NULL,
    created_at {int} NOT NULL,
    PRIMARY KEY (owner_id, make, model)
)
"""


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(TABLE.format(int="INTEGER" if db.param == "?" else "BIGINT"))


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP TABLE camera_clock")
