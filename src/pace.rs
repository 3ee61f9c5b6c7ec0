//! How hard a thread works beside those that answer requests.

use std::{cell::Cell, thread, time::Instant};

/// Whose turn comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// As fast as it can: nobody else is served by this process, though another one may use the database.
    Full,
    /// Only what requests leave of the processors.
    Background,
}

thread_local! {
    /// As a priority is a thread's own, so is whether it gives way: what works for requests on one thread and for an import
    /// on another need not be told for whom.
    static GIVES_WAY: Cell<bool> = const { Cell::new(false) };
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

    /// For a thread that holds what others wait for, and must not be kept from ending: it only gives way where it calls
    /// [`give_way`], from now on.
    pub fn settle(self) {
        GIVES_WAY.set(self == Self::Background);
    }

    /// For a thread that nobody waits for: it has the weakest claim to a processor, from now on. Lowering it is always
    /// allowed; where a system cannot, the thread gives way where it calls [`give_way`].
    pub fn settle_last(self) {
        self.settle();
        #[cfg(target_os = "linux")]
        if self == Self::Background {
            idle();
        }
    }
}

/// Lets others run who wait for a processor, where the calling thread works in the background. To be called after every
/// small piece of work: a thread that never does keeps a request waiting for a slice of the scheduler, some milliseconds.
pub fn give_way() {
    if GIVES_WAY.get() {
        thread::yield_now();
    }
}

/// On Linux a thread has a scheduling class of its own. One of the idle class is taken off its processor at once when
/// anybody else can run there; one that is merely nice may end its slice.
#[cfg(target_os = "linux")]
fn idle() {
    use thread_priority::{
        NormalThreadSchedulePolicy::Idle, ThreadPriority, ThreadSchedulePolicy,
        set_thread_priority_and_policy, thread_native_id,
    };

    let idle = ThreadSchedulePolicy::Normal(Idle);
    if let Err(error) = set_thread_priority_and_policy(thread_native_id(), ThreadPriority::Min, idle) {
        tracing::debug!(?error, "the import's priority stays as it is");
    }
}
