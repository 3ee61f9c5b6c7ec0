//! What it means that the engine and the reference give the same: every value, bit for bit.

use tailor::{
    catalog::model::Catalog,
    matching::{
        answer::MatchResult,
        index::Index,
        needs::Needs,
        policy::Policy,
        profile::Profile,
        rank::{Staleness, explain_one, rank},
        reference::{self, Scored},
    },
};

use crate::world::Payload;

/// Asserts that the engine over `index` and the reference over `profiles` give the same ranking.
pub(crate) fn assert_same(
    index: &Index<Payload>,
    profiles: &[Profile],
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
    staleness: Staleness,
) {
    let expected = reference::rank(profiles, needs, catalog, policy, staleness);
    let ranking = rank(index, needs, staleness);
    assert_eq!(ranking.considered, expected.considered, "considered");
    assert_eq!(ranking.eligible, expected.eligible, "eligible");
    assert_eq!(ranking.excluded, expected.excluded);
    assert_eq!(ranking.relaxations, expected.relaxations);
    let order: Vec<_> = ranking.results.iter().map(|r| (r.therapist.id, r.rank, r.tier)).collect();
    let expected_order: Vec<_> =
        expected.results.iter().map(|r| (r.id, Some(r.rank), Some(r.tier))).collect();
    assert_eq!(order, expected_order);
    for (result, expected) in ranking.results.iter().zip(&expected.results) {
        assert_eq!(result.score.to_bits(), expected.score.to_bits());
        assert_same_values(result, &expected.scored);
    }
    for profile in profiles {
        let explained =
            explain_one(index, &profile.id, needs, staleness).expect("the profile is in the index");
        assert_same_values(&explained.result, &reference::score(profile, needs, catalog, policy));
        let failed = reference::failed_constraints(profile, needs, catalog, policy);
        assert!(
            explained.failed_constraints.starts_with(&failed),
            "{:?} {failed:?}",
            explained.failed_constraints
        );
        assert_eq!(explained.eligible, explained.failed_constraints.is_empty());
        assert_eq!((explained.result.rank, explained.result.tier), (None, None));
    }
}

/// Asserts that every value of a fully explained result is that of the reference.
pub(crate) fn assert_same_values<T>(result: &MatchResult<'_, T>, expected: &Scored) {
    let bits = |values: Vec<f64>| values.into_iter().map(f64::to_bits).collect::<Vec<_>>();
    let components = result.components.as_ref().expect("components");
    let applying: Vec<_> = expected.components.iter().filter(|(weight, _)| *weight > 0.0).collect();
    assert_eq!(
        bits(components.iter().flat_map(|c| [c.weight, c.value]).collect()),
        bits(applying.iter().flat_map(|(weight, value)| [*weight, *value]).collect()),
    );
    let total = components.iter().fold(0.0, |sum, component| sum + component.contribution);
    assert_eq!(total.to_bits(), expected.total.to_bits());
    let areas = result.problem_areas.as_ref().expect("problem areas");
    assert_eq!(areas.len(), expected.areas.len());
    for (area, expected) in areas.iter().zip(&expected.areas) {
        let values =
            [Some(area.weight), Some(area.fit), area.coverage, area.tau].map(|value| value.expect("full"));
        let expected_values = [expected.weight, expected.fit, expected.coverage, expected.tau];
        assert_eq!(bits(values.to_vec()), bits(expected_values.to_vec()), "{}", area.code);
        let shares = area.modalities.as_ref().expect("modalities");
        assert_eq!(
            bits(shares.iter().flat_map(|share| [share.depth, share.x]).collect()),
            bits(expected.modalities.iter().flat_map(|(depth, x)| [*depth, *x]).collect()),
        );
        assert_eq!(area.via.len(), expected.via.len());
    }
    let phases = result.phases.as_ref().expect("phases").iter().flat_map(|p| [p.need, p.capability]);
    assert_eq!(bits(phases.collect()), bits(expected.phases.iter().flat_map(|(n, c)| [*n, *c]).collect()));
    let dimensions =
        result.dimensions.as_ref().expect("dimensions").iter().flat_map(|d| [d.need, d.capability]);
    assert_eq!(
        bits(dimensions.collect()),
        bits(expected.dimensions.iter().flat_map(|(n, c)| [*n, *c]).collect())
    );
    let freshness = result.confidence.expect("confidence").freshness;
    assert_eq!(freshness.to_bits(), expected.freshness.to_bits());
}
