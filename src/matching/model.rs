//! A catalog under a policy, with everything that depends on neither therapist nor client worked out.

use std::sync::Arc;

use super::{
    coverage::{Coverage, cover},
    depth::depth,
    policy::Policy,
    profile::Claim,
    rating::Ratings,
};
use crate::catalog::model::Catalog;

/// A catalog under a policy.
#[derive(Clone, Debug)]
pub(super) struct Model {
    pub catalog: Arc<Catalog>,
    pub policy: Arc<Policy>,
    pub ratings: Ratings,
    /// By modality: how well it serves each phase.
    phases: Vec<[f64; 3]>,
    /// By modality: how strongly it works in each dimension.
    dimensions: Vec<[f64; 5]>,
}

impl Model {
    pub(super) fn new(catalog: Arc<Catalog>, policy: Arc<Policy>) -> Self {
        Self {
            ratings: Ratings::new(&catalog, &policy.tables.coverage),
            phases: catalog.modalities.iter().map(|modality| modality.phases.values()).collect(),
            dimensions: catalog.modalities.iter().map(|modality| modality.dimensions.values()).collect(),
            catalog,
            policy,
        }
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

fn raise<const N: usize>(best: &mut [f64; N], of_modality: Option<&[f64; N]>, depth: f64) {
    for (best, value) in best.iter_mut().zip(of_modality.into_iter().flatten()) {
        *best = f64::max(*best, depth * value);
    }
}
