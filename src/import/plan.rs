//! What the rows of a chunk do to the profiles that are stored. Pure, but for the ids of new profiles.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};

use super::{
    model::{Counts, UnmappedTerm},
    row::{Digest, Located, MAX_FAULTS, Reading, Row},
};
use crate::{
    directory::{
        model::{ServerFields, Therapist},
        profiles::date_answers,
        store::Removed,
    },
    fault::Fault,
    id::Id,
    vocabulary::{ImportMode, Status},
    web::code::Code,
};

/// Where a row stands in its file: several rows may stand on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    pub row_number: i64,
    pub line: i64,
}

/// A row that is not taken, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Rejected {
    pub row_number: i64,
    pub line: i64,
    pub external_id: Option<String>,
    pub faults: Vec<Located>,
}

/// What is there when a chunk comes.
#[derive(Debug, Default)]
pub struct Before {
    /// External ids of the chunk that the file has had, with the first row that has them.
    pub met: HashMap<String, Place>,
    /// The profiles that the rows are compared with.
    pub stored: Vec<Therapist>,
    pub removed: Removed,
}

/// What a chunk of rows comes to.
#[derive(Debug, Default)]
pub struct Plan {
    pub created: Vec<Therapist>,
    pub updated: Vec<Therapist>,
    /// Those of `updated` whose confirmations are others than the stored ones.
    pub reconfirmed: HashSet<Id>,
    pub rejected: Vec<Rejected>,
    /// External ids that the job meets here first, and where.
    pub met: Vec<(String, Place)>,
    /// Labels that the catalog could not place.
    pub terms: Vec<UnmappedTerm>,
    /// The records that the profiles are now made from, with the revisions that they make.
    pub digests: Vec<(Id, Digest, i64)>,
    pub counts: Counts,
}

/// What decides about rows beside what is stored.
#[derive(Clone, Copy, Debug)]
pub struct Order {
    pub mode: ImportMode,
    pub import_id: Id,
    pub now: DateTime<Utc>,
}

/// Compares rows with what is there.
///
/// Of rows with one external id the first counts, even where it is rejected itself: which of them is right, the sender
/// must say.
#[must_use]
pub fn plan(rows: Vec<Row>, before: Before, order: Order) -> Plan {
    let mut planner = Planner {
        plan: Plan::default(),
        met: before.met,
        stored: by_external_id(before.stored),
        removed: before.removed,
        order,
    };
    let mut terms = BTreeMap::new();
    for mut row in rows {
        for term in std::mem::take(&mut row.terms) {
            terms
                .entry((term.field.clone(), term.term.clone()))
                .and_modify(|known: &mut UnmappedTerm| known.count += 1)
                .or_insert(term);
        }
        planner.take(row);
    }
    planner.plan.terms = terms.into_values().collect();
    planner.plan
}

/// What was confirmed since the file was made stays confirmed: of each field group the latest confirmation counts.
fn keep_newer(next: &mut Therapist, stored: &Therapist) {
    for known in &stored.confirmations {
        match next.confirmations.iter_mut().find(|said| said.field_group == known.field_group) {
            Some(said) if said.confirmed_at < known.confirmed_at => said.clone_from(known),
            Some(_) => {}
            None => next.confirmations.push(known.clone()),
        }
    }
    next.confirmations.sort_by_key(|confirmation| confirmation.field_group.code());
}

fn by_external_id(stored: Vec<Therapist>) -> HashMap<String, Therapist> {
    stored.into_iter().filter_map(|profile| Some((profile.external_id.clone()?, profile))).collect()
}

fn duplicate(first: Place) -> Located {
    let Place { row_number, line } = first;
    let detail = format!("Row {row_number}, on line {line}, has the same external id; the first one counts.");
    Fault::new("/external_id", Code::DuplicateExternalId.as_str(), detail).into()
}

struct Planner {
    plan: Plan,
    met: HashMap<String, Place>,
    stored: HashMap<String, Therapist>,
    removed: Removed,
    order: Order,
}

