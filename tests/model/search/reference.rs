//! The same search, by looking at one profile after the other.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use tailor::{
    directory::model::Therapist,
    id::Id,
    search::{
        facets::{Bucket, Facet},
        field::Field,
        place::Near,
        request::{SearchRequest, Sort},
    },
    vocabulary::{LicenseStatus, Status},
};

use super::{STALE_AFTER_DAYS, random::in_days, today};

/// Texts, and the words that each is found by.
pub(crate) const TEXTS: &[(&str, &[&str])] = &[
    ("Ana", &["ana"]),
    ("ANNA", &["anna"]),
    ("Müller", &["muller"]),
    ("Muler", &["muler"]),
    ("O’Brien-Smith", &["obrien", "o", "brien", "smith"]),
    ("Smiht", &["smiht"]),
    ("internationalisation", &["internationalisation"]),
    ("Internationalisations,", &["internationalisations"]),
    ("trauma", &["trauma"]),
    ("Tráumas", &["traumas"]),
];

#[derive(Debug)]
pub(crate) struct Expected {
    pub places: Vec<(Id, Option<f64>)>,
    pub facets: BTreeMap<&'static str, Facet>,
}

pub(crate) fn search<'a>(
    profiles: &(impl Iterator<Item = &'a Therapist> + Clone),
    request: &SearchRequest,
    all: bool,
) -> Expected {
    let seen: Vec<&Therapist> = profiles.clone().filter(|t| all || is_listed(t, profiles.clone())).collect();
    let mut found: Vec<(&Therapist, f64, u32)> = seen
        .iter()
        .filter(|t| admits(t, request, None))
        .filter_map(|t| located(t, request).map(|(distance, score)| (*t, distance, score)))
        .collect();
    found.sort_by(|a, b| order(a, b, request.sort, request.q.is_some()).then(a.0.id.cmp(&b.0.id)));
    let facets = request.facets.iter().map(|field| {
        let others = seen.iter().filter(|t| admits(t, request, Some(*field)));
        (field.code(), facet(others.filter(|t| located(t, request).is_some()).copied(), *field))
    });
    let distance = |km: f64| (request.near.is_some() && km.is_finite()).then_some(km);
    Expected {
        places: found.iter().map(|(t, km, _)| (t.id, distance(*km))).collect(),
        facets: facets.collect(),
    }
}

/// Published, and of its NPI the published one most recently confirmed.
fn is_listed<'a>(therapist: &Therapist, mut all: impl Iterator<Item = &'a Therapist>) -> bool {
    therapist.status == Status::Published
        && all.all(|other| {
            other.status != Status::Published
                || other.npi.is_none()
                || other.npi != therapist.npi
                || other.confirmed_at.cmp(&therapist.confirmed_at).then(therapist.id.cmp(&other.id))
                    != Ordering::Greater
        })
}

/// The distance and the score, where place and words admit the profile.
fn located(therapist: &Therapist, request: &SearchRequest) -> Option<(f64, u32)> {
    let mut nearest = f64::INFINITY;
    if let Some(near) = &request.near {
        for at in &therapist.locations {
            if let (Some(north), Some(east)) = (at.latitude, at.longitude) {
                nearest = nearest.min(haversine(near, north, east));
            }
        }
        if near.radius_km.is_some_and(|radius| nearest > radius) {
            return None;
        }
    }
    let mut score = 0;
    for word in request.q.iter().flat_map(|q| q.split(' ')).collect::<BTreeSet<_>>() {
        let word = word.to_lowercase().replace('ü', "u").replace('\'', "");
        let best = said(therapist).into_iter().map(|(said, weight)| weight * fit(&word, &said)).max();
        score += best.filter(|best| *best > 0)?;
    }
    Some((nearest, score))
}

fn haversine(near: &Near, north: f64, east: f64) -> f64 {
    let (a, b) = (near.latitude.to_radians(), north.to_radians());
    let (up, right) =
        (((b - a) / 2.0).sin(), ((east.to_radians() - near.longitude.to_radians()) / 2.0).sin());
    2.0 * 6371.0088 * (up * up + a.cos() * b.cos() * right * right).sqrt().min(1.0).asin()
}

fn said(therapist: &Therapist) -> Vec<(String, u32)> {
    let words = |text: &str, weight: u32| -> Vec<(String, u32)> {
        let known = |text: &str| TEXTS.iter().find(|(known, _)| *known == text).map(|(_, words)| *words);
        text.split(' ')
            .flat_map(|text| known(text).expect("a known text"))
            .map(|word| ((*word).to_owned(), weight))
            .collect()
    };
    let mut said = words(&therapist.display_name, 10);
    said.extend(therapist.credentials.iter().flat_map(|title| match title.as_str() {
        "Ph.D." => vec![("phd".to_owned(), 6), ("ph".to_owned(), 6), ("d".to_owned(), 6)],
        "PhD" => vec![("phd".to_owned(), 6)],
        "LMFT" => vec![("lmft".to_owned(), 6)],
        _ => vec![("ma".to_owned(), 6)],
    }));
    said.extend(therapist.headline.iter().flat_map(|text| words(text, 3)));
    said.extend(therapist.bio.iter().flat_map(|text| words(text, 1)));
    said
}

