//! Where a listing stands and when it was last confirmed.

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::draw::Draw;
use crate::{
    directory::{
        confirmations::{Confirmation, filled_groups},
        model::Therapist,
    },
    vocabulary::{ConfirmationMethod, FieldGroup, Status},
};

/// How well a listing is kept.
#[derive(Clone, Copy)]
enum Upkeep {
    Fresh,
    Stale,
    /// All but one of the filled groups were confirmed.
    Partly,
    Never,
}

/// Gives the otherwise finished profile its status and its confirmations.
pub(super) fn settle(draw: &mut Draw, therapist: &mut Therapist, as_of: NaiveDate) {
    therapist.status = draw.weighted(&[
        (Status::Published, 930),
        (Status::Draft, 30),
        (Status::Suspended, 20),
        (Status::Archived, 20),
    ]);
    if therapist.status == Status::Draft && draw.percent(40) {
        therapist.session_formats.clear();
        therapist.locations.clear();
    }
    therapist.confirmations = confirmations(draw, filled_groups(therapist).collect(), as_of);
}

fn confirmations(draw: &mut Draw, mut groups: Vec<FieldGroup>, as_of: NaiveDate) -> Vec<Confirmation> {
    let upkeep =
        draw.weighted(&[(Upkeep::Fresh, 65), (Upkeep::Stale, 20), (Upkeep::Partly, 5), (Upkeep::Never, 10)]);
    // The oldest confirmation, in days. Stale ones stay clear of the usual limit of 90 days.
    let oldest = match upkeep {
        Upkeep::Fresh => draw.rather_low(1, 84),
        Upkeep::Partly => draw.rather_low(1, 200),
        Upkeep::Stale => draw.rather_low(95, 730),
        Upkeep::Never => return Vec::new(),
    };
    if matches!(upkeep, Upkeep::Partly) && !groups.is_empty() {
        groups.remove(draw.below(u32::try_from(groups.len()).unwrap_or(1)) as usize);
    }
    let at_once = draw.percent(72);
    let method = method(draw);
    let first = moment(draw, as_of, oldest);
    groups
        .into_iter()
        .enumerate()
        .map(|(at, field_group)| {
            let later = at > 0 && !at_once;
            let days = if later { draw.between(1, oldest) } else { oldest };
            let confirmed_at = if later { moment(draw, as_of, days) } else { first };
            // Boards publish who is licensed: nothing else has such a source.
            let looked_up = field_group == FieldGroup::Licenses && draw.percent(40);
            let method = if looked_up { ConfirmationMethod::PrimarySource } else { method };
            Confirmation { field_group, method, confirmed_at }
        })
        .collect()
}

fn method(draw: &mut Draw) -> ConfirmationMethod {
    draw.weighted(&[
        (ConfirmationMethod::SelfAttested, 62),
        (ConfirmationMethod::Email, 22),
        (ConfirmationMethod::Phone, 16),
    ])
}

/// A moment of the US working day, `days` before `as_of`.
fn moment(draw: &mut Draw, as_of: NaiveDate, days: i32) -> DateTime<Utc> {
    let second = draw.between(13 * 3_600, 24 * 3_600 - 1);
    let midnight = (as_of - Duration::days(days.into())).and_time(NaiveTime::MIN).and_utc();
    midnight + Duration::seconds(second.into())
}
