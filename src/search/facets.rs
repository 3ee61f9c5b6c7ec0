//! How many profiles have each value of a field.

use serde::Serialize;
use utoipa::ToSchema;

use super::{
    block::{Block, Vocabulary},
    field::Field,
    query::{MAX_BUCKETS, Query},
    select::{Plan, Selected},
};

/// The values of one field, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Facet {
    /// The most frequent values, at most 100; equal ones by value. A profile with several values counts in each.
    pub buckets: Vec<Bucket>,
    /// Profiles that state nothing there.
    pub unknown: u64,
}

/// A value and how many profiles have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Bucket {
    #[schema(example = "cbt")]
    pub value: String,
    #[schema(example = 12)]
    pub count: u64,
}

/// Counts of one field on the way through the blocks.
#[derive(Debug)]
pub(super) struct Counts {
    field: Field,
    /// By the number of the code.
    counts: Vec<u64>,
    unknown: u64,
}

impl Counts {
    /// One for each field that is asked for, each once.
    pub(super) fn of(query: &Query) -> Vec<Self> {
        let mut fields = query.facets.clone();
        fields.sort_unstable();
        fields.dedup();
        fields.into_iter().map(|field| Self { field, counts: Vec::new(), unknown: 0 }).collect()
    }

    pub(super) fn add(&mut self, plan: &Plan<'_>, block: &Block, selected: &Selected) {
        let among = plan.without(self.field, selected);
        if among.is_empty() {
            return;
        }
        self.unknown += (among & !block.sets.known(self.field)).count();
        if self.field == Field::Jurisdiction {
            for (code, _) in block.sets.counts(self.field, &among) {
                self.count(code, (plan.serving(block, code) & among).count());
            }
        } else {
            for (code, count) in block.sets.counts(self.field, &among) {
                self.count(code, count);
            }
        }
    }

    fn count(&mut self, code: u32, count: u64) {
        let at = code as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        self.counts[at] += count;
    }

    pub(super) fn finish(self, vocabulary: &Vocabulary) -> (Field, Facet) {
        let counted = self.counts.into_iter().enumerate().filter(|(_, count)| *count > 0);
        let mut buckets: Vec<(&str, u64)> = counted
            .filter_map(|(code, count)| Some((&**vocabulary.codes.name(code as u32)?, count)))
            .collect();
        buckets.sort_unstable_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then(a.cmp(b)));
        buckets.truncate(MAX_BUCKETS);
        let bucket = |(value, count): (&str, u64)| Bucket { value: value.to_owned(), count };
        (self.field, Facet { buckets: buckets.into_iter().map(bucket).collect(), unknown: self.unknown })
    }
}
