//! Section 4: eight therapists, and a client in California who wants in person within 10 km, or video.
//!
//! | | offers | location | may work in US-CA | here | fails |
//! |---|---|---|---|---|---|
//! | 1 | in person | 5 km, US-CA | licence | in person | |
//! | 2 | in person | 12 km, US-CA | licence | | near |
//! | 3 | video | | licence until yesterday | | jurisdiction |
//! | 4 | phone | | licence | | session_formats, and so jurisdiction and near |
//! | 5 | in person, video | 5 km, US-NV | remotely | video | |
//! | 6 | in person | 5 km, US-NV | | | jurisdiction |
//! | 7 | in person, video | 30 km, US-CA | in person, by the location | | delivery: in person is too far, video not lawful |
//! | 8 | video | | licence until today | video | |
//!
//! Without session_formats 4 is found; without jurisdiction 3, 6 and 7; without near 2 and 7. A radius of 15 km (×1.5) finds 2.

use std::sync::Arc;

use tailor::{
    catalog::model::{Catalog, Phase},
    matching::{
        answer::{Relaxation, Step},
        constraint::Constraint,
        index::Index,
        needs::{Constraints, Near, Needs},
        profile::{License, Location, Profile},
        rank::{Staleness, explain_one, rank},
    },
    vocabulary::{SessionFormat, Severity},
};

use crate::world::{self, Payload};

fn catalog() -> Catalog {
    world::catalog(
        vec![world::modality("cbt", [0.0; 3], [0.0; 5])],
        vec![world::area("stress", Phase::Action, 0.5, [0.0; 5])],
        Vec::new(),
        Vec::new(),
    )
}

fn licensed(days: i64) -> Vec<License> {
    let expires_on = Some(world::today() + chrono::TimeDelta::days(days));
    vec![License { jurisdiction: "US-CA".to_owned(), active: true, expires_on }]
}

fn north(km: f64, region: &str) -> Vec<Location> {
    let degrees = (km / 6371.0088).to_degrees();
    vec![Location {
        position: Some((degrees, 0.0)),
        region: Some(region.to_owned()),
        country: "US".to_owned(),
    }]
}

fn directory() -> (Index<Payload>, Needs) {
    use SessionFormat::{InPerson, Phone, Video};
    let catalog = catalog();
    let offers = |number, formats: &[SessionFormat]| Profile {
        session_formats: formats.to_vec(),
        ..world::profile(number)
    };
    let profiles = [
        Profile { licenses: licensed(100), locations: north(5.0, "US-CA"), ..offers(1, &[InPerson]) },
        Profile { licenses: licensed(100), locations: north(12.0, "US-CA"), ..offers(2, &[InPerson]) },
        Profile { licenses: licensed(-1), ..offers(3, &[Video]) },
        Profile { licenses: licensed(100), ..offers(4, &[Phone]) },
        Profile {
            remote_jurisdictions: vec!["US-CA".to_owned()],
            locations: north(5.0, "US-NV"),
            ..offers(5, &[InPerson, Video])
        },
        Profile { locations: north(5.0, "US-NV"), ..offers(6, &[InPerson]) },
        Profile { locations: north(30.0, "US-CA"), ..offers(7, &[InPerson, Video]) },
        Profile { licenses: licensed(0), ..offers(8, &[Video]) },
    ];
    let needs = Needs {
        constraints: Constraints {
            jurisdiction: Some("US-CA".to_owned()),
            near: Some(Near { latitude: 0.0, longitude: 0.0, radius_km: 10.0 }),
            session_formats: Some(vec![InPerson, Video]),
            ..Constraints::default()
        },
        ..world::needs(vec![world::concern(&catalog, "stress", Severity::Moderate)])
    };
    (world::index(&Arc::new(catalog), &world::policy(), &profiles), needs)
}