fn fit(word: &str, said: &str) -> u32 {
    let same_start = word.chars().next() == said.chars().next();
    if word == said {
        10
    } else if said.starts_with(word) {
        7
    } else if word.chars().count() >= 4 && same_start && strsim::osa_distance(word, said) == 1 {
        4
    } else {
        0
    }
}

type Row<'a> = (&'a Therapist, f64, u32);

fn order(a: &Row<'_>, b: &Row<'_>, sort: Option<Sort>, has_words: bool) -> Ordering {
    let opening = |row: &Row<'_>| row.0.availability.next_opening_on;
    let name = |row: &Row<'_>| row.0.display_name.to_lowercase().replace('ü', "u").replace('á', "a");
    let unknown_last = |a: bool, b: bool| b.cmp(&a);
    match sort {
        None if has_words => b.2.cmp(&a.2),
        None => Ordering::Equal,
        Some(Sort::Relevance) => b.2.cmp(&a.2),
        Some(Sort::RelevanceDown) => a.2.cmp(&b.2),
        Some(Sort::Distance) => a.1.total_cmp(&b.1),
        Some(Sort::DistanceDown) => unknown_last(a.1.is_finite(), b.1.is_finite()).then(b.1.total_cmp(&a.1)),
        Some(Sort::NextOpeningOn) => {
            unknown_last(opening(a).is_some(), opening(b).is_some()).then(opening(a).cmp(&opening(b)))
        }
        Some(Sort::NextOpeningOnDown) => {
            unknown_last(opening(a).is_some(), opening(b).is_some()).then(opening(b).cmp(&opening(a)))
        }
        Some(Sort::UpdatedAt) => a.0.updated_at.cmp(&b.0.updated_at),
        Some(Sort::UpdatedAtDown) => b.0.updated_at.cmp(&a.0.updated_at),
        Some(Sort::DisplayName) => name(a).cmp(&name(b)),
        Some(Sort::DisplayNameDown) => name(b).cmp(&name(a)),
    }
}

/// What a profile states in a field.
fn stated(therapist: &Therapist, field: Field) -> BTreeSet<String> {
    fn codes<T: ToString>(values: impl IntoIterator<Item = T>) -> BTreeSet<String> {
        values.into_iter().map(|value| value.to_string()).collect()
    }
    let t = therapist;
    let places = &t.locations;
    match field {
        Field::Source => codes(&t.source),
        Field::Status => codes([t.status.code()]),
        Field::Modalities => codes(t.modalities.iter().map(|m| &m.code)),
        Field::ProblemAreas => codes(t.problem_areas.iter().map(|p| &p.code)),
        Field::Languages => codes(t.languages.iter().map(|tag| primary(tag))),
        Field::SessionFormats => codes(t.session_formats.iter().map(|f| f.code())),
        Field::AgeGroups => codes(t.age_groups.iter().map(|g| g.code())),
        Field::Participants => codes(t.participants.iter().map(|p| p.code())),
        Field::Communities => codes(&t.communities),
        Field::Insurance => codes(&t.insurance),
        Field::Times => codes(t.availability.times.iter().map(|t| t.code())),
        Field::Jurisdiction => {
            let active = t.licenses.iter().filter(|l| {
                l.status == LicenseStatus::Active && l.expires_on.is_none_or(|day| day >= today())
            });
            codes(active.map(|l| &l.jurisdiction).chain(&t.remote_jurisdictions))
        }
        Field::RemoteJurisdictions => codes(&t.remote_jurisdictions),
        Field::Credentials => codes(t.credentials.iter().map(|title| plain_title(title))),
        Field::Gender => codes(t.gender.map(|g| g.code())),
        Field::Profession => codes([t.profession.code()]),
        Field::Accepting => codes(t.availability.accepting.map(|a| a.code())),
        Field::IntegrationStyle => codes(&t.integration_style),
        Field::Homework => codes(t.homework.map(|h| h.code())),
        Field::MeasuresProgress => codes(t.measures_progress),
        Field::Country => codes(places.iter().map(|l| &l.country)),
        Field::Region => codes(places.iter().filter_map(|l| l.region.as_ref())),
        Field::City => codes(places.iter().filter_map(|l| l.city.as_deref()).map(plain_city)),
        Field::WheelchairAccessible => {
            let says = |what: bool| places.iter().any(|l| l.wheelchair_accessible == Some(what));
            codes(if says(true) { Some(true) } else { says(false).then_some(false) })
        }
        Field::SlidingScale => codes(t.sliding_scale.as_ref().map(|s| s.offered)),
        Field::FreeConsultation => codes(t.free_consultation.map(|f| f.offered)),
        Field::AnsweredQuestions => codes(t.consultation_answers.iter().flatten().map(|a| &a.question)),
    }
}

