//! A catalog under a policy, with everything that depends on neither therapist nor client worked out.

use std::sync::Arc;

use super::{
    coverage::{Coverage, cover},
    depth::depth,
    policy::Policy,
    profile::{Claim, PRACTICE_QUESTIONS},
    rating::{Rating, Ratings},
    said::Sayings,
};
use crate::catalog::model::{Catalog, Rule, Technique};

/// A catalog under a policy.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub catalog: Arc<Catalog>,
    pub policy: Arc<Policy>,
    pub ratings: Ratings,
    pub sayings: Sayings,
    /// In the order of [`PRACTICE_QUESTIONS`]: where the catalog has them.
    questions: [Option<usize>; 3],
    /// By problem area: the rules about it, as indices.
    rules: Vec<Vec<usize>>,
    /// By problem area: the modalities that are graded for it, as indices.
    graded: Vec<Vec<usize>>,
    /// By modality: its techniques, as indices.
    techniques: Vec<Vec<usize>>,
    /// By modality: how well it serves each phase.
    phases: Vec<[f64; 3]>,
    /// By modality: how strongly it works in each dimension.
    dimensions: Vec<[f64; 5]>,
}

impl Model {
    pub(super) fn new(catalog: Arc<Catalog>, policy: Arc<Policy>) -> Self {
        let ratings = Ratings::new(&catalog, &policy.tables.coverage);
        let areas = || catalog.problem_areas.iter();
        let rules =
            areas().map(|area| indices(&catalog.rules, |rule| rule.problem_areas.contains(&area.code)));
        let graded = (0..catalog.problem_areas.len())
            .map(|area| indices(ratings.of_area(area), |rating| rating.grade().is_some()));
        let modalities = catalog.modalities.iter();
        let techniques =
            modalities.map(|one| indices(&catalog.techniques, |technique| technique.modality == one.code));
        let questions = &catalog.guidance.consultation.questions;
        Self {
            sayings: Sayings::new(&catalog, &ratings),
            questions: PRACTICE_QUESTIONS
                .map(|code| questions.iter().position(|question| question.code == code)),
            rules: rules.collect(),
            graded: graded.collect(),
            techniques: techniques.collect(),
            ratings,
            phases: catalog.modalities.iter().map(|modality| modality.phases.values()).collect(),
            dimensions: catalog.modalities.iter().map(|modality| modality.dimensions.values()).collect(),
            catalog,
            policy,
        }
    }

    /// The rules about a problem area.
    pub(super) fn rules(&self, problem_area: usize) -> impl Iterator<Item = &Rule> {
        let rules = self.rules.get(problem_area).into_iter().flatten();
        rules.filter_map(|rule| self.catalog.rules.get(*rule))
    }

    /// The modalities that are graded for a problem area, with their ratings.
    pub(super) fn graded(&self, problem_area: usize) -> impl Iterator<Item = (usize, Rating)> {
        let graded = self.graded.get(problem_area).into_iter().flatten();
        graded.map(move |modality| (*modality, self.ratings.get(problem_area, *modality)))
    }

    /// The techniques of a modality.
    pub(super) fn techniques(&self, modality: usize) -> impl Iterator<Item = &Technique> {
        let techniques = self.techniques.get(modality).into_iter().flatten();
        techniques.filter_map(|technique| self.catalog.techniques.get(*technique))
    }

    /// Index of the catalog's question, by its place among [`PRACTICE_QUESTIONS`].
    pub(super) fn question(&self, place: usize) -> Option<usize> {
        *self.questions.get(place)?
    }

    pub(super) fn cover(&self, problem_area: usize, claims: &[Claim], spread: f64) -> Coverage {
        cover(claims, spread, self.ratings.of_area(problem_area), &self.policy)
    }

    /// How well the therapist's best modality serves each phase, and how strongly it works in each dimension.
    pub(super) fn capabilities(&self, claims: &[Claim], spread: f64) -> ([f64; 3], [f64; 5]) {
        let (mut phases, mut dimensions) = ([0.0; 3], [0.0; 5]);
        for claim in claims {
            let depth = depth(claim, spread, &self.policy.tables.depth);
            raise(&mut phases, self.phases.get(usize::from(claim.modality)), depth);
            raise(&mut dimensions, self.dimensions.get(usize::from(claim.modality)), depth);
        }
        (phases, dimensions)
    }
}

fn indices<T>(list: &[T], is: impl Fn(&T) -> bool) -> Vec<usize> {
    list.iter().enumerate().filter(|(_, one)| is(one)).map(|(at, _)| at).collect()
}

fn raise<const N: usize>(best: &mut [f64; N], of_modality: Option<&[f64; N]>, depth: f64) {
    for (best, value) in best.iter_mut().zip(of_modality.into_iter().flatten()) {
        *best = f64::max(*best, depth * value);
    }
}
