//! Random worlds: catalogs, profiles and needs that reach every branch of the model, with values that often coincide.

use chrono::Days;
use proptest::{collection::vec, option, prelude::*, sample::subsequence};
use tailor::{
    catalog::model::{Catalog, Grade, Phase},
    matching::{
        needs::{
            AnyOf, Concern, Constraints, HomeworkWish, MaxFee, ModalityWish, Near, Needs, Preferences,
            StyleWish,
        },
        profile::{
            Claim, Declaration, Fee, License, Location, PracticeAnswer, Profile, ShownSignal, SignalBasis,
        },
        rank::Staleness,
    },
    vocabulary::{
        Accepting, AgeGroup, Attitude, EvidenceLevel, Explain, Focus, Gender, Homework, Importance, Order,
        Participants, PhasePolicy, Risk, Role, SessionFormat, Severity, Times,
    },
};

use crate::world;

const MODALITIES: usize = 6;
const AREAS: usize = 5;
const PLACES: [&str; 4] = ["US-CA", "US-NV", "US", "GB"];
const LANGUAGES: [&str; 4] = ["en", "es", "es-MX", "de"];
const PLANS: [&str; 3] = ["aetna", "cigna", "none"];
const COMMUNITIES: [&str; 2] = ["bipoc", "veterans"];
const CURRENCIES: [&str; 2] = ["USD", "EUR"];

fn any_of<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(values)
}

fn some_of<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    subsequence(values, 0..=values.len())
}

/// At least one.
fn wanted<T: Copy + std::fmt::Debug + 'static>(values: &'static [T]) -> impl Strategy<Value = Vec<T>> {
    subsequence(values, 1..=values.len())
}

fn owned(values: Vec<&str>) -> Vec<String> {
    values.into_iter().map(str::to_owned).collect()
}

/// Tenths from 0 to 1, so that values coincide.
fn tenth() -> impl Strategy<Value = f64> {
    (0_u8..=10).prop_map(|tenths| f64::from(tenths) / 10.0)
}

pub(crate) fn catalogs() -> impl Strategy<Value = Catalog> {
    let modality = (prop::array::uniform3(tenth()), prop::array::uniform5(tenth()));
    let area = (any_of(&Phase::ALL), tenth(), prop::array::uniform5(tenth()), prop::bool::weighted(0.2));
    let grades = &[
        None,
        None,
        Some(Grade::Strong),
        Some(Grade::Moderate),
        Some(Grade::Emerging),
        Some(Grade::Practice),
        Some(Grade::Caution),
    ];
    let pairs = vec(any_of(grades), MODALITIES * AREAS);
    let line = || vec(0..MODALITIES, 0..=2);
    let rule = (vec(0..AREAS, 1..=2), line(), line(), line(), 1_u8..=3);
    (vec(modality, MODALITIES), vec(area, AREAS), pairs, vec(rule, 0..=4)).prop_map(
        |(modalities, areas, pairs, rules)| {
            let modality = |at: usize| format!("m{at}");
            let area = |at: usize| format!("p{at}");
            let modalities = modalities.into_iter().enumerate();
            let areas = areas.into_iter().enumerate();
            let evidence = pairs.into_iter().enumerate().filter_map(|(at, grade)| {
                Some(world::evidence(&modality(at / AREAS), &area(at % AREAS), grade?))
            });
            let rules = rules.into_iter().enumerate().map(|(at, (areas, first, second, avoid, priority))| {
                let codes = |list: Vec<usize>| list.into_iter().map(modality).collect::<Vec<_>>();
                tailor::catalog::model::Rule {
                    problem_areas: areas.into_iter().map(area).collect(),
                    first_line: codes(first),
                    second_line: codes(second),
                    avoid: codes(avoid),
                    priority,
                    ..world::rule(&format!("r{at}"), &[], &[], &[], &[])
                }
            });
            world::catalog(
                modalities.map(|(at, (p, d))| world::modality(&modality(at), p, d)).collect(),
                areas
                    .map(|(at, (phase, specificity, dimensions, crisis))| {
                        let area = world::area(&area(at), phase, specificity, dimensions);
                        tailor::catalog::model::ProblemArea { crisis, ..area }
                    })
                    .collect(),
                evidence.collect(),
                rules.collect(),
            )
        },
    )
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let claim = (0..MODALITIES, any_of(Role::ALL), any_of(EvidenceLevel::ALL));
    vec(claim, 0..=8).prop_map(|claims| {
        let claims = claims.into_iter();
        claims.map(|(modality, role, level)| Claim { modality: modality as u16, role, level }).collect()
    })
}

