//! What the rows of a chunk do to the profiles that are stored. Pure, but for the ids of new profiles.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{
    model::{Counts, UnmappedTerm},
    row::{MAX_FAULTS, Row},
};
use crate::{
    directory::model::{ServerFields, Therapist},
    fault::Fault,
    id::Id,
    web::code::Code,
};

/// A row that is not taken, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    pub line: i64,
    pub external_id: Option<String>,
    pub faults: Vec<Fault>,
}

/// What a chunk of rows comes to.
#[derive(Debug, Default)]
pub struct Plan {
    pub created: Vec<Therapist>,
    pub updated: Vec<Therapist>,
    /// Those of `updated` whose confirmations are others than the stored ones.
    pub reconfirmed: HashSet<Id>,
    pub rejected: Vec<Rejected>,
    /// External ids that the job meets here first, with their lines.
    pub met: Vec<(String, i64)>,
    /// Labels that the catalog could not place.
    pub terms: Vec<UnmappedTerm>,
    pub counts: Counts,
}

impl Plan {
    /// The profiles that are written.
    #[must_use]
    pub fn written(&self) -> Vec<Id> {
        self.created.iter().chain(&self.updated).map(|profile| profile.id).collect()
    }
}

/// Compares rows with what is there: `met` are external ids of earlier chunks with their lines, `stored` the profiles
/// that have the rows' external ids.
///
/// Of rows with one external id the first counts, even where it is rejected itself: which of them is right, the sender
/// must say.
pub fn plan(
    rows: &[Row],
    met: HashMap<String, i64>,
    stored: Vec<Therapist>,
    import_id: Id,
    now: DateTime<Utc>,
) -> Plan {
    let mut plan = Plan::default();
    let mut terms = BTreeMap::new();
    let mut first_lines = met;
    let mut stored: HashMap<String, Therapist> =
        stored.into_iter().filter_map(|profile| Some((profile.external_id.clone()?, profile))).collect();
    for row in rows {
        plan.counts.read += 1;
        for term in &row.terms {
            terms
                .entry((term.field.as_str(), term.term.as_str()))
                .and_modify(|known: &mut UnmappedTerm| known.count += 1)
                .or_insert_with(|| term.clone());
        }
        let earlier = row.external_id.as_ref().and_then(|id| first_lines.get(id).copied());
        if let (Some(id), None) = (&row.external_id, earlier) {
            first_lines.insert(id.clone(), row.line);
            plan.met.push((id.clone(), row.line));
        }
        match (&row.profile, earlier) {
            (Ok(profile), None) => {
                let known = row.external_id.as_ref().and_then(|id| stored.remove(id));
                plan.take(profile, known, import_id, now);
            }
            (Ok(_), Some(line)) => plan.reject(row, vec![duplicate(line)]),
            (Err(faults), None) => plan.reject(row, faults.clone()),
            (Err(faults), Some(line)) => {
                let all = std::iter::once(duplicate(line)).chain(faults.iter().cloned());
                plan.reject(row, all.take(MAX_FAULTS).collect());
            }
        }
    }
    plan.terms = terms.into_values().collect();
    plan
}

fn duplicate(first_line: i64) -> Fault {
    let detail = format!("Line {first_line} has the same external id; the first one counts.");
    Fault::new("/external_id", Code::DuplicateExternalId.as_str(), detail)
}

impl Plan {
    fn reject(&mut self, row: &Row, faults: Vec<Fault>) {
        self.counts.rejected += 1;
        self.rejected.push(Rejected { line: row.line, external_id: row.external_id.clone(), faults });
    }

    fn take(&mut self, profile: &Therapist, known: Option<Therapist>, import_id: Id, now: DateTime<Utc>) {
        let mut next = profile.clone();
        let Some(stored) = known else {
            self.counts.created += 1;
            let id = Id::new(now);
            next.stamp(ServerFields {
                id,
                revision: 1,
                import_id: Some(import_id),
                created_at: now,
                updated_at: now,
            });
            self.created.push(next);
            return;
        };
        if next.confirmations.is_empty() {
            next.confirmations.clone_from(&stored.confirmations);
        }
        next.stamp(stored.server_fields());
        if next == stored {
            self.counts.unchanged += 1;
            return;
        }
        self.counts.updated += 1;
        if next.confirmations != stored.confirmations {
            self.reconfirmed.insert(stored.id);
        }
        next.stamp(ServerFields {
            revision: stored.revision + 1,
            import_id: Some(import_id),
            updated_at: now,
            ..stored.server_fields()
        });
        self.updated.push(next);
    }
}

#[cfg(test)]
mod tests;
