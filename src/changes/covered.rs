//! Which changes need not be told, because a later one of the same profile tells as much.

use std::collections::HashMap;

use crate::{directory::store::Change, id::Id, vocabulary::ChangeKind};

/// Goes through changes from the last one back.
#[derive(Debug, Default)]
pub(super) struct Later(HashMap<Id, bool>);

impl Later {
    /// Whether one of the changes that were asked about before, which are later, covers this one.
    ///
    /// A deletion, and a change that took a key away, is covered by none. Of a profile that everybody could see before a
    /// change only such a change tells that it may have to be dropped.
    pub(super) fn covers(&mut self, change: &Change) -> bool {
        let was_public = self.0.get(&change.therapist_id).copied();
        let tells_as_much = was_public.is_some_and(|was_public| was_public || !change.was_public);
        let was_public = was_public.unwrap_or_default() || change.was_public;
        self.0.insert(change.therapist_id, was_public);
        tells_as_much && change.kind == ChangeKind::Upsert && change.former.is_none()
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::directory::store::Key;

    const UPSERT: ChangeKind = ChangeKind::Upsert;

    fn change(kind: ChangeKind, was_public: bool, former: Option<&str>) -> Change {
        let key = |id: &str| Key { source: "acme".to_owned(), external_id: id.to_owned() };
        Change {
            position: (0, 1),
            therapist_id: Id::default(),
            revision: 1,
            kind,
            changed_at: DateTime::UNIX_EPOCH,
            was_public,
            former: former.map(key),
        }
    }

    /// Which of the changes, given in their order, need not be told.
    fn covered(changes: &[Change]) -> Vec<bool> {
        let mut later = Later::default();
        let mut covered: Vec<bool> = changes.iter().rev().map(|change| later.covers(change)).collect();
        covered.reverse();
        covered
    }

    #[test]
    fn the_last_change_covers_those_that_took_nothing_away() {
        let edits = [false, true, true].map(|was_public| change(UPSERT, was_public, None));
        assert_eq!(covered(&edits), [true, true, false]);
        for kind in [ChangeKind::Delete, ChangeKind::Removal] {
            let gone = change(kind, true, Some("1"));
            assert_eq!(covered(&[change(UPSERT, true, None), gone]), [true, false]);
            // PostgreSQL's order may show an edit after the deletion that it came before; older deletions have no key.
            assert_eq!(covered(&[change(kind, true, None), change(UPSERT, true, None)]), [false, false]);
        }
        let renamed = change(UPSERT, true, Some("1"));
        assert_eq!(covered(&[renamed.clone(), renamed, change(UPSERT, true, None)]), [false, false, false]);
    }

    /// Of changes that were made before keys were kept it is not known which took a profile from everybody's sight.
    #[test]
    fn an_edit_of_what_nobody_sees_does_not_cover_what_they_may_have_seen() {
        let (old, hidden) = (change(UPSERT, true, None), change(UPSERT, false, None));
        assert_eq!(covered(&[old.clone(), hidden.clone()]), [false, false]);
        assert_eq!(covered(&[old.clone(), hidden.clone(), hidden.clone()]), [false, true, false]);
        assert_eq!(covered(&[hidden.clone(), old.clone(), hidden.clone()]), [true, false, false]);
        assert_eq!(covered(&[old.clone(), old.clone(), hidden, old]), [true, true, true, false]);
    }

    #[test]
    fn another_profile_covers_nothing() {
        let other = Change { therapist_id: Id::new(DateTime::UNIX_EPOCH), ..change(UPSERT, true, None) };
        assert_eq!(covered(&[change(UPSERT, true, None), other]), [false, false]);
    }
}
