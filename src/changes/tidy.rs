//! Keeps the feed from growing without end: changes that later ones cover are dropped after a while.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::Duration,
};

use chrono::{DateTime, Days, Utc};

use super::covered::Later;
use crate::{
    clock::Clock,
    directory::store as rows,
    store::{Store, StoreError},
};

/// Days for which every change is kept: as long the number of an export surely has its place in the feed.
const DAYS: u64 = 30;
/// Changes that are looked at together: well below the number of parameters that either database takes.
const AT_ONCE: i64 = 2000;

/// When the work is done.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// From the start to the first time: a server that starts has other things to do.
    pub first: Duration,
    /// From one time to the next.
    pub every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { first: Duration::from_secs(600), every: Duration::from_secs(24 * 3600) }
    }
}

/// A thread that does so now and then, until this is dropped.
#[derive(Debug)]
pub struct Tidy {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Tidy {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the system gives none.
    pub fn spawn(store: Store, clock: Clock, pace: Pace) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel::<()>();
        let thread = std::thread::Builder::new().name("feed-tidy".to_owned()).spawn(move || {
            let mut pause = pace.first;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                let before =
                    clock.now().checked_sub_days(Days::new(DAYS)).unwrap_or(DateTime::<Utc>::MIN_UTC);
                match drop_covered(&store, before) {
                    Ok(0) => {}
                    Ok(dropped) => tracing::info!(dropped, "old changes that later ones cover left the feed"),
                    // Nothing is lost by it: the next time makes up for this one.
                    Err(error) => tracing::warn!(%error, "the change feed could not be tidied"),
                }
                pause = pace.every;
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Tidy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Drops the changes that were made before this moment and that later ones cover; tells how many there were.
///
/// It goes through the feed from its end, a few changes at a time, and holds in memory which profiles it has met: an index
/// of the changes by profile would spare that, and cost every import.
///
/// # Errors
/// When the database fails.
pub fn drop_covered(store: &Store, before: DateTime<Utc>) -> Result<usize, StoreError> {
    let (mut later, mut at, mut dropped) = (Later::default(), (i64::MAX, i64::MAX), 0);
    loop {
        let changes = store.read(|conn| rows::changes_before(conn, at, AT_ONCE))?;
        let Some(last) = changes.last() else { return Ok(dropped) };
        at = last.position;
        let covered: Vec<i64> = changes
            .iter()
            .filter(|change| later.covers(change) && change.changed_at < before)
            .map(|change| change.position.1)
            .collect();
        if !covered.is_empty() {
            dropped += store.write(|conn| rows::drop_changes(conn, &covered))?;
        }
    }
}
