//! Reasons and gaps: coded, each with a plain sentence (section 6). None promises an outcome.

use std::borrow::Cow;

use super::{
    answer::Remark,
    components::covered,
    coverage::Coverage,
    demand::Share,
    explain::{Explainer, Subject},
    practice,
    wishes::Met,
};
use crate::{
    catalog::model::{Phase, ProblemArea},
    vocabulary::{Attitude, Focus},
};

/// What speaks for a therapist.
pub(super) fn reasons<'a>(explainer: &Explainer<'a, '_>, subject: &Subject<'a>) -> Vec<Remark<'a>> {
    let tables = &explainer.model.policy.tables;
    let mut reasons = Vec::new();
    for (share, coverage) in explainer.scorer.demand.areas.iter().zip(&subject.coverage) {
        if let Some(area) = explainer.area(share) {
            evidence(explainer, subject, share, coverage, area, &mut reasons);
        }
    }
    if subject.coverage.len() > 1 && subject.coverage.iter().all(|coverage| coverage.value > 0.0) {
        reasons
            .push(remark("covers_all_problem_areas", "Has a rated modality for every problem area named."));
    }
    for share in &explainer.scorer.demand.areas {
        let declared = subject.columns.declarations.get(subject.slot).iter();
        let is_primary = |focus| focus == Focus::Primary;
        let mut focus =
            declared.filter(|d| usize::from(d.problem_area) == share.problem_area).map(|d| d.focus);
        if let (Some(area), true) = (explainer.area(share), focus.any(is_primary)) {
            let text = explainer.model.sayings.focus(share.problem_area);
            reasons.push(about_area("declared_focus", text, area));
        }
    }
    reasons.extend(subject.met.iter().filter(|met| met.is_known && met.satisfied >= 1.0).map(|met| {
        let (code, text) = satisfied(met);
        wish(explainer, met, code, text)
    }));
    if let Some(km) = subject.parts.distance_km.filter(|km| *km <= tables.practical.nearness.scale_km) {
        reasons.push(remark("near", format!("A place of work is about {} km away.", km.ceil())));
    }
    let soon = i32::from(tables.explanation.soon_days);
    if subject.parts.opening_days.is_some_and(|days| days <= soon) {
        reasons.push(remark("opening_soon", format!("States an opening within {soon} days.")));
    }
    if subject.parts.fee.is_some_and(|fee| fee.is_known && fee.value >= tables.practical.fee_offset) {
        reasons.push(remark("within_budget", "States a fee within the limit that was given."));
    }
    if covered(&explainer.scorer.demand.phases, &subject.phases) >= tables.explanation.phases_integrated {
        let text = "Has modalities for the phases that this need passes through.";
        reasons.push(remark("integrates_phases", text));
    }
    reasons.extend(practice::reasons(explainer, subject));
    if subject.parts.freshness >= 1.0 {
        let days = tables.practical.freshness.full_days;
        reasons.push(remark("fresh", format!("The profile was confirmed within the last {days} days.")));
    }
    reasons
}

fn evidence<'a>(
    explainer: &Explainer<'a, '_>,
    subject: &Subject<'a>,
    share: &Share,
    coverage: &Coverage,
    area: &'a ProblemArea,
    reasons: &mut Vec<Remark<'a>>,
) {
    for claim in coverage.via.iter().flatten().filter_map(|at| subject.claims.get(*at)) {
        let Some(modality) = explainer.modality(usize::from(claim.modality)) else { continue };
        let said = explainer.model.sayings.of(share.problem_area, usize::from(claim.modality));
        let Some((code, text)) = &said.reason else { continue };
        reasons.push(Remark { modality: Some(&modality.code), ..about_area(code, text.as_str(), area) });
    }
}

