//! Where a therapist is licensed and sees clients.

use chrono::{Datelike, Duration, NaiveDate};

use super::{
    draw::Draw,
    person::Person,
    tables::{City, Jurisdiction, Tables},
};
use crate::{
    directory::practice::{License, Location},
    vocabulary::{LicenseStatus, Profession, SessionFormat},
};

/// How far from a city's centre its practices lie at most, in hundred thousandths of a degree of latitude: 15 km.
const SCATTER: i32 = 13_490;

/// A jurisdiction, as likely as it has people.
pub(super) fn home<'a>(draw: &mut Draw, tables: &'a Tables) -> Option<&'a Jurisdiction> {
    draw.by_weight(&tables.jurisdictions, |j| j.population)
}

/// The licences of a person, the one at home first, and where they may serve remotely without one.
pub(super) fn licenses(
    draw: &mut Draw,
    tables: &Tables,
    home: Option<&Jurisdiction>,
    person: &Person,
    as_of: NaiveDate,
) -> (Vec<License>, Vec<String>) {
    let unlicensed = if person.profession == Profession::Other { 300 } else { 15 };
    let Some(home) = home.filter(|_| !draw.permille(unlicensed)) else {
        return (Vec::new(), Vec::new());
    };
    let mut licenses = vec![license(draw, home, person.license, as_of)];
    let more = draw.weighted(&[(0, 88), (1, 10), (2, 2)]);
    let mut weights: Vec<u32> =
        home.neighbours.iter().filter_map(|code| tables.jurisdiction(code)).map(|j| j.population).collect();
    for at in draw.several(more, &mut weights) {
        if let Some(neighbour) = home.neighbours.get(at).and_then(|code| tables.jurisdiction(code)) {
            licenses.push(license(draw, neighbour, kind_in(neighbour, home, person.license), as_of));
        }
    }
    let joins = person.profession == Profession::Psychologist && home.compact && draw.percent(25);
    let remote = if joins { remote(draw, tables, &licenses) } else { Vec::new() };
    (licenses, remote)
}

