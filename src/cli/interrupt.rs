//! Ctrl-C while an import is written straight into the database.

use std::{
    io, process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use tokio::{runtime, signal};

/// What shells make of a process that Ctrl-C ended.
const INTERRUPTED: i32 = 130;

/// Whether somebody asked to stop. The first Ctrl-C asks for a good place; the second one ends the process at once,
/// which loses nothing either: whatever was committed stays, and the job goes on from there.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(super) fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        let (asked, runtime) =
            (interrupt.0.clone(), runtime::Builder::new_current_thread().enable_all().build()?);
        thread::Builder::new().name("interrupt".to_owned()).spawn(move || {
            runtime.block_on(async {
                if signal::ctrl_c().await.is_err() {
                    // Then Ctrl-C ends the process, as it always does.
                    return;
                }
                asked.store(true, Ordering::SeqCst);
                eprintln!("\nstopping at the next good place; press Ctrl-C again to stop at once");
                if signal::ctrl_c().await.is_ok() {
                    process::exit(INTERRUPTED);
                }
            });
        })?;
        Ok(interrupt)
    }

    /// Whether to stop.
    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
