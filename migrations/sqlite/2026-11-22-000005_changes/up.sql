-- What a mirror needs to drop a profile: whether everybody could see it before the change, and the key that it gave up,
-- by being deleted, renamed or withdrawn. Of older changes nobody knows: they count as having been seen.
ALTER TABLE directory_changes ADD COLUMN was_public BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE directory_changes ADD COLUMN former_source TEXT;
ALTER TABLE directory_changes ADD COLUMN former_external_id TEXT;
