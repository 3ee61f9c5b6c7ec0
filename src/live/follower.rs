//! Follows the change feed for what others write: other nodes, and imports by the command line.

use std::{
    sync::mpsc::{self, RecvTimeoutError, Sender},
    thread::JoinHandle,
    time::Duration,
};

use super::Live;
use crate::pace::Pace;

/// How often the feed is asked.
const INTERVAL: Duration = Duration::from_secs(1);

/// A thread that keeps a live index up to date until this is dropped.
#[derive(Debug)]
pub struct Follower {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Begins to follow.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn spawn(live: Live) -> std::io::Result<Self> {
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::Builder::new().name("follower".to_owned()).spawn(move || {
            // What it finds may be an import's, of another process.
            Pace::Background.settle();
            let mut failing = false;
            while stopped.recv_timeout(INTERVAL) == Err(RecvTimeoutError::Timeout) {
                match live.refresh(&[]) {
                    Ok(()) => failing = false,
                    // Said once: the next successful step makes up for all that failed.
                    Err(error) if !failing => {
                        tracing::error!(%error, "the change feed cannot be followed");
                        failing = true;
                    }
                    Err(_) => {}
                }
            }
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
