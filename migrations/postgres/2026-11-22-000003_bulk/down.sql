ALTER TABLE import_seen ALTER COLUMN external_id TYPE TEXT COLLATE "default";
ALTER TABLE imports ALTER COLUMN source TYPE TEXT COLLATE "default";
ALTER TABLE therapists
    ALTER COLUMN source TYPE TEXT COLLATE "default",
    ALTER COLUMN external_id TYPE TEXT COLLATE "default";
UPDATE directory_changes SET kind = 'delete' WHERE kind = 'removal';
ALTER TABLE directory_changes DROP CONSTRAINT directory_changes_kind_check;
ALTER TABLE directory_changes ADD CONSTRAINT directory_changes_kind_check CHECK (kind IN ('upsert', 'delete'));
DROP TABLE removals;
DROP TABLE catalog_aliases;
DROP TABLE import_digests;
DELETE FROM import_faults later USING import_faults first
    WHERE later.import_id = first.import_id AND later.line = first.line AND later.position = first.position
    AND later.row_number > first.row_number;
ALTER TABLE import_faults DROP CONSTRAINT import_faults_pkey;
ALTER TABLE import_faults ADD PRIMARY KEY (import_id, line, position);
ALTER TABLE import_faults DROP COLUMN row_number;
ALTER TABLE import_faults DROP COLUMN column_name;
ALTER TABLE import_seen DROP COLUMN row_number;
ALTER TABLE imports DROP COLUMN step;
ALTER TABLE imports DROP COLUMN max_archive_percent;
ALTER TABLE imports DROP COLUMN rows_skipped;
ALTER TABLE imports DROP COLUMN on_error;
