//! Plain Rust: one therapist after the other, in a list of objects.

use tailor::{
    matching::{
        needs::{AnyOf, Needs, Preferences},
        profile::{Profile, primary_language},
    },
    vocabulary::{Accepting, Attitude, Importance, SessionFormat},
};

use super::facts::{Facts, Person, Winner, point, squared_chord};

/// The best by problem fit and preference of those who fulfil the constraints.
pub fn rank(facts: &Facts, needs: &Needs) -> Vec<Winner> {
    let shares = facts.shares(needs);
    let is_eligible = eligible(facts, needs);
    let eligible = facts.people.iter().filter(|person| is_eligible(person));
    let mut winners: Vec<Winner> = eligible.map(|person| winner(facts, needs, &shares, person)).collect();
    let by_score = |a: &Winner, b: &Winner| b.score.total_cmp(&a.score).then(a.id.cmp(&b.id));
    if winners.len() > needs.limit {
        winners.select_nth_unstable_by(needs.limit, by_score);
        winners.truncate(needs.limit);
    }
    winners.sort_by(by_score);
    winners
}

/// Of the constraints, those that the requests here have.
fn eligible<'a>(facts: &Facts, needs: &'a Needs) -> impl Fn(&Person) -> bool + use<'a> {
    let asked = &needs.constraints;
    let near = asked
        .near
        .map(|near| (point((near.latitude, near.longitude)), squared_chord(near.radius_km, &facts.policy)));
    move |person| {
        let profile = &person.profile;
        let is_taking = !asked.accepting || profile.accepting == Some(Accepting::Accepting);
        let is_insured = || {
            let plans = asked.insurance.as_ref();
            plans.is_none_or(|plans| profile.insurance.iter().any(|plan| plans.contains(plan)))
        };
        let is_near = || {
            near.is_none_or(|(here, reach)| person.points.iter().any(|there| squared(here, *there) <= reach))
        };
        !person.is_duplicate && is_taking && is_insured() && can_meet(profile, needs, is_near)
    }
}

fn can_meet(profile: &Profile, needs: &Needs, is_near: impl Fn() -> bool) -> bool {
    let Some(place) = &needs.constraints.jurisdiction else { return true };
    let offers = |format| profile.session_formats.contains(&format);
    let is_licensed = profile.licenses.iter().any(|license| {
        license.active
            && license.jurisdiction == *place
            && license.expires_on.is_none_or(|last_day| needs.as_of <= last_day)
    });
    let is_there = || {
        let mut locations = profile.locations.iter();
        locations.any(|location| location.region.as_ref() == Some(place) || location.country == *place)
    };
    let by_video =
        offers(SessionFormat::Video) && (is_licensed || profile.remote_jurisdictions.contains(place));
    by_video || offers(SessionFormat::InPerson) && (is_licensed || is_there()) && is_near()
}

fn squared(a: [f64; 3], b: [f64; 3]) -> f64 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum()
}

fn winner(facts: &Facts, needs: &Needs, shares: &[(usize, f64)], person: &Person) -> Winner {
    let problem_fit = shares.iter().map(|(area, share)| share * fit(facts, *area, person)).sum();
    let preference = preference(facts, &needs.preferences, person);
    let (of_fit, of_preference) = facts.weights(preference.is_some());
    let score = of_fit * problem_fit + of_preference * preference.unwrap_or(0.0);
    Winner { id: person.profile.id, problem_fit, preference, score }
}

fn fit(facts: &Facts, area: usize, person: &Person) -> f64 {
    let (mut first, mut second) = (0.0, 0.0);
    for (modality, depth) in &person.depths {
        let x = facts.ratings[area][*modality] * depth;
        if x > first {
            (first, second) = (x, first);
        } else if x > second {
            second = x;
        }
    }
    let tables = &facts.policy.tables;
    let coverage = first + tables.coverage.second_modality * (1.0 - first) * second;
    let declared = person.taus.iter().find(|(declared, _)| *declared == area);
    let tau = declared.map_or(tables.declaration.undeclared, |(_, tau)| *tau);
    let specificity = facts.catalog.problem_areas[area].specificity;
    specificity * coverage + (1.0 - specificity) * tau
}

/// The mean satisfaction of what is preferred; of all preferences, those that the requests here have.
fn preference(facts: &Facts, wishes: &Preferences, person: &Person) -> Option<f64> {
    let table = &facts.policy.tables.preference;
    let (profile, truth) = (&person.profile, |holds: bool| Some(if holds { 1.0 } else { 0.0 }));
    let (mut satisfied, mut total) = (0.0, 0.0);
    let mut state = |importance: Importance, value: Option<f64>| {
        let importance = table.importance.of(importance).expect("no request has a must");
        satisfied += importance * value.unwrap_or(table.unknown);
        total += importance;
    };
    for wish in &wishes.modalities {
        let declares = person.depths.iter().any(|(modality, _)| *modality == wish.modality);
        state(wish.importance, truth(declares == (wish.attitude == Attitude::Prefer)));
    }
    if let Some(AnyOf { any_of, importance }) = &wishes.genders {
        state(*importance, profile.gender.and_then(|gender| truth(any_of.contains(&gender))));
    }
    if let Some(AnyOf { any_of, importance }) = &wishes.languages {
        let speaks = || profile.languages.iter().any(|tag| any_of.contains(&primary_language(tag)));
        let value = if profile.languages.is_empty() { None } else { truth(speaks()) };
        state(*importance, value);
    }
    if let Some(style) = &wishes.style {
        for (own, wanted) in profile.style.iter().zip(style.axes) {
            let Some(wanted) = wanted else { continue };
            let near = |own: i8| 1.0 - (f64::from(own) - f64::from(wanted)).abs() / table.style_span;
            state(style.importance, own.map(near));
        }
    }
    (total > 0.0).then(|| satisfied / total)
}
