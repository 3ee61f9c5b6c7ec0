//! The directory in memory: what matches read instead of the database.
//!
//! *Invariants*: readers hold a snapshot and never wait for a writer. There is one way to change the index, for this
//! node's own writes, for other nodes' and at start: put in what the database holds of a profile now. What was just
//! written is known without being read where the database still has it in that revision.
//! A write is in the snapshot before it is acknowledged on the node that made it.

mod feeder;
mod follower;
mod load;
pub mod profile;
pub mod summary;

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use arc_swap::ArcSwap;
use tokio::sync::watch;

pub use feeder::Feeder;
pub use follower::Follower;
pub use load::{Loader, PLACED_AT_ONCE};

use self::summary::Written;
use crate::{
    catalog::model::Catalog,
    directory::{
        model::Therapist,
        store::{self as rows, Change, Position},
    },
    id::Id,
    matching::{index::Index, policy::Policy},
    pace::give_way,
    search::{self, entry::Entry},
    store::{Connection, Store, StoreError},
    vocabulary::Status,
};

/// How many changes one step of catching up reads.
const CHANGES_AT_ONCE: usize = 5000;
/// How many rows one statement of it reads.
const READ_AT_ONCE: i64 = 200;
/// How many revisions one statement reads.
const REVISIONS_AT_ONCE: usize = 100;

/// The directory at one moment.
pub struct Snapshot {
    /// The published profiles, for matches.
    pub index: Index<Written>,
    /// All profiles, for searches.
    pub search: search::index::Index,
    /// The number of the last change that the index has.
    pub revision: i64,
}

impl fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({})", self.revision)
    }
}

/// The live index of this node. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Live(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    catalog: Arc<Catalog>,
    snapshot: ArcSwap<Snapshot>,
    /// The place in the change feed that the snapshot has reached. Whoever holds it is the only one who changes the
    /// snapshot.
    position: Mutex<Position>,
    /// The same place for those who wait for news.
    place: watch::Sender<Position>,
    loaded: watch::Sender<bool>,
}

impl Live {
    /// The index of a directory that is not read yet: [`Live::load`] does it.
    #[must_use]
    pub fn new(store: Store, catalog: Arc<Catalog>, policy: Arc<Policy>) -> Self {
        let index = Index::new(catalog.clone(), policy);
        let search = search::index::Index::new(&catalog);
        let snapshot = ArcSwap::from_pointee(Snapshot { index, search, revision: 0 });
        let (place, loaded) = (watch::Sender::new((0, 0)), watch::Sender::new(false));
        Self(Arc::new(Inner { store, catalog, snapshot, position: Mutex::new((0, 0)), place, loaded }))
    }

    /// Whether all profiles are in.
    #[must_use]
    pub fn is_loaded(&self) -> bool {
        *self.0.loaded.borrow()
    }

    /// Ends when all profiles are in.
    pub async fn loaded(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.loaded.subscribe().wait_for(|loaded| *loaded).await;
    }

