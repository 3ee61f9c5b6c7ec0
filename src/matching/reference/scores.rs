//! Sections 1 to 3 as they are written: every value of one therapist.

use super::answers::{AnswerShown, practice, shown};
use crate::{
    catalog::model::{Catalog, Grade, Phase},
    matching::{
        needs::{AnyOf, Needs},
        policy::Policy,
        profile::{Profile, primary_language},
        tables::FadeTable,
    },
    vocabulary::{Attitude, Homework, Importance, Participants, PhasePolicy, Risk, SessionFormat, Severity},
};

/// Every value of one therapist.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Effective weight and value of problem fit, preference, practical, integration.
    pub components: [(f64, f64); 4],
    pub total: f64,
    /// In the order of the catalog.
    pub areas: Vec<AreaScore>,
    /// Need and capability of each phase.
    pub phases: [(f64, f64); 3],
    /// Need and capability of each dimension.
    pub dimensions: [(f64, f64); 5],
    pub freshness: f64,
    /// By question.
    pub answers: [AnswerShown; 3],
}

/// The values of one problem area.
#[derive(Clone, Debug, PartialEq)]
pub struct AreaScore {
    pub weight: f64,
    pub coverage: f64,
    pub tau: f64,
    pub fit: f64,
    /// The depth and x of every modality, in the order of the catalog.
    pub modalities: Vec<(f64, f64)>,
    /// The modalities that counted, the better first.
    pub via: Vec<usize>,
}

/// Scores one therapist.
#[must_use]
pub fn score(profile: &Profile, needs: &Needs, catalog: &Catalog, policy: &Policy) -> Scored {
    let depths = depths(profile, catalog, policy);
    let areas = areas(profile, needs, catalog, policy, &depths);
    let problem_fit = areas.iter().fold(0.0, |sum, area| sum + area.weight * area.fit);
    let preference = preference(profile, needs, catalog, policy);
    let (freshness, practical) = practical(profile, needs, policy);

    let tables = &policy.tables.integration;
    let phase_need = phase_need(needs, catalog, policy, &areas);
    let dimension_need = dimension_need(needs, catalog, &areas);
    let best = |capability: &dyn Fn(usize) -> f64| {
        depths.iter().fold(0.0, |best, (modality, depth)| f64::max(best, depth * capability(*modality)))
    };
    let phases: [(f64, f64); 3] = std::array::from_fn(|phase| {
        (phase_need[phase], best(&|modality| catalog.modalities[modality].phases.values()[phase]))
    });
    let dimensions: [(f64, f64); 5] = std::array::from_fn(|dimension| {
        (
            dimension_need[dimension],
            best(&|modality| catalog.modalities[modality].dimensions.values()[dimension]),
        )
    });
    let cover = |shares: &[(f64, f64)]| shares.iter().fold(0.0, |sum, (need, best)| sum + need * best);
    let practice = practice(profile, policy);
    let integration = tables.phases * cover(&phases)
        + tables.whole_person * cover(&dimensions)
        + tables.practice * practice;

    let weights = &policy.weights;
    let applying = [
        weights.problem_fit,
        if preference.is_some() { weights.preference } else { 0.0 },
        weights.practical,
        weights.integration,
    ];
    let sum_of_weights = applying.iter().fold(0.0, |sum, weight| sum + weight);
    let values = [problem_fit, preference.unwrap_or(0.0), practical, integration];
    let components: [(f64, f64); 4] =
        std::array::from_fn(|at| (applying[at] / sum_of_weights, values[at].clamp(0.0, 1.0)));
    let total = components.iter().fold(0.0, |sum, (weight, value)| sum + weight * value);
    let answers = std::array::from_fn(|question| shown(profile, question, catalog, policy));
    Scored { components, total, areas, phases, dimensions, freshness, answers }
}

