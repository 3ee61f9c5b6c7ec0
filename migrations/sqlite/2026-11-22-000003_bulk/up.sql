-- What bulk imports and exports need beside the jobs: how a job goes about its rows, what was imported last, an
-- operator's own labels, and who asked to be removed.

ALTER TABLE imports ADD COLUMN on_error TEXT NOT NULL DEFAULT 'skip';
-- Rows that are not for this directory: in the NPI registry organisations and other professions.
ALTER TABLE imports ADD COLUMN rows_skipped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN max_archive_percent INTEGER NOT NULL DEFAULT 20;
-- What the running job does; a job that was cut off goes on with it.
ALTER TABLE imports ADD COLUMN step TEXT NOT NULL DEFAULT 'writing' CHECK (step IN ('checking', 'writing', 'archiving'));
UPDATE imports SET step = 'checking' WHERE dry_run;

-- Rows are told apart by their number: several may stand on one line.
ALTER TABLE import_seen ADD COLUMN row_number BIGINT NOT NULL DEFAULT 0;
UPDATE import_seen SET row_number = line;
CREATE TABLE import_faults_next (
    import_id BLOB NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    position INTEGER NOT NULL,
    external_id TEXT,
    pointer TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    suggestions TEXT NOT NULL,
    -- The column of a CSV file that the fault is in.
    column_name TEXT,
    row_number BIGINT NOT NULL,
    PRIMARY KEY (import_id, row_number, position)
);
INSERT INTO import_faults_next
    SELECT import_id, line, position, external_id, pointer, code, detail, suggestions, NULL, line FROM import_faults;
DROP TABLE import_faults;
ALTER TABLE import_faults_next RENAME TO import_faults;

-- The digest of the row from which a profile was last imported, and the revision that it then had: while the profile
-- still has it, the same row changes nothing, and need not even be read.
CREATE TABLE import_digests (
    therapist_id BLOB NOT NULL PRIMARY KEY REFERENCES therapists (id) ON DELETE CASCADE,
    digest BLOB NOT NULL,
    revision BIGINT NOT NULL
) WITHOUT ROWID;

-- An operator's own labels. No code: the label is known, and passed over.
CREATE TABLE catalog_aliases (
    id BLOB NOT NULL PRIMARY KEY,
    field TEXT NOT NULL CHECK (field IN ('modalities', 'problem_areas')),
    label TEXT NOT NULL,
    -- The label as it is compared: without case, accents and punctuation.
    label_key TEXT NOT NULL,
    code TEXT,
    revision BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (field, label_key)
);

-- Profiles that were removed because the therapist asked for it: imports do not bring them back.
CREATE TABLE removals (
    id BLOB NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    npi TEXT,
    removed_by TEXT NOT NULL,
    removed_at TEXT NOT NULL,
    UNIQUE (source, external_id)
);
CREATE INDEX removals_by_npi ON removals (npi) WHERE npi IS NOT NULL;

-- A removal is told from a deletion: a mirror must not bring the profile back either. SQLite changes a check only with
-- its table.
CREATE TABLE directory_changes_next (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    therapist_id BLOB NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('upsert', 'delete', 'removal')),
    transaction_id BIGINT NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL
);
INSERT INTO directory_changes_next
    SELECT sequence, therapist_id, revision, kind, transaction_id, changed_at FROM directory_changes;
DROP TABLE directory_changes;
ALTER TABLE directory_changes_next RENAME TO directory_changes;
CREATE INDEX directory_changes_in_order ON directory_changes (transaction_id, sequence);