    /// The directory as it is now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.0.snapshot.load_full()
    }

    /// The place in the change feed up to which this node has seen it, as it moves on.
    #[must_use]
    pub fn place(&self) -> watch::Receiver<Position> {
        self.0.place.subscribe()
    }

    /// Brings the index up to the database: to everything that the change feed shows, and to these profiles, which were
    /// just written and which the feed may not show yet (on PostgreSQL it waits for older transactions).
    ///
    /// # Errors
    /// When the database fails.
    pub fn refresh(&self, written: &[Id]) -> Result<(), StoreError> {
        self.refresh_with(written, Vec::new())
    }

    /// The same, with profiles in hand as they were just written: those that the database still has in that revision
    /// need not be read.
    ///
    /// # Errors
    /// When the database fails.
    pub fn refresh_with(&self, written: &[Id], in_hand: Vec<Therapist>) -> Result<(), StoreError> {
        let mut position = self.lock();
        // What is written before the first load is read by it.
        if self.is_loaded() { self.catch_up(&mut position, written, in_hand) } else { Ok(()) }
    }

    /// The same for who holds the position.
    fn catch_up(
        &self,
        position: &mut Position,
        written: &[Id],
        in_hand: Vec<Therapist>,
    ) -> Result<(), StoreError> {
        let mut in_hand: HashMap<Id, Therapist> = in_hand.into_iter().map(|t| (t.id, t)).collect();
        loop {
            let changes = self.0.store.read(|conn| read(conn, *position, written, &mut in_hand))?;
            let (last, more) = (changes.last, changes.more);
            if !changes.ids.is_empty() {
                self.apply(changes);
            }
            if let Some(last) = last {
                *position = last;
                self.0.place.send_replace(last);
            }
            if !more {
                return Ok(());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Position> {
        // A panic while applying leaves the old snapshot in place, and the position before it.
        self.0.position.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts in what the database holds of the changed profiles, and takes out those that it does not hold, or that cannot be
    /// read.
    fn apply(&self, changes: Changes) {
        let Changes { ids, therapists, revision, .. } = changes;
        let current = self.0.snapshot.load();
        let (mut index, mut search) = (current.index.clone(), current.search.clone());
        let codec = search.codec().clone();
        let mut packer = codec.packer();
        let found: HashSet<Id> = therapists.iter().map(|therapist| therapist.id).collect();
        for id in ids.difference(&found) {
            index.remove(id);
            search.remove(id);
        }
        let mut published = Vec::new();
        for therapist in &therapists {
            if therapist.status == Status::Published {
                published.push((profile::of(therapist, &self.0.catalog), Arc::new(Written::from(therapist))));
            } else {
                index.remove(&therapist.id);
            }
            search.upsert(Entry::of(therapist, &mut packer));
            give_way();
        }
        index.bulk(published);
        search.settle();
        let revision = revision.max(current.revision);
        self.0.snapshot.store(Arc::new(Snapshot { index, search, revision }));
        // Even to drop many takes a while.
        for therapist in therapists {
            drop(therapist);
            give_way();
        }
    }
}

/// Changed profiles, and how far in the feed they reach.
struct Changes {
    ids: HashSet<Id>,
    /// Those that the database still holds and that can be read.
    therapists: Vec<Therapist>,
    last: Option<Position>,
    more: bool,
    revision: i64,
}

fn read(
    conn: &mut Connection,
    position: Position,
    written: &[Id],
    in_hand: &mut HashMap<Id, Therapist>,
) -> Result<Changes, StoreError> {
    let mut changes = Vec::new();
    let mut more = true;
    while more && changes.len() < CHANGES_AT_ONCE {
        // In pieces, between which who waits for a processor has a turn.
        let position = changes.last().map_or(position, |change: &Change| change.position);
        let next = rows::changes_since(conn, position, READ_AT_ONCE)?;
        more = i64::try_from(next.len()).is_ok_and(|read| read == READ_AT_ONCE);
        changes.extend(next);
        give_way();
    }
    let last = changes.last().map(|change| change.position);
    let mut ids: HashSet<Id> =
        changes.iter().map(|change| change.therapist_id).chain(written.iter().copied()).collect();
    if !more {
        // The feed may not show them yet: it waits for older transactions.
        ids.extend(in_hand.keys());
    }
    let held: Vec<Id> = in_hand.keys().filter(|id| ids.contains(id)).copied().collect();
    let mut revisions = HashMap::new();
    for held in held.chunks(REVISIONS_AT_ONCE) {
        revisions.extend(rows::revisions(conn, held)?);
        give_way();
    }
    let (mut therapists, mut unread) = (Vec::new(), Vec::new());
    for id in &ids {
        match in_hand.remove(id) {
            Some(therapist) if revisions.get(id) == Some(&therapist.revision) => therapists.push(therapist),
            _ => unread.push(*id),
        }
    }
    therapists.extend(rows::readable(conn, &unread)?);
    // While more is to come, only what was read so far; else also the writer's own change, which the feed may not show yet.
    let revision =
        if more { last.map_or(0, |(_, sequence)| sequence) } else { rows::directory_revision(conn)? };
    Ok(Changes { ids, therapists, last, more, revision })
}
