//! Upper bounds of what does not depend on the client: one byte a value, rounded up.
//!
//! Most profiles cannot be among the best; their bound says so from a few bytes, and only the others are scored exactly.
//!
//! *Invariant*: a bound is never below the value, so that results are those of scoring everybody.

use super::{
    bits::SLOTS,
    coverage::{declared, fit},
    model::Model,
    profile::{Claim, Declaration},
};

/// The greatest byte: a value of 1.
const ONE: f64 = 255.0;

/// The bounds of one block, a column for each value.
#[derive(Clone, Debug)]
pub(super) struct Ceilings {
    /// Fit of each problem area.
    fits: Vec<[u8; SLOTS]>,
    phases: [[u8; SLOTS]; 3],
    dimensions: [[u8; SLOTS]; 5],
}

impl Ceilings {
    pub(super) fn new(problem_areas: usize) -> Self {
        Self { fits: vec![[0; SLOTS]; problem_areas], phases: [[0; SLOTS]; 3], dimensions: [[0; SLOTS]; 5] }
    }

    pub(super) fn fill(
        &mut self,
        slot: usize,
        model: &Model,
        claims: &[Claim],
        spread: f64,
        declarations: &[Declaration],
    ) {
        let table = &model.policy.tables.declaration;
        for ((at, area), column) in model.catalog.problem_areas.iter().enumerate().zip(&mut self.fits) {
            let coverage = model.cover(at, claims, spread).value;
            column[slot] = up(fit(area.specificity, coverage, declared(declarations, at, table)));
        }
        let (phases, dimensions) = model.capabilities(claims, spread);
        for (column, value) in self.phases.iter_mut().zip(phases) {
            column[slot] = up(value);
        }
        for (column, value) in self.dimensions.iter_mut().zip(dimensions) {
            column[slot] = up(value);
        }
    }

    /// At least the fit of a problem area.
    pub(super) fn fit(&self, problem_area: usize, slot: usize) -> f64 {
        self.fits.get(problem_area).map_or(1.0, |column| f64::from(column[slot]) / ONE)
    }

    /// At least how much of a need by phase is covered.
    pub(super) fn phases(&self, need: &[f64; 3], slot: usize) -> f64 {
        covered(&self.phases, need, slot)
    }

    /// At least how much of a need by dimension is covered.
    pub(super) fn dimensions(&self, need: &[f64; 5], slot: usize) -> f64 {
        covered(&self.dimensions, need, slot)
    }
}

fn covered(columns: &[[u8; SLOTS]], need: &[f64], slot: usize) -> f64 {
    columns.iter().zip(need).map(|(column, need)| need * f64::from(column[slot])).sum::<f64>() / ONE
}

fn up(value: f64) -> u8 {
    (value * ONE).ceil() as u8
}
