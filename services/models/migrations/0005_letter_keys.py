"""Whether single letters do something on a person's pages (WCAG 2.1.4 wants that they can be turned off)."""

from typing import Any


def up(migrator: Any, db: Any) -> None:
    true = "1" if db.param == "?" else "TRUE"
    db.execute_sql(f'ALTER TABLE "user" ADD COLUMN letter_keys BOOLEAN NOT NULL DEFAULT {true}')


def down(migrator: Any, db: Any) -> None:
    db.execute_sql('ALTER TABLE "user" DROP COLUMN letter_keys')
