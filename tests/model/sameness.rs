//! What it means that the engine and the reference give the same: every value, bit for bit.

use serde::Serialize;
use tailor::{
    catalog::model::Catalog,
    matching::{
        answer::{MatchResult, Ranking, Remark},
        index::Index,
        needs::Needs,
        policy::Policy,
        profile::Profile,
        rank::{Staleness, explain_one, rank},
        reference::{self, AnswerShown, Scored},
    },
    to_json::ToJson,
};

use crate::world::Payload;

/// Asserts that the engine over `index` and the reference over `profiles` give the same ranking.
pub(crate) fn assert_same_ranking(
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
}

/// Asserts the same, and that each profile is explained as the reference has it.
pub(crate) fn assert_same(
    index: &Index<Payload>,
    profiles: &[Profile],
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
    staleness: Staleness,
) {
    assert_same_ranking(index, profiles, needs, catalog, policy, staleness);
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
    assert_same_answers(result, &expected.answers);
    let freshness = result.confidence.expect("confidence").freshness;
    assert_eq!(freshness.to_bits(), expected.freshness.to_bits());
}

/// Asserts that the remarks on consultation answers are those of the reference.
fn assert_same_answers<T>(result: &MatchResult<'_, T>, expected: &[AnswerShown; 3]) {
    let of = |remarks: &Option<Vec<Remark<'_>>>, codes: &[&str]| -> Vec<(&str, String)> {
        let remarks = remarks.as_ref().expect("remarks").iter();
        let remarks = remarks.filter(|remark| codes.contains(&remark.code));
        remarks.map(|remark| (remark.code, remark.text.to_string())).collect()
    };
    let codes = ["explains_choice", "speaks_of_relationship", "plan_for_being_stuck"];
    let reasons = of(&result.reasons, &codes);
    let answers =
        codes.iter().zip(expected).filter(|(_, answer)| answer.positive.iter().any(|p| !p.is_empty()));
    let ends: Vec<_> = answers
        .map(|(code, answer)| {
            let named: Vec<_> =
                answer.positive.iter().filter(|p| !p.is_empty()).map(|p| p.join(", ")).collect();
            (*code, format!(": {}.", named.join("; the text also suggests: ")))
        })
        .collect();
    assert_eq!(reasons.len(), ends.len(), "{reasons:?} {ends:?}");
    for ((code, text), (expected, end)) in reasons.iter().zip(&ends) {
        assert!(code == expected && text.ends_with(end), "{text} does not end with {end}");
    }
    let doubts = expected.iter().flat_map(|answer| &answer.negative).filter(|phrases| !phrases.is_empty());
    let doubts: Vec<_> =
        doubts.map(|phrases| format!(" that {}; ask about it.", phrases.join(" and that "))).collect();
    let asked = of(&result.gaps, &["answer_to_ask_about"]);
    assert_eq!(asked.len(), doubts.len(), "{asked:?} {doubts:?}");
    assert!(asked.iter().zip(&doubts).all(|((_, text), end)| text.ends_with(end)), "{asked:?} {doubts:?}");
    let unanswered = expected.iter().filter(|answer| !answer.is_answered).count();
    let told = of(&result.gaps, &["questions_unanswered"]);
    assert_eq!(told.len(), usize::from(unanswered > 0));
    // One question after the other, separated by commas.
    assert!(told.iter().all(|(_, text)| text.split(", ").count() == unanswered), "{told:?}");
}

/// Asserts that results, relaxations and plan are written as serde has them.
pub(crate) fn assert_written(ranking: Ranking<'_, Payload>) {
    fn assert_same_text(value: &(impl ToJson + Serialize)) {
        let mut written = Vec::new();
        value.to_json(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), serde_json::to_string(value).unwrap());
    }
    assert_same_text(&ranking.excluded);
    assert_same_text(&ranking.relaxations);
    assert_same_text(&ranking.plan);
    for result in ranking.results {
        assert_same_text(&result.map(|listed| listed.distance_km));
    }
}
