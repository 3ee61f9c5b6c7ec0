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
ALTER TABLE import_faults DROP COLUMN column_name;
ALTER TABLE imports DROP COLUMN step;
ALTER TABLE imports DROP COLUMN max_archive_percent;
ALTER TABLE imports DROP COLUMN rows_skipped;
ALTER TABLE imports DROP COLUMN on_error;