fn primary(tag: &str) -> &str {
    tag.split('-').next().unwrap()
}

fn plain_title(title: &str) -> String {
    title.to_lowercase().replace('.', "").replace('á', "a")
}

fn plain_city(city: &str) -> String {
    city.to_lowercase().replace('é', "e")
}

/// What a search asks in a field.
fn asked(filters: &SearchRequest, field: Field) -> Vec<String> {
    fn codes<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
        values.into_iter().map(|value| value.to_string()).collect()
    }
    let f = filters;
    match field {
        Field::Source => codes(&f.source),
        Field::Status => codes(f.status.iter().map(|v| v.code())),
        Field::Modalities => codes(&f.modalities),
        Field::ProblemAreas => codes(&f.problem_areas),
        Field::Languages => codes(f.languages.iter().map(|tag| primary(tag))),
        Field::SessionFormats => codes(f.session_formats.iter().map(|v| v.code())),
        Field::AgeGroups => codes(f.age_groups.iter().map(|v| v.code())),
        Field::Participants => codes(f.participants.iter().map(|v| v.code())),
        Field::Communities => codes(&f.communities),
        Field::Insurance => codes(&f.insurance),
        Field::Times => codes(f.times.iter().map(|v| v.code())),
        Field::Jurisdiction => codes(&f.jurisdiction),
        Field::RemoteJurisdictions => codes(&f.remote_jurisdictions),
        Field::Credentials => codes(f.credentials.iter().map(|title| plain_title(title))),
        Field::Gender => codes(f.gender.iter().map(|v| v.code())),
        Field::Profession => codes(f.profession.iter().map(|v| v.code())),
        Field::Accepting => codes(f.accepting.iter().map(|v| v.code())),
        Field::IntegrationStyle => codes(&f.integration_style),
        Field::Homework => codes(f.homework.iter().map(|v| v.code())),
        Field::MeasuresProgress => codes(f.measures_progress),
        Field::Country => codes(&f.country),
        Field::Region => codes(&f.region),
        Field::City => codes(f.city.iter().map(|city| plain_city(city))),
        Field::WheelchairAccessible => codes(f.wheelchair_accessible),
        Field::SlidingScale => codes(f.sliding_scale),
        Field::FreeConsultation => codes(f.free_consultation),
        Field::AnsweredQuestions => codes(&f.answered_questions),
    }
}

/// Whether all filters admit the profile, that of one field left out.
fn admits(therapist: &Therapist, filters: &SearchRequest, but: Option<Field>) -> bool {
    let fields = Field::ALL.iter().filter(|field| Some(**field) != but).all(|field| {
        let asked = asked(filters, *field);
        asked.is_empty() || asked.iter().any(|value| stated(therapist, *field).contains(value))
    });
    let external = &filters.external_id;
    let opening = therapist.availability.next_opening_on;
    let age = therapist.confirmed_at.map(|at| (today() - at.date_naive()).num_days());
    fields
        && (external.is_empty() || external.contains(therapist.external_id.as_ref().unwrap()))
        && filters
            .opening_within_days
            .is_none_or(|days| opening.is_some_and(|day| day >= today() && day <= in_days(days)))
        && filters.confirmed_within_days.is_none_or(|days| age.is_some_and(|age| age <= i64::from(days)))
        && (filters.due_for_confirmation != Some(true)
            || age.is_none_or(|age| age > i64::from(STALE_AFTER_DAYS)))
        && filters.max_fee.is_none_or(|limit| is_affordable(therapist, filters, limit))
}

fn is_affordable(therapist: &Therapist, filters: &SearchRequest, limit: i64) -> bool {
    let stated = therapist.fees.iter().filter(|fee| Some(&fee.currency) == filters.currency.as_ref());
    let any = stated.clone().map(|fee| fee.amount).min();
    let lowest: Vec<Option<i64>> = filters
        .participants
        .iter()
        .map(|who| stated.clone().filter(|fee| fee.participants == *who).map(|fee| fee.amount).min().or(any))
        .collect();
    let lowest = if lowest.is_empty() { vec![any] } else { lowest };
    lowest.into_iter().flatten().any(|amount| amount <= limit)
}

fn facet<'a>(among: impl Iterator<Item = &'a Therapist>, field: Field) -> Facet {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut unknown = 0;
    for therapist in among {
        let values = stated(therapist, field);
        let states = match field {
            // Who has no licence that counts today has stated something all the same.
            Field::Jurisdiction => {
                !(therapist.licenses.is_empty() && therapist.remote_jurisdictions.is_empty())
            }
            _ => !values.is_empty(),
        };
        unknown += u64::from(!states);
        for value in values {
            *counts.entry(value).or_default() += 1;
        }
    }
    let mut buckets: Vec<Bucket> = counts.into_iter().map(|(value, count)| Bucket { value, count }).collect();
    buckets.sort_by(|a, b| b.count.cmp(&a.count).then(a.value.cmp(&b.value)));
    Facet { buckets, unknown }
}
