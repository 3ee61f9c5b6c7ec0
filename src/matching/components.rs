//! The components of a score, and the score (section 3).

use super::{
    codes::Codes,
    columns::Columns,
    coverage::{declared, fit},
    delivery::Delivery,
    demand::{Demand, Share},
    depth::spread,
    model::Model,
    needs::Needs,
    practical::{Parts, Practical},
    wishes::Wishes,
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

/// The components of a score that cost little.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cheap {
    preference: f64,
    practical: f64,
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

    pub(super) fn score(&self, columns: &Columns, slot: usize, delivery: &Delivery) -> Score {
        self.finish(columns, slot, self.cheap(columns, slot, delivery))
    }

    /// The components that cost little.
    pub(super) fn cheap(&self, columns: &Columns, slot: usize, delivery: &Delivery) -> Cheap {
        let table = &self.model.policy.tables.preference;
        let preference =
            if self.demand.has_preferences { self.wishes.satisfaction(table, columns, slot) } else { 0.0 };
        Cheap { preference, practical: self.parts(columns, slot, delivery).mean() }
    }

    /// At least the total of the score with these components: a few bytes stand for the others.
    pub(super) fn ceiling(&self, columns: &Columns, slot: usize, cheap: Cheap) -> f64 {
        let ceilings = &columns.ceilings;
        let areas = self.demand.areas.iter();
        let problem_fit: f64 = areas.map(|area| area.weight * ceilings.fit(area.problem_area, slot)).sum();
        let Demand { phases, dimensions, .. } = &self.demand;
        let table = &self.model.policy.tables.integration;
        let integration = ceilings.integration(slot, phases, dimensions, table);
        let values = [problem_fit, cheap.preference, cheap.practical, integration];
        // These sums may round the other way than the exact ones do.
        self.total(values).total + SLACK
    }

    /// The score with these components.
    pub(super) fn finish(&self, columns: &Columns, slot: usize, cheap: Cheap) -> Score {
        let tables = &self.model.policy.tables;
        let claims = columns.claims.get(slot);
        let spread = spread(claims, &tables.depth);
        let areas = self.demand.areas.iter();
        let problem_fit = areas.fold(0.0, |sum, area| {
            let coverage = self.model.cover(area.problem_area, claims, spread).value;
            sum + area.weight * fit(area.specificity, coverage, self.declared(columns, slot, area))
        });
        let (phases, dimensions) = self.model.capabilities(claims, spread);
        let table = &tables.integration;
        let integration = table.phases * covered(&self.demand.phases, &phases)
            + table.whole_person * covered(&self.demand.dimensions, &dimensions)
            + table.practice * columns.ceilings.practice(slot);
        self.total([problem_fit, cheap.preference, cheap.practical, integration])
    }

    pub(super) fn declared(&self, columns: &Columns, slot: usize, area: &Share) -> f64 {
        let table = &self.model.policy.tables.declaration;
        declared(columns.declarations.get(slot), area.problem_area, table)
    }

    pub(super) fn parts(&self, columns: &Columns, slot: usize, delivery: &Delivery) -> Parts {
        let table = &self.model.policy.tables.practical;
        self.practical.parts(self.needs, delivery, table, columns, slot)
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
