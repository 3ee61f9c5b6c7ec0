//! What makes a profile wrong beyond the form of its single values: unknown codes, contradictions, duplicates.

use std::{collections::HashSet, hash::Hash};

use chrono::{Datelike, NaiveDate};
use validator::ValidationError;

use super::{confirmations::NewConfirmation, model::Therapist};
use crate::{
    answers::{check::faults_of_all, sets::Sets},
    catalog::model::Catalog,
    fault::{Fault, nearest},
    formats,
    vocabulary::Status,
};

/// Longest of the open texts in a list, in characters.
const MAX_CREDENTIAL: usize = 40;

/// Up to this length a list is looked through for duplicates faster than a set is filled.
const SHORT_LIST: usize = 16;

/// Every fault of `therapist` that its type and its single fields do not show, in the order of the fields.
#[must_use]
pub fn faults(therapist: &Therapist, catalog: &Catalog, sets: &Sets, today: NaiveDate) -> Vec<Fault> {
    let mut faults = Vec::new();
    published(therapist, &mut faults);
    texts(therapist, &mut faults);
    claims(therapist, catalog, today, &mut faults);
    each(&therapist.languages, "/languages", formats::language, &mut faults);
    each(&therapist.remote_jurisdictions, "/remote_jurisdictions", formats::jurisdiction, &mut faults);
    each(&therapist.insurance, "/insurance", formats::open_code, &mut faults);
    lists(therapist, &mut faults);
    places(therapist, &mut faults);
    terms(therapist, today, &mut faults);
    if let Some(answers) = &therapist.consultation_answers {
        faults.extend(faults_of_all(answers, "/consultation_answers", sets, catalog, today));
    }
    faults
}

/// What a client must know before a profile can be shown.
fn published(therapist: &Therapist, faults: &mut Vec<Fault>) {
    if therapist.status != Status::Published {
        return;
    }
    if therapist.languages.is_empty() {
        faults.push(Fault::new("/languages", "required", "A published profile needs at least one language."));
    }
    if therapist.session_formats.is_empty() {
        faults.push(Fault::new(
            "/session_formats",
            "required",
            "A published profile needs at least one session format.",
        ));
    }
}

fn texts(therapist: &Therapist, faults: &mut Vec<Fault>) {
    let blank = |text: &str| text.trim().is_empty();
    let optional = [
        ("/external_id", &therapist.external_id),
        ("/name/prefix", &therapist.name.prefix),
        ("/name/suffix", &therapist.name.suffix),
        ("/pronouns", &therapist.pronouns),
        ("/headline", &therapist.headline),
        ("/bio", &therapist.bio),
    ];
    for (pointer, text) in optional {
        if text.as_ref().is_some_and(|text| !text.is_empty() && blank(text)) {
            faults.push(Fault::new(
                pointer,
                "too_short",
                "This must not be blank; null says that it is unknown.",
            ));
        }
    }
    for (pointer, text) in [("/name/given", &therapist.name.given), ("/name/family", &therapist.name.family)]
    {
        if !text.is_empty() && blank(text) {
            faults.push(Fault::new(pointer, "too_short", "This must not be blank."));
        }
    }
    for (at, credential) in therapist.credentials.iter().enumerate() {
        let length = credential.chars().count();
        if blank(credential) || length > MAX_CREDENTIAL {
            let code = if length > MAX_CREDENTIAL { "too_long" } else { "too_short" };
            faults.push(Fault::new(format!("/credentials/{at}"), code, "This must be 1 to 40 characters."));
        }
    }
    duplicates(therapist.credentials.iter(), |at| format!("/credentials/{at}"), faults);
}

fn claims(therapist: &Therapist, catalog: &Catalog, today: NaiveDate, faults: &mut Vec<Fault>) {
    for (at, claim) in therapist.modalities.iter().enumerate() {
        let pointer = || format!("/modalities/{at}/code");
        match catalog.modality(&claim.code) {
            Some(modality) if modality.directory_listable => {}
            Some(_) => faults.push(Fault::new(
                pointer(),
                "not_listable",
                "The catalog knows this modality only to warn of it; a profile cannot declare it.",
            )),
            None => faults.push(
                Fault::new(pointer(), "unknown_code", "This is not a modality of the catalog.").suggest(
                    nearest(
                        &claim.code,
                        catalog.modalities.iter().filter(|m| m.directory_listable).map(|m| m.code.as_str()),
                    ),
                ),
            ),
        }
        if claim.since.is_some_and(|year| year > today.year()) {
            faults.push(Fault::new(
                format!("/modalities/{at}/since"),
                "too_large",
                "This must not be in the future.",
            ));
        }
    }
    duplicates(therapist.modalities.iter().map(|m| &m.code), |at| format!("/modalities/{at}/code"), faults);
    for (at, claim) in therapist.problem_areas.iter().enumerate() {
        if catalog.problem_area(&claim.code).is_none() {
            faults.push(
                Fault::new(
                    format!("/problem_areas/{at}/code"),
                    "unknown_code",
                    "This is not a problem area of the catalog.",
                )
                .suggest(nearest(&claim.code, catalog.problem_areas.iter().map(|p| p.code.as_str()))),
            );
        }
    }
    duplicates(
        therapist.problem_areas.iter().map(|p| &p.code),
        |at| format!("/problem_areas/{at}/code"),
        faults,
    );
    let terms = [
        ("/integration_style", &catalog.integration_styles, therapist.integration_style.as_slice()),
        ("/communities", &catalog.communities, therapist.communities.as_slice()),
    ];
    for (pointer, known, codes) in terms {
        for (at, code) in codes.iter().enumerate() {
            if known.iter().any(|term| term.code == *code) {
                continue;
            }
            let pointer = match pointer {
                "/integration_style" => pointer.to_owned(),
                list => format!("{list}/{at}"),
            };
            faults.push(
                Fault::new(pointer, "unknown_code", "This is not a code of the catalog.")
                    .suggest(nearest(code, known.iter().map(|term| term.code.as_str()))),
            );
        }
    }
    duplicates(therapist.communities.iter(), |at| format!("/communities/{at}"), faults);
}

