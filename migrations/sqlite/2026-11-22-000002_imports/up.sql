-- Bulk imports: the job, the uploaded body in parts, and the rows that were refused.

-- Which formats and modes there are is the program's matter: a new one needs no rebuilding of this table.
CREATE TABLE imports (
    id BLOB NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    format TEXT NOT NULL,
    mode TEXT NOT NULL,
    dry_run BOOLEAN NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('uploading', 'queued', 'running', 'succeeded', 'failed', 'cancelled')),
    rows_read BIGINT NOT NULL,
    rows_created BIGINT NOT NULL,
    rows_updated BIGINT NOT NULL,
    rows_unchanged BIGINT NOT NULL,
    rows_archived BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    lines_read BIGINT NOT NULL,
    bytes_read BIGINT NOT NULL,
    bytes_total BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    started_at TEXT,
    finished_at TEXT,
    problem_code TEXT,
    problem_detail TEXT,
    leased_by BLOB,
    leased_until TEXT,
    CHECK ((status = 'failed') = (problem_code IS NOT NULL)),
    CHECK ((problem_code IS NULL) = (problem_detail IS NULL)),
    CHECK ((leased_by IS NULL) = (leased_until IS NULL))
);

CREATE INDEX imports_unfinished ON imports (created_at, id) WHERE status IN ('uploading', 'queued', 'running');

-- The body, decompressed, in parts by the place of their first byte; each is compressed by itself (zstd). A part is
-- removed when all its rows are done, all parts when the job has ended.
CREATE TABLE import_parts (
    import_id BLOB NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (import_id, starts_at)
);

CREATE TABLE import_faults (
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

-- Labels that the catalog could not place, and how often they stood in the file.
CREATE TABLE import_terms (
    import_id BLOB NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    field TEXT NOT NULL,
    term TEXT NOT NULL,
    occurrences BIGINT NOT NULL,
    suggestions TEXT NOT NULL,
    PRIMARY KEY (import_id, field, term)
);

-- Which external ids a running job has met, so that the first of two equal ones wins.
CREATE TABLE import_seen (
    import_id BLOB NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
    external_id TEXT NOT NULL,
    line BIGINT NOT NULL,
    PRIMARY KEY (import_id, external_id)
);
