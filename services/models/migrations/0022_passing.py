"""What people pass on of somebody else's: how often that was opened, and whether its owner ended it.

Of what was opened before nobody noted whose it was.
"""

from typing import Any

INTEGERS = {"SqliteDatabase": "INTEGER", "PostgresqlDatabase": "BIGINT"}

UP = """
CREATE TABLE passing (
    share_id {int} NOT NULL REFERENCES share (id) ON DELETE CASCADE,
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    person {int} NOT NULL DEFAULT 0,
    opened {int} NOT NULL DEFAULT 0,
    opened_at {int},
    ended_at {int},
    PRIMARY KEY (share_id, owner_id, person)
)
"""


def up(migrator: Any, db: Any) -> None:
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in INTEGERS)
    db.execute_sql(UP.format(int=INTEGERS[dialect]))


def down(migrator: Any, db: Any) -> None:
    # an older version would go on showing what its owner has ended here
    ended = """
        UPDATE "grant" SET state = 'revoked', ended_at = (
            SELECT MAX(p.ended_at) FROM passing p
            WHERE p.share_id = "grant".share_id AND p.person = COALESCE("grant".user_id, 0)
        )
        WHERE ended_at IS NULL AND EXISTS (
            SELECT 1 FROM passing p WHERE p.share_id = "grant".share_id
            AND p.person = COALESCE("grant".user_id, 0) AND p.ended_at IS NOT NULL
        )
    """
    db.execute_sql(ended)
    db.execute_sql("DROP TABLE passing")
