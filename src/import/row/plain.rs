//! The short way of a row that is right: straight from its text to the profile.

use validator::Validate;

use super::Rules;
use crate::{
    directory::{check, model::Therapist},
    web::decode,
};

/// The profile of the row, where it is plain to see that nothing is wrong with it. `None` says nothing about the row:
/// it has to be looked at part by part.
///
/// *Invariant*: what this takes, `Rules::read_closely` takes, with the same profile (`tests/model/decoding.rs`).
pub(super) fn read(text: &[u8], rules: &Rules) -> Option<Box<Therapist>> {
    let mut profile = decode::read_plain::<Therapist>(text)?;
    // A row of the import's own source; whoever names none means it.
    if *profile.source.get_or_insert_with(|| rules.source.clone()) != rules.source {
        return None;
    }
    // No label needs to be resolved: only codes are known to the catalog, and each is a label of itself.
    let is_right = profile.external_id.is_some()
        && profile.validate().is_ok()
        && check::faults(&profile, &rules.catalog, &rules.sets, rules.today).is_empty();
    is_right.then(|| Box::new(rules.settled(profile)))
}
