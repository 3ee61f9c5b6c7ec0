//! Small directories in which every value of the model is worked out by hand, in the order of the model's sections.

mod answer;
mod constraints;
mod fit;
mod integration;
mod plan;
mod practical;
mod preferences;
mod tiers;

use tailor::matching::answer::MatchResult;

/// Equal to what was computed by hand, up to the rounding of binary fractions.
#[track_caller]
pub(crate) fn assert_near(actual: f64, by_hand: f64) {
    assert!((actual - by_hand).abs() < 1e-9, "{actual} is not {by_hand}");
}

#[track_caller]
pub(crate) fn assert_all_near(actual: &[f64], by_hand: &[f64]) {
    assert_eq!(actual.len(), by_hand.len(), "{actual:?}");
    for (actual, by_hand) in actual.iter().zip(by_hand) {
        assert_near(*actual, *by_hand);
    }
}

/// The values of a result's components, in order.
pub(crate) fn values<T>(result: &MatchResult<'_, T>) -> Vec<f64> {
    result.components.as_ref().unwrap().iter().map(|component| component.value).collect()
}

/// The effective weights of a result's components, in order.
pub(crate) fn weights<T>(result: &MatchResult<'_, T>) -> Vec<f64> {
    result.components.as_ref().unwrap().iter().map(|component| component.weight).collect()
}
