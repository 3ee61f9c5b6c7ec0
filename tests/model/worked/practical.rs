//! Section 3, practical: freshness, nearness, opening, fee, and what is unknown.
//!
//! A client who can travel, with 200 USD at most and 60 days of patience. Three therapists of whom nothing else is known:
//!
//! | | confirmed | nearness | opening | fee | practical |
//! |---|---|---|---|---|---|
//! | 1 | 10 days ago: 1 | 15 km: 1/(1+1) = 0.5 | in 48 days: 42/83 | 150 USD: 50/200 + 0.5 = 0.75 | (1 + 0.5 + 42/83 + 0.75) / 4 |
//! | 2 | never: 0 | by video only: does not apply | in 7 days: 1 | in EUR alone: unknown, 0.5 | 1.5 / 3 = 0.5 |
//! | 3 | 180 days ago: 0 | no position: unknown, 0.5 | today: 1 | 200 USD: 0.5 | 2 / 4 = 0.5 |
//!
//! Nothing covers the area (σ 0.5): fit = 0.5 · 0.5 = 0.25. Integration is practice alone, unanswered: 0.3 · 0.5 = 0.15.
//! score = 0.6 · 0.25 + 0.2 · practical + 0.2 · 0.15 = 0.18 + 0.2 · practical.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Phase},
    matching::{
        index::Index,
        needs::{Constraints, MaxFee, Near, Needs},
        profile::{Fee, Location, Profile},
        rank::{Staleness, rank},
    },
    vocabulary::{Participants, SessionFormat, Severity},
};

use super::{assert_near, values};
use crate::world::{self, Payload};

fn catalog() -> Catalog {
    world::catalog(
        vec![world::modality("cbt", [0.0; 3], [0.0; 5])],
        vec![world::area("stress", Phase::Action, 0.5, [0.0; 5])],
        Vec::new(),
        Vec::new(),
    )
}

fn fee(amount: i64, currency: &str) -> Fee {
    Fee { participants: Participants::Individual, amount, currency: currency.to_owned() }
}

/// So many kilometres north of the client, who is at 0, 0.
fn north(km: f64) -> Location {
    let degrees = (km / 6371.0088).to_degrees();
    Location { position: Some((degrees, 0.0)), region: None, country: "US".to_owned() }
}

fn directory() -> (Index<Payload>, Needs) {
    let catalog = catalog();
    let both = vec![SessionFormat::InPerson, SessionFormat::Video];
    let profiles = [
        Profile {
            confirmed_at: Some(world::days_ago(10)),
            session_formats: both.clone(),
            // The nearest location and the lowest fee count.
            locations: vec![north(30.0), north(15.0)],
            next_opening_on: Some(world::in_days(48)),
            fees: vec![fee(18_000, "USD"), fee(15_000, "USD"), fee(1, "EUR")],
            ..world::profile(1)
        },
        Profile {
            confirmed_at: None,
            locations: vec![north(1.0)],
            next_opening_on: Some(world::in_days(7)),
            fees: vec![fee(10_000, "EUR")],
            ..world::profile(2)
        },
        Profile {
            confirmed_at: Some(world::days_ago(180)),
            session_formats: both,
            locations: vec![Location { position: None, ..north(0.0) }],
            next_opening_on: Some(world::today()),
            fees: vec![fee(20_000, "USD")],
            ..world::profile(3)
        },
    ];
    let needs = Needs {
        constraints: Constraints {
            near: Some(Near { latitude: 0.0, longitude: 0.0, radius_km: 20.0 }),
            max_fee: Some(MaxFee { amount: 20_000, currency: "USD".to_owned() }),
            opening_within_days: Some(60),
            ..Constraints::default()
        },
        ..world::needs(vec![world::concern(&catalog, "stress", Severity::Moderate)])
    };
    (world::index(&Arc::new(catalog), &world::policy(), &profiles), needs)
}

#[test]
fn the_parts_that_apply_are_averaged() {
    let (index, needs) = directory();
    let ranking = rank(&index, &needs, Staleness::Mark);
    assert_eq!((ranking.considered, ranking.eligible), (3, 3));
    for result in &ranking.results {
        let (practical, score) = match result.therapist.summary.number {
            1 => ((1.0 + 0.5 + 42.0 / 83.0 + 0.75) / 4.0, 0.3178), // 0.18 + 0.2 · 0.68900…
            _ => (0.5, 0.28),
        };
        assert_near(values(result)[0], 0.25);
        assert_near(values(result)[1], practical);
        assert_near(values(result)[2], 0.15);
        assert_eq!(result.score, score);
    }
    assert_eq!(ranking.results[0].therapist.summary.number, 1);
    assert_eq!(ranking.results[0].therapist.distance_km, Some(15.0));
}

#[test]
fn unknowns_are_named_and_lower_confidence() {
    let (index, needs) = directory();
    let ranking = rank(&index, &needs, Staleness::Mark);
    let of = |number| ranking.results.iter().find(|r| r.therapist.summary.number == number).unwrap();
    let gaps = |number| -> Vec<_> { of(number).gaps.as_ref().unwrap().iter().map(|gap| gap.code).collect() };
    let more = |codes: &[&'static str]| [&["no_rated_modality_for", "phase_uncovered"], codes].concat();
    assert_eq!(gaps(1), more(&["questions_unanswered"]));
    assert_eq!(gaps(2), more(&["fee_unknown", "questions_unanswered", "never_confirmed"]));
    assert_eq!(gaps(3), more(&["location_unknown", "questions_unanswered", "stale_confirmation"]));
    // Of eight facts the first states three: fees, next opening, confirmation. The second never was confirmed.
    let completeness = [1, 2, 3].map(|number| of(number).confidence.unwrap().completeness);
    assert_eq!(completeness, [3.0 / 8.0, 2.0 / 8.0, 3.0 / 8.0]);
    let freshness = [1, 2, 3].map(|number| of(number).confidence.unwrap().freshness);
    assert_eq!(freshness, [1.0, 0.0, 0.0]);
    assert!(ranking.results.iter().all(|result| result.confidence.unwrap().evidence.is_none()));
}
