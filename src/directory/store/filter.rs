//! What lists and exports may ask of profiles, as conditions of a query.

use chrono::{DateTime, NaiveDate, Utc};

/// Which profiles are meant: any of the values within a field, all fields together; an empty list asks nothing.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub source: Vec<String>,
    pub external_id: Vec<String>,
    pub status: Vec<&'static str>,
    pub modality: Vec<String>,
    pub problem_area: Vec<String>,
    /// With an active, unexpired licence there, or allowed to serve it remotely.
    pub jurisdiction: Vec<String>,
    pub language: Vec<String>,
    pub session_format: Vec<&'static str>,
    pub accepting: Vec<&'static str>,
    /// The day on which a licence must be valid.
    pub today: NaiveDate,
    /// Only profiles never confirmed, or not since then.
    pub not_confirmed_since: Option<DateTime<Utc>>,
}

/// Adds the filter's conditions to a boxed query.
macro_rules! filtered {
    ($query:expr, $filter:expr) => {{
        use diesel::dsl::exists;

        use $crate::store::{
            schema::{
                therapist_languages as languages, therapist_licenses as licenses,
                therapist_modalities as modalities, therapist_problem_areas as problem_areas,
                therapist_remote_jurisdictions as remote, therapist_session_formats as formats, therapists,
            },
            sql_types::Moment,
        };

        let mut query = $query;
        let filter = $filter;
        if !filter.source.is_empty() {
            query = query.filter(therapists::source.eq_any(&filter.source));
        }
        if !filter.external_id.is_empty() {
            query = query.filter(therapists::external_id.eq_any(&filter.external_id));
        }
        if !filter.status.is_empty() {
            query = query.filter(therapists::status.eq_any(&filter.status));
        }
        if !filter.accepting.is_empty() {
            query = query.filter(therapists::accepting.eq_any(&filter.accepting));
        }
        if let Some(since) = filter.not_confirmed_since {
            query = query
                .filter(therapists::confirmed_at.is_null().or(therapists::confirmed_at.lt(Moment(since))));
        }
        if !filter.modality.is_empty() {
            query = query.filter(exists(
                modalities::table
                    .filter(modalities::therapist_id.eq(therapists::id))
                    .filter(modalities::code.eq_any(&filter.modality)),
            ));
        }
        if !filter.problem_area.is_empty() {
            query = query.filter(exists(
                problem_areas::table
                    .filter(problem_areas::therapist_id.eq(therapists::id))
                    .filter(problem_areas::code.eq_any(&filter.problem_area)),
            ));
        }
        if !filter.language.is_empty() {
            query = query.filter(exists(
                languages::table
                    .filter(languages::therapist_id.eq(therapists::id))
                    .filter(languages::code.eq_any(&filter.language)),
            ));
        }
        if !filter.session_format.is_empty() {
            query = query.filter(exists(
                formats::table
                    .filter(formats::therapist_id.eq(therapists::id))
                    .filter(formats::code.eq_any(&filter.session_format)),
            ));
        }
        if !filter.jurisdiction.is_empty() {
            query = query.filter(
                exists(
                    licenses::table
                        .filter(licenses::therapist_id.eq(therapists::id))
                        .filter(licenses::status.eq("active"))
                        .filter(licenses::expires_on.is_null().or(licenses::expires_on.ge(filter.today)))
                        .filter(licenses::jurisdiction.eq_any(&filter.jurisdiction)),
                )
                .or(exists(
                    remote::table
                        .filter(remote::therapist_id.eq(therapists::id))
                        .filter(remote::code.eq_any(&filter.jurisdiction)),
                )),
            );
        }
        query
    }};
}
pub(super) use filtered;
