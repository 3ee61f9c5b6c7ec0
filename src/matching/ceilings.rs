//! Upper bounds of what does not depend on the client: one byte a value, rounded up.
//!
//! Most profiles cannot be among the best; their bound says so from a few bytes, and only the others are scored exactly.
//!
//! *Invariant*: a bound is never below the value, so that results are those of scoring everybody.

use super::{
    bits::{SLOTS, WORD},
    components::covered,
    coverage::{declared, fit},
    depth::spread,
    model::Model,
    profile::{Claim, Declaration},
    tables::IntegrationTable,
};

/// The greatest byte: a value of 1.
pub(super) const ONE: f64 = 255.0;

/// The bounds of one block, a column for each value.
#[derive(Clone, Debug)]
pub(super) struct Ceilings {
    /// Fit of each problem area.
    fits: Vec<[u8; SLOTS]>,
    /// Integration, whichever phases and dimensions a need is in.
    integration: [u8; SLOTS],
    /// What integration is made of beside the practice part, by slot.
    parts: Vec<IntegrationParts>,
    /// The practice part of integration, exactly.
    practice: Vec<f64>,
    /// The day of the last confirmation.
    days: [u16; SLOTS],
}

/// The bounds of what integration is made of.
#[derive(Clone, Copy, Debug, Default)]
struct IntegrationParts {
    phases: [u8; 3],
    dimensions: [u8; 5],
}

/// As a day that was never; no day is the same.
pub(super) const UNKNOWN_SHORT_DAY: u16 = 0;
/// The day before the first short one, from the first of the common era: the last of 1969.
const BEFORE_SHORT_DAYS: i32 = 719_162;

/// A day of the common era in two bytes: exactly from 1970 to 2149, else the nearest of these.
pub(super) fn short_day(day: i32) -> u16 {
    day.saturating_sub(BEFORE_SHORT_DAYS).clamp(1, i32::from(u16::MAX)) as u16
}

/// What the bounds of one profile are made of, beside the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounded<'a> {
    pub claims: &'a [Claim],
    pub declarations: &'a [Declaration],
    /// The practice part of integration.
    pub practice: f64,
    /// The day of the last confirmation.
    pub confirmed: Option<i32>,
}

impl Ceilings {
    pub(super) fn new(problem_areas: usize) -> Self {
        Self {
            fits: vec![[0; SLOTS]; problem_areas],
            integration: [0; SLOTS],
            parts: vec![IntegrationParts::default(); SLOTS],
            practice: vec![0.0; SLOTS],
            days: [UNKNOWN_SHORT_DAY; SLOTS],
        }
    }

    pub(super) fn fill(&mut self, slot: usize, model: &Model, profile: &Bounded<'_>) {
        let Bounded { claims, declarations, practice, confirmed } = *profile;
        self.days[slot] = confirmed.map_or(UNKNOWN_SHORT_DAY, short_day);
        let tables = &model.policy.tables;
        let spread = spread(claims, &tables.depth);
        for ((at, area), column) in model.catalog.problem_areas.iter().enumerate().zip(&mut self.fits) {
            let coverage = model.cover(at, claims, spread).value;
            column[slot] =
                up(fit(area.specificity, coverage, declared(declarations, at, &tables.declaration)));
        }
        // Shares of a need add up to 1: no need is covered better than the best of its parts.
        let best = |values: &[f64]| values.iter().copied().fold(0.0, f64::max);
        let (phases, dimensions) = model.capabilities(claims, spread);
        let table = &tables.integration;
        self.integration[slot] = up(table.phases * best(&phases)
            + table.whole_person * best(&dimensions)
            + table.practice * practice);
        self.parts[slot] = IntegrationParts { phases: phases.map(up), dimensions: dimensions.map(up) };
        self.practice[slot] = practice;
    }

    /// At least the fit of a problem area, of [`ONE`]s, by word of slots.
    pub(super) fn fits(&self, problem_area: usize) -> &[[u8; WORD]] {
        self.fits.get(problem_area).map_or(&[], |column| column.as_chunks().0)
    }

    /// At least the integration, of [`ONE`]s, by word of slots.
    pub(super) const fn integrations(&self) -> &[[u8; WORD]] {
        self.integration.as_chunks().0
    }