/// Section 1: every declared modality with its depth.
fn depths(profile: &Profile, catalog: &Catalog, policy: &Policy) -> Vec<(usize, f64)> {
    let table = &policy.tables.depth;
    let claims = profile.claims(catalog.modalities.len());
    let claimed = claims.iter().fold(0.0, |sum, claim| sum + table.role.of(claim.role));
    let spread = if claims.is_empty() { 1.0 } else { f64::min(1.0, table.budget / claimed) };
    let depth = |role, level| table.role.of(role) * spread * table.evidence_level.of(level);
    claims.iter().map(|claim| (usize::from(claim.modality), depth(claim.role, claim.level))).collect()
}

/// Section 2: γ* of a pair, and the code of the rule whose floor was what counted.
pub(super) fn rating<'a>(
    modality: usize,
    area: usize,
    catalog: &'a Catalog,
    policy: &Policy,
) -> (f64, Option<&'a str>) {
    let table = &policy.tables.coverage;
    let (modality, area) = (&catalog.modalities[modality].code, &catalog.problem_areas[area].code);
    let pair = catalog.evidence.iter().find(|e| e.modality == *modality && e.problem_area == *area);
    let mut rules: Vec<_> = catalog.rules.iter().filter(|rule| rule.problem_areas.contains(area)).collect();
    rules.sort_by(|a, b| a.priority.cmp(&b.priority).then(a.code.cmp(&b.code)));
    let is_caution = pair.is_some_and(|pair| pair.grade == Grade::Caution);
    if is_caution || rules.iter().any(|rule| rule.avoid.contains(modality)) {
        return (0.0, None);
    }
    let gamma = pair.map_or(0.0, |pair| table.grade.of(pair.grade));
    let first = rules.iter().find(|rule| rule.first_line.contains(modality));
    let second = rules.iter().find(|rule| rule.second_line.contains(modality));
    let mut best = (gamma, None);
    for (floor, rule) in [(table.first_line_floor, first), (table.second_line_floor, second)] {
        if let Some(rule) = rule.filter(|_| floor > best.0) {
            best = (floor, Some(rule.code.as_str()));
        }
    }
    best
}

fn areas(
    profile: &Profile,
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
    depths: &[(usize, f64)],
) -> Vec<AreaScore> {
    let severity = |severity: Severity| policy.tables.severity.of(severity);
    let total = needs.problem_areas.iter().fold(0.0, |sum, area| sum + severity(area.severity));
    let kappa = policy.tables.coverage.second_modality;
    let declared = profile.declarations(catalog.problem_areas.len());
    let of_area = |area: usize, weight: f64| {
        let modalities: Vec<_> = depths
            .iter()
            .map(|(modality, depth)| (*depth, rating(*modality, area, catalog, policy).0 * depth))
            .collect();
        let mut by_x: Vec<_> =
            modalities.iter().zip(depths).map(|((_, x), (modality, _))| (*x, *modality)).collect();
        by_x.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let x = |at: usize| by_x.get(at).map_or(0.0, |(x, _)| *x);
        let coverage = x(0) + kappa * (1.0 - x(0)) * x(1);
        let table = &policy.tables.declaration;
        let own = declared.iter().find(|declared| usize::from(declared.problem_area) == area);
        let tau = own.map_or(table.undeclared, |own| {
            let n = declared.len() as f64;
            let reach =
                f64::min(1.0, f64::max(0.0, f64::from(table.silent_from) - n) / f64::from(table.span));
            table.undeclared + table.gain * table.focus.of(own.focus) * reach
        });
        let sigma = catalog.problem_areas[area].specificity;
        let fit = sigma * coverage + (1.0 - sigma) * tau;
        let via = by_x.iter().take(2).filter(|(x, _)| *x > 0.0).map(|(_, modality)| *modality).collect();
        AreaScore { weight, coverage, tau, fit, modalities, via }
    };
    needs
        .problem_areas
        .iter()
        .map(|concern| of_area(concern.problem_area, severity(concern.severity) / total))
        .collect()
}