/// What speaks against a therapist, or is not known.
pub(super) fn gaps<'a>(explainer: &Explainer<'a, '_>, subject: &Subject<'a>) -> Vec<Remark<'a>> {
    let tables = &explainer.model.policy.tables;
    let mut gaps = Vec::new();
    for (share, coverage) in explainer.scorer.demand.areas.iter().zip(&subject.coverage) {
        if let Some(area) = explainer.area(share).filter(|_| coverage.value <= 0.0) {
            let text = format!("Names no modality that the catalog rates for {}.", area.name);
            gaps.push(about_area("no_rated_modality_for", text, area));
        }
    }
    let phases = Phase::ALL.into_iter().zip(explainer.scorer.demand.phases).zip(subject.phases);
    for ((phase, need), capability) in phases {
        if need >= tables.explanation.phase_need && capability < tables.explanation.phase_uncovered {
            let text = format!("No modality serves the phase of {} well.", phase_name(phase));
            gaps.push(remark("phase_uncovered", text));
        }
    }
    for met in &subject.met {
        if !met.is_known {
            gaps.push(wish(explainer, met, "preference_unknown", unknown(met)));
        } else if met.satisfied < tables.explanation.preference_unmet {
            gaps.push(wish(explainer, met, "preference_unmet", unmet(met)));
        }
    }
    let parts = &subject.parts;
    let unknown = [
        (
            parts.nearness,
            "location_unknown",
            "The profile states no position that a distance could be measured to.",
        ),
        (parts.opening, "opening_unknown", "The profile states no coming opening."),
        (parts.fee, "fee_unknown", "The profile states no fee that can be compared with the limit."),
    ];
    for (part, code, text) in unknown {
        if part.is_some_and(|part| !part.is_known) {
            gaps.push(remark(code, text));
        }
    }
    gaps.extend(practice::gaps(explainer, subject));
    match parts.confirmed_days {
        None => gaps.push(remark("never_confirmed", "Nobody has confirmed the profile yet.")),
        Some(days) if days >= i32::from(tables.explanation.stale_days) => {
            gaps.push(remark(
                "stale_confirmation",
                format!("The profile was last confirmed {days} days ago."),
            ));
        }
        Some(_) => {}
    }
    gaps
}

pub(super) fn remark<'a>(code: &'static str, text: impl Into<Cow<'a, str>>) -> Remark<'a> {
    Remark { code, text: text.into(), problem_area: None, modality: None }
}

fn about_area<'a>(code: &'static str, text: impl Into<Cow<'a, str>>, area: &'a ProblemArea) -> Remark<'a> {
    Remark { problem_area: Some(&area.code), ..remark(code, text) }
}

/// A remark on a preference; `{}` in its text stands for the modality, where it is about one.
fn wish<'a>(explainer: &Explainer<'a, '_>, met: &Met, code: &'static str, text: &'static str) -> Remark<'a> {
    let modality = met.modality.and_then(|(modality, _)| explainer.modality(modality));
    let text: Cow<'_, str> = match modality {
        Some(modality) => text.replace("{}", &modality.name).into(),
        None => text.into(),
    };
    Remark { modality: modality.map(|modality| modality.code.as_str()), ..remark(code, text) }
}

fn satisfied(met: &Met) -> (&'static str, &'static str) {
    match (met.name, met.modality) {
        (_, Some((_, Attitude::Prefer))) => ("preferred_modality", "Works with {}, as preferred."),
        (_, Some((_, Attitude::Avoid))) => ("preference_met", "Does not name {}, which is to be avoided."),
        ("languages", _) => ("speaks_language", "Speaks a preferred language."),
        ("genders", _) => ("preference_met", "Is of a preferred gender."),
        ("communities", _) => ("preference_met", "Serves a preferred community."),
        ("homework", _) => ("preference_met", "Gives as much work between sessions as preferred."),
        _ => ("preference_met", "Works in the preferred style."),
    }
}

fn unmet(met: &Met) -> &'static str {
    match (met.name, met.modality) {
        (_, Some((_, Attitude::Prefer))) => "Does not name {}, which is preferred.",
        (_, Some((_, Attitude::Avoid))) => "Names {}, which is to be avoided.",
        ("languages", _) => "Names none of the preferred languages.",
        ("genders", _) => "Is of none of the preferred genders.",
        ("communities", _) => "Names none of the preferred communities.",
        ("homework", _) => "Gives another amount of work between sessions than preferred.",
        _ => "Works in another style than preferred.",
    }
}

fn unknown(met: &Met) -> &'static str {
    match met.name {
        "languages" => "The profile states no languages.",
        "genders" => "The profile states no gender.",
        "communities" => "The profile states no communities.",
        "homework" => "The profile does not say how much work it gives between sessions.",
        _ => "The profile does not state this side of its style.",
    }
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Stabilization => "stabilization",
        Phase::Insight => "insight",
        Phase::Action => "action",
    }
}
