//! The practical parts: freshness, nearness, opening, fee (section 3).

use chrono::Datelike as _;

use super::{
    codes::Codes,
    columns::{Columns, UNKNOWN_DAY},
    constraints::fee_key,
    delivery::{Delivery, in_person_usable},
    needs::Needs,
    tables::{FadeTable, PracticalTable},
};

/// What a request asks of the practical parts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Practical {
    today: i32,
    asks_opening: bool,
    /// The limit, and the key under which fees are compared.
    fee: Option<(i64, Option<u64>)>,
}

/// The parts of one therapist. Those that do not apply are `None`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Parts {
    /// Days since the last confirmation; `None` where there was none.
    pub confirmed_days: Option<i32>,
    pub freshness: f64,
    pub nearness: Option<Part>,
    pub opening: Option<Part>,
    pub fee: Option<Part>,
    /// Days until the next opening, where one is known.
    pub opening_days: Option<i32>,
    /// Kilometres to the nearest location, where one is known and a place was asked for.
    pub distance_km: Option<f64>,
}

/// A part that applies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub value: f64,
    pub is_known: bool,
}

impl Practical {
    pub(super) fn new(needs: &Needs, codes: &Codes) -> Self {
        Self {
            today: needs.as_of.num_days_from_ce(),
            asks_opening: needs.constraints.opening_within_days.is_some(),
            fee: needs
                .constraints
                .max_fee
                .as_ref()
                .map(|fee| (fee.amount, fee_key(codes, &needs.constraints))),
        }
    }

    pub(super) fn parts(
        &self,
        needs: &Needs,
        delivery: &Delivery,
        table: &PracticalTable,
        columns: &Columns,
        slot: usize,
    ) -> Parts {
        let part =
            |value: Option<f64>| Part { value: value.unwrap_or(table.unknown), is_known: value.is_some() };
        let confirmed = columns.confirmed[slot];
        let confirmed_days = (confirmed != UNKNOWN_DAY).then(|| self.today - confirmed);
        let opening_days = self.opening_days(columns, slot);
        let circle = delivery.circle();
        let distance_km = circle.and_then(|circle| circle.nearest(columns.positions.get(slot)));
        let asks_nearness = circle.is_some() && in_person_usable(needs, columns, slot);
        Parts {
            confirmed_days,
            freshness: confirmed_days.map_or(0.0, |days| fade(&table.freshness, days)),
            nearness: asks_nearness
                .then(|| part(distance_km.map(|km| nearness(km, table.nearness.scale_km)))),
            opening: self.asks_opening.then(|| part(opening_days.map(|days| fade(&table.opening, days)))),
            fee: self.fee.map(|(most, key)| {
                let fee = key.and_then(|key| columns.fees.get(key, slot));
                part(fee.map(|fee| within_budget(i64::from(fee), most, table.fee_offset)))
            }),
            opening_days,
            distance_km,
        }
    }

    /// How many parts may apply beside freshness.
    pub(super) fn others(&self, delivery: &Delivery) -> u8 {
        let asked = [delivery.circle().is_some(), self.asks_opening, self.fee.is_some()];
        asked.into_iter().map(u8::from).sum()
    }

    /// Days until the next opening; one in the past is unknown.
    pub(super) fn opening_days(&self, columns: &Columns, slot: usize) -> Option<i32> {
        let opening = columns.opening[slot];
        (opening != UNKNOWN_DAY && opening >= self.today).then(|| opening - self.today)
    }
}

impl Parts {
    /// The mean of the parts that apply.
    pub(super) fn mean(&self) -> f64 {
        let others = [self.nearness, self.opening, self.fee].into_iter().flatten();
        let (sum, count) = others.fold((self.freshness, 1.0), |(sum, n), part| (sum + part.value, n + 1.0));
        sum / count
    }
}

/// 1 up to `full_days`, falling linearly to 0 at `zero_days`.
pub(super) fn fade(table: &FadeTable, days: i32) -> f64 {
    let (full, zero) = (f64::from(table.full_days), f64::from(table.zero_days));
    ((zero - f64::from(days)) / (zero - full)).clamp(0.0, 1.0)
}

fn nearness(km: f64, scale_km: f64) -> f64 {
    let far = km / scale_km;
    1.0 / (1.0 + far * far)
}

/// A limit of 0 is met by a fee of 0 alone.
fn within_budget(fee: i64, most: i64, offset: f64) -> f64 {
    if most == 0 {
        return if fee == 0 { 1.0 } else { 0.0 };
    }
    let most = most as f64;
    ((most - fee as f64) / most + offset).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_fade_at_their_bounds() {
        let freshness = FadeTable { full_days: 30, zero_days: 180 };
        let values = [-1, 0, 30, 105, 180, 999].map(|days| fade(&freshness, days));
        assert_eq!(values, [1.0, 1.0, 1.0, 0.5, 0.0, 0.0]);
        assert_eq!([0.0, 15.0, 45.0].map(|km| nearness(km, 15.0)), [1.0, 0.5, 0.1]);
        assert_eq!([50, 75, 100, 151].map(|fee| within_budget(fee, 100, 0.5)), [1.0, 0.75, 0.5, 0.0]);
        assert_eq!([0, 1].map(|fee| within_budget(fee, 0, 0.5)), [1.0, 0.0]);
    }
}
