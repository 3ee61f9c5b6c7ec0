//! Reads the whole directory into memory, on all cores, while nobody is answered from it yet.

use std::{
    num::NonZero,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::{self, JoinHandle},
    time::Instant,
};

use super::{Live, Snapshot, profile, summary::Written};
use crate::{
    directory::store::{self as rows, Filter, Walk},
    matching::{self, profile::Profile},
    search::{self, entry::Entry},
    store::{Connection, StoreError},
    vocabulary::Status,
};

/// How many profiles are gathered before they get their places among those that are matched: the more, the fewer blocks of
/// neighbours a local request has to look into.
pub const PLACED_AT_ONCE: usize = 50_000;

/// More cores than this wait for the database and for each other.
const MOST_THREADS: usize = 4;

/// What is being built. Whoever has prepared a batch puts it in; preparing is most of the work.
struct Building {
    walk: Walk,
    /// Published profiles without a place yet.
    waiting: Mutex<Vec<(Profile, Arc<Written>)>>,
    index: Mutex<matching::index::Index<Written>>,
    search: Mutex<search::index::Index>,
    progress: Progress,
}

impl Building {
    /// Gives places to those who wait, where they are so many.
    fn place(&self, many: usize) {
        let mut waiting = lock(&self.waiting);
        if waiting.len() >= many {
            let published = std::mem::take(&mut *waiting);
            drop(waiting);
            lock(&self.index).bulk(published);
        }
    }
}

/// A thread that panicked ends the load: nobody sees what it left.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Live {
    /// Reads all profiles that can be read; the second call returns at once. Whoever writes in the meantime waits for it.
    ///
    /// # Errors
    /// When the database fails; nothing is loaded then.
    pub fn load(&self) -> Result<(), StoreError> {
        self.load_unless(&AtomicBool::new(false))
    }

    /// The same, given up where `stop` comes to be true.
    fn load_unless(&self, stop: &AtomicBool) -> Result<(), StoreError> {
        let mut position = self.lock();
        if self.is_loaded() {
            return Ok(());
        }
        rows::adopt_changes(&self.0.store)?;
        // What is written from here on is read again below, whether the walk has met it or not.
        let (reached, revision, profiles) = self.0.store.read(|conn| {
            let count = rows::count(conn, &Filter::default())?;
            Ok::<_, StoreError>((rows::latest_change(conn)?, rows::directory_revision(conn)?, count))
        })?;
        let empty = self.snapshot();
        let building = Building {
            walk: Walk::default(),
            waiting: Mutex::default(),
            index: Mutex::new(empty.index.clone()),
            search: Mutex::new(empty.search.clone()),
            progress: Progress::of(profiles),
        };
        let cores = thread::available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS);
        thread::scope(|scope| {
            let others: Vec<_> =
                (1..cores).map(|_| scope.spawn(|| self.read_into(&building, stop))).collect();
            let mine = self.read_into(&building, stop);
            let joined = others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            joined.fold(mine, Result::and)
        })?;
        if stop.load(Ordering::Relaxed) {
            return Ok(());
        }
        building.place(0);
        let index = building.index.into_inner().unwrap_or_else(PoisonError::into_inner);
        let mut search = building.search.into_inner().unwrap_or_else(PoisonError::into_inner);
        search.settle();
        self.0.snapshot.store(Arc::new(Snapshot { index, search, revision }));
        *position = reached;
        self.0.place.send_replace(reached);
        self.catch_up(&mut position, &[], Vec::new())?;
        tracing::info!(
            profiles = self.snapshot().search.len(),
            milliseconds = building.progress.began.elapsed().as_millis() as u64,
            "the directory is loaded"
        );
        self.0.loaded.send_replace(true);
        Ok(())
    }

    /// Takes batches until there are no more.
    fn read_into(&self, building: &Building, stop: &AtomicBool) -> Result<(), StoreError> {
        let codec = self.snapshot().search.codec().clone();
        let mut packer = codec.packer();
        self.0.store.read(|conn: &mut Connection| {
            while !stop.load(Ordering::Relaxed)
                && let Some(batch) = building.walk.next(conn)?
            {
                let published = batch.iter().filter(|therapist| therapist.status == Status::Published);
                let published =
                    published.map(|t| (profile::of(t, &self.0.catalog), Arc::new(Written::from(t))));
                lock(&building.waiting).extend(published);
                building.place(PLACED_AT_ONCE);
                let entries: Vec<_> =
                    batch.iter().map(|therapist| Entry::of(therapist, &mut packer)).collect();
                let mut search = lock(&building.search);
                entries.into_iter().for_each(|entry| search.upsert(entry));
                drop(search);
                building.progress.add(batch.len());
            }
            Ok(())
        })
    }
}

/// Tells in the log how far a long load has come, at every tenth.
struct Progress {
    began: Instant,
    of: u64,
    done: AtomicU64,
}

impl Progress {
    fn of(profiles: i64) -> Self {
        Self { began: Instant::now(), of: u64::try_from(profiles).unwrap_or(0), done: AtomicU64::new(0) }
    }

    fn add(&self, profiles: usize) {
        let added = profiles as u64;
        let before = self.done.fetch_add(added, Ordering::Relaxed);
        let tenth = (self.of / 10).max(LONG / 10);
        if (before + added) / tenth > before / tenth {
            tracing::info!(profiles = before + added, of = self.of, "loading the directory");
        }
    }
}

/// Loading fewer profiles than this is not worth a word before it is done.
const LONG: u64 = 100_000;

/// The thread that loads the index while the server already says that it is not ready.
#[derive(Debug)]
pub struct Loader {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
}

impl Loader {
    /// Begins to load; `failed` is called where the database fails.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(live: Live, failed: impl FnOnce() + Send + 'static) -> std::io::Result<Self> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = thread::Builder::new()
            .name("loader".to_owned())
            .spawn(move || live.load_unless(&stopped).inspect_err(|_| failed()))?;
        Ok(Self { stop, thread: Some(thread) })
    }

    /// Gives up what is not loaded yet; tells why nothing is loaded where the database failed.
    ///
    /// # Errors
    /// What the database said.
    pub fn stop(mut self) -> Result<(), StoreError> {
        self.end().unwrap_or(Ok(()))
    }

    fn end(&mut self) -> Option<Result<(), StoreError>> {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take()?.join().ok()
    }
}

impl Drop for Loader {
    fn drop(&mut self) {
        self.end();
    }
}