fn locations() -> impl Strategy<Value = Vec<Location>> {
    let position =
        (0_i32..40, 0_i32..40).prop_map(|(n, e)| (37.0 + f64::from(n) / 50.0, -122.0 + f64::from(e) / 50.0));
    let location =
        (option::weighted(0.7, position), option::of(any_of(&["US-CA", "US-NV"])), any_of(&["US", "GB"]));
    vec(location, 0..=2).prop_map(|locations| {
        let locations = locations.into_iter();
        locations
            .map(|(position, region, country)| Location {
                position,
                region: region.map(str::to_owned),
                country: country.to_owned(),
            })
            .collect()
    })
}

fn licenses() -> impl Strategy<Value = Vec<License>> {
    let license = (any_of(&PLACES), prop::bool::weighted(0.8), option::of(-3_i64..=3));
    vec(license, 0..=3).prop_map(|licenses| {
        let licenses = licenses.into_iter();
        licenses
            .map(|(place, active, expires)| License {
                jurisdiction: place.to_owned(),
                active,
                expires_on: expires.map(|days| world::today() + chrono::TimeDelta::days(days)),
            })
            .collect()
    })
}

fn fees() -> impl Strategy<Value = Vec<Fee>> {
    let fee = (any_of(Participants::ALL), 0_i64..=12, any_of(&CURRENCIES));
    vec(fee, 0..=3).prop_map(|fees| {
        let fees = fees.into_iter();
        fees.map(|(participants, amount, currency)| Fee {
            participants,
            amount: amount * 1000,
            currency: currency.to_owned(),
        })
        .collect()
    })
}

/// An answer to a consultation question, with signals that the catalog does not have, some signals twice, and sums up to
/// where values end.
pub(crate) fn answers() -> impl Strategy<Value = PracticeAnswer> {
    let basis = any_of(&[SignalBasis::Declared, SignalBasis::Suggested]);
    let signal = (0_u8..10, basis).prop_map(|(signal, basis)| ShownSignal { signal, basis });
    (-12_i8..=12, -24_i8..=24, vec(signal, 0..=6)).prop_map(|(declared, suggested, signals)| PracticeAnswer {
        declared: f64::from(declared) / 4.0,
        suggested: f64::from(suggested) / 4.0,
        signals,
    })
}

/// A profile with an id below `ids`.
pub(crate) fn profiles(ids: u8) -> impl Strategy<Value = Profile> {
    let declared = vec((0..AREAS, any_of(Focus::ALL)), 0..=6).prop_map(|declared| {
        let declared = declared.into_iter();
        declared.map(|(at, focus)| Declaration { problem_area: at as u16, focus }).collect::<Vec<_>>()
    });
    let who = (
        0..ids,
        option::weighted(0.3, 1_u64..=2),
        prop::array::uniform4(option::of(-3_i8..=3)),
        option::of(any_of(Homework::ALL)),
        option::of(any_of(Gender::ALL)),
        prop::array::uniform3(option::of(answers())),
    );
    let lists = (
        some_of(&LANGUAGES),
        some_of(&COMMUNITIES),
        some_of(AgeGroup::ALL),
        some_of(Participants::ALL),
        some_of(SessionFormat::ALL),
        some_of(&PLANS),
        some_of(Times::ALL),
        some_of(&PLACES),
    );
    let days =
        (option::of(any_of(Accepting::ALL)), option::of(-5_i64..=95), option::weighted(0.8, -2_i64..=400));
    let practice = (claims(), declared, locations(), licenses(), fees());
    (who, lists, days, practice).prop_map(|(who, lists, days, practice)| {
        let (number, npi, style, homework, gender, answers) = who;
        let (languages, communities, age_groups, participants, session_formats, insurance, times, remote) =
            lists;
        let (accepting, opening, confirmed) = days;
        let (modalities, problem_areas, locations, licenses, fees) = practice;
        Profile {
            id: world::id(number),
            npi,
            modalities,
            problem_areas,
            style,
            homework,
            gender,
            languages: owned(languages),
            communities: owned(communities),
            age_groups,
            participants,
            session_formats,
            insurance: owned(insurance),
            times,
            licenses,
            remote_jurisdictions: owned(remote),
            locations,
            fees,
            accepting,
            next_opening_on: opening.map(|days| world::today() + chrono::TimeDelta::days(days)),
            confirmed_at: confirmed.map(world::days_ago),
            practice: answers,
        }
    })
}

fn wish<T: std::fmt::Debug>(
    values: impl Strategy<Value = Vec<T>>,
) -> impl Strategy<Value = Option<AnyOf<T>>> {
    let importance = any_of(&[
        Importance::Nice,
        Importance::Nice,
        Importance::Strong,
        Importance::Strong,
        Importance::Must,
    ]);
    option::weighted(0.3, (values, importance).prop_map(|(any_of, importance)| AnyOf { any_of, importance }))
}