#[test]
fn each_therapist_fails_what_the_table_says() {
    let (index, needs) = directory();
    let expected: [(u8, &[Constraint]); 8] = [
        (1, &[]),
        (2, &[Constraint::Near]),
        (3, &[Constraint::Jurisdiction]),
        (4, &[Constraint::SessionFormats, Constraint::Jurisdiction, Constraint::Near]),
        (5, &[]),
        (6, &[Constraint::Jurisdiction]),
        (7, &[Constraint::Delivery]),
        (8, &[]),
    ];
    for (number, failed) in expected {
        let explained = explain_one(&index, &world::id(number), &needs, Staleness::Mark).unwrap();
        assert_eq!(explained.failed_constraints, failed, "therapist {number}");
        assert_eq!(explained.eligible, failed.is_empty());
    }
    assert!(explain_one(&index, &world::id(9), &needs, Staleness::Mark).is_none());
}

#[test]
fn counts_and_relaxations() {
    let (index, needs) = directory();
    let ranking = rank(&index, &needs, Staleness::Mark);
    let mut found: Vec<_> = ranking.results.iter().map(|result| result.therapist.summary.number).collect();
    found.sort_unstable();
    assert_eq!((ranking.considered, ranking.eligible, found), (8, 3, vec![1, 5, 8]));
    let excluded: Vec<_> = ranking.excluded.iter().map(|(name, count)| (*name, *count)).collect();
    let expected = [
        (Constraint::SessionFormats, 1),
        (Constraint::Jurisdiction, 3),
        (Constraint::Near, 2),
        (Constraint::Delivery, 1),
    ];
    assert_eq!(excluded, expected);
    let relaxation = |constraint, admits| Relaxation { constraint, admits, smallest_step: None };
    let step = Step { radius_km: Some(15.0), admits: 1, ..Step::default() };
    let expected = [
        relaxation(Constraint::SessionFormats, 1),
        relaxation(Constraint::Jurisdiction, 3),
        Relaxation { smallest_step: Some(step), ..relaxation(Constraint::Near, 2) },
        relaxation(Constraint::Delivery, 1),
    ];
    assert_eq!(ranking.relaxations, expected);
}

#[test]
fn who_is_not_considered_is_not_counted() {
    let (mut index, needs) = directory();
    let excluding = Needs { exclude_ids: vec![world::id(1), world::id(2)], ..needs.clone() };
    let ranking = rank(&index, &excluding, Staleness::Mark);
    assert_eq!((ranking.considered, ranking.eligible), (6, 2));
    let explained = explain_one(&index, &world::id(1), &excluding, Staleness::Mark).unwrap();
    assert_eq!((explained.eligible, explained.failed_constraints), (false, vec![Constraint::ExcludeIds]));

    // Of two profiles with one NPI the one confirmed last counts; when it goes, the other comes back.
    let twin = |number, days| Profile {
        npi: Some(1_234_567_893),
        licenses: licensed(100),
        confirmed_at: days,
        ..world::profile(number)
    };
    let considered = |index: &Index<Payload>| rank(index, &needs, Staleness::Mark).considered;
    for (number, days) in [(20, Some(world::days_ago(9))), (21, Some(world::days_ago(2))), (22, None)] {
        let profile = twin(number, days);
        index.upsert(&profile, Arc::new(Payload::of(&profile)));
    }
    assert_eq!((index.len(), considered(&index)), (11, 9));
    let failed = |index: &Index<Payload>, number| {
        explain_one(index, &world::id(number), &needs, Staleness::Mark).unwrap().failed_constraints
    };
    assert_eq!([20, 21, 22].map(|number| failed(&index, number).is_empty()), [false, true, false]);
    assert_eq!(failed(&index, 20), [Constraint::Npi]);
    assert!(index.remove(&world::id(21)));
    assert_eq!([20, 22].map(|number| failed(&index, number).is_empty()), [true, false]);
    let moved = Profile { npi: None, ..twin(20, None) };
    index.upsert(&moved, Arc::new(Payload::of(&moved)));
    assert_eq!([20, 22].map(|number| failed(&index, number).is_empty()), [true, true]);
    assert_eq!(considered(&index), 10);
}
