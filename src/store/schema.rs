//! The tables of both databases; a test compares this with the columns of each migrated database.

/// The SQL types that the tables use.
mod columns {
    pub(super) use diesel::sql_types::{BigInt, Binary, Bool, Date, Double, Integer, Nullable, Text};

    pub(super) use crate::store::sql_types::{Instant, Uuid};
}

diesel::table! {
    use super::columns::*;

    catalog_modalities (code) {
        code -> Text,
        directory_listable -> Bool,
    }
}

diesel::table! {
    use super::columns::*;

    catalog_problem_areas (code) {
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    catalog_communities (code) {
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

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
}

diesel::table! {
    use super::columns::*;

    therapist_modalities (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
        role -> Text,
        evidence_level -> Text,
        since -> Nullable<Integer>,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_problem_areas (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
        focus -> Text,
    }
}

diesel::table! {
    use super::columns::*;

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
}

diesel::table! {
    use super::columns::*;

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
}

diesel::table! {
    use super::columns::*;

    therapist_fees (therapist_id, position) {
        therapist_id -> Uuid,
        position -> Integer,
        participants -> Text,
        minutes -> Nullable<Integer>,
        amount -> BigInt,
        currency -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_confirmations (therapist_id, field_group) {
        therapist_id -> Uuid,
        field_group -> Text,
        method -> Text,
        note -> Nullable<Text>,
        confirmed_at -> Instant,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_credentials (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_languages (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_session_formats (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_age_groups (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_participants (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_communities (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_remote_jurisdictions (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_insurance (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    therapist_availability_times (therapist_id, code) {
        therapist_id -> Uuid,
        position -> Integer,
        code -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    directory_changes (sequence) {
        sequence -> BigInt,
        therapist_id -> Uuid,
        revision -> BigInt,
        kind -> Text,
        transaction_id -> BigInt,
        changed_at -> Instant,
    }
}

diesel::table! {
    use super::columns::*;

    idempotency_keys (caller, key) {
        caller -> Text,
        key -> Text,
        fingerprint -> Binary,
        status -> Integer,
        resource_id -> Uuid,
        created_at -> Instant,
    }
}

diesel::table! {
    use super::columns::*;

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
    }
}

diesel::table! {
    use super::columns::*;

    import_parts (import_id, starts_at) {
        import_id -> Uuid,
        starts_at -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    use super::columns::*;

    import_faults (import_id, line, position) {
        import_id -> Uuid,
        line -> BigInt,
        position -> Integer,
        external_id -> Nullable<Text>,
        pointer -> Text,
        code -> Text,
        detail -> Text,
        suggestions -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    import_terms (import_id, field, term) {
        import_id -> Uuid,
        field -> Text,
        term -> Text,
        occurrences -> BigInt,
        suggestions -> Text,
    }
}

diesel::table! {
    use super::columns::*;

    import_seen (import_id, external_id) {
        import_id -> Uuid,
        external_id -> Text,
        line -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    catalog_modalities,
    catalog_problem_areas,
    catalog_communities,
    therapists,
    therapist_modalities,
    therapist_problem_areas,
    therapist_licenses,
    therapist_locations,
    therapist_fees,
    therapist_confirmations,
    therapist_credentials,
    therapist_languages,
    therapist_session_formats,
    therapist_age_groups,
    therapist_participants,
    therapist_communities,
    therapist_remote_jurisdictions,
    therapist_insurance,
    therapist_availability_times,
    directory_changes,
    idempotency_keys,
    imports,
    import_parts,
    import_faults,
    import_terms,
    import_seen,
);
