ALTER TABLE directory_changes DROP COLUMN former_external_id;
ALTER TABLE directory_changes DROP COLUMN former_source;
ALTER TABLE directory_changes DROP COLUMN was_public;
