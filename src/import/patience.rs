//! Which failures of the work on a job may pass, and how often it is tried again.

use chrono::{DateTime, Duration, Utc};

use super::model::ImportError;
use crate::{id::Id, store::StoreError};

/// After this many failures in a row a job has failed.
const MAX_FAILURES: u32 = 3;

/// What a failure means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may pass: the run is to be dropped, and the job claimed again after a while.
    Again,
    /// The job has failed.
    Fail,
    /// The database has not been reached for this long, which is no failure of the job: as [`Verdict::Again`], for as
    /// long as the worker likes.
    Unreachable(Duration),
}

/// Counts the failures of one worker.
#[derive(Clone, Copy, Debug, Default)]
pub struct Patience {
    /// The job that failed last, and how often in a row.
    failures: Option<(Id, u32)>,
    unreachable_since: Option<DateTime<Utc>>,
}

impl Patience {
    /// The work on this job failed.
    pub fn judge(&mut self, job: Id, error: &ImportError, now: DateTime<Utc>) -> Verdict {
        if matches!(error, ImportError::Store(StoreError::Unavailable(_))) {
            let since = *self.unreachable_since.get_or_insert(now);
            return Verdict::Unreachable(now - since);
        }
        self.unreachable_since = None;
        let before = self.failures.filter(|(failed, _)| *failed == job).map_or(0, |(_, times)| times);
        let failures = before.saturating_add(1);
        self.failures = Some((job, failures));
        let may_pass = matches!(error, ImportError::Store(_) | ImportError::Contended);
        if may_pass && failures < MAX_FAILURES { Verdict::Again } else { Verdict::Fail }
    }

    /// The database was reached.
    pub const fn reached(&mut self) {
        self.unreachable_since = None;
    }

    /// Something was committed for a job: what failed before has passed.
    pub const fn advanced(&mut self) {
        self.reached();
        self.failures = None;
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use diesel::result::Error;

    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
    }

    fn broken() -> ImportError {
        ImportError::Store(StoreError::Query(Error::NotFound))
    }

    fn unavailable() -> ImportError {
        ImportError::Store(StoreError::Unavailable("gone".to_owned()))
    }

    #[test]
    fn the_third_failure_in_a_row_is_the_last() {
        let (job, other) = (Id::new(at(0)), Id::new(at(0)));
        let mut patience = Patience::default();
        let mut judge = |job, error: ImportError, advanced| {
            if advanced {
                patience.advanced();
            }
            patience.judge(job, &error, at(0))
        };
        assert_eq!(judge(job, broken(), false), Verdict::Again);
        assert_eq!(judge(job, ImportError::Contended, false), Verdict::Again);
        assert_eq!(judge(job, broken(), true), Verdict::Again, "a chunk was committed between them");
        assert_eq!(judge(other, broken(), false), Verdict::Again);
        assert_eq!(judge(other, broken(), false), Verdict::Again);
        assert_eq!(judge(other, broken(), false), Verdict::Fail);
        assert_eq!(judge(job, ImportError::BodyGone, true), Verdict::Fail, "that does not pass");
    }

    #[test]
    fn a_database_out_of_reach_is_no_failure_of_the_job() {
        let job = Id::new(at(0));
        let mut patience = Patience::default();
        assert_eq!(patience.judge(job, &broken(), at(0)), Verdict::Again);
        assert_eq!(patience.judge(job, &broken(), at(1)), Verdict::Again);
        for seconds in [0, 10, 10_000] {
            let verdict = patience.judge(job, &unavailable(), at(2 + seconds));
            assert_eq!(verdict, Verdict::Unreachable(Duration::seconds(seconds)));
        }
        patience.reached();
        assert_eq!(patience.judge(job, &unavailable(), at(20_000)), Verdict::Unreachable(Duration::zero()));
        assert_eq!(patience.judge(job, &broken(), at(20_001)), Verdict::Fail);
    }
}
