//! Answers that take time to compute: no more of them at once than there are cores, so that a burst of them leaves the
//! processor to writes, imports and whoever asks whether the server is alive.

use std::{num::NonZero, sync::Arc, thread};

use actix_web::web::block;
use tokio::sync::Semaphore;

use super::problem::Problem;

/// Who comes when so many wait for a core would be answered when they have given up.
const MOST_WAITING: usize = 1000;

/// The cores that computing takes turns on. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Compute {
    cores: Arc<Semaphore>,
    /// Room for those who compute or wait.
    room: Arc<Semaphore>,
}

impl Default for Compute {
    /// As many cores as the machine has.
    fn default() -> Self {
        Self::on(thread::available_parallelism().map_or(1, NonZero::get), MOST_WAITING)
    }
}

impl Compute {
    fn on(cores: usize, waiting: usize) -> Self {
        Self { cores: Arc::new(Semaphore::new(cores)), room: Arc::new(Semaphore::new(cores + waiting)) }
    }

    /// Computes when a core is free, on a thread that holds up nobody. The core is kept until the end, also where the
    /// client has gone meanwhile.
    ///
    /// # Errors
    /// What `f` returns; `unavailable` where too many wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        f: impl FnOnce() -> Result<T, Problem> + Send + 'static,
    ) -> Result<T, Problem> {
        let room = self.room.clone().try_acquire_owned().map_err(|_| Problem::unavailable(1))?;
        let core = self.cores.clone().acquire_owned().await.map_err(Problem::internal)?;
        let compute = move || {
            let _kept = (core, room);
            f()
        };
        block(compute).await.map_err(Problem::internal)?
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{
        atomic::{AtomicUsize, Ordering},
        mpsc,
    };

    use super::*;

    #[actix_web::test]
    async fn no_more_compute_at_once_than_there_are_cores_and_no_more_wait_than_there_is_room_for() {
        let compute = Compute::on(2, 3);
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut ends = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..5 {
            let (end, until) = mpsc::channel::<()>();
            ends.push(end);
            let (running, most, compute) = (running.clone(), most.clone(), compute.clone());
            asked.push(actix_web::rt::spawn(async move {
                let work = move || {
                    most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    let _ = until.recv();
                    running.fetch_sub(1, Ordering::SeqCst);
                    Ok(())
                };
                compute.run(work).await
            }));
        }
        while compute.room.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = compute.run(|| Ok(())).await.unwrap_err();
        assert_eq!(refused.code().as_str(), "unavailable");
        drop(ends);
        for one in asked {
            one.await.unwrap().unwrap();
        }
        assert!(most.load(Ordering::SeqCst) <= 2);
        compute.run(|| Ok(())).await.unwrap();
    }
}
