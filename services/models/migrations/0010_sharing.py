"""Collections, shares and their grants, events and their guests, and what each viewer thinks of items.

A right is never a row that says who sees which item: it is found by following these tables. What the
database can hold of the rules is a constraint: a share is of its owner's own collection, a grant says the
same as its share, a member is shown exactly when its facts say so.
"""

from typing import Any

WORDS = {
    "SqliteDatabase": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT", "int": "INTEGER", "blob": "BLOB", "json": "TEXT",
        "false": "0", "true": "1",
    },
    "PostgresqlDatabase": {
        "id": "BIGSERIAL PRIMARY KEY", "int": "BIGINT", "blob": "BYTEA", "json": "JSONB",
        "false": "FALSE", "true": "TRUE",
    },
}  # fmt: skip

STATEMENTS = """
CREATE TABLE collection (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    owner_id {int} NOT NULL REFERENCES "user" (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_fold TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('static', 'dynamic')),
    purpose TEXT NOT NULL DEFAULT 'own' CHECK (purpose IN ('own', 'event', 'contribution')),
    description TEXT NOT NULL DEFAULT '',
    starts_on {int},
    ends_on {int},
    cover_id {int} REFERENCES item (id) ON DELETE SET NULL,
    query {json},
    problem TEXT NOT NULL DEFAULT '',
    approval TEXT NOT NULL DEFAULT 'none' CHECK (approval IN ('none', 'owner')),
    arrivals TEXT NOT NULL DEFAULT 'none' CHECK (arrivals IN ('none', 'owner')),
    require_labelled BOOLEAN NOT NULL DEFAULT {true},
    trusted {json} NOT NULL,
    size {int} NOT NULL DEFAULT 0 CHECK (size >= 0),
    checked_at {int},
    created_at {int} NOT NULL,
    changed_at {int} NOT NULL,
    deleted_at {int},
    UNIQUE (id, owner_id),
    CHECK ((kind = 'dynamic') = (query IS NOT NULL)),
    CHECK (starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on)
);
CREATE UNIQUE INDEX collection_name ON collection (owner_id, name_fold)
    WHERE purpose = 'own' AND deleted_at IS NULL;
CREATE INDEX collection_owner ON collection (owner_id, id);
CREATE TABLE collection_item (
    collection_id {int} NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    position {int} NOT NULL,
    matches BOOLEAN NOT NULL,
    rule TEXT NOT NULL DEFAULT '' CHECK (rule IN ('', 'always', 'never')),
    approval TEXT NOT NULL DEFAULT 'none' CHECK (approval IN ('none', 'pending', 'approved', 'rejected')),
    shown BOOLEAN NOT NULL,
    added_at {int} NOT NULL,
    added_by_id {int} REFERENCES "user" (id) ON DELETE SET NULL,
    decided_at {int},
    PRIMARY KEY (collection_id, item_id),
    CHECK (shown = ((matches OR rule = 'always') AND rule <> 'never' AND approval IN ('none', 'approved')))
);
CREATE INDEX collection_item_shown ON collection_item (collection_id, item_id, shown) WHERE shown;
CREATE INDEX collection_item_of ON collection_item (item_id, collection_id, shown);
CREATE INDEX collection_item_waiting ON collection_item (collection_id, item_id)
    WHERE approval = 'pending';
CREATE INDEX collection_item_order ON collection_item (collection_id, position, item_id);
CREATE TABLE event (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    owner_id {int} NOT NULL REFERENCES "user" (id),
    collection_id {int} NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    starts_on {int},
    ends_on {int},
    expires_at {int},
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'archived')),
    guests TEXT NOT NULL CHECK (guests IN ('view', 'contribute', 'drop')),
    may_download BOOLEAN NOT NULL,
    shows_names BOOLEAN NOT NULL DEFAULT {false},
    shows_place BOOLEAN NOT NULL DEFAULT {false},
    max_files {int} CHECK (max_files > 0),
    max_bytes {int} CHECK (max_bytes > 0),
    storage_id {int} REFERENCES storage (id) ON DELETE SET NULL,
    folder TEXT NOT NULL DEFAULT '',
    secret TEXT UNIQUE,
    sealed {blob},
    short TEXT UNIQUE,
    pin TEXT,
    created_at {int} NOT NULL,
    closed_at {int},
    UNIQUE (id, collection_id),
    FOREIGN KEY (collection_id, owner_id) REFERENCES collection (id, owner_id),
    CHECK ((state = 'open') = (closed_at IS NULL)),
    CHECK ((secret IS NULL) = (sealed IS NULL)),
    CHECK (starts_on IS NULL OR ends_on IS NULL OR starts_on <= ends_on)
);
CREATE INDEX event_owner ON event (owner_id, id);
CREATE TABLE event_person (
    event_id {int} NOT NULL REFERENCES event (id) ON DELETE CASCADE,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('organiser', 'participant')),
    joined_at {int} NOT NULL,
    left_at {int},
    PRIMARY KEY (event_id, user_id)
);
CREATE INDEX event_person_user ON event_person (user_id, event_id) WHERE left_at IS NULL;
CREATE TABLE screen (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL CHECK (name <> ''),
    created_by_id {int} REFERENCES "user" (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    removed_at {int}
);
CREATE TABLE share (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    owner_id {int} NOT NULL REFERENCES "user" (id),
    collection_id {int} NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'link', 'event', 'screen', 'collection')),
    group_id {int} REFERENCES "group" (id) ON DELETE CASCADE,
    may_download BOOLEAN NOT NULL,
    may_contribute BOOLEAN NOT NULL,
    may_reshare BOOLEAN NOT NULL,
    shows_place BOOLEAN NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    secret TEXT UNIQUE,
    sealed {blob},
    password TEXT,
    max_uses {int} CHECK (max_uses > 0),
    uses {int} NOT NULL DEFAULT 0 CHECK (uses >= 0),
    created_at {int} NOT NULL,
    expires_at {int},
    ended_at {int},
    ended_why TEXT NOT NULL DEFAULT '' CHECK (ended_why IN ('', 'revoked', 'expired', 'paused')),
    UNIQUE (id, owner_id, collection_id, kind),
    FOREIGN KEY (collection_id, owner_id) REFERENCES collection (id, owner_id),
    CHECK ((kind = 'group') = (group_id IS NOT NULL)),
    CHECK (kind = 'link' OR (secret IS NULL AND password IS NULL AND max_uses IS NULL)),
    CHECK ((secret IS NULL) = (sealed IS NULL)),
    CHECK ((ended_at IS NULL) = (ended_why = '')),
    CHECK (max_uses IS NULL OR uses <= max_uses)
);
CREATE INDEX share_owner ON share (owner_id, id);
CREATE INDEX share_collection ON share (collection_id);
CREATE INDEX share_group ON share (group_id) WHERE group_id IS NOT NULL;
CREATE TABLE "grant" (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    share_id {int} NOT NULL,
    owner_id {int} NOT NULL,
    collection_id {int} NOT NULL,
    kind TEXT NOT NULL,
    user_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    event_id {int} REFERENCES event (id) ON DELETE CASCADE,
    screen_id {int} REFERENCES screen (id) ON DELETE CASCADE,
    into_id {int} REFERENCES collection (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'active', 'declined', 'left', 'revoked', 'expired')),
    expires_at {int},
    on_timeline BOOLEAN NOT NULL DEFAULT {true},
    created_at {int} NOT NULL,
    decided_at {int},
    ended_at {int},
    opened {int} NOT NULL DEFAULT 0,
    opened_at {int},
    FOREIGN KEY (share_id, owner_id, collection_id, kind)
        REFERENCES share (id, owner_id, collection_id, kind) ON DELETE CASCADE,
    CHECK ((kind IN ('user', 'group')) = (user_id IS NOT NULL)),
    CHECK ((kind = 'event') = (event_id IS NOT NULL)),
    CHECK ((kind = 'screen') = (screen_id IS NOT NULL)),
    CHECK ((kind = 'collection') = (into_id IS NOT NULL)),
    CHECK ((state IN ('pending', 'active')) = (ended_at IS NULL)),
    CHECK (user_id IS NULL OR user_id <> owner_id),
    CHECK (into_id IS NULL OR into_id <> collection_id)
);
CREATE UNIQUE INDEX grant_one_a_person ON "grant" (share_id, user_id)
    WHERE user_id IS NOT NULL AND ended_at IS NULL;
CREATE UNIQUE INDEX grant_one ON "grant" (share_id) WHERE user_id IS NULL AND ended_at IS NULL;
CREATE INDEX grant_share ON "grant" (share_id);
CREATE INDEX grant_owner ON "grant" (owner_id, id);
CREATE INDEX grant_collection ON "grant" (collection_id, id);
CREATE INDEX grant_user ON "grant" (user_id, collection_id) WHERE state = 'active';
CREATE INDEX grant_event ON "grant" (event_id) WHERE state = 'active' AND event_id IS NOT NULL;
CREATE INDEX grant_screen ON "grant" (screen_id) WHERE state = 'active' AND screen_id IS NOT NULL;
CREATE INDEX grant_into ON "grant" (into_id, collection_id) WHERE into_id IS NOT NULL;
CREATE INDEX grant_expiry ON "grant" (expires_at) WHERE state = 'active' AND expires_at IS NOT NULL;
CREATE TABLE guest (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    event_id {int} REFERENCES event (id) ON DELETE CASCADE,
    share_id {int} REFERENCES share (id) ON DELETE CASCADE,
    user_id {int} REFERENCES "user" (id) ON DELETE SET NULL,
    name TEXT NOT NULL DEFAULT '',
    secret TEXT NOT NULL UNIQUE,
    files {int} NOT NULL DEFAULT 0,
    bytes {int} NOT NULL DEFAULT 0,
    created_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ended_at {int},
    CHECK ((event_id IS NULL) <> (share_id IS NULL))
);
CREATE INDEX guest_event ON guest (event_id, id);
CREATE INDEX guest_share ON guest (share_id, id);
CREATE TABLE arrival (
    collection_id {int} NOT NULL REFERENCES collection (id) ON DELETE CASCADE,
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    grant_id {int} NOT NULL REFERENCES "grant" (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'rejected')),
    reason TEXT NOT NULL DEFAULT '',
    guest_id {int} REFERENCES guest (id) ON DELETE SET NULL,
    arrived_at {int} NOT NULL,
    decided_at {int},
    decided_by_id {int} REFERENCES "user" (id) ON DELETE SET NULL,
    PRIMARY KEY (collection_id, item_id),
    CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX arrival_item ON arrival (item_id, collection_id);
CREATE INDEX arrival_grant ON arrival (grant_id);
CREATE INDEX arrival_waiting ON arrival (collection_id, item_id) WHERE state = 'pending';
CREATE TABLE overlay (
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    favourite BOOLEAN NOT NULL DEFAULT {false},
    rating {int} CHECK (rating BETWEEN 0 AND 5),
    hidden BOOLEAN NOT NULL DEFAULT {false},
    PRIMARY KEY (user_id, item_id)
);
CREATE INDEX overlay_item ON overlay (item_id);
CREATE TABLE undo (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    action TEXT NOT NULL,
    detail {json} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL
);
CREATE INDEX undo_expiry ON undo (expires_at);
CREATE TABLE upload (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    user_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    guest_id {int} REFERENCES guest (id) ON DELETE CASCADE,
    event_id {int} REFERENCES event (id) ON DELETE CASCADE,
    storage_id {int} REFERENCES storage (id) ON DELETE CASCADE,
    folder TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL,
    mime TEXT NOT NULL DEFAULT '',
    size {int} NOT NULL CHECK (size >= 0),
    got {int} NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'refused')),
    problem TEXT NOT NULL DEFAULT '',
    item_id {int} REFERENCES item (id) ON DELETE SET NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    CHECK ((user_id IS NULL) <> (guest_id IS NULL)),
    CHECK (got BETWEEN 0 AND size)
);
CREATE INDEX upload_user ON upload (user_id);
CREATE INDEX upload_guest ON upload (guest_id);
CREATE INDEX upload_expiry ON upload (expires_at);
ALTER TABLE item ADD COLUMN contributed_by_id {int};
ALTER TABLE asset ADD COLUMN masks {json};
ALTER TABLE storage ADD COLUMN withheld_at {int};
ALTER TABLE "group" ADD COLUMN ended_at {int};
CREATE INDEX item_day ON item (day) WHERE trashed_at IS NULL;
CREATE INDEX item_contributed ON item (contributed_by_id) WHERE contributed_by_id IS NOT NULL;
"""

