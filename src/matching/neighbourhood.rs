//! The order in which profiles get their places: who works near each other stands side by side.

use super::{codes::Codes, profile::Profile};

/// A jurisdiction's number, then the place on a curve through all places of the earth that rarely leaves a neighbourhood.
pub(super) fn neighbourhood(profile: &Profile, codes: &mut Codes) -> (u32, u32) {
    let licensed = profile.licenses.iter().find(|license| license.active).map(|l| l.jurisdiction.as_str());
    let located = || profile.locations.iter().find_map(|location| location.region.as_deref());
    let remote = || profile.remote_jurisdictions.first().map(String::as_str);
    let jurisdiction = licensed.or_else(located).or_else(remote);
    let position = profile.locations.iter().find_map(|location| location.position);
    let along = |(latitude, longitude): (f64, f64)| {
        spaced(step(latitude + 90.0, 180.0)) << 1 | spaced(step(longitude + 180.0, 360.0))
    };
    (jurisdiction.map_or(u32::MAX, |code| codes.number(code)), position.map_or(u32::MAX, along))
}

/// One of 65,536 steps.
fn step(angle: f64, whole: f64) -> u32 {
    u32::from((angle / whole * 65_535.0) as u16)
}

/// The bits of a step with a gap after each, for those of another (Morton's order).
const fn spaced(step: u32) -> u32 {
    let step = (step | step << 8) & 0x00ff_00ff;
    let step = (step | step << 4) & 0x0f0f_0f0f;
    let step = (step | step << 2) & 0x3333_3333;
    (step | step << 1) & 0x5555_5555
}