fn lists(therapist: &Therapist, faults: &mut Vec<Fault>) {
    duplicates(therapist.age_groups.iter(), |at| format!("/age_groups/{at}"), faults);
    duplicates(therapist.participants.iter(), |at| format!("/participants/{at}"), faults);
    duplicates(therapist.session_formats.iter(), |at| format!("/session_formats/{at}"), faults);
    duplicates(therapist.availability.times.iter(), |at| format!("/availability/times/{at}"), faults);
    duplicates(
        therapist.confirmations.iter().map(|c| c.field_group),
        |at| format!("/confirmations/{at}/field_group"),
        faults,
    );
}

fn places(therapist: &Therapist, faults: &mut Vec<Fault>) {
    for (at, location) in therapist.locations.iter().enumerate() {
        if location.latitude.is_some() != location.longitude.is_some() {
            let missing = if location.latitude.is_none() { "latitude" } else { "longitude" };
            faults.push(Fault::new(
                format!("/locations/{at}/{missing}"),
                "required",
                "Latitude and longitude belong together.",
            ));
        }
        let elsewhere = |region: &String| {
            region.strip_prefix(location.country.as_str()).is_none_or(|rest| !rest.starts_with('-'))
        };
        if location.region.as_ref().is_some_and(elsewhere) {
            faults.push(Fault::new(
                format!("/locations/{at}/region"),
                "inconsistent",
                "This must be a subdivision of the location's country.",
            ));
        }
    }
    duplicates(
        therapist.licenses.iter().map(|l| (&l.jurisdiction, &l.kind, &l.number)),
        |at| format!("/licenses/{at}"),
        faults,
    );
}

fn terms(therapist: &Therapist, today: NaiveDate, faults: &mut Vec<Fault>) {
    for (at, license) in therapist.licenses.iter().enumerate() {
        if license.expires_on.is_some_and(|day| !plausible(day)) {
            faults.push(Fault::new(
                format!("/licenses/{at}/expires_on"),
                "invalid_date",
                "This must be a day between the years 1900 and 9999.",
            ));
        }
    }
    duplicates(
        therapist.fees.iter().map(|f| (f.participants, f.minutes, &f.currency)),
        |at| format!("/fees/{at}"),
        faults,
    );
    if let Some(scale) = &therapist.sliding_scale
        && scale.minimum_amount.is_some()
        && scale.currency.is_none()
    {
        faults.push(Fault::new("/sliding_scale/currency", "required", "An amount needs its currency."));
    }
    if therapist.availability.next_opening_on.is_some_and(|day| !plausible(day)) {
        faults.push(Fault::new(
            "/availability/next_opening_on",
            "invalid_date",
            "This must be a day between the years 1900 and 9999.",
        ));
    }
    for (at, confirmation) in therapist.confirmations.iter().enumerate() {
        // A clock elsewhere may be a little ahead of this one, never a day.
        let day = confirmation.confirmed_at.date_naive();
        if !plausible(day) {
            faults.push(Fault::new(
                format!("/confirmations/{at}/confirmed_at"),
                "invalid_date",
                "This must be a moment between the years 1900 and 9999.",
            ));
        } else if day > today.succ_opt().unwrap_or(today) {
            faults.push(Fault::new(
                format!("/confirmations/{at}/confirmed_at"),
                "date_order",
                "This must not be in the future.",
            ));
        }
    }
}

fn plausible(day: NaiveDate) -> bool {
    (1900..=9999).contains(&day.year())
}

/// Checks the form of each element of a list, and that none stands twice.
fn each(
    values: &[String],
    pointer: &str,
    check: fn(&str) -> Result<(), ValidationError>,
    faults: &mut Vec<Fault>,
) {
    for (at, value) in values.iter().enumerate() {
        if let Err(error) = check(value) {
            let code = formats::code_of(&error);
            faults.push(Fault::new(format!("{pointer}/{at}"), code, error.message.unwrap_or_default()));
        }
    }
    duplicates(values.iter(), |at| format!("{pointer}/{at}"), faults);
}

/// Names every value that stood earlier in its list.
fn duplicates<T: Eq + Hash>(
    values: impl ExactSizeIterator<Item = T> + Clone,
    pointer: impl Fn(usize) -> String,
    faults: &mut Vec<Fault>,
) {
    let is_short = values.len() <= SHORT_LIST;
    let all = values.clone();
    let mut seen = HashSet::new();
    for (at, value) in values.enumerate() {
        let again =
            if is_short { all.clone().take(at).any(|other| other == value) } else { !seen.insert(value) };
        if again {
            faults.push(Fault::new(pointer(at), "duplicate", "This stands in the list already."));
        }
    }
}

/// The faults of a confirmation that its type does not show.
#[must_use]
pub fn confirmation_faults(confirmation: &NewConfirmation) -> Vec<Fault> {
    let mut faults = Vec::new();
    duplicates(confirmation.fields.iter(), |at| format!("/fields/{at}"), &mut faults);
    faults
}
