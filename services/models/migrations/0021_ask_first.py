"""Whether a person is asked before what others share with them shows up, and how what waits for them is found."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    false = "0" if db.param == "?" else "FALSE"
    db.execute_sql(f'ALTER TABLE "user" ADD COLUMN ask_first BOOLEAN NOT NULL DEFAULT {false}')
    db.execute_sql("""CREATE INDEX grant_waiting ON "grant" (user_id) WHERE state = 'pending'""")


def down(migrator: Any, db: Any) -> None:
    # what waits goes on waiting: an older version gives no right by it either, and its owner can end it
    db.execute_sql("DROP INDEX grant_waiting")
    db.execute_sql('ALTER TABLE "user" DROP COLUMN ask_first')
