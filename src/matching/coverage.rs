//! How a therapist fits one problem area: what modalities cover, and what the therapist declares (section 2).

use super::{
    depth::depth,
    policy::Policy,
    profile::{Claim, Declaration},
    rating::Rating,
    tables::DeclarationTable,
};

/// How well the modalities of a therapist cover a problem area.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Coverage {
    /// 0 to 1.
    pub value: f64,
    /// The claims that counted, by their place among the therapist's, the better first.
    pub via: [Option<usize>; 2],
}

/// `ratings` are those of the area, by modality.
pub(super) fn cover(claims: &[Claim], spread: f64, ratings: &[Rating], policy: &Policy) -> Coverage {
    let mut via = [None; 2];
    let mut best = [0.0_f64; 2];
    for (at, claim) in claims.iter().enumerate() {
        let rating = ratings.get(usize::from(claim.modality)).map_or(0.0, |rating| rating.value);
        let x = rating * depth(claim, spread, &policy.tables.depth);
        // Equal ones keep their place: claims come in the order of codes.
        if x > best[0] {
            (best, via) = ([x, best[0]], [Some(at), via[0]]);
        } else if x > best[1] {
            (best[1], via[1]) = (x, Some(at));
        }
    }
    let value = best[0] + policy.tables.coverage.second_modality * (1.0 - best[0]) * best[1];
    Coverage { value, via }
}

/// What the therapist's own declaration says of a problem area: τ, 0 to 1.
pub(super) fn declared(declarations: &[Declaration], problem_area: usize, table: &DeclarationTable) -> f64 {
    let found = declarations.iter().find(|declared| usize::from(declared.problem_area) == problem_area);
    found.map_or(table.undeclared, |declared| {
        let left = f64::from(table.silent_from) - declarations.len() as f64;
        let reach = (left.max(0.0) / f64::from(table.span)).min(1.0);
        table.undeclared + table.gain * table.focus.of(declared.focus) * reach
    })
}

/// Coverage and declaration together: where the choice of treatment matters, coverage decides.
pub(super) fn fit(specificity: f64, coverage: f64, declared: f64) -> f64 {
    specificity * coverage + (1.0 - specificity) * declared
}
