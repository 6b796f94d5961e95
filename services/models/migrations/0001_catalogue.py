"""The first catalogue: people, storages, files, items, jobs, counters and the audit log.

Written as SQL because the database decides: every rule it can hold is a constraint here. A few
words differ between SQLite and PostgreSQL; they are the names in braces.
"""

from typing import Any

WORDS = {
    "SqliteDatabase": {
        "id": "INTEGER PRIMARY KEY AUTOINCREMENT",
        "int": "INTEGER",
        "real": "REAL",
        "blob": "BLOB",
        "json": "TEXT",
        "false": "0",
        "true": "1",
    },
    "PostgresqlDatabase": {
        "id": "BIGSERIAL PRIMARY KEY",
        "int": "BIGINT",
        "real": "DOUBLE PRECISION",
        "blob": "BYTEA",
        "json": "JSONB",
        "false": "FALSE",
        "true": "TRUE",
    },
}

TABLES = """
CREATE TABLE "user" (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    login TEXT NOT NULL,
    login_fold TEXT NOT NULL UNIQUE CHECK (login_fold <> ''),
    display TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('adult', 'child')),
    is_admin BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL DEFAULT {true},
    cred_version {int} NOT NULL DEFAULT 1,
    language TEXT NOT NULL DEFAULT '',
    zone TEXT NOT NULL DEFAULT '',
    default_storage_id {int},
    created_at {int} NOT NULL,
    CHECK (NOT (is_admin AND role = 'child'))
);
CREATE TABLE "group" (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL UNIQUE,
    created_at {int} NOT NULL
);
CREATE TABLE membership (
    id {id},
    group_id {int} NOT NULL REFERENCES "group" (id) ON DELETE CASCADE,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    UNIQUE (group_id, user_id)
);
CREATE INDEX membership_user ON membership (user_id);
CREATE TABLE credential (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('password', 'app', 'api')),
    secret TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL DEFAULT '',
    scopes {json} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int},
    revoked_at {int},
    last_used_at {int},
    last_ip TEXT
);
CREATE INDEX credential_user ON credential (user_id, kind);
CREATE UNIQUE INDEX credential_one_password ON credential (user_id)
    WHERE kind = 'password' AND revoked_at IS NULL;
CREATE TABLE invitation (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('adult', 'child')),
    is_admin BOOLEAN NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    created_by_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    used_at {int},
    used_by_id {int} REFERENCES "user" (id) ON DELETE SET NULL
);
CREATE TABLE session (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL UNIQUE,
    user_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    cred_version {int} NOT NULL,
    created_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ip TEXT NOT NULL DEFAULT '',
    agent TEXT NOT NULL DEFAULT ''
);
CREATE INDEX session_of_user ON session (user_id);

CREATE TABLE storage (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    owner_id {int} NOT NULL REFERENCES "user" (id),
    name TEXT NOT NULL CHECK (name <> ''),
    name_fold TEXT NOT NULL,
    kind TEXT NOT NULL,
    root {blob} NOT NULL,
    options {json} NOT NULL,
    writable BOOLEAN NOT NULL,
    node TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('online', 'slow', 'offline', 'sign-in', 'paused')),
    state_reason TEXT NOT NULL DEFAULT '',
    state_since {int} NOT NULL,
    canaries {json},
    created_at {int} NOT NULL,
    scanned_at {int},
    complete_at {int},
    removed_at {int}
);
CREATE UNIQUE INDEX storage_name ON storage (owner_id, name_fold) WHERE removed_at IS NULL;
CREATE TABLE folder (
    id {id},
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    parent_id {int} REFERENCES folder (id) ON DELETE CASCADE,
    path {blob} NOT NULL,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    mtime_ns {int},
    problem TEXT NOT NULL DEFAULT '',
    gone BOOLEAN NOT NULL DEFAULT {false},
    UNIQUE (storage_id, path),
    CHECK (parent_id IS NULL OR parent_id <> id)
);
CREATE INDEX folder_parent ON folder (parent_id, name_fold);

CREATE TABLE item (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    owner_id {int} NOT NULL REFERENCES "user" (id),
    type TEXT NOT NULL CHECK (type IN ('photo', 'video', 'audio')),
    name TEXT NOT NULL,
    mime TEXT NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    version {int} NOT NULL DEFAULT 1,
    taken_local {int},
    taken_utc {int},
    taken_offset {int},
    taken_source TEXT NOT NULL DEFAULT 'unknown',
    offset_source TEXT,
    precision TEXT NOT NULL DEFAULT 'second',
    suspect_date BOOLEAN NOT NULL DEFAULT {false},
    sort_at {int} NOT NULL,
    day {int} NOT NULL,
    width {int},
    height {int},
    ratio {real} NOT NULL DEFAULT 1.0,
    duration_ms {int},
    make TEXT,
    model TEXT,
    lens TEXT,
    lat {real} CHECK (lat BETWEEN -90 AND 90),
    lon {real} CHECK (lon BETWEEN -180 AND 180),
    rating {int} CHECK (rating BETWEEN 0 AND 5),
    favourite BOOLEAN NOT NULL DEFAULT {false},
    title TEXT,
    description TEXT,
    animated BOOLEAN NOT NULL DEFAULT {false},
    panorama BOOLEAN NOT NULL DEFAULT {false},
    motion BOOLEAN NOT NULL DEFAULT {false},
    thumbhash TEXT,
    colour TEXT,
    extra {json} NOT NULL,
    tokens TEXT NOT NULL DEFAULT '',
    cover_id {int},
    stack TEXT,
    stack_cover BOOLEAN NOT NULL DEFAULT {true},
    missing BOOLEAN NOT NULL DEFAULT {false},
    suspect BOOLEAN NOT NULL DEFAULT {false},
    damaged TEXT,
    trashed_at {int},
    withdrawn_at {int},
    created_at {int} NOT NULL,
    changed_at {int} NOT NULL,
    CHECK ((lat IS NULL) = (lon IS NULL)),
    CHECK ((taken_local IS NULL) = (day = 0))
);
CREATE INDEX item_time ON item (sort_at DESC, id DESC) WHERE trashed_at IS NULL;
CREATE INDEX item_owner_time ON item (owner_id, sort_at DESC, id DESC) WHERE trashed_at IS NULL;
CREATE INDEX item_owner_day ON item (owner_id, day) WHERE trashed_at IS NULL;
CREATE INDEX item_stack ON item (stack) WHERE stack IS NOT NULL;
CREATE TABLE item_alias (
    pid TEXT NOT NULL PRIMARY KEY,
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE
);
CREATE INDEX item_alias_item ON item_alias (item_id);
CREATE TABLE asset (
    id {id},
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    role TEXT NOT NULL CHECK (role IN ('original', 'raw', 'live', 'edit', 'sidecar')),
    mime TEXT NOT NULL,
    size {int} NOT NULL,
    sha256 {blob} NOT NULL,
    scan_hash {blob},
    meta {json} NOT NULL,
    damaged TEXT,
    created_at {int} NOT NULL,
    UNIQUE (item_id, sha256)
);
CREATE INDEX asset_sha256 ON asset (sha256);
CREATE INDEX asset_scan_hash ON asset (scan_hash) WHERE scan_hash IS NOT NULL;
CREATE TABLE fingerprint (
    id {id},
    asset_id {int} NOT NULL REFERENCES asset (id) ON DELETE CASCADE,
    kind TEXT NOT NULL CHECK (kind IN ('phash64', 'phash256')),
    value {blob} NOT NULL,
    UNIQUE (asset_id, kind)
);
CREATE INDEX fingerprint_value ON fingerprint (kind, value);
CREATE TABLE file (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    storage_id {int} NOT NULL REFERENCES storage (id) ON DELETE CASCADE,
    folder_id {int} NOT NULL REFERENCES folder (id) ON DELETE CASCADE,
    raw_name {blob} NOT NULL,
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL,
    size {int} NOT NULL CHECK (size >= 0),
    mtime_ns {int},
    provider_id TEXT,
    mime TEXT,
    asset_id {int} REFERENCES asset (id) ON DELETE SET NULL,
    sha256 {blob},
    presence TEXT NOT NULL DEFAULT 'present' CHECK (presence IN ('present', 'suspect', 'missing')),
    absent_since {int},
    read_state TEXT NOT NULL DEFAULT 'pending'
        CHECK (read_state IN ('pending', 'done', 'failed', 'quarantined')),
    read_attempts {int} NOT NULL DEFAULT 0,
    read_at {int},
    problem TEXT NOT NULL DEFAULT '',
    seen_at {int} NOT NULL,
    UNIQUE (folder_id, raw_name),
    CHECK (presence <> 'present' OR absent_since IS NULL),
    CHECK (presence <> 'missing' OR absent_since IS NOT NULL)
);
CREATE INDEX file_storage ON file (storage_id, id);
CREATE INDEX file_name ON file (folder_id, name_fold);
CREATE INDEX file_asset ON file (asset_id) WHERE asset_id IS NOT NULL;
CREATE INDEX file_provider ON file (storage_id, provider_id) WHERE provider_id IS NOT NULL;
CREATE INDEX file_pending ON file (storage_id, id) WHERE read_state = 'pending' AND presence = 'present';
CREATE INDEX file_problem ON file (storage_id, id) WHERE problem <> '';

CREATE TABLE label (
    id {id},
    name TEXT NOT NULL,
    name_fold TEXT NOT NULL UNIQUE CHECK (name_fold <> '')
);
CREATE TABLE item_label (
    id {id},
    item_id {int} NOT NULL REFERENCES item (id) ON DELETE CASCADE,
    label_id {int} NOT NULL REFERENCES label (id) ON DELETE CASCADE,
    source TEXT NOT NULL CHECK (source IN ('hand', 'file', 'analysis')),
    author_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    CHECK ((source = 'hand') = (author_id IS NOT NULL))
);
CREATE UNIQUE INDEX item_label_hand ON item_label (item_id, label_id, author_id) WHERE source = 'hand';
CREATE UNIQUE INDEX item_label_other ON item_label (item_id, label_id, source) WHERE source <> 'hand';
CREATE INDEX item_label_label ON item_label (label_id, item_id);
CREATE TABLE day_count (
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    day {int} NOT NULL,
    n {int} NOT NULL CHECK (n > 0),
    ratio {real} NOT NULL,
    PRIMARY KEY (owner_id, day)
);
CREATE TABLE tombstone (
    id {id},
    owner_id {int} NOT NULL REFERENCES "user" (id) ON DELETE CASCADE,
    sha256 {blob},
    scan_hash {blob},
    phash256 {blob},
    name TEXT NOT NULL,
    reason TEXT NOT NULL,
    deleted_at {int} NOT NULL
);
CREATE INDEX tombstone_sha256 ON tombstone (owner_id, sha256);

CREATE TABLE job (
    id {id},
    pid TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    dedupe_key TEXT,
    payload {json} NOT NULL,
    state TEXT NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
    lane TEXT NOT NULL CHECK (lane IN ('click', 'work')),
    priority {int} NOT NULL DEFAULT 0,
    node TEXT NOT NULL DEFAULT '',
    run_after {int} NOT NULL,
    attempts {int} NOT NULL DEFAULT 0,
    max_attempts {int} NOT NULL,
    lease_owner TEXT,
    lease_until {int},
    stop_asked BOOLEAN NOT NULL DEFAULT {false},
    progress_done {int} NOT NULL DEFAULT 0,
    progress_total {int},
    message TEXT NOT NULL DEFAULT '',
    result {json},
    error TEXT NOT NULL DEFAULT '',
    user_id {int} REFERENCES "user" (id) ON DELETE CASCADE,
    storage_id {int} REFERENCES storage (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    started_at {int},
    finished_at {int},
    CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
    CHECK ((state IN ('done', 'failed', 'cancelled')) = (finished_at IS NOT NULL))
);
CREATE UNIQUE INDEX job_dedupe ON job (dedupe_key) WHERE dedupe_key IS NOT NULL AND finished_at IS NULL;
CREATE INDEX job_open ON job (lane, priority DESC, id) WHERE finished_at IS NULL;
CREATE INDEX job_user ON job (user_id, id);
CREATE TABLE worker (
    id {id},
    name TEXT NOT NULL UNIQUE,
    node TEXT NOT NULL,
    started_at {int} NOT NULL,
    heartbeat_at {int} NOT NULL
);
CREATE TABLE counter (
    name TEXT NOT NULL PRIMARY KEY,
    value {int} NOT NULL
);
INSERT INTO counter (name, value) VALUES ('policy_epoch', 1), ('content_version', 1), ('clock_mark', 0);
CREATE TABLE audit (
    id {id},
    at {int} NOT NULL,
    actor_id {int},
    subject_id {int},
    action TEXT NOT NULL,
    object TEXT NOT NULL DEFAULT '',
    detail {json} NOT NULL
);
CREATE INDEX audit_subject ON audit (subject_id, id);
CREATE TABLE throttle (
    key TEXT NOT NULL PRIMARY KEY,
    failures {int} NOT NULL,
    until {int} NOT NULL
);
"""

