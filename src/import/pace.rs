//! How hard an import works.

use std::{thread, time::Instant};

/// Whose turn comes first.
///
/// Only the thread that reads gives way by its priority: the one that commits holds what other writers wait for, and must
/// not be kept from ending. It leaves them time between two chunks instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it can: nobody else is served by this process, though another one may use the database.
    Full,
    /// Only what requests leave of the processors.
    Background,
}

impl Pace {
    #[expect(clippy::disallowed_methods, reason = "nobody tells when other processes have had their turn")]
    /// Does what holds locks, and then leaves them to others for a while, in proportion.
    pub fn hold<T>(self, work: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = work();
        let share = match self {
            Self::Full => 20,
            Self::Background => 4,
        };
        thread::sleep(begun.elapsed() / share);
        done
    }

    /// Sets the priority of the calling thread. Lowering it is always allowed; where a system cannot, nothing changes.
    pub fn settle(self) {
        #[cfg(target_os = "linux")]
        if self == Self::Background {
            // On Linux a thread has a niceness of its own, under its thread id.
            let thread = rustix::thread::gettid();
            if let Err(error) = rustix::process::setpriority_process(Some(thread), NICEST) {
                tracing::debug!(%error, "the import's priority stays as it is");
            }
        }
    }
}

/// The weakest claim to a processor: about a seventieth of that of a thread that answers requests.
#[cfg(target_os = "linux")]
const NICEST: i32 = 19;