/// The mean satisfaction of what is preferred; `None` where nothing is stated that is weighed.
fn preference(profile: &Profile, needs: &Needs, catalog: &Catalog, policy: &Policy) -> Option<f64> {
    let table = &policy.tables.preference;
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    let claims = profile.claims(catalog.modalities.len());
    let mut stated: Vec<(Importance, Option<f64>)> = Vec::new();
    for wish in &needs.preferences.modalities {
        let declares = claims.iter().any(|claim| usize::from(claim.modality) == wish.modality);
        stated.push((wish.importance, Some(truth(declares == (wish.attitude == Attitude::Prefer)))));
    }
    if let Some(style) = &needs.preferences.style {
        for (own, wanted) in profile.style.iter().zip(style.axes) {
            let Some(wanted) = wanted else { continue };
            let near = |own: i8| 1.0 - (f64::from(own) - f64::from(wanted)).abs() / table.style_span;
            stated.push((style.importance, own.map(|own| near(own).clamp(0.0, 1.0))));
        }
    }
    if let Some(genders) = &needs.preferences.genders {
        stated
            .push((genders.importance, profile.gender.map(|gender| truth(genders.any_of.contains(&gender)))));
    }
    let any_of = |wish: &AnyOf<String>, own: Vec<String>| {
        let known = !own.is_empty();
        (wish.importance, known.then(|| truth(own.iter().any(|code| wish.any_of.contains(code)))))
    };
    if let Some(languages) = &needs.preferences.languages {
        stated.push(any_of(languages, profile.languages.iter().map(|tag| primary_language(tag)).collect()));
    }
    if let Some(communities) = &needs.preferences.communities {
        stated.push(any_of(communities, profile.communities.clone()));
    }
    if let Some(homework) = &needs.preferences.homework {
        let satisfied = |own: Homework| match (own, homework.value) {
            (own, wanted) if own == wanted => table.homework.equal,
            (Homework::Optional, _) | (_, Homework::Optional) => table.homework.neighbouring,
            _ => table.homework.opposite,
        };
        stated.push((homework.importance, profile.homework.map(satisfied)));
    }
    let weighed: Vec<_> = stated
        .into_iter()
        .filter_map(|(importance, satisfied)| Some((table.importance.of(importance)?, satisfied)))
        .collect();
    if weighed.is_empty() {
        return None;
    }
    let satisfied = weighed
        .iter()
        .fold(0.0, |sum, (importance, satisfied)| sum + importance * satisfied.unwrap_or(table.unknown));
    let total = weighed.iter().fold(0.0, |sum, (importance, _)| sum + importance);
    Some(satisfied / total)
}

/// Freshness, and the mean of the practical parts that apply.
fn practical(profile: &Profile, needs: &Needs, policy: &Policy) -> (f64, f64) {
    let table = &policy.tables.practical;
    let asked = &needs.constraints;
    let fall = |table: &FadeTable, days: i64| {
        let (full, zero) = (f64::from(table.full_days), f64::from(table.zero_days));
        ((zero - days as f64) / (zero - full)).clamp(0.0, 1.0)
    };
    let age = profile.confirmed_at.map(|at| (needs.as_of - at.date_naive()).num_days());
    let freshness = age.map_or(0.0, |days| fall(&table.freshness, days));
    let mut parts = vec![freshness];
    let usable = profile.session_formats.contains(&SessionFormat::InPerson)
        && asked.session_formats.as_ref().is_none_or(|formats| formats.contains(&SessionFormat::InPerson));
    if let Some(near) = asked.near.filter(|_| usable) {
        let positions = profile.locations.iter().filter_map(|location| location.position);
        let distances =
            positions.map(|position| haversine_km((near.latitude, near.longitude), position, policy));
        let nearness = distances.reduce(f64::min).map(|km| {
            let far = km / table.nearness.scale_km;
            1.0 / (1.0 + far * far)
        });
        parts.push(nearness.unwrap_or(table.unknown));
    }
    if asked.opening_within_days.is_some() {
        let opening = next_opening(profile, needs);
        parts.push(opening.map_or(table.unknown, |days| fall(&table.opening, days)));
    }
    if let Some(max) = &asked.max_fee {
        let value = |fee: i64| match max.amount {
            0 if fee == 0 => 1.0,
            0 => 0.0,
            max => ((max as f64 - fee as f64) / max as f64 + table.fee_offset).clamp(0.0, 1.0),
        };
        parts.push(lowest_fee(profile, needs).map_or(table.unknown, value));
    }
    let sum = parts.iter().fold(0.0, |sum, part| sum + part);
    (freshness, sum / parts.len() as f64)
}

