//! The components of a score, and the score (section 3).

use super::{
    codes::Codes,
    columns::Columns,
    coverage::{declared, fit},
    delivery::Delivery,
    demand::{Demand, Share},
    model::Model,
    needs::Needs,
    practical::{Parts, Practical},
    wishes::{Sets, Wishes},
};

/// More than the rounding errors of a few dozen sums of values up to 1.
const SLACK: f64 = 1e-9;

/// Everything that scoring the profiles of one request needs.
#[derive(Clone, Debug)]
pub(super) struct Scorer<'a> {
    pub model: &'a Model,
    pub needs: &'a Needs,
    pub demand: Demand,
    pub wishes: Wishes,
    pub practical: Practical,
}

/// A score with its components.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Score {
    /// Problem fit, preference, practical, integration; each 0 to 1.
    pub values: [f64; 4],
    /// The sum of weight times value, in this order.
    pub total: f64,
}

impl<'a> Scorer<'a> {
    pub(super) fn new(model: &'a Model, codes: &Codes, needs: &'a Needs) -> Self {
        Self {
            model,
            needs,
            demand: Demand::new(model, needs),
            wishes: Wishes::new(model, codes, needs),
            practical: Practical::new(needs, codes),
        }
    }

    pub(super) fn score(&self, columns: &Columns, slot: usize, sets: &Sets, delivery: &Delivery) -> Score {
        let tables = &self.model.policy.tables;
        let problem_fit =
            self.demand.areas.iter().fold(0.0, |sum, area| sum + area.weight * self.fit(columns, slot, area));
        let preference = if self.demand.has_preferences {
            self.wishes.satisfaction(&tables.preference, columns, sets, slot)
        } else {
            0.0
        };
        let practical = self.parts(columns, slot, delivery).mean();
        self.total([problem_fit, preference, practical, self.integration(columns, slot)])
    }

    /// At least the total of [`Self::score`], from a few bytes.
    pub(super) fn ceiling(&self, columns: &Columns, slot: usize, sets: &Sets, delivery: &Delivery) -> f64 {
        let tables = &self.model.policy.tables;
        let areas = self.demand.areas.iter();
        let problem_fit: f64 =
            areas.map(|area| area.weight * columns.ceilings.fit(area.problem_area, slot)).sum();
        let preference = if self.demand.has_preferences {
            self.wishes.satisfaction(&tables.preference, columns, sets, slot)
        } else {
            0.0
        };
        let practical = self.practical.ceiling(delivery, &tables.practical, columns, slot);
        let integration = tables.integration.phases * columns.ceilings.phases(&self.demand.phases, slot)
            + tables.integration.whole_person * columns.ceilings.dimensions(&self.demand.dimensions, slot)
            + tables.integration.practice * columns.practice[slot];
        let [fit, preferred, practicable, integrated] = self.demand.weights;
        // These sums may round the other way than the exact ones do.
        fit * problem_fit
            + preferred * preference
            + practicable * practical
            + integrated * integration
            + SLACK
    }

    /// How the therapist fits one problem area.
    pub(super) fn fit(&self, columns: &Columns, slot: usize, area: &Share) -> f64 {
        let coverage =
            self.model.cover(area.problem_area, columns.claims.get(slot), columns.spread[slot]).value;
        fit(area.specificity, coverage, self.declared(columns, slot, area))
    }

    pub(super) fn declared(&self, columns: &Columns, slot: usize, area: &Share) -> f64 {
        let table = &self.model.policy.tables.declaration;
        declared(columns.declarations.get(slot), area.problem_area, table)
    }

    pub(super) fn parts(&self, columns: &Columns, slot: usize, delivery: &Delivery) -> Parts {
        let table = &self.model.policy.tables.practical;
        self.practical.parts(self.needs, delivery, table, columns, slot)
    }

    fn integration(&self, columns: &Columns, slot: usize) -> f64 {
        let table = &self.model.policy.tables.integration;
        let (phases, dimensions) = self.model.capabilities(columns.claims.get(slot), columns.spread[slot]);
        table.phases * covered(&self.demand.phases, &phases)
            + table.whole_person * covered(&self.demand.dimensions, &dimensions)
            + table.practice * columns.practice[slot]
    }

    fn total(&self, values: [f64; 4]) -> Score {
        // Rounding must not carry a value past the end of its scale.
        let values = values.map(|value| value.clamp(0.0, 1.0));
        let parts = self.demand.weights.iter().zip(&values);
        Score { values, total: parts.fold(0.0, |sum, (weight, value)| sum + weight * value) }
    }
}

/// How much of a need is covered: each share by how well the best modality serves it.
pub(super) fn covered(need: &[f64], capability: &[f64]) -> f64 {
    need.iter().zip(capability).fold(0.0, |sum, (need, capability)| sum + need * capability)
}
