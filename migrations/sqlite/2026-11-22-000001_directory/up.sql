-- The directory: profiles, their lists, and the change feed.
-- Times are UTC, as RFC 3339 text; ids are 16 bytes. Lists keep the order in which they were given (`position`).

-- Codes of the catalog, written at start from the embedded reference data, so that no profile can name an unknown one.
CREATE TABLE catalog_modalities (
    code TEXT NOT NULL PRIMARY KEY,
    directory_listable BOOLEAN NOT NULL
);
CREATE TABLE catalog_problem_areas (
    code TEXT NOT NULL PRIMARY KEY
);
CREATE TABLE catalog_communities (
    code TEXT NOT NULL PRIMARY KEY
);

CREATE TABLE therapists (
    id BLOB NOT NULL PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('draft', 'published', 'suspended', 'archived')),
    given_name TEXT NOT NULL,
    family_name TEXT NOT NULL,
    name_prefix TEXT,
    name_suffix TEXT,
    pronouns TEXT,
    gender TEXT CHECK (gender IN ('woman', 'man', 'nonbinary', 'other')),
    profession TEXT NOT NULL CHECK (profession IN (
        'psychologist', 'psychiatrist', 'social_worker', 'counselor', 'marriage_family_therapist',
        'psychiatric_nurse', 'psychotherapist', 'psychoanalyst', 'art_therapist', 'other')),
    npi TEXT,
    headline TEXT,
    bio TEXT,
    website TEXT,
    photo_url TEXT,
    email TEXT,
    phone TEXT,
    email_public BOOLEAN NOT NULL,
    phone_public BOOLEAN NOT NULL,
    integration_style TEXT,
    directiveness INTEGER CHECK (directiveness BETWEEN -3 AND 3),
    emotional_intensity INTEGER CHECK (emotional_intensity BETWEEN -3 AND 3),
    past_focus INTEGER CHECK (past_focus BETWEEN -3 AND 3),
    challenge INTEGER CHECK (challenge BETWEEN -3 AND 3),
    homework TEXT CHECK (homework IN ('none', 'optional', 'regular')),
    measures_progress BOOLEAN,
    sliding_scale_offered BOOLEAN,
    sliding_scale_minimum_amount BIGINT,
    sliding_scale_currency TEXT,
    free_consultation_offered BOOLEAN,
    free_consultation_minutes INTEGER,
    accepting TEXT CHECK (accepting IN ('accepting', 'existing_only', 'existing_and_family', 'not_accepting')),
    next_opening_on TEXT,
    waitlist_weeks INTEGER,
    -- The oldest confirmation of the field groups that the profile fills, null where one was never confirmed.
    confirmed_at TEXT,
    revision BIGINT NOT NULL,
    import_id BLOB,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    UNIQUE (source, external_id)
);
CREATE INDEX therapists_by_npi ON therapists (npi) WHERE npi IS NOT NULL;

CREATE TABLE therapist_modalities (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL REFERENCES catalog_modalities (code),
    role TEXT NOT NULL CHECK (role IN ('foundation', 'technique')),
    evidence_level TEXT NOT NULL CHECK (evidence_level IN (
        'outcome_verified', 'certified', 'trained', 'supervised', 'self_declared')),
    since INTEGER,
    PRIMARY KEY (therapist_id, code)
);
CREATE INDEX therapist_modalities_by_code ON therapist_modalities (code, therapist_id);

CREATE TABLE therapist_problem_areas (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL REFERENCES catalog_problem_areas (code),
    focus TEXT NOT NULL CHECK (focus IN ('primary', 'secondary')),
    PRIMARY KEY (therapist_id, code)
);
CREATE INDEX therapist_problem_areas_by_code ON therapist_problem_areas (code, therapist_id);

CREATE TABLE therapist_licenses (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    jurisdiction TEXT NOT NULL,
    type TEXT,
    number TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'expired', 'pending', 'revoked')),
    expires_on TEXT,
    PRIMARY KEY (therapist_id, position)
);
CREATE INDEX therapist_licenses_by_jurisdiction ON therapist_licenses (jurisdiction, therapist_id);

CREATE TABLE therapist_locations (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    label TEXT,
    line1 TEXT,
    line2 TEXT,
    city TEXT,
    region TEXT,
    postal_code TEXT,
    country TEXT NOT NULL,
    latitude DOUBLE CHECK (latitude BETWEEN -90 AND 90),
    longitude DOUBLE CHECK (longitude BETWEEN -180 AND 180),
    wheelchair_accessible BOOLEAN,
    PRIMARY KEY (therapist_id, position)
);

CREATE TABLE therapist_fees (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    participants TEXT NOT NULL CHECK (participants IN ('individual', 'couple', 'family', 'group')),
    minutes INTEGER,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    currency TEXT NOT NULL,
    PRIMARY KEY (therapist_id, position)
);

CREATE TABLE therapist_confirmations (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    field_group TEXT NOT NULL CHECK (field_group IN ('contact', 'licenses', 'locations', 'availability')),
    method TEXT NOT NULL CHECK (method IN ('self_attested', 'phone', 'email', 'primary_source')),
    note TEXT,
    confirmed_at TEXT NOT NULL,
    PRIMARY KEY (therapist_id, field_group)
);

-- Plain lists of codes, all of one shape.

CREATE TABLE therapist_credentials (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (therapist_id, code)
);

CREATE TABLE therapist_languages (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (therapist_id, code)
);
CREATE INDEX therapist_languages_by_code ON therapist_languages (code, therapist_id);

CREATE TABLE therapist_session_formats (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL CHECK (code IN ('in_person', 'video', 'phone', 'chat')),
    PRIMARY KEY (therapist_id, code)
);
CREATE INDEX therapist_session_formats_by_code ON therapist_session_formats (code, therapist_id);

CREATE TABLE therapist_age_groups (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL CHECK (code IN ('child', 'adolescent', 'adult', 'older_adult')),
    PRIMARY KEY (therapist_id, code)
);

CREATE TABLE therapist_participants (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL CHECK (code IN ('individual', 'couple', 'family', 'group')),
    PRIMARY KEY (therapist_id, code)
);

CREATE TABLE therapist_communities (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL REFERENCES catalog_communities (code),
    PRIMARY KEY (therapist_id, code)
);

CREATE TABLE therapist_remote_jurisdictions (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (therapist_id, code)
);
CREATE INDEX therapist_remote_jurisdictions_by_code ON therapist_remote_jurisdictions (code, therapist_id);

CREATE TABLE therapist_insurance (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    PRIMARY KEY (therapist_id, code)
);

CREATE TABLE therapist_availability_times (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    code TEXT NOT NULL CHECK (code IN ('weekday_daytime', 'weekday_evening', 'weekend')),
    PRIMARY KEY (therapist_id, code)
);

-- One row for every write of a profile, in the writing transaction. A reader of the feed orders by
-- (transaction_id, sequence); here writers follow one another, so the
-- transaction id stays 0.
CREATE TABLE directory_changes (
    sequence INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    therapist_id BLOB NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('upsert', 'delete')),
    transaction_id BIGINT NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL
);
CREATE INDEX directory_changes_in_order ON directory_changes (transaction_id, sequence);

-- What an Idempotency-Key stood for: a keyed hash of the request and the id of what it made, never the answer.
CREATE TABLE idempotency_keys (
    caller TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint BLOB NOT NULL,
    status INTEGER NOT NULL,
    resource_id BLOB NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (created_at);
