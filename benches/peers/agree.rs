//! Holds the peers against each other: who answers faster must answer the same.

use tailor::matching::{
    answer::Component,
    needs::Needs,
    rank::{Staleness, explain_one, rank},
};

use super::{Peers, facts::Winner, plain, sqlite};

const CLOSE: f64 = 1e-9;

/// Panics where the peers differ; how many therapists are eligible.
pub fn check(peers: &Peers, needs: &Needs) -> u64 {
    let facts = &peers.facts;
    let eligible = rank(&peers.index, needs, Staleness::Mark).eligible;
    let expected = plain::rank(facts, needs);
    hold(peers, needs, "plain Rust", &expected);
    let has_preference = expected.iter().any(|winner| winner.preference.is_some());
    assert_eq!(peers.sqlite.eligible(facts, needs), eligible, "eligible on SQLite");
    let winners = sqlite::best(&mut peers.sqlite.statement(facts, needs), has_preference);
    hold(peers, needs, "SQLite", &winners);
    same("SQLite", &expected, &winners);
    if let Some(postgres) = &peers.postgres {
        assert_eq!(postgres.eligible(facts, needs), eligible, "eligible on PostgreSQL");
        let winners = postgres.best(&postgres.statement(facts, needs), has_preference);
        hold(peers, needs, "PostgreSQL", &winners);
        same("PostgreSQL", &expected, &winners);
    }
    eligible
}

/// The same scores from the best to the last; of equal ones either may stand there.
fn same(name: &str, expected: &[Winner], winners: &[Winner]) {
    assert_eq!(winners.len(), expected.len(), "{name}");
    for (winner, expected) in winners.iter().zip(expected) {
        assert!((winner.score - expected.score).abs() < CLOSE, "{name}: {winner:?} for {expected:?}");
    }
}

/// The engine lets each of them in, and gives the same problem fit and preference.
fn hold(peers: &Peers, needs: &Needs, name: &str, winners: &[Winner]) {
    for winner in winners {
        let explanation = explain_one(&peers.index, &winner.id, needs, Staleness::Mark).expect("a profile");
        assert!(explanation.eligible, "{name}: {winner:?} fails {:?}", explanation.failed_constraints);
        let components = explanation.result.components.expect("explained");
        let value = |of: Component| components.iter().find(|one| one.component == of).map(|one| one.value);
        let pairs = [
            (Some(winner.problem_fit), value(Component::ProblemFit)),
            (winner.preference, value(Component::Preference)),
        ];
        for (own, of_engine) in pairs {
            let is_close = match (own, of_engine) {
                (Some(own), Some(of_engine)) => (own - of_engine).abs() < CLOSE,
                (own, of_engine) => own.is_none() && of_engine.is_none(),
            };
            assert!(is_close, "{name}: {own:?} where the engine has {of_engine:?}");
        }
    }
}