impl Planner {
    fn take(&mut self, row: Row) {
        self.plan.counts.read += 1;
        let Row { number, line, external_id, reading, digest, .. } = row;
        let place = Place { row_number: number, line };
        let earlier = self.meet(external_id.as_deref(), place);
        match (reading, earlier) {
            (Reading::NotOurs, _) => self.plan.counts.skipped += 1,
            (Reading::Faulty(faults), None) => self.reject(place, external_id, faults),
            (Reading::Faulty(faults), Some(first)) => {
                let all = std::iter::once(duplicate(first)).chain(faults).take(MAX_FAULTS).collect();
                self.reject(place, external_id, all);
            }
            (_, Some(first)) => self.reject(place, external_id, vec![duplicate(first)]),
            (Reading::Retired, None) => self.retire(place, external_id),
            (Reading::Unchanged, None) if self.order.mode == ImportMode::Create => {
                self.exists(place, external_id);
            }
            (Reading::Unchanged, None) => self.plan.counts.unchanged += 1,
            (Reading::Profile(profile), None) => self.put(place, external_id, *profile, digest),
        }
    }

    /// An earlier row with the same external id; without one this row is the first.
    fn meet(&mut self, external_id: Option<&str>, place: Place) -> Option<Place> {
        let external_id = external_id?;
        match self.met.get(external_id) {
            // The file may be read for the second time, and this row have been met then.
            Some(&first) => (first.row_number != place.row_number).then_some(first),
            None => {
                self.met.insert(external_id.to_owned(), place);
                self.plan.met.push((external_id.to_owned(), place));
                None
            }
        }
    }

    fn reject(&mut self, place: Place, external_id: Option<String>, faults: Vec<Located>) {
        let Place { row_number, line } = place;
        self.plan.counts.rejected += 1;
        self.plan.rejected.push(Rejected { row_number, line, external_id, faults });
    }

    fn exists(&mut self, place: Place, external_id: Option<String>) {
        let detail =
            "The directory has a profile with this external id of the source, and this import only creates.";
        let fault = Fault::new("/external_id", Code::AlreadyExists.as_str(), detail);
        self.reject(place, external_id, vec![fault.into()]);
    }

    fn put(&mut self, place: Place, external_id: Option<String>, mut next: Therapist, digest: Digest) {
        let known = external_id.as_ref().and_then(|id| self.stored.remove(id));
        if self.removed.has(external_id.as_deref(), next.npi.as_deref()) {
            let detail = "The therapist asked to be removed from this directory.";
            let fault = Fault::new("", Code::RemovedOnRequest.as_str(), detail);
            return self.reject(place, external_id, vec![fault.into()]);
        }
        let Order { mode, import_id, now } = self.order;
        let Some(stored) = known else {
            self.plan.counts.created += 1;
            let (id, revision) = (Id::new(now), 1);
            let import_id = Some(import_id);
            date_answers(&mut next, None, now);
            next.stamp(ServerFields { id, revision, import_id, created_at: now, updated_at: now });
            self.plan.digests.push((id, digest, revision));
            return self.plan.created.push(next);
        };
        if mode == ImportMode::Create {
            return self.exists(place, external_id);
        }
        keep_newer(&mut next, &stored);
        date_answers(&mut next, Some(&stored), now);
        next.stamp(stored.server_fields());
        if next == stored {
            self.plan.counts.unchanged += 1;
            return self.plan.digests.push((stored.id, digest, stored.revision));
        }
        self.plan.counts.updated += 1;
        let revision = self.update(next, &stored);
        self.plan.digests.push((stored.id, digest, revision));
    }

    /// A provider who is no longer active.
    fn retire(&mut self, place: Place, external_id: Option<String>) {
        match external_id.as_ref().and_then(|id| self.stored.remove(id)) {
            None => self.plan.counts.skipped += 1,
            Some(_) if self.order.mode == ImportMode::Create => self.exists(place, external_id),
            Some(stored) if stored.status == Status::Archived => self.plan.counts.unchanged += 1,
            Some(stored) => {
                self.plan.counts.archived += 1;
                self.update(Therapist { status: Status::Archived, ..stored.clone() }, &stored);
            }
        }
    }

    fn update(&mut self, mut next: Therapist, stored: &Therapist) -> i64 {
        if next.confirmations != stored.confirmations {
            self.plan.reconfirmed.insert(stored.id);
        }
        let revision = stored.revision + 1;
        next.stamp(ServerFields {
            revision,
            import_id: Some(self.order.import_id),
            updated_at: self.order.now,
            ..stored.server_fields()
        });
        self.plan.updated.push(next);
        revision
    }
}

#[cfg(test)]
mod tests;
