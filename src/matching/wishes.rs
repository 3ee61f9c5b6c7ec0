//! How far a therapist satisfies what the client would like (section 3).

use super::{
    codes::{self, Codes},
    columns::Columns,
    model::Model,
    needs::{AnyOf, Needs},
    profile::StyleAxis,
    tables::PreferenceTable,
};
use crate::vocabulary::{Attitude, Homework, Importance};

/// The preferences of one request that are weighed, in the order in which they are summed: modalities by code, axes of
/// style, genders, languages, communities, homework.
#[derive(Clone, Debug)]
pub(super) struct Wishes(Vec<Wish>);

/// A preference that is weighed.
#[derive(Clone, Debug)]
struct Wish {
    /// How answers name it.
    name: &'static str,
    importance: Importance,
    weight: f64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Modality {
        modality: usize,
        attitude: Attitude,
    },
    Style {
        axis: usize,
        value: i8,
    },
    Gender(Vec<u64>),
    /// Any of these sets, known for those in the last.
    AnyOf(Vec<u64>, u64),
    Homework(Homework),
}

/// A preference and how far one therapist satisfies it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Met {
    pub name: &'static str,
    /// The modality that it is about.
    pub modality: Option<(usize, Attitude)>,
    pub importance: Importance,
    pub satisfied: f64,
    pub is_known: bool,
}

impl Wishes {
    pub(super) fn new(model: &Model, codes: &Codes, needs: &Needs) -> Self {
        let mut wishes = Vec::new();
        let table = &model.policy.tables.preference.importance;
        let mut push = |name, importance: Importance, kind| {
            // A `must` is a constraint and not weighed.
            wishes.extend(table.of(importance).map(|weight| Wish { name, importance, weight, kind }));
        };
        let stated = &needs.preferences;
        for wish in &stated.modalities {
            let kind = Kind::Modality { modality: wish.modality, attitude: wish.attitude };
            push("modalities", wish.importance, kind);
        }
        if let Some(style) = &stated.style {
            for (axis, value) in style.axes.iter().enumerate() {
                if let (Some(name), Some(value)) = (StyleAxis::ALL.get(axis), *value) {
                    push(name.code(), style.importance, Kind::Style { axis, value });
                }
            }
        }
        if let Some(wish) = &stated.genders {
            let keys = wish.any_of.iter().map(|gender| codes::gender(*gender)).collect();
            push("genders", wish.importance, Kind::Gender(keys));
        }
        let keys = |wish: &AnyOf<String>, key: fn(u32) -> u64| -> Vec<u64> {
            wish.any_of.iter().filter_map(|code| codes.get(code)).map(key).collect()
        };
        if let Some(wish) = &stated.languages {
            let kind = Kind::AnyOf(keys(wish, codes::language), codes::LANGUAGES_KNOWN);
            push("languages", wish.importance, kind);
        }
        if let Some(wish) = &stated.communities {
            let kind = Kind::AnyOf(keys(wish, codes::community), codes::COMMUNITIES_KNOWN);
            push("communities", wish.importance, kind);
        }
        if let Some(wish) = &stated.homework {
            push("homework", wish.importance, Kind::Homework(wish.value));
        }
        Self(wishes)
    }

    /// The mean satisfaction, weighed by importance; 0 where nothing is weighed.
    pub(super) fn satisfaction(&self, table: &PreferenceTable, columns: &Columns, slot: usize) -> f64 {
        let (mut satisfied, mut weight) = (0.0, 0.0);
        for wish in &self.0 {
            satisfied += wish.weight * wish.satisfied(table, columns, slot).unwrap_or(table.unknown);
            weight += wish.weight;
        }
        if weight > 0.0 { satisfied / weight } else { 0.0 }
    }

    /// Each preference for itself.
    pub(super) fn met(&self, table: &PreferenceTable, columns: &Columns, slot: usize) -> Vec<Met> {
        let met = |wish: &Wish| {
            let satisfied = wish.satisfied(table, columns, slot);
            Met {
                name: wish.name,
                modality: match wish.kind {
                    Kind::Modality { modality, attitude } => Some((modality, attitude)),
                    _ => None,
                },
                importance: wish.importance,
                satisfied: satisfied.unwrap_or(table.unknown),
                is_known: satisfied.is_some(),
            }
        };
        self.0.iter().map(met).collect()
    }
}

impl Wish {
    /// 0 to 1; `None` where the profile does not say.
    fn satisfied(&self, table: &PreferenceTable, columns: &Columns, slot: usize) -> Option<f64> {
        let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
        let is_any = |keys: &[u64]| keys.iter().any(|key| columns.facets.has(*key, slot));
        match &self.kind {
            Kind::Modality { modality, attitude } => {
                let is_claimed = columns.facets.has(codes::modality(*modality as u16), slot);
                Some(truth(is_claimed == (*attitude == Attitude::Prefer)))
            }
            Kind::Style { axis, value } => {
                let stated = columns.style(slot, *axis)?;
                let difference = (f64::from(stated) - f64::from(*value)).abs();
                Some((1.0 - difference / table.style_span).clamp(0.0, 1.0))
            }
            Kind::Gender(keys) => columns.gender[slot].map(|_| truth(is_any(keys))),
            Kind::AnyOf(keys, known) => columns.facets.has(*known, slot).then(|| truth(is_any(keys))),
            Kind::Homework(wanted) => {
                let apart = (columns.homework[slot]? as u8).abs_diff(*wanted as u8);
                Some(match apart {
                    0 => table.homework.equal,
                    1 => table.homework.neighbouring,
                    _ => table.homework.opposite,
                })
            }
        }
    }
}
