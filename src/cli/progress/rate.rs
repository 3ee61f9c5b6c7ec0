//! How fast something grows now, not since it began.

use std::{collections::VecDeque, time::Duration};

/// What "now" means.
const WINDOW: Duration = Duration::from_secs(10);
/// Before this much of it nothing is said.
const LEAST: Duration = Duration::from_millis(500);
/// Samples closer together than this are one.
const GRAIN: Duration = Duration::from_millis(100);

/// The growth of a number over the last seconds.
#[derive(Debug, Default)]
pub(super) struct Rate {
    /// When and how much, the oldest first: one of the beginning of the window or before, and those since.
    samples: VecDeque<(Duration, u64)>,
}

impl Rate {
    /// The number is this now; times never go back.
    pub(super) fn add(&mut self, now: Duration, value: u64) {
        // The first sample stays where it is: what comes in one burst was brought by the time before it.
        if self.samples.len() > 1
            && let Some(last) = self.samples.back_mut()
            && now.saturating_sub(last.0) < GRAIN
        {
            last.1 = value;
            return;
        }
        self.samples.push_back((now, value));
        while self.samples.get(1).is_some_and(|(at, _)| now.saturating_sub(*at) >= WINDOW) {
            self.samples.pop_front();
        }
    }

    /// Growth per second; `None` where too little time has passed to tell.
    pub(super) fn per_second(&self, now: Duration) -> Option<f64> {
        let ((begin, before), (_, after)) = (self.samples.front()?, self.samples.back()?);
        let time = now.saturating_sub(*begin);
        (time >= LEAST).then(|| after.saturating_sub(*before) as f64 / time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    #[test]
    fn a_steady_growth_is_told_exactly() {
        let mut rate = Rate::default();
        assert_eq!(rate.per_second(at(0)), None);
        for second in 0..100 {
            rate.add(at(second * 1000), second * 250);
        }
        assert_eq!(rate.per_second(at(99_000)), Some(250.0));
        assert!(rate.samples.len() <= 12, "memory does not grow");
    }

    #[test]
    fn only_the_last_seconds_count() {
        let mut rate = Rate::default();
        (0..=60).for_each(|second| rate.add(at(second * 1000), second * 10));
        (61..=80).for_each(|second| rate.add(at(second * 1000), 600 + (second - 60) * 1000));
        assert_eq!(rate.per_second(at(80_000)), Some(1000.0));
    }

    #[test]
    fn what_stands_still_slows_down() {
        let mut rate = Rate::default();
        rate.add(at(0), 0);
        rate.add(at(1000), 1000);
        assert_eq!(rate.per_second(at(1000)), Some(1000.0));
        assert_eq!(rate.per_second(at(10_000)), Some(100.0));
        rate.add(at(30_000), 1000);
        assert_eq!(rate.per_second(at(30_000)), Some(0.0), "{:?}", rate.samples);
    }

    #[test]
    fn a_burst_is_not_told_too_early() {
        let mut rate = Rate::default();
        (0..400).for_each(|millis| rate.add(at(millis), millis));
        assert_eq!(rate.per_second(at(399)), None);
        assert!(rate.samples.len() <= 6);
        rate.add(at(1000), 1000);
        assert_eq!(rate.per_second(at(1000)), Some(1000.0));
    }

    #[test]
    fn a_number_that_begins_anew_is_no_growth() {
        let mut rate = Rate::default();
        rate.add(at(0), 500);
        rate.add(at(1000), 0);
        assert_eq!(rate.per_second(at(1000)), Some(0.0));
    }
}
