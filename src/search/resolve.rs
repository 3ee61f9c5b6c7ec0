//! From a request to a query: values are held against the catalog and the standards' lists.

use chrono::{Days, NaiveDate, NaiveTime};
use validator::ValidationError;

use super::{
    entry::day_number,
    field::Field,
    fold::{fold, fold_title, query_words},
    place::Near,
    query::{Circle, MaxFee, Query},
    request::{SearchRequest, Sort},
};
use crate::{
    catalog::model::Catalog,
    fault::{Fault, nearest},
    formats,
    matching::profile::primary_language,
};

/// Words of `q` that are looked for.
pub const MAX_WORDS: usize = 10;

/// What says whether a value has its form.
type Form = fn(&str) -> Result<(), ValidationError>;

/// What values are held against.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub catalog: &'a Catalog,
    pub today: NaiveDate,
    pub stale_after_days: u16,
}

impl Query {
    /// The query that a request is, for somebody who sees all profiles or those that the public sees; without its page.
    ///
    /// # Errors
    /// Everything that is wrong with the request, by pointers into its body.
    pub fn resolve(request: &SearchRequest, context: &Context<'_>, all: bool) -> Result<Self, Vec<Fault>> {
        let mut faults = Vec::new();
        let mut any_of = fields(request, context.catalog, &mut faults);
        if request.postal_code.is_some() {
            any_of.retain(|(field, _)| *field != Field::Country);
        }
        place(request, &mut faults);
        let max_fee = max_fee(request, &mut faults);
        let words = request.q.as_deref().map(query_words).unwrap_or_default();
        let says_something = |q: &&str| !q.trim().is_empty();
        if words.is_empty() && request.q.as_deref().filter(says_something).is_some() {
            faults.push(Fault::new("/q", "invalid_value", "This has no word."));
        }
        if words.len() > MAX_WORDS {
            faults.push(Fault::new("/q", "too_many", "This may have at most 10 words."));
        }
        let sort = request.sort.or_else(|| (!words.is_empty()).then_some(Sort::Relevance));
        if matches!(sort, Some(Sort::Relevance | Sort::RelevanceDown)) && words.is_empty() {
            faults.push(Fault::new("/sort", "inconsistent", "This order needs words in `q`."));
        }
        let somewhere = request.near.is_some() || request.postal_code.is_some();
        if matches!(sort, Some(Sort::Distance | Sort::DistanceDown)) && !somewhere {
            faults.push(Fault::new("/sort", "inconsistent", "This order needs `near` or `postal_code`."));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let within = |days: u16| midnight(context.today - Days::new(u64::from(days)));
        let due = request.due_for_confirmation == Some(true);
        Ok(Self {
            all,
            any_of,
            external_ids: request.external_id.clone(),
            max_fee,
            opening_until: request
                .opening_within_days
                .map(|days| day_number(context.today).saturating_add(i32::from(days))),
            confirmed_since: request.confirmed_within_days.map(within),
            not_confirmed_since: due.then(|| within(context.stale_after_days)),
            near: request.near.as_ref().map(circle),
            words,
            sort,
            today: day_number(context.today),
            facets: request.facets.clone(),
            limit: 0,
            after: None,
        })
    }
}

fn midnight(day: NaiveDate) -> i64 {
    day.and_time(NaiveTime::MIN).and_utc().timestamp_micros()
}

/// One place at most, and what a postal code needs.
fn place(request: &SearchRequest, faults: &mut Vec<Fault>) {
    if request.postal_code.is_none() {
        if request.radius_km.is_some() {
            faults.push(Fault::new(
                "/postal_code",
                "required",
                "`radius_km` needs it; `near` has a radius of its own.",
            ));
        }
        return;
    }
    if request.near.is_some() {
        faults.push(Fault::new(
            "/postal_code",
            "inconsistent",
            "This stands in place of `near`, not beside it.",
        ));
    }
    if request.country.len() != 1 {
        faults.push(Fault::new("/country", "required", "`postal_code` needs the one country that it is of."));
    }
}

fn circle(near: &Near) -> Circle {
    Circle::around(near.latitude, near.longitude, near.radius_km)
}

fn max_fee(filters: &SearchRequest, faults: &mut Vec<Fault>) -> Option<MaxFee> {
    match (filters.max_fee, &filters.currency) {
        (None, None) => None,
        (Some(amount), Some(currency)) => {
            check("currency", None, currency, formats::currency, faults);
            Some(MaxFee { amount, currency: currency.clone(), participants: filters.participants.clone() })
        }
        (Some(_), None) => {
            faults.push(Fault::new("/currency", "required", "`max_fee` needs a currency."));
            None
        }
        (None, Some(_)) => {
            faults.push(Fault::new("/max_fee", "required", "`currency` is for `max_fee`, which is missing."));
            None
        }
    }
}

fn check(name: &str, at: Option<usize>, value: &str, check: Form, faults: &mut Vec<Fault>) {
    if let Err(error) = check(value) {
        let pointer = at.map_or_else(|| format!("/{name}"), |at| format!("/{name}/{at}"));
        let code = formats::code_of(&error);
        faults.push(Fault::new(
            pointer,
            code,
            format!("{}.", capitalized(&error.message.unwrap_or_default())),
        ));
    }
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The fields that are asked for, with what stands in the index.
fn fields(filters: &SearchRequest, catalog: &Catalog, faults: &mut Vec<Fault>) -> Vec<(Field, Vec<String>)> {
    let formed: [(&str, &[String], Form); 8] = [
        ("source", &filters.source, formats::source),
        ("jurisdiction", &filters.jurisdiction, formats::jurisdiction),
        ("languages", &filters.languages, formats::known_language),
        ("insurance", &filters.insurance, formats::open_code),
        ("remote_jurisdictions", &filters.remote_jurisdictions, formats::jurisdiction),
        ("country", &filters.country, formats::country),
        ("region", &filters.region, formats::subdivision),
        ("answered_questions", &filters.answered_questions, formats::open_code),
    ];
    for (name, values, form) in formed {
        values.iter().enumerate().for_each(|(at, value)| check(name, Some(at), value, form, faults));
    }
    let mut known = |name: &str, codes: &[String], known: Vec<&str>| {
        for (at, code) in codes.iter().enumerate().filter(|(_, code)| !known.contains(&code.as_str())) {
            let fault =
                Fault::new(format!("/{name}/{at}"), "unknown_code", "This is not a code of the catalog.");
            faults.push(fault.suggest(nearest(code, known.iter().copied())));
        }
    };
    known("modalities", &filters.modalities, catalog.modalities.iter().map(|m| m.code.as_str()).collect());
    known(
        "problem_areas",
        &filters.problem_areas,
        catalog.problem_areas.iter().map(|p| p.code.as_str()).collect(),
    );
    known("communities", &filters.communities, catalog.communities.iter().map(|c| c.code.as_str()).collect());
    let styles = catalog.integration_styles.iter().map(|s| s.code.as_str()).collect();
    known("integration_style", &filters.integration_style, styles);
    macro_rules! codes {
        ($values:expr) => {
            $values.iter().map(|value| value.code().to_owned()).collect()
        };
    }
    let word = |value: Option<bool>| value.map(|value| value.to_string()).into_iter().collect();
    let all: Vec<(Field, Vec<String>)> = vec![
        (Field::Source, filters.source.clone()),
        (Field::Status, codes!(filters.status)),
        (Field::Modalities, filters.modalities.clone()),
        (Field::ProblemAreas, filters.problem_areas.clone()),
        (Field::Languages, filters.languages.iter().map(|tag| primary_language(tag)).collect()),
        (Field::SessionFormats, codes!(filters.session_formats)),
        (Field::AgeGroups, codes!(filters.age_groups)),
        (Field::Participants, codes!(filters.participants)),
        (Field::Communities, filters.communities.clone()),
        (Field::Insurance, filters.insurance.clone()),
        (Field::Times, codes!(filters.times)),
        (Field::Jurisdiction, filters.jurisdiction.clone()),
        (Field::RemoteJurisdictions, filters.remote_jurisdictions.clone()),
        (Field::Credentials, filters.credentials.iter().map(|title| fold_title(title)).collect()),
        (Field::Gender, codes!(filters.gender)),
        (Field::Profession, codes!(filters.profession)),
        (Field::Accepting, codes!(filters.accepting)),
        (Field::IntegrationStyle, filters.integration_style.clone()),
        (Field::Homework, codes!(filters.homework)),
        (Field::MeasuresProgress, word(filters.measures_progress)),
        (Field::Country, filters.country.clone()),
        (Field::Region, filters.region.clone()),
        (Field::City, filters.city.iter().map(|city| fold(city)).collect()),
        (Field::WheelchairAccessible, word(filters.wheelchair_accessible)),
        (Field::SlidingScale, word(filters.sliding_scale)),
        (Field::FreeConsultation, word(filters.free_consultation)),
        (Field::AnsweredQuestions, filters.answered_questions.clone()),
    ];
    all.into_iter().filter(|(_, values)| !values.is_empty()).collect()
}
