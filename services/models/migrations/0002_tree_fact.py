"""What the network drive remembers of its folders gets a table of its own; it lay among the counters.

There, a row was named `tree:<user>:<folder>:<key>`. Rows of a person who is not there any more are left
behind: nobody can ask for them.
"""

from typing import Any

TABLE = """
CREATE TABLE tree_fact (
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    folder TEXT NOT NULL,
    key TEXT NOT NULL,
    value {int} NOT NULL,
    PRIMARY KEY (user_id, folder, key)
)
"""
PREFIX = "tree:"


OLD = f"{PREFIX}%"


def up(migrator: Any, db: Any) -> None:
    _run(db, TABLE.format(int="INTEGER" if db.param == "?" else "BIGINT"))
    people = {row[0] for row in _run(db, 'SELECT id FROM "user"').fetchall()}
    for name, value in _run(db, "SELECT name, value FROM counter WHERE name LIKE ?", OLD).fetchall():
        user, folder, key = name.removeprefix(PREFIX).split(":", 2)
        if int(user) in people:
            _run(db, "INSERT INTO tree_fact VALUES (?, ?, ?, ?)", int(user), folder, key, value)
    _run(db, "DELETE FROM counter WHERE name LIKE ?", OLD)


def down(migrator: Any, db: Any) -> None:
    for user, folder, key, value in _run(db, "SELECT * FROM tree_fact").fetchall():
        _run(db, "INSERT INTO counter VALUES (?, ?)", f"{PREFIX}{user}:{folder}:{key}", value)
    _run(db, "DROP TABLE tree_fact")


def _run(db: Any, sql: str, *values: Any) -> Any:
    return db.execute_sql(sql.replace("?", db.param), values)