    /// The days of the last confirmations, by word of slots.
    pub(super) const fn days(&self) -> &[[u16; WORD]] {
        self.days.as_chunks().0
    }

    /// At least the fit of a problem area.
    pub(super) fn fit(&self, problem_area: usize, slot: usize) -> f64 {
        self.fits.get(problem_area).map_or(1.0, |column| f64::from(column[slot]) / ONE)
    }

    /// At least the integration of a need with these shares by phase and dimension.
    pub(super) fn integration(
        &self,
        slot: usize,
        phases: &[f64; 3],
        dimensions: &[f64; 5],
        table: &IntegrationTable,
    ) -> f64 {
        let parts = &self.parts[slot];
        let most = table.phases * covered(phases, &parts.phases.map(f64::from))
            + table.whole_person * covered(dimensions, &parts.dimensions.map(f64::from));
        most / ONE + table.practice * self.practice[slot]
    }

    /// The practice part of integration, exactly.
    pub(super) fn practice(&self, slot: usize) -> f64 {
        self.practice[slot]
    }
}

fn up(value: f64) -> u8 {
    (value * ONE).ceil() as u8
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, LazyLock};

    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;
    use crate::{
        catalog::model::Catalog,
        matching::{components::covered, policy::Policy},
        vocabulary::{EvidenceLevel, Focus, Role},
    };

    /// More than what rounding a value and its bound to `f64` is.
    const ROUNDING: f64 = 1e-12;

    static MODEL: LazyLock<Model> = LazyLock::new(|| {
        Model::new(Arc::new(Catalog::embedded().unwrap()), Arc::new(Policy::embedded().unwrap()))
    });

    /// Whether a bound is at most a byte above the value.
    fn is_close(bound: f64, exact: f64) -> bool {
        (exact - ROUNDING..exact + 1.0 / ONE + ROUNDING).contains(&bound)
    }

    fn claims() -> impl Strategy<Value = Vec<Claim>> {
        let claim = (0_u16..60, select(Role::ALL), select(EvidenceLevel::ALL));
        vec(claim.prop_map(|(modality, role, level)| Claim { modality, role, level }), 0..9)
    }

    fn declarations() -> impl Strategy<Value = Vec<Declaration>> {
        let declaration = (0_u16..40, select(Focus::ALL));
        vec(declaration.prop_map(|(problem_area, focus)| Declaration { problem_area, focus }), 0..9)
    }

    /// One at one place: whatever else a need is lies between such.
    fn only<const N: usize>(place: usize) -> [f64; N] {
        std::array::from_fn(|at| f64::from(u8::from(at == place)))
    }

    proptest! {
        #[test]
        fn ceilings_lie_less_than_a_byte_above(
            claims in claims(),
            declarations in declarations(),
            practice in 0.0_f64..=1.0,
            slot in 0..SLOTS,
        ) {
            let model = &*MODEL;
            let tables = &model.policy.tables;
            let mut ceilings = Ceilings::new(model.catalog.problem_areas.len());
            let bounded = Bounded { claims: &claims, declarations: &declarations, practice, confirmed: None };
            ceilings.fill(slot, model, &bounded);
            let spread = spread(&claims, &tables.depth);
            for (at, area) in model.catalog.problem_areas.iter().enumerate() {
                let coverage = model.cover(at, &claims, spread).value;
                let exact = fit(area.specificity, coverage, declared(&declarations, at, &tables.declaration));
                prop_assert!(is_close(ceilings.fit(at, slot), exact), "{}", area.code);
            }
            let (phases, dimensions) = model.capabilities(&claims, spread);
            let mut most = 0.0_f64;
            for (phase, dimension) in (0..3).flat_map(|phase| (0..5).map(move |dimension| (phase, dimension))) {
                let integration = tables.integration.phases * covered(&only::<3>(phase), &phases)
                    + tables.integration.whole_person * covered(&only::<5>(dimension), &dimensions)
                    + tables.integration.practice * practice;
                most = most.max(integration);
                let bound = ceilings.integration(slot, &only(phase), &only(dimension), &tables.integration);
                prop_assert!(is_close(bound, integration));
            }
            prop_assert!(is_close(f64::from(ceilings.integration[slot]) / ONE, most));
        }
    }
}
