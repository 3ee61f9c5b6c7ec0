//! Reads the feed: what there is to tell after a place.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::{covered::Later, model::DirectoryChange};
use crate::{
    directory::{
        confirmations,
        model::Therapist,
        store::{self as rows, Change, Holder, Key, Position},
        view::View,
    },
    id::Id,
    store::{Connection, StoreError},
    vocabulary::ChangeKind,
};

/// Why the feed cannot be read from some place on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The feed has not come so far: the directory was restored from an older state, or the place is another's.
    #[error("the feed has not come to this place")]
    Ahead,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// From where on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Since {
    /// After the change at this place; `(0, 0)` is before the first one.
    Place(Position),
    /// After all that is surely in an export with this number.
    Export(i64),
}

/// Who looks, and when.
#[derive(Clone, Copy, Debug)]
pub struct Viewer {
    pub view: View,
    pub today: NaiveDate,
    pub stale_after_days: u16,
}

/// What there is to tell.
#[derive(Clone, Debug)]
pub struct Read {
    /// Changes with their places, in the order of the feed.
    pub told: Vec<(Position, DirectoryChange)>,
    /// How far this reaches: what was not told up to there, this caller need not know.
    pub next: Position,
    /// Whether the feed goes on after that.
    pub more: bool,
}

/// Reads at most `limit` changes and tells those that matter to the viewer. All is of one moment.
///
/// # Errors
/// [`FeedError::Ahead`], or the store's.
pub fn read(conn: &mut Connection, viewer: Viewer, since: Since, limit: usize) -> Result<Read, FeedError> {
    let position = match since {
        Since::Place(position) => position,
        Since::Export(number) => rows::position_of(conn, number)?.ok_or(FeedError::Ahead)?,
    };
    let one_more = i64::try_from(limit.saturating_add(1)).unwrap_or(i64::MAX);
    let mut changes = rows::changes_since(conn, position, one_more)?;
    if changes.is_empty() && position > rows::latest_change(conn)? {
        return Err(FeedError::Ahead);
    }
    let more = changes.len() > limit;
    changes.truncate(limit);
    let next = changes.last().map_or(position, |change| change.position);
    Ok(Read { told: tell(conn, viewer, changes)?, next, more })
}

fn tell(
    conn: &mut Connection,
    viewer: Viewer,
    changes: Vec<Change>,
) -> Result<Vec<(Position, DirectoryChange)>, StoreError> {
    let mut later = Later::default();
    let mut left: Vec<Change> = changes.into_iter().rev().filter(|change| !later.covers(change)).collect();
    left.reverse();
    let mut ids: Vec<Id> = left.iter().map(|change| change.therapist_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let profiles = rows::readable(conn, &ids)?.into_iter().map(|therapist| (therapist.id, therapist));
    let profiles: HashMap<Id, Therapist> = profiles.collect();
    ids.retain(|id| !profiles.contains_key(id));
    // Those that are gone have none, and those that are there all the same cannot be read.
    let unread = rows::keys(conn, &ids)?;
    let former: Vec<&Key> = left.iter().filter_map(|change| change.former.as_ref()).collect();
    let holders = rows::holders(conn, &former)?;
    let now = Now { viewer, profiles, unread, holders };
    Ok(left.into_iter().filter_map(|change| Some((change.position, now.tell(change)?))).collect())
}

/// The profiles that changes are about, as they are now.
struct Now {
    viewer: Viewer,
    profiles: HashMap<Id, Therapist>,
    /// What those that cannot be read are known by: to a mirror they are gone until they can be.
    unread: HashMap<Id, Key>,
    holders: HashMap<Key, Holder>,
}

impl Now {
    /// The change as the viewer is told it; `None` where they never could see the profile.
    fn tell(&self, change: Change) -> Option<DirectoryChange> {
        let Change { position: (_, sequence), therapist_id: id, revision, kind, changed_at, .. } = change;
        let may_have_seen = self.viewer.view == View::Full || change.was_public;
        let former = change.former.filter(|key| may_have_seen && !self.is_anothers(key, id));
        let profile = self.profiles.get(&id).filter(|therapist| self.viewer.view.admits(therapist));
        if let Some(therapist) = profile {
            let therapist = self.present(therapist.clone());
            let (source, external_id) = (therapist.source.clone(), therapist.external_id.clone());
            let is_own = |key: &Key| {
                source.as_ref() == Some(&key.source) && external_id.as_ref() == Some(&key.external_id)
            };
            return Some(DirectoryChange {
                sequence,
                id,
                kind: ChangeKind::Upsert,
                revision: therapist.revision,
                changed_at,
                former: former.filter(|key| !is_own(key)).map(Into::into),
                source,
                external_id,
                therapist: Some(Box::new(therapist)),
            });
        }
        let kind = if kind == ChangeKind::Removal { kind } else { ChangeKind::Delete };
        let unread = self.unread.get(&id).filter(|_| may_have_seen).cloned();
        // The mirror has it under its former key until it is told, and under its present one afterwards.
        let (key, former) = match unread {
            Some(own) => (Some(own.clone()), former.filter(|key| *key != own)),
            None => (former, None),
        };
        let (source, external_id) = key.map(|key| (key.source, key.external_id)).unzip();
        let gone = DirectoryChange {
            sequence,
            id,
            kind,
            revision,
            changed_at,
            source,
            external_id,
            former: former.map(Into::into),
            therapist: None,
        };
        may_have_seen.then_some(gone)
    }

    /// Whether the viewer sees another profile under this key now: then it is not for dropping. Whatever gave the key to
    /// that profile is told in its own place, be it before or after this one.
    fn is_anothers(&self, key: &Key, id: Id) -> bool {
        self.holders
            .get(key)
            .is_some_and(|holder| holder.id != id && (holder.is_public || self.viewer.view == View::Full))
    }

    fn present(&self, mut therapist: Therapist) -> Therapist {
        let Viewer { view, today, stale_after_days } = self.viewer;
        therapist.stale = confirmations::is_stale(therapist.confirmed_at, today, stale_after_days);
        view.limit(&mut therapist);
        therapist
    }
}
