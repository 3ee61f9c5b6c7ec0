-- What bulk imports and exports need beside the jobs: how a job goes about its rows, what was imported last, an
-- operator's own labels, and who asked to be removed.

ALTER TABLE imports ADD COLUMN on_error TEXT NOT NULL DEFAULT 'skip';
-- Rows that are not for this directory: in the NPI registry organisations and other professions.
ALTER TABLE imports ADD COLUMN rows_skipped BIGINT NOT NULL DEFAULT 0;
ALTER TABLE imports ADD COLUMN max_archive_percent INTEGER NOT NULL DEFAULT 20;
-- What the running job does; a job that was cut off goes on with it.
ALTER TABLE imports ADD COLUMN step TEXT NOT NULL DEFAULT 'writing' CHECK (step IN ('checking', 'writing', 'archiving'));
UPDATE imports SET step = 'checking' WHERE dry_run;

-- The column of a CSV file that a fault is in.
ALTER TABLE import_faults ADD COLUMN column_name TEXT;
-- Rows are told apart by their number: several may stand on one line.
ALTER TABLE import_seen ADD COLUMN row_number BIGINT NOT NULL DEFAULT 0;
UPDATE import_seen SET row_number = line;
ALTER TABLE import_faults ADD COLUMN row_number BIGINT;
UPDATE import_faults SET row_number = line;
ALTER TABLE import_faults ALTER COLUMN row_number SET NOT NULL;
ALTER TABLE import_faults DROP CONSTRAINT import_faults_pkey;
ALTER TABLE import_faults ADD PRIMARY KEY (import_id, row_number, position);

-- The digest of the row from which a profile was last imported, and the revision that it then had: while the profile
-- still has it, the same row changes nothing, and need not even be read.
CREATE TABLE import_digests (
    therapist_id UUID NOT NULL PRIMARY KEY REFERENCES therapists (id) ON DELETE CASCADE,
    digest BYTEA NOT NULL,
    revision BIGINT NOT NULL
);

-- An operator's own labels. No code: the label is known, and passed over.
CREATE TABLE catalog_aliases (
    id UUID NOT NULL PRIMARY KEY,
    field TEXT NOT NULL CHECK (field IN ('modalities', 'problem_areas')),
    label TEXT NOT NULL,
    -- The label as it is compared: without case, accents and punctuation.
    label_key TEXT NOT NULL,
    code TEXT,
    revision BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL,
    UNIQUE (field, label_key)
);

-- Profiles that were removed because the therapist asked for it: imports do not bring them back.
CREATE TABLE removals (
    id UUID NOT NULL PRIMARY KEY,
    source TEXT COLLATE "C" NOT NULL,
    external_id TEXT COLLATE "C" NOT NULL,
    npi TEXT,
    removed_by TEXT NOT NULL,
    removed_at TIMESTAMPTZ NOT NULL,
    UNIQUE (source, external_id)
);
CREATE INDEX removals_by_npi ON removals (npi) WHERE npi IS NOT NULL;

-- A removal is told from a deletion: a mirror must not bring the profile back either.
ALTER TABLE directory_changes DROP CONSTRAINT directory_changes_kind_check;
ALTER TABLE directory_changes ADD CONSTRAINT directory_changes_kind_check CHECK (kind IN ('upsert', 'delete', 'removal'));

-- Exports are in the order of bytes, whatever language the database speaks: and so is what is compared with it.
ALTER TABLE therapists
    ALTER COLUMN source TYPE TEXT COLLATE "C",
    ALTER COLUMN external_id TYPE TEXT COLLATE "C";
ALTER TABLE imports ALTER COLUMN source TYPE TEXT COLLATE "C";
ALTER TABLE import_seen ALTER COLUMN external_id TYPE TEXT COLLATE "C";
