//! The server's own thread that erases: at its start, every hour, and soon after somebody asked for an erasure.

use std::{
    io, mem,
    panic::{self, AssertUnwindSafe},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use super::Consultations;

/// How often it is looked for what its time is over for.
const PERIOD: Duration = Duration::from_secs(3600);
/// When what could not be done is tried again.
const PAUSE: Duration = Duration::from_secs(60);
/// Rewriting tables holds others up: for each second of it they have at least so many for themselves.
const REST: u32 = 9;

/// Wakes the worker. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Bell(Arc<(Mutex<Rung>, Condvar)>);

#[derive(Debug, Default)]
struct Rung {
    erased: bool,
    stopping: bool,
}

impl Bell {
    /// Says that something was erased whose traces are to be taken away.
    pub fn ring(&self) {
        self.rung().erased = true;
        self.0.1.notify_all();
    }

    fn stop(&self) {
        self.rung().stopping = true;
        self.0.1.notify_all();
    }

    fn rung(&self) -> MutexGuard<'_, Rung> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for at least `rest`, and then until it rings or `pause` is over; `false` where the worker is to stop.
    fn wait(&self, rest: Duration, pause: Duration) -> bool {
        let began = Instant::now();
        let mut rung = self.rung();
        while !rung.stopping {
            let until = if rung.erased { rest } else { rest.max(pause) };
            let left = until.saturating_sub(began.elapsed());
            if left.is_zero() {
                rung.erased = false;
                return true;
            }
            rung = self.0.1.wait_timeout(rung, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        false
    }
}

/// The thread; it stops when this is dropped.
#[derive(Debug)]
pub struct Sweeper {
    bell: Bell,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// Starts the thread.
    ///
    /// # Errors
    /// When no thread can be had.
    pub fn spawn(consultations: Consultations) -> io::Result<Self> {
        let bell = consultations.bell.clone();
        let run = move || {
            if let Err(error) = consultations.tell_keys() {
                tracing::warn!(%error, "it cannot be told under which keys consultations are");
            }
            loop {
                let began = Instant::now();
                let pause = sweep(&consultations);
                if !consultations.bell.wait(began.elapsed() * REST, pause) {
                    return;
                }
            }
        };
        let thread = thread::Builder::new().name("consultations".to_owned()).spawn(run)?;
        Ok(Self { bell, thread: Some(thread) })
    }
}

/// Sweeps once; for how long there is nothing to do then.
fn sweep(consultations: &Consultations) -> Duration {
    // Whatever makes one sweep panic must not end all others.
    let swept = panic::catch_unwind(AssertUnwindSafe(|| consultations.sweep()));
    match swept {
        Ok(Ok(swept)) => {
            if swept.erased > 0 || swept.resealed > 0 {
                let (erased, resealed) = (swept.erased, swept.resealed);
                tracing::info!(erased, resealed, "consultations were swept");
            }
            if swept.is_done { PERIOD } else { PAUSE }
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "consultations wait to be swept");
            PAUSE
        }
        Err(_) => {
            tracing::error!("sweeping consultations panicked");
            PAUSE
        }
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        self.bell.stop();
        if let Some(thread) = mem::take(&mut self.thread)
            && thread.join().is_err()
        {
            tracing::error!("the thread that erases consultations panicked");
        }
    }
}
