//! The codes of the catalog that rows may claim, each with how likely it is for whom.

use super::{
    leaning::{Affinity, Clientele},
    tables::{Claimable, Tables},
};
use crate::catalog::model::{Catalog, TypicalRole};

/// A modality or a problem area of the catalog.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) code: String,
    /// How a biography names it.
    pub(super) phrase: String,
    pub(super) affinity: Affinity,
    /// Of modalities; a problem area has no role.
    pub(super) typical_role: TypicalRole,
}

/// A community of the catalog.
#[derive(Clone, Debug)]
pub(super) struct KnownCommunity {
    pub(super) code: String,
    pub(super) percent: u32,
    pub(super) clientele: Option<Clientele>,
}

/// The codes that rows may claim: those of one catalog, prepared once for all rows.
#[derive(Clone, Debug)]
pub struct Codes {
    pub(super) modalities: Vec<Known>,
    pub(super) problem_areas: Vec<Known>,
    pub(super) communities: Vec<KnownCommunity>,
    pub(super) integration_styles: Vec<String>,
}

impl Codes {
    /// From modalities (code, name and role), problem areas (code and name), communities and integration styles. Their
    /// order does not matter.
    #[must_use]
    pub fn new(
        modalities: &[(&str, &str, TypicalRole)],
        problem_areas: &[(&str, &str)],
        communities: &[&str],
        integration_styles: &[&str],
    ) -> Self {
        let tables = Tables::get();
        let mut codes = Self {
            modalities: modalities
                .iter()
                .map(|&(code, name, role)| known(&tables.modalities, code, before_bracket(name), role))
                .collect(),
            problem_areas: problem_areas
                .iter()
                .map(|&(code, name)| {
                    let spoken = before_bracket(name).to_lowercase();
                    known(&tables.problem_areas, code, &spoken, TypicalRole::Either)
                })
                .collect(),
            communities: communities.iter().map(|code| community(tables, code)).collect(),
            integration_styles: integration_styles.iter().map(|&code| code.to_owned()).collect(),
        };
        codes.modalities.sort_by(|a, b| a.code.cmp(&b.code));
        codes.problem_areas.sort_by(|a, b| a.code.cmp(&b.code));
        codes.communities.sort_by(|a, b| a.code.cmp(&b.code));
        codes.integration_styles.sort();
        codes
    }

    /// How a biography names a modality.
    pub(super) fn modality_phrase(&self, code: &str) -> Option<&str> {
        phrase(&self.modalities, code)
    }

    /// How a biography names a problem area.
    pub(super) fn problem_area_phrase(&self, code: &str) -> Option<&str> {
        phrase(&self.problem_areas, code)
    }
}

impl From<&Catalog> for Codes {
    fn from(catalog: &Catalog) -> Self {
        let listable = catalog.modalities.iter().filter(|m| m.directory_listable);
        Self::new(
            &listable.map(|m| (&*m.code, &*m.name, m.typical_role)).collect::<Vec<_>>(),
            &catalog.problem_areas.iter().map(|p| (&*p.code, &*p.name)).collect::<Vec<_>>(),
            &catalog.communities.iter().map(|c| &*c.code).collect::<Vec<_>>(),
            &catalog.integration_styles.iter().map(|s| &*s.code).collect::<Vec<_>>(),
        )
    }
}

fn known(table: &[Claimable], code: &str, name: &str, typical_role: TypicalRole) -> Known {
    let row = table.iter().find(|row| row.code == code);
    Known {
        code: code.to_owned(),
        phrase: row.and_then(|row| row.phrase).unwrap_or(name).to_owned(),
        affinity: row.map_or(Affinity::RARE, |row| row.affinity),
        typical_role,
    }
}

/// A community that an operator added is as frequent as the rarer ones of the table.
fn community(tables: &Tables, code: &str) -> KnownCommunity {
    let row = tables.communities.iter().find(|row| row.code == code);
    KnownCommunity {
        code: code.to_owned(),
        percent: row.map_or(4, |row| row.percent),
        clientele: row.and_then(|row| row.clientele),
    }
}

fn phrase<'a>(known: &'a [Known], code: &str) -> Option<&'a str> {
    known
        .binary_search_by(|k| k.code.as_str().cmp(code))
        .ok()
        .and_then(|at| known.get(at))
        .map(|k| &*k.phrase)
}

/// A name without its explanation in brackets.
fn before_bracket(name: &str) -> &str {
    name.split_once(" (").map_or(name, |(name, _)| name)
}
