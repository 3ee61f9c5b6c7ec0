-- Answers to consultation questions: question sets, what therapists answer, and what clients heard.

-- A published version never changes.
CREATE TABLE question_sets (
    code TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    document TEXT NOT NULL,
    published_by TEXT NOT NULL,
    published_at TEXT NOT NULL,
    PRIMARY KEY (code, version)
) WITHOUT ROWID;

CREATE TABLE therapist_answers (
    therapist_id BLOB NOT NULL REFERENCES therapists (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    question TEXT NOT NULL,
    set_code TEXT NOT NULL,
    set_version INTEGER NOT NULL,
    answer_text TEXT NOT NULL,
    language TEXT,
    -- The structured fields: an object of JSON.
    fields TEXT NOT NULL,
    -- Declared ones and those that the text suggests, as they are sent: an array of JSON.
    signals TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    PRIMARY KEY (therapist_id, question)
) WITHOUT ROWID;

-- What a client heard when asking: seen by the calling app alone that stored it, and erased when its time is over.
CREATE TABLE consultations (
    id BLOB NOT NULL PRIMARY KEY,
    app TEXT NOT NULL,
    therapist_id BLOB NOT NULL,
    client_ref TEXT NOT NULL,
    held_on TEXT,
    set_code TEXT NOT NULL,
    set_version INTEGER NOT NULL,
    decision TEXT CHECK (decision IN ('continue', 'declined', 'undecided')),
    retain_days INTEGER NOT NULL,
    expires_at TEXT NOT NULL,
    -- The free text of all answers, encrypted under the key with this id; both null where there is none.
    key_id TEXT,
    secret BLOB,
    -- The edition of the therapist's summary that counts it; null where none does.
    counted_in BIGINT,
    revision BIGINT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CHECK ((key_id IS NULL) = (secret IS NULL))
);
CREATE INDEX consultations_by_app ON consultations (app, id);
CREATE INDEX consultations_by_client ON consultations (app, client_ref);
CREATE INDEX consultations_by_therapist ON consultations (therapist_id);
CREATE INDEX consultations_by_end ON consultations (expires_at);
CREATE INDEX consultations_by_key ON consultations (key_id);

CREATE TABLE consultation_answers (
    consultation_id BLOB NOT NULL REFERENCES consultations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    question TEXT NOT NULL,
    rating INTEGER CHECK (rating BETWEEN 1 AND 5),
    language TEXT,
    -- The structured fields that are no free text: an object of JSON.
    fields TEXT NOT NULL,
    -- The codes of what the client heard: an array of JSON.
    heard TEXT NOT NULL,
    PRIMARY KEY (consultation_id, question)
) WITHOUT ROWID;

-- Erasures whose bytes may still lie in unused space of the files; taken out once the tables were rewritten.
CREATE TABLE consultation_traces (
    id BLOB NOT NULL PRIMARY KEY,
    -- On PostgreSQL the number of the transaction that erased, on SQLite 0.
    transaction_id BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- The calling apps whose consultations count in summaries.
CREATE TABLE consultation_contributors (
    app TEXT NOT NULL PRIMARY KEY,
    marked_by TEXT NOT NULL,
    marked_at TEXT NOT NULL
) WITHOUT ROWID;

-- What was last published of a therapist's consultations; goes with the profile.
CREATE TABLE consultation_summaries (
    therapist_id BLOB NOT NULL PRIMARY KEY REFERENCES therapists (id) ON DELETE CASCADE,
    edition BIGINT NOT NULL,
    -- How many client references the edition counts: those whose consultations say so in counted_in are still as they were.
    counted BIGINT NOT NULL,
    -- Null while too few client references count.
    document TEXT,
    published_at TEXT
) WITHOUT ROWID;