/// What the neighbour calls the licence that `home` calls `kind`.
fn kind_in(neighbour: &Jurisdiction, home: &Jurisdiction, kind: &'static str) -> &'static str {
    match kind {
        kind if kind == home.counselor => neighbour.counselor,
        kind if kind == home.social_worker => neighbour.social_worker,
        same => same,
    }
}

fn license(draw: &mut Draw, place: &Jurisdiction, kind: &str, as_of: NaiveDate) -> License {
    let status = draw.weighted(&[
        (LicenseStatus::Active, 915),
        (LicenseStatus::Expired, 30),
        (LicenseStatus::Pending, 25),
        (LicenseStatus::Inactive, 25),
        (LicenseStatus::Revoked, 5),
    ]);
    let known = status != LicenseStatus::Pending;
    let days = match status {
        LicenseStatus::Expired | LicenseStatus::Revoked => -draw.between(20, 900),
        // A few listings say active although the day has passed.
        _ if draw.permille(8) => -draw.between(31, 200),
        _ => draw.between(20, 1_080),
    };
    License {
        jurisdiction: place.code.to_owned(),
        kind: (!draw.percent(3)).then(|| kind.to_owned()),
        number: (known && !draw.percent(8)).then(|| draw.between(1_000, 149_999).to_string()),
        status,
        expires_on: (known && !draw.percent(7)).then(|| end_of_month(as_of + Duration::days(days.into()))),
    }
}

/// The last day of the month of `day`: boards let licences end with a month.
fn end_of_month(day: NaiveDate) -> NaiveDate {
    let (year, month) = if day.month() == 12 { (day.year() + 1, 1) } else { (day.year(), day.month() + 1) };
    NaiveDate::from_ymd_opt(year, month, 1).and_then(|first| first.pred_opt()).unwrap_or(day)
}

/// Some members of the psychologists' compact other than those where there is a licence.
fn remote(draw: &mut Draw, tables: &Tables, licenses: &[License]) -> Vec<String> {
    let licensed = |code: &str| licenses.iter().any(|l| l.jurisdiction == code);
    let mut weights: Vec<u32> = tables
        .jurisdictions
        .iter()
        .map(|j| if j.compact && !licensed(j.code) { j.population } else { 0 })
        .collect();
    let count = draw.weighted(&[(2, 3), (3, 3), (4, 2), (6, 1), (8, 1)]);
    let mut drawn = draw.several(count, &mut weights);
    drawn.sort_unstable();
    drawn.into_iter().filter_map(|at| tables.jurisdictions.get(at)).map(|j| j.code.to_owned()).collect()
}

/// Where the person sees clients: none for whom there is no session in person.
pub(super) fn locations(
    draw: &mut Draw,
    tables: &Tables,
    home: Option<&Jurisdiction>,
    formats: &[SessionFormat],
) -> Vec<Location> {
    let Some(home) = home.filter(|_| formats.contains(&SessionFormat::InPerson)) else {
        return Vec::new();
    };
    let count = draw.weighted(&[(0, 2), (1, 88), (2, 9), (3, 1)]);
    let first = draw.by_weight(&home.cities, |city| city.weight);
    (0..count)
        .filter_map(|at| {
            // A further office is mostly in the same city.
            let elsewhere = at > 0 && draw.percent(35);
            let city = if elsewhere { draw.by_weight(&home.cities, |city| city.weight) } else { first };
            city.map(|city| location(draw, tables, home, city))
        })
        .collect()
}

fn location(draw: &mut Draw, tables: &Tables, home: &Jurisdiction, city: &City) -> Location {
    let (north, east) = scatter(draw);
    let street = draw.pick(&tables.streets).copied().unwrap_or("Main St");
    let placed = !draw.percent(4);
    let degrees = |hundred_thousandths: i32| placed.then(|| f64::from(hundred_thousandths) / 1e5);
    Location {
        label: draw.maybe(18, |draw| draw.weighted(&LABELS).to_owned()),
        line1: draw.maybe(88, |draw| format!("{} {street}", draw.between(1, 4_999))),
        line2: draw.maybe(25, |draw| format!("Suite {}", draw.between(1, 60) * 10)),
        city: Some(city.name.to_owned()),
        region: Some(home.code.to_owned()),
        postal_code: draw.maybe(95, |draw| format!("{}{:02}", city.postal_prefix, draw.below(100))),
        country: "US".to_owned(),
        latitude: degrees(city.latitude + north),
        longitude: degrees(city.longitude + widen(east, city.latitude)),
        wheelchair_accessible: draw.weighted(&[(Some(true), 45), (Some(false), 12), (None, 43)]),
    }
}

const LABELS: [(&str, u32); 6] = [
    ("Main office", 5),
    ("Downtown", 3),
    ("Office", 3),
    ("Medical center", 1),
    ("Home office", 1),
    ("North side", 1),
];

/// A step north and a step east within a circle around the centre, shorter ones more frequent.
fn scatter(draw: &mut Draw) -> (i32, i32) {
    let mut step = || draw.between(-SCATTER, SCATTER) / 2 + draw.between(-SCATTER, SCATTER) / 2;
    for _ in 0..8 {
        let (north, east) = (step(), step());
        let length = i64::from(north).pow(2) + i64::from(east).pow(2);
        if length <= i64::from(SCATTER).pow(2) {
            return (north, east);
        }
    }
    (0, 0)
}

/// A step east in degrees of longitude, which are the narrower the farther north one is. Bhaskara's formula for the
/// cosine, right to 0.2 %, needs no function that differs between platforms.
fn widen(east: i32, latitude: i32) -> i32 {
    let square = i64::from(latitude / 1_000).pow(2);
    let (cosine, unit) = (4 * 8_100 * 10_000 - 4 * square, 4 * 8_100 * 10_000 + square);
    i32::try_from(i64::from(east) * unit / cosine.max(1)).unwrap_or(east)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_degree_of_longitude_is_half_as_wide_at_sixty_north() {
        assert_eq!(widen(10_000, 0), 10_000);
        assert!((19_900..20_100).contains(&widen(10_000, 6_000_000)));
    }

    #[test]
    fn licences_end_with_a_month() {
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(end_of_month(day(2028, 2, 3)), day(2028, 2, 29));
        assert_eq!(end_of_month(day(2027, 12, 31)), day(2027, 12, 31));
    }
}
