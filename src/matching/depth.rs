//! How deep a claim is: claims are scarce, so that ticking every box gains nothing (section 1).

use super::{profile::Claim, tables::DepthTable};

/// What is left of each claim when all are made: 1 within the budget. `claims` are in the order of the catalog.
pub(super) fn spread(claims: &[Claim], table: &DepthTable) -> f64 {
    if claims.is_empty() {
        return 1.0;
    }
    let claimed = claims.iter().fold(0.0, |sum, claim| sum + table.role.of(claim.role));
    (table.budget / claimed).min(1.0)
}

/// Depth of one claim, 0 to 1.
pub(super) fn depth(claim: &Claim, spread: f64, table: &DepthTable) -> f64 {
    table.role.of(claim.role) * spread * table.evidence_level.of(claim.level)
}