/// Days until the next opening; `None` where it is not stated or in the past.
pub(super) fn next_opening(profile: &Profile, needs: &Needs) -> Option<i64> {
    profile.next_opening_on.map(|day| (day - needs.as_of).num_days()).filter(|days| *days >= 0)
}

/// The lowest fee for the requested participants in the requested currency.
pub(super) fn lowest_fee(profile: &Profile, needs: &Needs) -> Option<i64> {
    let max = needs.constraints.max_fee.as_ref()?;
    let participants = needs.constraints.participants.unwrap_or(Participants::Individual);
    let fees = profile.fees.iter();
    let stated = fees.filter(|fee| fee.participants == participants && fee.currency == max.currency);
    stated.map(|fee| fee.amount).filter(|amount| *amount >= 0).min()
}

pub(super) fn haversine_km(from: (f64, f64), to: (f64, f64), policy: &Policy) -> f64 {
    let (latitude, other) = (from.0.to_radians(), to.0.to_radians());
    let north = ((other - latitude) / 2.0).sin();
    let east = ((to.1.to_radians() - from.1.to_radians()) / 2.0).sin();
    let h = north * north + latitude.cos() * other.cos() * east * east;
    2.0 * policy.tables.practical.nearness.earth_radius_km * h.sqrt().min(1.0).asin()
}

/// n(φ): the need in each phase.
fn phase_need(needs: &Needs, catalog: &Catalog, policy: &Policy, areas: &[AreaScore]) -> [f64; 3] {
    let table = &policy.tables.integration;
    let mut need = [0.0; 3];
    for (concern, scored) in needs.problem_areas.iter().zip(areas) {
        let area = &catalog.problem_areas[concern.problem_area];
        let mut share = Phase::ALL.map(|phase| {
            scored.weight * if phase == area.phase { table.first_phase } else { table.other_phase }
        });
        let is_urgent = concern.severity == Severity::Severe || area.crisis;
        if is_urgent && needs.phase_policy == PhasePolicy::Phased {
            share = moved(share, Phase::Stabilization, table.moved_share);
        }
        need = std::array::from_fn(|phase| need[phase] + share[phase]);
    }
    if let Some(phase) = needs.phase {
        need = moved(need, phase, table.moved_share);
    }
    if needs.risk == Some(Risk::Acute) {
        need = moved(need, Phase::Stabilization, table.moved_share);
    }
    need
}

/// Half of everything goes to one phase.
fn moved(need: [f64; 3], to: Phase, half: f64) -> [f64; 3] {
    let taken = half * need.iter().fold(0.0, |sum, share| sum + share);
    Phase::ALL.map(|phase| {
        let kept = (1.0 - half) * need[phase as usize];
        if phase == to { kept + taken } else { kept }
    })
}

/// n(δ): the need in each dimension.
fn dimension_need(needs: &Needs, catalog: &Catalog, areas: &[AreaScore]) -> [f64; 5] {
    let mut need = [0.0; 5];
    for (concern, scored) in needs.problem_areas.iter().zip(areas) {
        let dimensions = catalog.problem_areas[concern.problem_area].dimensions.values();
        need = std::array::from_fn(|at| need[at] + scored.weight * dimensions[at]);
    }
    let total = need.iter().fold(0.0, |sum, share| sum + share);
    if total > 0.0 { need.map(|share| share / total) } else { need }
}
