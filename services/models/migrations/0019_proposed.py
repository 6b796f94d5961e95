"""What a query finds only by labels that others wrote waits for its owner's word, whatever the collection asks.

That such a member is shown by nobody's decision is refused by the database itself.
"""

from typing import Any

COLUMN = """
ALTER TABLE collection_item ADD COLUMN proposed BOOLEAN NOT NULL DEFAULT {false}
    CHECK (NOT proposed OR approval <> 'none' OR rule <> '')
"""

HIDE = """
UPDATE collection_item SET matches = {false}, shown = (rule = 'always' AND approval IN ('none', 'approved'))
    WHERE proposed
"""


def up(migrator: Any, db: Any) -> None:
    db.execute_sql(COLUMN.format(false="0" if db.param == "?" else "FALSE"))


def down(migrator: Any, db: Any) -> None:
    # an older version would show, by what was said of a keyword, what its owner's own hand never labelled
    no = "0" if db.param == "?" else "FALSE"
    db.execute_sql(HIDE.format(false=no))
    db.execute_sql("ALTER TABLE collection_item DROP COLUMN proposed")
