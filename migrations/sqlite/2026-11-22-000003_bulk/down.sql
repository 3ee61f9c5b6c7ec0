CREATE TABLE directory_changes_next (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    therapist_id BLOB NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('upsert', 'delete')),
    transaction_id BIGINT NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL
);
INSERT INTO directory_changes_next
    SELECT sequence, therapist_id, revision, CASE kind WHEN 'removal' THEN 'delete' ELSE kind END, transaction_id, changed_at FROM directory_changes;
DROP TABLE directory_changes;
ALTER TABLE directory_changes_next RENAME TO directory_changes;
CREATE INDEX directory_changes_in_order ON directory_changes (transaction_id, sequence);
DROP TABLE removals;
DROP TABLE catalog_aliases;
DROP TABLE import_digests;
CREATE TABLE import_faults_next (
    import_id BLOB NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    line BIGINT NOT NULL,
    position INTEGER NOT NULL,
    external_id TEXT,
    pointer TEXT NOT NULL,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    suggestions TEXT NOT NULL,
    PRIMARY KEY (import_id, line, position)
);
INSERT OR IGNORE INTO import_faults_next
    SELECT import_id, line, position, external_id, pointer, code, detail, suggestions FROM import_faults
    ORDER BY import_id, row_number, position;
DROP TABLE import_faults;
ALTER TABLE import_faults_next RENAME TO import_faults;
ALTER TABLE import_seen DROP COLUMN row_number;
ALTER TABLE imports DROP COLUMN step;
ALTER TABLE imports DROP COLUMN max_archive_percent;
ALTER TABLE imports DROP COLUMN rows_skipped;
ALTER TABLE imports DROP COLUMN on_error;