SIZE_SQLITE = """
CREATE TRIGGER collection_item_added AFTER INSERT ON collection_item WHEN new.shown BEGIN
    UPDATE collection SET size = size + 1 WHERE id = new.collection_id;
END;
CREATE TRIGGER collection_item_gone AFTER DELETE ON collection_item WHEN old.shown BEGIN
    UPDATE collection SET size = size - 1 WHERE id = old.collection_id;
END;
CREATE TRIGGER collection_item_changed AFTER UPDATE OF shown ON collection_item
    WHEN old.shown <> new.shown BEGIN
    UPDATE collection SET size = size + CASE WHEN new.shown THEN 1 ELSE -1 END WHERE id = new.collection_id;
END;
"""

SIZE_POSTGRESQL = (
    """
CREATE FUNCTION collection_counts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    step INTEGER := 0;
BEGIN
    IF TG_OP <> 'INSERT' AND old.shown THEN step := step - 1; END IF;
    IF TG_OP <> 'DELETE' AND new.shown THEN step := step + 1; END IF;
    IF step <> 0 THEN
        UPDATE collection SET size = size + step
            WHERE id = CASE WHEN TG_OP = 'DELETE' THEN old.collection_id ELSE new.collection_id END;
    END IF;
    RETURN NULL;
END $$
""",
    """
CREATE TRIGGER collection_item_counts AFTER INSERT OR DELETE OR UPDATE OF shown ON collection_item
    FOR EACH ROW EXECUTE FUNCTION collection_counts()
""",
)

