//! The tables of both databases; a test compares this with the columns of each migrated database.

/// The SQL types that the tables use.
mod columns {
    pub(super) use diesel::sql_types::{BigInt, Binary, Bool, Date, Double, Integer, Nullable, Text};

    pub(super) use crate::store::sql_types::{Instant, Uuid};
}

/// Declares tables in those types, of which any may stand in one query.
macro_rules! tables {
    ($($table:ident ($($key:ident),+) { $($columns:tt)* })+) => {
        $(diesel::table! {
            use super::columns::*;

            $table ($($key),+) { $($columns)* }
        })+

        diesel::allow_tables_to_appear_in_same_query!($($table),+);
    };
}

tables! {
    catalog_modalities (code) {
        code -> Text,
        directory_listable -> Bool,
    }

    catalog_problem_areas (code) {
        code -> Text,
    }

    catalog_communities (code) {
        code -> Text,
    }

    therapists (id) {
        id -> Uuid,
        source -> Text,
        external_id -> Text,
        status -> Text,
        given_name -> Text,
        family_name -> Text,
        name_prefix -> Nullable<Text>,
        name_suffix -> Nullable<Text>,
        pronouns -> Nullable<Text>,
        gender -> Nullable<Text>,
        profession -> Text,
        npi -> Nullable<Text>,
        headline -> Nullable<Text>,
        bio -> Nullable<Text>,
        website -> Nullable<Text>,
        photo_url -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        email_public -> Bool,
        phone_public -> Bool,
        integration_style -> Nullable<Text>,
        directiveness -> Nullable<Integer>,
        emotional_intensity -> Nullable<Integer>,
        past_focus -> Nullable<Integer>,
        challenge -> Nullable<Integer>,
        homework -> Nullable<Text>,
        measures_progress -> Nullable<Bool>,
        sliding_scale_offered -> Nullable<Bool>,
        sliding_scale_minimum_amount -> Nullable<BigInt>,
        sliding_scale_currency -> Nullable<Text>,
        free_consultation_offered -> Nullable<Bool>,
        free_consultation_minutes -> Nullable<Integer>,
        accepting -> Nullable<Text>,
        next_opening_on -> Nullable<Date>,
        waitlist_weeks -> Nullable<Integer>,
        confirmed_at -> Nullable<Instant>,
        revision -> BigInt,
        import_id -> Nullable<Uuid>,
        created_at -> Instant,
        updated_at -> Instant,
    }

    therapist_modalities (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
        role -> Text,
        evidence_level -> Text,
        since -> Nullable<Integer>,
    }

    therapist_problem_areas (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
        focus -> Text,
    }

    therapist_licenses (therapist_id, position) {
        therapist_id -> Uuid,
        position -> Integer,
        jurisdiction -> Text,
        #[sql_name = "type"]
        kind -> Nullable<Text>,
        number -> Nullable<Text>,
        status -> Text,
        expires_on -> Nullable<Date>,
    }

    therapist_locations (therapist_id, position) {
        therapist_id -> Uuid,
        position -> Integer,
        label -> Nullable<Text>,
        line1 -> Nullable<Text>,
        line2 -> Nullable<Text>,
        city -> Nullable<Text>,
        region -> Nullable<Text>,
        postal_code -> Nullable<Text>,
        country -> Text,
        latitude -> Nullable<Double>,
        longitude -> Nullable<Double>,
        wheelchair_accessible -> Nullable<Bool>,
    }

    therapist_fees (therapist_id, position) {
        therapist_id -> Uuid,
        position -> Integer,
        participants -> Text,
        minutes -> Nullable<Integer>,
        amount -> BigInt,
        currency -> Text,
    }

    therapist_confirmations (therapist_id, field_group) {
        therapist_id -> Uuid,
        field_group -> Text,
        method -> Text,
        note -> Nullable<Text>,
        confirmed_at -> Instant,
    }

    therapist_credentials (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_languages (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_session_formats (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_age_groups (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_participants (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_communities (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_remote_jurisdictions (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_insurance (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    therapist_availability_times (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }

    directory_changes (sequence) {
        sequence -> BigInt,
        therapist_id -> Uuid,
        revision -> BigInt,
        kind -> Text,
        transaction_id -> BigInt,
        changed_at -> Instant,
        was_public -> Bool,
        former_source -> Nullable<Text>,
        former_external_id -> Nullable<Text>,
    }

    idempotency_keys (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Binary,
        status -> Integer,
        resource_id -> Uuid,
        created_at -> Instant,
    }

    imports (id) {
        id -> Uuid,
        source -> Text,
        format -> Text,
        mode -> Text,
        dry_run -> Bool,
        status -> Text,
        rows_read -> BigInt,
        rows_created -> BigInt,
        rows_updated -> BigInt,
        rows_unchanged -> BigInt,
        rows_archived -> BigInt,
        rows_rejected -> BigInt,
        lines_read -> BigInt,
        bytes_read -> BigInt,
        bytes_total -> BigInt,
        created_by -> Text,
        created_at -> Instant,
        started_at -> Nullable<Instant>,
        finished_at -> Nullable<Instant>,
        problem_code -> Nullable<Text>,
        problem_detail -> Nullable<Text>,
        leased_by -> Nullable<Uuid>,
        leased_until -> Nullable<Instant>,
        on_error -> Text,
        rows_skipped -> BigInt,
        max_archive_percent -> Integer,
        step -> Text,
    }

    import_parts (import_id, starts_at) {
        import_id -> Uuid,
        starts_at -> BigInt,
        body -> Binary,
    }

    import_faults (import_id, row_number, position) {
        import_id -> Uuid,
        line -> BigInt,
        position -> Integer,
        external_id -> Nullable<Text>,
        pointer -> Text,
        code -> Text,
        detail -> Text,
        suggestions -> Text,
        column_name -> Nullable<Text>,
        row_number -> BigInt,
    }

    import_terms (import_id, field, term) {
        import_id -> Uuid,
        field -> Text,
        term -> Text,
        occurrences -> BigInt,
        suggestions -> Text,
    }

    import_seen (import_id, external_id) {
        import_id -> Uuid,
        external_id -> Text,
        line -> BigInt,
        row_number -> BigInt,
    }

    import_digests (therapist_id) {
        therapist_id -> Uuid,
        digest -> Binary,
        revision -> BigInt,
    }

    catalog_aliases (id) {
        id -> Uuid,
        field -> Text,
        label -> Text,
        label_key -> Text,
        code -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }

    removals (id) {
        id -> Uuid,
        source -> Text,
        external_id -> Text,
        npi -> Nullable<Text>,
        removed_by -> Text,
        removed_at -> Instant,
    }

    question_sets (code, version) {
        code -> Text,
        version -> Integer,
        document -> Text,
        published_by -> Text,
        published_at -> Instant,
    }

    therapist_answers (therapist_id, question) {
        therapist_id -> Uuid,
        position -> Integer,
        question -> Text,
        set_code -> Text,
        set_version -> Integer,
        answer_text -> Text,
        language -> Nullable<Text>,
        fields -> Text,
        signals -> Text,
        answered_at -> Instant,
    }

    consultations (id) {
        id -> Uuid,
        app -> Text,
        therapist_id -> Uuid,
        client_ref -> Text,
        held_on -> Nullable<Date>,
        set_code -> Text,
        set_version -> Integer,
        decision -> Nullable<Text>,
        retain_days -> Integer,
        expires_at -> Instant,
        key_id -> Nullable<Text>,
        secret -> Nullable<Binary>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }

    consultation_answers (consultation_id, question) {
        consultation_id -> Uuid,
        position -> Integer,
        question -> Text,
        rating -> Nullable<Integer>,
        language -> Nullable<Text>,
        fields -> Text,
        heard -> Text,
        heard_batch -> Nullable<BigInt>,
        rated_batch -> Nullable<BigInt>,
    }

    consultation_traces (id) {
        id -> Uuid,
        transaction_id -> BigInt,
    }

    consultation_contributors (app) {
        app -> Text,
        marked_by -> Text,
        marked_at -> Instant,
    }

    consultation_summaries (therapist_id) {
        therapist_id -> Uuid,
        edition -> BigInt,
        batches -> BigInt,
        document -> Nullable<Text>,
        published_at -> Nullable<Instant>,
    }

    postal_code_tables (country) {
        country -> Text,
        source -> Text,
        codes -> BigInt,
        loaded_at -> Instant,
    }

    postal_codes (country, postal_code) {
        country -> Text,
        postal_code -> Text,
        latitude -> Double,
        longitude -> Double,
    }
}
