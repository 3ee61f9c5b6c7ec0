//! How many profiles pass the usual filters: what a benchmark over the directory rests on.

use super::{
    tables::{City, Jurisdiction, Tables},
    tests::{accepting, as_of, rows},
};
use crate::{
    directory::model::Therapist,
    vocabulary::{LicenseStatus, SessionFormat, Status},
};

const RADIUS_KM: f64 = 25.0;

/// Published profiles of which the share that passes is asked for each city, weighted by those who live there.
fn percent(rows: &[Therapist], passes: impl Fn(&Therapist, &Jurisdiction, &City) -> f64) -> f64 {
    let published: Vec<&Therapist> = rows.iter().filter(|row| row.status == Status::Published).collect();
    let (mut passed, mut people) = (0.0, 0.0);
    for home in &Tables::get().jurisdictions {
        let weights: u32 = home.cities.iter().map(|city| city.weight).sum();
        for city in &home.cities {
            let here = f64::from(home.population) * f64::from(city.weight) / f64::from(weights);
            let sum: f64 = published.iter().map(|row| passes(row, home, city)).sum();
            passed += here * sum / published.len() as f64;
            people += here;
        }
    }
    passed * 100.0 / people
}

fn licensed(row: &Therapist, home: &Jurisdiction) -> bool {
    row.licenses.iter().any(|licence| {
        licence.jurisdiction == home.code
            && licence.status == LicenseStatus::Active
            && licence.expires_on.is_none_or(|day| day >= as_of())
    })
}

/// Licensed there, and seeing clients in person within the radius.
fn local(row: &Therapist, home: &Jurisdiction, city: &City) -> bool {
    let near = |latitude: f64, longitude: f64| {
        let north = latitude - f64::from(city.latitude) / 1e5;
        let east = (longitude - f64::from(city.longitude) / 1e5) * latitude.to_radians().cos();
        north.hypot(east) * 111.2 <= RADIUS_KM
    };
    licensed(row, home)
        && row.session_formats.contains(&SessionFormat::InPerson)
        && row.locations.iter().any(|l| l.latitude.zip(l.longitude).is_some_and(|(lat, lon)| near(lat, lon)))
}

fn by_video(row: &Therapist, home: &Jurisdiction) -> bool {
    row.session_formats.contains(&SessionFormat::Video)
        && (licensed(row, home) || row.remote_jurisdictions.iter().any(|code| code == home.code))
}

/// The share of clients whom the profile suits: half of them ask for one of the plans that are sold everywhere.
fn insured(row: &Therapist) -> f64 {
    let plans = || Tables::get().plans.iter().filter(|plan| plan.jurisdictions.is_empty());
    let sum = |taken: bool| -> u32 {
        plans().filter(|p| !taken || row.insurance.iter().any(|i| i == p.code)).map(|p| p.percent).sum()
    };
    0.5 + 0.5 * f64::from(sum(true)) / f64::from(sum(false))
}

#[test]
fn the_query_classes_pass_as_many_as_meant() {
    let rows = rows(3_000);
    let typical = percent(&rows, |row, home, city| {
        let seen = accepting(row) && (by_video(row, home) || local(row, home, city));
        if seen { insured(row) } else { 0.0 }
    });
    let near = percent(&rows, |row, home, city| f64::from(u8::from(local(row, home, city))));
    let broad = percent(&rows, |row, _, _| f64::from(u8::from(accepting(row))));
    println!("typical {typical:.2} %, local {near:.2} %, broad {broad:.1} %");
    assert!((1.4..1.8).contains(&typical), "{typical:.2} %");
    assert!((0.1..0.5).contains(&near), "{near:.2} %");
    assert!((69.5..74.5).contains(&broad), "{broad:.1} %");
}
