//! Why a therapist stands where they stand: the numbers of a score, each with where it comes from (section 6).

use super::{
    answer::{
        Component, ComponentValue, Confidence, DimensionCover, MatchResult, ModalityShare, PhaseCover,
        PreferenceMet, ProblemAreaFit, Via,
    },
    cautions::cautions,
    columns::{Columns, FACT_FEES, FACT_LICENSED, FACTS_ANSWERED},
    components::{Score, Scorer},
    coverage::{Coverage, fit},
    delivery::Delivery,
    demand::Share,
    depth::{depth, spread},
    model::Model,
    needs::Needs,
    practical::Parts,
    practice,
    profile::Claim,
    remarks::{gaps, reasons},
    wishes::Met,
};
use crate::{
    catalog::model::{Dimension, Modality, Phase, ProblemArea},
    vocabulary::Explain,
};

/// The components, in the order of [`Score::values`].
const COMPONENTS: [Component; 4] =
    [Component::ProblemFit, Component::Preference, Component::Practical, Component::Integration];

/// Explains the results of one request. `'a` is the catalog's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Explainer<'a, 'r> {
    pub model: &'a Model,
    pub needs: &'r Needs,
    pub scorer: &'r Scorer<'r>,
    pub delivery: &'r Delivery,
}

/// One therapist with everything about them that an explanation names.
#[derive(Clone, Debug)]
pub(super) struct Subject<'a> {
    pub columns: &'a Columns,
    pub slot: usize,
    pub claims: &'a [Claim],
    pub spread: f64,
    pub score: Score,
    pub parts: Parts,
    pub met: Vec<Met>,
    /// In the order of the demand's areas.
    pub coverage: Vec<Coverage>,
    pub phases: [f64; 3],
    pub dimensions: [f64; 5],
}

impl<'a> Subject<'a> {
    pub(super) fn new(
        explainer: &Explainer<'a, '_>,
        columns: &'a Columns,
        slot: usize,
        score: Score,
        parts: Parts,
    ) -> Self {
        let Explainer { model, scorer, .. } = explainer;
        let claims = columns.claims.get(slot);
        let spread = spread(claims, &model.policy.tables.depth);
        let cover = |share: &Share| model.cover(share.problem_area, claims, spread);
        let (phases, dimensions) = model.capabilities(claims, spread);
        Self {
            columns,
            slot,
            claims,
            spread,
            score,
            parts,
            met: scorer.wishes.met(&model.policy.tables.preference, columns, slot),
            coverage: scorer.demand.areas.iter().map(cover).collect(),
            phases,
            dimensions,
        }
    }
}

impl<'a, 'r> Explainer<'a, 'r> {
    pub(super) const fn new(
        model: &'a Model,
        needs: &'r Needs,
        scorer: &'r Scorer<'r>,
        delivery: &'r Delivery,
    ) -> Self {
        Self { model, needs, scorer, delivery }
    }

    pub(super) fn explain<T>(&self, subject: &Subject<'a>, score: f64, therapist: T) -> MatchResult<'a, T> {
        let mut result = MatchResult::bare(score, therapist);
        result.components = Some(self.components(subject));
        result.problem_areas = Some(self.problem_areas(subject));
        result.reasons = Some(reasons(self, subject));
        result.gaps = Some(gaps(self, subject));
        result.cautions = Some(cautions(self, subject));
        result.confidence = Some(self.confidence(subject));
        if self.needs.explain == Explain::Full {
            let demand = &self.scorer.demand;
            let phases = Phase::ALL.into_iter().zip(demand.phases).zip(subject.phases);
            let phases = phases.map(|((phase, need), capability)| PhaseCover { phase, need, capability });
            result.phases = Some(phases.collect());
            let dimensions = Dimension::ALL.into_iter().zip(demand.dimensions).zip(subject.dimensions);
            let dimensions = dimensions.map(|((dimension, need), capability)| DimensionCover {
                dimension,
                need,
                capability,
            });
            result.dimensions = Some(dimensions.collect());
            result.practice = Some(practice::fit(self, subject));
            result.preferences = Some(subject.met.iter().map(|met| self.preference(met)).collect());
        }
        result
    }

    pub(super) fn area(&self, share: &Share) -> Option<&'a ProblemArea> {
        self.model.catalog.problem_areas.get(share.problem_area)
    }

