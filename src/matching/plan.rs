//! What integrative practice would usually offer for these needs, whoever the therapist is (section 6).
//!
//! A problem area is worked on in the phase that usually comes first for it, in the phase that a move of the need takes it to,
//! and in the phase of every rule about it. A phase recommends what the rules of that phase name first-line for its
//! areas, by priority; then what the evidence grades there, the best grade first. Where an area has no graded pair of the
//! phase, all of its pairs are candidates. What guidance is reserved about for any area of the phase is left out.

use std::cmp::Reverse;

use super::{
    answer::{Plan, PlanModality, PlanPhase},
    demand::moves_to_safety,
    model::Model,
    needs::{Concern, Needs},
    rating::Rating,
};
use crate::{
    catalog::model::{Grade, Phase, ProblemArea, Rule},
    vocabulary::Risk,
};

/// The plan for one client's needs.
pub(super) fn plan<'a>(model: &'a Model, needs: &Needs) -> Plan<'a> {
    let phases = Phase::ALL.into_iter().map(|phase| plan_phase(model, needs, phase));
    Plan { phases: phases.filter(|phase| !phase.problem_areas.is_empty()).collect() }
}

/// A recommended modality while it competes for its place.
struct Candidate<'a> {
    problem_area: &'a ProblemArea,
    modality: usize,
    rating: Rating,
    rule: Option<&'a Rule>,
    /// Priority of the rule, grade, place in the rule, place in the catalog. The less comes first.
    order: (u8, Reverse<u64>, usize, usize),
}

fn plan_phase<'a>(model: &'a Model, needs: &Needs, phase: Phase) -> PlanPhase<'a> {
    let areas: Vec<(usize, &ProblemArea)> = needs
        .problem_areas
        .iter()
        .filter_map(|concern| Some((concern, model.catalog.problem_areas.get(concern.problem_area)?)))
        .filter(|(concern, area)| is_served(model, needs, concern, area, phase))
        .map(|(concern, area)| (concern.problem_area, area))
        .collect();
    let mut candidates: Vec<_> =
        areas.iter().flat_map(|(at, area)| candidates(model, *at, area, phase)).collect();
    candidates.sort_by_key(|candidate| candidate.order);
    let is_reserved =
        |modality: usize| areas.iter().any(|(at, _)| model.ratings.get(*at, modality).is_cautioned());
    let table = &model.policy.tables.plan;
    let mut chosen: Vec<Candidate<'a>> = Vec::new();
    for candidate in candidates {
        let is_new = chosen.iter().all(|known| known.modality != candidate.modality);
        if is_new
            && !is_reserved(candidate.modality)
            && chosen.len() < usize::from(table.modalities_per_phase)
        {
            chosen.push(candidate);
        }
    }
    let mut techniques = techniques(model, &areas, &chosen);
    techniques.truncate(usize::from(table.techniques_per_phase));
    PlanPhase {
        phase,
        problem_areas: areas.iter().map(|(_, area)| area.code.as_str()).collect(),
        modalities: chosen.iter().filter_map(|candidate| recommended(model, candidate)).collect(),
        techniques,
    }
}

fn is_served(model: &Model, needs: &Needs, concern: &Concern, area: &ProblemArea, phase: Phase) -> bool {
    let is_safe = phase == Phase::Stabilization;
    area.phase == phase
        || needs.phase == Some(phase)
        || (is_safe && needs.risk == Some(Risk::Acute))
        || (is_safe && moves_to_safety(needs, area, concern.severity))
        || model.rules(concern.problem_area).any(|rule| rule.phase == phase)
}

fn candidates<'a>(model: &'a Model, at: usize, area: &'a ProblemArea, phase: Phase) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for rule in model.rules(at).filter(|rule| rule.phase == phase) {
        let first_line = rule.first_line.iter().enumerate();
        let known = first_line.filter_map(|(place, code)| Some((place, model.catalog.modality_index(code)?)));
        for (place, modality) in known {
            let rating = model.ratings.get(at, modality);
            let order = (rule.priority, Reverse(strength(&rating)), place, modality);
            candidates.push(Candidate { problem_area: area, modality, rating, rule: Some(rule), order });
        }
    }
    let is_here =
        |rating: &Rating| rating.evidence(&model.catalog).is_some_and(|evidence| evidence.phase == phase);
    let has_own = model.graded(at).any(|(_, rating)| is_here(&rating) && !rating.is_cautioned());
    for (modality, rating) in model.graded(at).filter(|(_, rating)| is_here(rating) || !has_own) {
        let order = (u8::MAX, Reverse(strength(&rating)), 0, modality);
        candidates.push(Candidate { problem_area: area, modality, rating, rule: None, order });
    }
    candidates
}

/// Orders grades, the best greatest.
const fn strength(rating: &Rating) -> u64 {
    match rating.grade() {
        Some(Grade::Strong) => 4,
        Some(Grade::Moderate) => 3,
        Some(Grade::Emerging) => 2,
        Some(Grade::Practice) => 1,
        Some(Grade::Caution) | None => 0,
    }
}

fn recommended<'a>(model: &'a Model, candidate: &Candidate<'a>) -> Option<PlanModality<'a>> {
    let evidence = candidate.rating.evidence(&model.catalog);
    let mut sources: Vec<&str> = evidence.iter().flat_map(|e| &e.sources).map(String::as_str).collect();
    let rule = candidate.rule;
    sources.extend(rule.map(|rule| rule.source.as_str()).filter(|source| !sources.contains(source)));
    Some(PlanModality {
        code: model.catalog.modalities.get(candidate.modality)?.code.as_str(),
        problem_area: candidate.problem_area.code.as_str(),
        grade: candidate.rating.grade(),
        rule: rule.map(|rule| rule.code.as_str()),
        sources,
    })
}

/// The techniques of the rules first, then those of the chosen modalities for the areas.
fn techniques<'a>(
    model: &'a Model,
    areas: &[(usize, &'a ProblemArea)],
    chosen: &[Candidate<'a>],
) -> Vec<&'a str> {
    let mut techniques: Vec<&str> = Vec::new();
    let mut add = |code: &'a str| {
        if !techniques.contains(&code) {
            techniques.push(code);
        }
    };
    chosen
        .iter()
        .filter_map(|candidate| candidate.rule)
        .flat_map(|rule| &rule.techniques)
        .for_each(|code| add(code));
    for candidate in chosen {
        for technique in model.techniques(candidate.modality) {
            if areas.iter().any(|(_, area)| technique.problem_areas.contains(&area.code)) {
                add(&technique.code);
            }
        }
    }
    techniques
}