SQLITE = """
CREATE VIRTUAL TABLE item_fts USING fts5 (
    tokens, content='item', content_rowid='id', tokenize="unicode61 remove_diacritics 0"
);
CREATE TRIGGER item_fts_insert AFTER INSERT ON item BEGIN
    INSERT INTO item_fts (rowid, tokens) VALUES (new.id, new.tokens);
END;
CREATE TRIGGER item_fts_delete AFTER DELETE ON item BEGIN
    INSERT INTO item_fts (item_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
END;
CREATE TRIGGER item_fts_update AFTER UPDATE OF tokens ON item WHEN old.tokens <> new.tokens BEGIN
    INSERT INTO item_fts (item_fts, rowid, tokens) VALUES ('delete', old.id, old.tokens);
    INSERT INTO item_fts (rowid, tokens) VALUES (new.id, new.tokens);
END;
CREATE TRIGGER audit_update BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_delete BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
"""

POSTGRESQL = """
ALTER TABLE item ADD COLUMN item_fts tsvector
    GENERATED ALWAYS AS (array_to_tsvector(string_to_array(tokens, ' '))) STORED;
CREATE INDEX item_fts ON item USING gin (item_fts);
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit log is append-only'; END $$;
CREATE TRIGGER audit_change BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""

DROP = (
    "throttle audit counter worker job tombstone day_count item_label label file fingerprint asset "
    'item_alias item folder storage session invitation credential membership "group" "user"'
)


def up(migrator: Any, db: Any) -> None:
    words = WORDS[_dialect(db)]
    _run(db, TABLES.format(**words))
    _run(db, SQLITE if _dialect(db) == "SqliteDatabase" else POSTGRESQL)


def down(migrator: Any, db: Any) -> None:
    if _dialect(db) == "SqliteDatabase":
        db.execute_sql("DROP TABLE item_fts")
    for table in DROP.split():
        db.execute_sql(f"DROP TABLE {table}")
    if _dialect(db) == "PostgresqlDatabase":
        db.execute_sql("DROP FUNCTION audit_is_append_only")


def _dialect(db: Any) -> str:
    return next(c.__name__ for c in type(db).__mro__ if c.__name__ in WORDS)


def _run(db: Any, script: str) -> None:
    """Run the statements one by one: a trigger's body keeps its inner semicolons."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        inside = "BEGIN" in statement and "CREATE TRIGGER" in statement and "END;" not in statement
        if line.rstrip().endswith(";") and not (inside and "FOR EACH ROW" not in statement):
            db.execute_sql(statement)
            statement = ""
