"""What guests send: noted at its file; the same bytes once for each guest, not for all; each at a path of its own.

Of what is known already those files were sent that came by way of Hypomos, or all there are where none did.
"""

from typing import Any

TRUTHS = {"SqliteDatabase": ("0", "1"), "PostgresqlDatabase": ("FALSE", "TRUE")}
WRITING = "state = 'whole' AND step = 'writing' AND guest_id IS NOT NULL"
ONCE = "CREATE UNIQUE INDEX upload_once ON upload ({columns}) WHERE " + WRITING
PLACE = "CREATE UNIQUE INDEX upload_place ON upload (storage_id, path) WHERE " + WRITING
AGAIN = """
UPDATE upload SET step = 'judged', path = NULL
WHERE state = 'whole' AND step = 'writing' AND guest_id IS NOT NULL AND EXISTS (
    SELECT 1 FROM upload o WHERE o.state = 'whole' AND o.step = 'writing' AND o.guest_id IS NOT NULL
    AND o.storage_id = upload.storage_id AND o.{same} = upload.{same} AND o.id < upload.id
)
"""
"""Of two that are alike the later one chooses its place again: its bytes are in the spool."""
SENT = """
UPDATE file SET sent = {true} WHERE asset_id IN (
    SELECT a.id FROM asset a JOIN item i ON i.id = a.item_id WHERE i.contributed_by_id IS NOT NULL
) AND {which}
"""
UPLOADED = "source = 'upload'"
ALL = """NOT EXISTS (
    SELECT 1 FROM asset a JOIN asset b ON b.item_id = a.item_id JOIN file f ON f.asset_id = b.id
    WHERE a.id = file.asset_id AND f.source = 'upload'
)"""


def up(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX upload_once")
    db.execute_sql(AGAIN.format(same="path"))
    db.execute_sql(ONCE.format(columns="storage_id, guest_id, sha256"))
    db.execute_sql(PLACE)
    dialect = next(c.__name__ for c in type(db).__mro__ if c.__name__ in TRUTHS)
    for table in ("file", "trash_file"):
        db.execute_sql(f"ALTER TABLE {table} ADD COLUMN sent BOOLEAN NOT NULL DEFAULT {TRUTHS[dialect][0]}")
    for which in (UPLOADED, ALL):
        db.execute_sql(SENT.format(which=which, true=TRUTHS[dialect][1]))


def down(migrator: Any, db: Any) -> None:
    # an older version knows one word for what waits for its owner alone
    db.execute_sql("UPDATE arrival SET reason = 'known' WHERE reason <> ''")
    for table in ("file", "trash_file"):
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN sent")
    db.execute_sql("DROP INDEX upload_place")
    db.execute_sql("DROP INDEX upload_once")
    db.execute_sql(AGAIN.format(same="sha256"))
    db.execute_sql(ONCE.format(columns="storage_id, sha256"))
