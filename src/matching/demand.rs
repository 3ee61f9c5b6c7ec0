//! What a client needs, as numbers that no therapist changes: shares of problem areas, phases, dimensions; weights.

use super::{model::Model, needs::Needs};
use crate::{
    catalog::model::{Phase, ProblemArea},
    vocabulary::{Importance, PhasePolicy, Risk, Severity},
};

/// Where safety comes first.
const SAFE: usize = Phase::Stabilization as usize;

/// A client's need.
#[derive(Clone, Debug)]
pub(super) struct Demand {
    /// In the order of the catalog.
    pub areas: Vec<Share>,
    /// Shares of the need by phase; add up to 1.
    pub phases: [f64; 3],
    /// Shares of the need by dimension; add up to 1, or are all 0.
    pub dimensions: [f64; 5],
    /// The effective weights of problem fit, preference, practical, integration; 0 where one does not apply.
    pub weights: [f64; 4],
    /// A preference is stated that is not a constraint.
    pub has_preferences: bool,
}

/// One problem area's share of the need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub problem_area: usize,
    pub weight: f64,
    pub specificity: f64,
}

impl Demand {
    pub(super) fn new(model: &Model, needs: &Needs) -> Self {
        let tables = &model.policy.tables;
        let total = needs.problem_areas.iter().fold(0.0, |sum, area| sum + tables.severity.of(area.severity));
        let mut demand = Self {
            areas: Vec::with_capacity(needs.problem_areas.len()),
            phases: [0.0; 3],
            dimensions: [0.0; 5],
            weights: [0.0; 4],
            has_preferences: has_preferences(needs),
        };
        for concern in &needs.problem_areas {
            let Some(area) = model.catalog.problem_areas.get(concern.problem_area) else { continue };
            let weight = tables.severity.of(concern.severity) / total;
            demand.areas.push(Share {
                problem_area: concern.problem_area,
                weight,
                specificity: area.specificity,
            });
            let mut phases = [tables.integration.other_phase; 3].map(|share| weight * share);
            phases[area.phase as usize] = weight * tables.integration.first_phase;
            if moves_to_safety(needs, area, concern.severity) {
                shift(&mut phases, SAFE, tables.integration.moved_share);
            }
            add(&mut demand.phases, phases);
            add(&mut demand.dimensions, area.dimensions.values().map(|share| weight * share));
        }
        if let Some(phase) = needs.phase {
            shift(&mut demand.phases, phase as usize, tables.integration.moved_share);
        }
        if needs.risk == Some(Risk::Acute) {
            shift(&mut demand.phases, SAFE, tables.integration.moved_share);
        }
        let total = demand.dimensions.iter().fold(0.0, |sum, share| sum + share);
        if total > 0.0 {
            demand.dimensions = demand.dimensions.map(|share| share / total);
        }
        demand.weights = weights(model, demand.has_preferences);
        demand
    }
}

/// Half of the need of a severe or crisis area comes first.
pub(super) fn moves_to_safety(needs: &Needs, area: &ProblemArea, severity: Severity) -> bool {
    needs.phase_policy == PhasePolicy::Phased && (area.crisis || severity == Severity::Severe)
}

/// Moves a share of everything to one phase.
fn shift(phases: &mut [f64; 3], to: usize, share: f64) {
    let moved = share * phases.iter().fold(0.0, |sum, phase| sum + phase);
    *phases = phases.map(|phase| (1.0 - share) * phase);
    phases[to] += moved;
}

fn add<const N: usize>(sums: &mut [f64; N], values: [f64; N]) {
    for (sum, value) in sums.iter_mut().zip(values) {
        *sum += value;
    }
}

fn weights(model: &Model, has_preferences: bool) -> [f64; 4] {
    let weights = model.policy.weights;
    let preference = if has_preferences { weights.preference } else { 0.0 };
    let applying = [weights.problem_fit, preference, weights.practical, weights.integration];
    let total = applying.iter().fold(0.0, |sum, weight| sum + weight);
    applying.map(|weight| weight / total)
}

fn has_preferences(needs: &Needs) -> bool {
    let wishes = &needs.preferences;
    let weighed = |importance: Option<Importance>| importance.is_some_and(|i| i != Importance::Must);
    wishes.modalities.iter().any(|wish| wish.importance != Importance::Must)
        || wishes.style.is_some_and(|style| style.axes.iter().any(Option::is_some))
        || weighed(wishes.genders.as_ref().map(|wish| wish.importance))
        || weighed(wishes.languages.as_ref().map(|wish| wish.importance))
        || weighed(wishes.communities.as_ref().map(|wish| wish.importance))
        || weighed(wishes.homework.map(|wish| wish.importance))
}