fn preferences() -> impl Strategy<Value = Preferences> {
    let weighed = any_of(&[Importance::Nice, Importance::Strong]);
    let importance = any_of(&[Importance::Nice, Importance::Strong, Importance::Strong, Importance::Must]);
    let modalities = (
        subsequence((0..MODALITIES).collect::<Vec<_>>(), 0..=3),
        vec((any_of(Attitude::ALL), importance), 3),
    );
    let style = (prop::array::uniform4(option::of(-3_i8..=3)), weighed);
    let homework = (any_of(Homework::ALL), any_of(&[Importance::Nice, Importance::Strong]));
    (
        modalities,
        option::weighted(0.3, style),
        wish(wanted(Gender::ALL)),
        wish(subsequence(vec!["de", "en", "es", "fr"], 1..=2).prop_map(owned)),
        wish(wanted(&COMMUNITIES).prop_map(owned)),
        option::weighted(0.3, homework),
    )
        .prop_map(|((modalities, feelings), style, genders, languages, communities, homework)| {
            Preferences {
                modalities: modalities
                    .into_iter()
                    .zip(feelings)
                    .map(|(modality, (attitude, importance))| ModalityWish { modality, attitude, importance })
                    .collect(),
                style: style.map(|(axes, importance)| StyleWish { axes, importance }),
                genders,
                languages,
                communities,
                homework: homework.map(|(value, importance)| HomeworkWish { value, importance }),
            }
        })
}

pub(crate) fn constraints() -> impl Strategy<Value = Constraints> {
    let near = any_of(&[2.0, 5.0, 12.0, 30.0]).prop_map(|radius_km| Near {
        latitude: 37.4,
        longitude: -121.6,
        radius_km,
    });
    let fee = (0_i64..=10, any_of(&["USD", "EUR", "GBP"]))
        .prop_map(|(amount, currency)| MaxFee { amount: amount * 1000, currency: currency.to_owned() });
    let delivery = (
        option::weighted(0.5, any_of(&["US-CA", "US-NV", "US", "FR"]).prop_map(str::to_owned)),
        option::weighted(0.5, near),
        option::weighted(0.5, wanted(SessionFormat::ALL)),
    );
    let lists = (
        option::weighted(0.15, any_of(AgeGroup::ALL)),
        option::weighted(0.2, any_of(Participants::ALL)),
        option::weighted(0.15, subsequence(vec!["de", "en", "es", "fr"], 1..=2).prop_map(owned)),
        option::weighted(0.15, wanted(&["aetna", "bupa"]).prop_map(owned)),
        prop::bool::weighted(0.15),
        option::weighted(0.15, wanted(Times::ALL)),
    );
    let numbers = (
        option::weighted(0.3, fee),
        option::weighted(0.2, any_of(&[0_u16, 7, 14, 30, 80, 365])),
        option::weighted(0.2, any_of(&[0_u16, 30, 100, 400])),
        option::weighted(0.2, any_of(EvidenceLevel::ALL)),
    );
    (delivery, lists, numbers).prop_map(|(delivery, lists, numbers)| {
        let (jurisdiction, near, session_formats) = delivery;
        let (age_group, participants, languages, insurance, accepting, times) = lists;
        let (max_fee, opening_within_days, confirmed_within_days, min_evidence_level) = numbers;
        Constraints {
            jurisdiction,
            near,
            session_formats,
            age_group,
            participants,
            languages,
            max_fee,
            insurance,
            accepting,
            times,
            opening_within_days,
            confirmed_within_days,
            min_evidence_level,
        }
    })
}

pub(crate) fn needs() -> impl Strategy<Value = Needs> {
    let areas = (subsequence((0..AREAS).collect::<Vec<_>>(), 1..=4), vec(any_of(Severity::ALL), 4));
    let need = (
        option::weighted(0.3, any_of(&Phase::ALL)),
        any_of(PhasePolicy::ALL),
        option::weighted(0.3, any_of(Risk::ALL)),
    );
    let rest = (vec(0_u8..30, 0..=2), any_of(Order::ALL), any_of(&[0_usize, 1, 3, 100]), 0_u64..3);
    (areas, need, preferences(), constraints(), rest).prop_map(
        |(
            (areas, severities),
            (phase, phase_policy, risk),
            preferences,
            constraints,
            (excluded, order, limit, seed),
        )| {
            let mut exclude_ids: Vec<_> = excluded.into_iter().map(world::id).collect();
            exclude_ids.sort_unstable();
            Needs {
                problem_areas: areas
                    .into_iter()
                    .zip(severities)
                    .map(|(problem_area, severity)| Concern { problem_area, severity })
                    .collect(),
                phase,
                phase_policy,
                risk,
                preferences,
                constraints,
                exclude_ids,
                order,
                limit,
                explain: Explain::Full,
                seed,
                as_of: world::today().checked_add_days(Days::new(0)).unwrap_or_default(),
            }
        },
    )
}

pub(crate) fn stalenesses() -> impl Strategy<Value = Staleness> {
    any_of(&[Staleness::Mark, Staleness::Demote { days: 90 }, Staleness::Hide { days: 90 }])
}