    pub(super) fn modality(&self, modality: usize) -> Option<&'a Modality> {
        self.model.catalog.modalities.get(modality)
    }

    fn depth(&self, subject: &Subject<'a>, claim: &Claim) -> f64 {
        depth(claim, subject.spread, &self.model.policy.tables.depth)
    }

    fn components(&self, subject: &Subject<'a>) -> Vec<ComponentValue> {
        let demand = &self.scorer.demand;
        let all = COMPONENTS.into_iter().zip(demand.weights).zip(subject.score.values);
        all.filter(|((component, _), _)| *component != Component::Preference || demand.has_preferences)
            .map(|((component, weight), value)| ComponentValue {
                component,
                weight,
                value,
                contribution: weight * value,
            })
            .collect()
    }

    fn problem_areas(&self, subject: &Subject<'a>) -> Vec<ProblemAreaFit<'a>> {
        let Subject { columns, slot, .. } = *subject;
        let is_full = self.needs.explain == Explain::Full;
        let shares = self.scorer.demand.areas.iter().zip(&subject.coverage);
        let of_area = |(share, coverage): (&Share, &Coverage)| {
            Some(ProblemAreaFit {
                code: self.area(share)?.code.as_str(),
                weight: share.weight,
                fit: fit(share.specificity, coverage.value, self.scorer.declared(columns, slot, share)),
                specificity: share.specificity,
                via: coverage.via.iter().flatten().filter_map(|at| self.via(subject, share, *at)).collect(),
                coverage: is_full.then_some(coverage.value),
                tau: is_full.then(|| self.scorer.declared(columns, slot, share)),
                modalities: is_full.then(|| self.shares(subject, share)),
            })
        };
        shares.filter_map(of_area).collect()
    }

    fn via(&self, subject: &Subject<'a>, share: &Share, at: usize) -> Option<Via<'a>> {
        let claim = subject.claims.get(at)?;
        let rating = self.model.ratings.get(share.problem_area, usize::from(claim.modality));
        let rule = rating.rule(&self.model.catalog);
        Some(Via {
            modality: self.modality(usize::from(claim.modality))?.code.as_str(),
            grade: rating.grade(),
            rule: rule.map(|rule| rule.code.as_str()),
            depth: self.depth(subject, claim),
            sources: &self.model.sayings.of(share.problem_area, usize::from(claim.modality)).sources,
        })
    }

    fn shares(&self, subject: &Subject<'a>, share: &Share) -> Vec<ModalityShare<'a>> {
        let of_claim = |claim: &Claim| {
            let rating = self.model.ratings.get(share.problem_area, usize::from(claim.modality)).value;
            let depth = self.depth(subject, claim);
            let modality = self.modality(usize::from(claim.modality))?.code.as_str();
            Some(ModalityShare { modality, depth, rating, x: rating * depth })
        };
        subject.claims.iter().filter_map(of_claim).collect()
    }

    fn preference(&self, met: &Met) -> PreferenceMet<'a> {
        let modality = met.modality.and_then(|(modality, _)| self.modality(modality));
        PreferenceMet {
            preference: met.name,
            modality: modality.map(|modality| modality.code.as_str()),
            importance: met.importance,
            satisfied: met.satisfied,
            known: met.is_known,
        }
    }

    fn confidence(&self, subject: &Subject<'a>) -> Confidence {
        let Subject { columns, slot, claims, .. } = *subject;
        let levels = &self.model.policy.tables.depth.evidence_level;
        let counted = |at: &usize| subject.coverage.iter().any(|coverage| coverage.via.contains(&Some(*at)));
        let backing = claims.iter().enumerate().filter(|(at, _)| counted(at));
        let (sum, count) =
            backing.fold((0.0, 0.0), |(sum, n), (_, claim)| (sum + levels.of(claim.level), n + 1.0));
        let facts = columns.facts[slot];
        let known = [
            !claims.is_empty(),
            !columns.declarations.get(slot).is_empty(),
            facts & FACT_LICENSED != 0,
            facts & FACT_FEES != 0,
            subject.parts.opening_days.is_some(),
            subject.parts.confirmed_days.is_some(),
            FACTS_ANSWERED.iter().any(|answered| facts & answered != 0),
            (0..4).any(|axis| columns.style(slot, axis).is_some()),
        ];
        Confidence {
            freshness: subject.parts.freshness,
            evidence: (count > 0.0).then(|| sum / count),
            completeness: known.iter().filter(|known| **known).count() as f64 / known.len() as f64,
        }
    }
}

impl<T> MatchResult<'_, T> {
    /// A result that explains nothing yet.
    pub(super) const fn bare(score: f64, therapist: T) -> Self {
        Self {
            rank: None,
            tier: None,
            score,
            therapist,
            components: None,
            problem_areas: None,
            reasons: None,
            gaps: None,
            cautions: None,
            confidence: None,
            phases: None,
            dimensions: None,
            preferences: None,
            practice: None,
        }
    }
}