DROP = 'upload undo overlay arrival guest "grant" share screen event_person event collection_item collection'
COLUMNS = (
    ("item", "contributed_by_id"),
    ("asset", "masks"),
    ("storage", "withheld_at"),
    ('"group"', "ended_at"),
)


def up(migrator: Any, db: Any) -> None:
    for statement in STATEMENTS.format(**WORDS[_dialect(db)]).split(";\n"):
        if statement.strip():
            db.execute_sql(statement)
    if _dialect(db) == "SqliteDatabase":
        for trigger in SIZE_SQLITE.split("END;\n"):
            if trigger.strip():
                db.execute_sql(f"{trigger}END")
    else:
        for statement in SIZE_POSTGRESQL:
            db.execute_sql(statement)


def down(migrator: Any, db: Any) -> None:
    db.execute_sql("DROP INDEX item_contributed")
    db.execute_sql("DROP INDEX item_day")
    for table, column in COLUMNS:
        db.execute_sql(f"ALTER TABLE {table} DROP COLUMN {column}")
    for table in DROP.split():
        db.execute_sql(f"DROP TABLE {table}")
    if _dialect(db) == "PostgresqlDatabase":
        db.execute_sql("DROP FUNCTION collection_counts")


def _dialect(db: Any) -> str:
    return next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)
