//! Random profiles and searches, of few values that often coincide.

use chrono::{DateTime, Days, Duration, NaiveTime, Utc};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    sample::{select, subsequence},
};
use serde_json::json;
use tailor::{
    answers::model::Answer,
    directory::{
        claims::{ModalityClaim, ProblemAreaClaim},
        model::Therapist,
        practice::{Fee, FreeConsultation, License, Location, SlidingScale},
    },
    id::Id,
    search::{
        field::Field,
        place::Near,
        request::{SearchRequest, Sort},
    },
    vocabulary::{
        Accepting, AgeGroup, EvidenceLevel, Focus, Gender, Homework, LicenseStatus, Participants, Profession,
        Role, SessionFormat, Status, Times,
    },
};

use super::{reference::TEXTS, today};

const SOURCES: &[&str] = &["acme", "other"];
const EXTERNAL: &[&str] = &["A-1", "A-2", "a-1"];
const MODALITIES: &[&str] = &["cbt", "emdr", "act", "psychodynamic"];
const AREAS: &[&str] = &["ptsd", "panic", "grief"];
const LANGUAGES: &[&str] = &["en", "es", "es-MX", "de"];
const COMMUNITIES: &[&str] = &["lgbtq_affirming", "veterans"];
const PLANS: &[&str] = &["aetna", "cigna", "other_plan"];
const PLACES: &[&str] = &["US-CA", "US-NV", "GB"];
const REGIONS: &[&str] = &["US-CA", "US-NV"];
const COUNTRIES: &[&str] = &["US", "GB"];
const STATUSES: &[Status] = &[Status::Published, Status::Published, Status::Draft, Status::Archived];
const TITLES: &[&str] = &["Ph.D.", "PhD", "LMFT", "MÁ"];
const STYLES: &[&str] = &["assimilative_integration", "technical_eclecticism"];
const CITIES: &[&str] = &["San José", "san jose", "Reno"];
const CURRENCIES: &[&str] = &["USD", "EUR"];
const QUESTIONS: &[&str] = &["when_stuck", "role_of_relationship"];
const NPIS: &[&str] = &["1234567893", "1679576722"];

fn some<T: Clone + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    subsequence(values.to_vec(), 0..=values.len())
}

fn texts(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    some(values).prop_map(|values| values.into_iter().map(str::to_owned).collect())
}

/// A filter, mostly none.
fn filter<T: Clone + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    prop_oneof![6 => Just(Vec::new()), 1 => subsequence(values.to_vec(), 1..=values.len().min(2))]
}

fn text_filter(values: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    filter(values).prop_map(|values| values.into_iter().map(str::to_owned).collect())
}

fn flag() -> impl Strategy<Value = Option<bool>> {
    option::weighted(0.1, any::<bool>())
}

/// A few of all ids.
fn ids() -> impl Strategy<Value = Id> {
    (0_u8..90).prop_map(|n| {
        let mut bytes = [0; 16];
        (bytes[6], bytes[15]) = (n % 7, n);
        Id::from_bytes(bytes)
    })
}

fn moments() -> impl Strategy<Value = DateTime<Utc>> {
    let midnight = today().and_time(NaiveTime::MIN).and_utc();
    // Around the limit of what is stale, to the second.
    (prop_oneof![0_i64..5, 88_i64..93], -1_i64..2)
        .prop_map(move |(days, seconds)| midnight - Duration::days(days) + Duration::seconds(seconds))
}

