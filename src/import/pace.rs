//! How hard an import works.

/// Whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it can: nobody else is served by this process.
    Full,
    /// Only what requests leave of the processors.
    Background,
}

impl Pace {
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