/// City, region, country, position and accessibility of a location.
type Stated = (Option<&'static str>, Option<&'static str>, &'static str, Option<(f64, f64)>, Option<bool>);

fn locations() -> impl Strategy<Value = Vec<Location>> {
    let position =
        (0_i32..6, 0_i32..6).prop_map(|(n, e)| (37.0 + f64::from(n) / 10.0, -122.0 + f64::from(e) / 10.0));
    let location = (
        option::of(select(CITIES)),
        option::of(select(REGIONS)),
        select(COUNTRIES),
        option::weighted(0.7, position),
        option::of(any::<bool>()),
    );
    vec(location, 0..=2).prop_map(|locations| {
        let location = |(city, region, country, position, accessible): Stated| Location {
            label: None,
            line1: None,
            line2: None,
            city: city.map(str::to_owned),
            region: region.map(str::to_owned),
            postal_code: None,
            country: country.to_owned(),
            latitude: position.map(|(north, _)| north),
            longitude: position.map(|(_, east)| east),
            wheelchair_accessible: accessible,
        };
        locations.into_iter().map(location).collect()
    })
}

fn licenses() -> impl Strategy<Value = Vec<License>> {
    let license = (select(PLACES), select(LicenseStatus::ALL), option::of(-1_i64..2));
    vec(license, 0..=3).prop_map(|licenses| {
        let license = |(jurisdiction, status, days): (&str, _, Option<i64>)| License {
            jurisdiction: jurisdiction.to_owned(),
            kind: None,
            number: None,
            status,
            expires_on: days.map(|days| today() + Duration::days(days)),
        };
        licenses.into_iter().map(license).collect()
    })
}

fn fees() -> impl Strategy<Value = Vec<Fee>> {
    vec((select(Participants::ALL), 0_i64..4, select(CURRENCIES)), 0..=3).prop_map(|fees| {
        let fee = |(participants, amount, currency): (_, i64, &str)| Fee {
            participants,
            minutes: None,
            amount: amount * 1000,
            currency: currency.to_owned(),
        };
        fees.into_iter().map(fee).collect()
    })
}

fn text() -> impl Strategy<Value = String> {
    vec(select(TEXTS), 1..=3)
        .prop_map(|texts| texts.into_iter().map(|(text, _)| text).collect::<Vec<_>>().join(" "))
}

/// A profile.
pub(crate) fn profiles() -> impl Strategy<Value = Therapist> {
    let base = || -> Therapist {
        let base = json!({"name": {"given": "A", "family": "B"}, "profession": "other"});
        serde_json::from_value(base).unwrap()
    };
    let who = (
        ids(),
        select(SOURCES),
        select(EXTERNAL),
        select(STATUSES),
        option::weighted(0.3, select(NPIS)),
        text(),
        option::of(text()),
        option::of(text()),
        texts(TITLES),
        select(&Profession::ALL[..3]),
        option::of(select(Gender::ALL)),
    );
    let work = (
        texts(MODALITIES),
        texts(AREAS),
        texts(LANGUAGES),
        some(SessionFormat::ALL),
        some(AgeGroup::ALL),
        some(Participants::ALL),
        texts(COMMUNITIES),
        option::of(select(STYLES)),
        option::of(select(Homework::ALL)),
        option::of(any::<bool>()),
        texts(QUESTIONS),
    );
    let terms = (
        licenses(),
        texts(PLACES),
        locations(),
        fees(),
        texts(PLANS),
        option::of(any::<bool>()),
        option::of(any::<bool>()),
        option::of(select(Accepting::ALL)),
        option::of(-1_i64..4),
        some(Times::ALL),
        (option::of(moments()), moments()),
    );
    (who, work, terms).prop_map(move |(who, work, terms)| {
        let mut therapist = base();
        let (id, source, external_id, status, npi, name, headline, bio, credentials, profession, gender) =
            who;
        therapist.id = id;
        therapist.source = Some(source.to_owned());
        therapist.external_id = Some(external_id.to_owned());
        therapist.status = status;
        therapist.npi = npi.map(str::to_owned);
        therapist.display_name = name;
        therapist.headline = headline;
        therapist.bio = bio;
        therapist.credentials = credentials;
        therapist.profession = profession;
        therapist.gender = gender;
        let (
            modalities,
            areas,
            languages,
            formats,
            ages,
            participants,
            communities,
            style,
            homework,
            measures,
            asked,
        ) = work;
        let claim = |code| ModalityClaim {
            code,
            role: Role::Technique,
            evidence_level: EvidenceLevel::Trained,
            since: None,
        };
        therapist.modalities = modalities.into_iter().map(claim).collect();
        let area = |code| ProblemAreaClaim { code, focus: Focus::Primary };
        therapist.problem_areas = areas.into_iter().map(area).collect();
        therapist.languages = languages;
        therapist.session_formats = formats;
        therapist.age_groups = ages;
        therapist.participants = participants;
        therapist.communities = communities;
        therapist.integration_style = style.map(str::to_owned);
        therapist.homework = homework;
        therapist.measures_progress = measures;
        let answer =
            |question: String| -> Answer { serde_json::from_value(json!({"question": question})).unwrap() };
        therapist.consultation_answers = Some(asked.into_iter().map(answer).collect());
        let (licenses, remote, locations, fees, plans, scale, talk, accepting, opening, times, moments) =
            terms;
        therapist.licenses = licenses;
        therapist.remote_jurisdictions = remote;
        therapist.locations = locations;
        therapist.fees = fees;
        therapist.insurance = plans;
        therapist.sliding_scale =
            scale.map(|offered| SlidingScale { offered, minimum_amount: None, currency: None });
        therapist.free_consultation = talk.map(|offered| FreeConsultation { offered, minutes: None });
        therapist.availability.accepting = accepting;
        therapist.availability.next_opening_on = opening.map(|days| today() + Duration::days(days));
        therapist.availability.times = times;
        (therapist.confirmed_at, therapist.updated_at) = moments;
        therapist
    })
}

/// A step of a directory's life.
#[derive(Clone, Debug)]
pub(crate) enum Change {
    Put(Box<Therapist>),
    Remove(Id),
    Settle,
}

pub(crate) fn changes() -> impl Strategy<Value = Change> {
    prop_oneof![
        12 => profiles().prop_map(|therapist| Change::Put(Box::new(therapist))),
        3 => ids().prop_map(Change::Remove),
        1 => Just(Change::Settle),
    ]
}

fn filters() -> impl Strategy<Value = SearchRequest> {
    let first = (
        text_filter(SOURCES),
        text_filter(EXTERNAL),
        filter(Status::ALL),
        text_filter(MODALITIES),
        text_filter(AREAS),
        text_filter(LANGUAGES),
        filter(SessionFormat::ALL),
        filter(AgeGroup::ALL),
        filter(Participants::ALL),
        text_filter(COMMUNITIES),
        text_filter(PLANS),
        filter(Times::ALL),
    );
    let second = (
        text_filter(PLACES),
        text_filter(PLACES),
        text_filter(TITLES),
        filter(Gender::ALL),
        filter(&Profession::ALL[..3]),
        filter(Accepting::ALL),
        text_filter(STYLES),
        filter(Homework::ALL),
        text_filter(COUNTRIES),
        text_filter(REGIONS),
        text_filter(CITIES),
        text_filter(QUESTIONS),
    );
    let third = (
        (flag(), flag(), flag(), flag()),
        option::weighted(0.2, (0_i64..4, select(CURRENCIES))),
        option::weighted(0.15, 0_u16..4),
        option::weighted(0.15, 0_u16..4),
        flag(),
    );
    (first, second, third).prop_map(|(first, second, third)| {
        let (source, external_id, status, modalities, problem_areas, languages, ..) = first.clone();
        let (.., session_formats, age_groups, participants, communities, insurance, times) = first;
        let (jurisdiction, remote_jurisdictions, credentials, gender, profession, accepting, ..) =
            second.clone();
        let (.., integration_style, homework, country, region, city, answered_questions) = second;
        let (flags, fee, opening_within_days, confirmed_within_days, due_for_confirmation) = third;
        let (measures_progress, wheelchair_accessible, sliding_scale, free_consultation) = flags;
        SearchRequest {
            source,
            external_id,
            status,
            modalities,
            problem_areas,
            languages,
            session_formats,
            age_groups,
            participants,
            communities,
            insurance,
            times,
            jurisdiction,
            remote_jurisdictions,
            credentials,
            gender,
            profession,
            accepting,
            integration_style,
            homework,
            measures_progress,
            country,
            region,
            city,
            wheelchair_accessible,
            sliding_scale,
            free_consultation,
            max_fee: fee.map(|(amount, _)| amount * 1000),
            currency: fee.map(|(_, currency)| currency.to_owned()),
            opening_within_days,
            confirmed_within_days,
            due_for_confirmation,
            answered_questions,
            ..SearchRequest::default()
        }
    })
}

const WORDS: &[&str] = &[
    "ana",
    "Müller",
    "mul",
    "muler",
    "o'brien",
    "brien",
    "internationalisation",
    "internationa",
    "smyth",
    "trauma",
    "a",
    "zz",
];

fn sorts() -> impl Strategy<Value = Option<Sort>> {
    use Sort as S;
    option::of(select(vec![
        S::Relevance,
        S::RelevanceDown,
        S::Distance,
        S::DistanceDown,
        S::NextOpeningOn,
        S::NextOpeningOnDown,
        S::UpdatedAt,
        S::UpdatedAtDown,
        S::DisplayName,
        S::DisplayNameDown,
    ]))
}

/// A sound search.
pub(crate) fn requests() -> impl Strategy<Value = SearchRequest> {
    let near =
        (370_i32..376, -1220_i32..-1214, option::of(1_u32..60)).prop_map(|(north, east, radius)| Near {
            latitude: f64::from(north) / 10.0,
            longitude: f64::from(east) / 10.0,
            radius_km: radius.map(f64::from),
        });
    let q = vec(select(WORDS), 1..=3).prop_map(|words| words.join(" "));
    let options = (
        option::weighted(0.4, q),
        option::weighted(0.4, near),
        sorts(),
        subsequence(Field::ALL.to_vec(), 0..=6),
        1_u32..12,
    );
    let options = options.prop_map(|(q, near, sort, facets, limit)| {
        let sort = sort.filter(|sort| match sort {
            Sort::Relevance | Sort::RelevanceDown => q.is_some(),
            Sort::Distance | Sort::DistanceDown => near.is_some(),
            _ => true,
        });
        SearchRequest { q, near, sort, facets, limit: Some(limit), ..SearchRequest::default() }
    });
    let filters = prop_oneof![3 => filters(), 1 => Just(SearchRequest::default())];
    (filters, options).prop_map(|(filters, options)| {
        let SearchRequest { q, near, sort, facets, limit, .. } = options;
        SearchRequest { q, near, sort, facets, limit, ..filters }
    })
}

/// The last day that `days` from today are within.
pub(crate) fn in_days(days: u16) -> chrono::NaiveDate {
    today() + Days::new(u64::from(days))
}
