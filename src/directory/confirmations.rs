//! Who confirmed what when: the field's worst disease is listings that nobody has confirmed.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::model::Therapist;
use crate::{
    formats,
    vocabulary::{ConfirmationMethod, FieldGroup},
};

/// Somebody confirmed a field group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    pub field_group: FieldGroup,
    pub method: ConfirmationMethod,
    #[serde(deserialize_with = "formats::times::moment")]
    pub confirmed_at: DateTime<Utc>,
}

/// A request to record that field groups were confirmed today.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fields": ["contact", "availability"], "method": "phone", "note": "spoke with the front desk"}))]
pub struct NewConfirmation {
    /// The field groups that were confirmed.
    #[validate(length(min = 1, max = 4))]
    #[schema(min_items = 1, max_items = 4, example = json!(["contact", "availability"]))]
    pub fields: Vec<FieldGroup>,
    pub method: ConfirmationMethod,
    /// For the operator's own records; never published.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    #[schema(min_length = 1, max_length = 500, example = "spoke with the practice's front desk")]
    pub note: Option<String>,
}

/// The field groups in which the profile states anything.
pub fn filled_groups(therapist: &Therapist) -> impl Iterator<Item = FieldGroup> {
    let contact = therapist.email.is_some() || therapist.phone.is_some() || therapist.website.is_some();
    let licenses = !therapist.licenses.is_empty() || !therapist.remote_jurisdictions.is_empty();
    let locations = !therapist.locations.is_empty();
    let availability = therapist.availability != super::practice::Availability::default();
    [
        (FieldGroup::Contact, contact),
        (FieldGroup::Licenses, licenses),
        (FieldGroup::Locations, locations),
        (FieldGroup::Availability, availability),
    ]
    .into_iter()
    .filter_map(|(group, filled)| filled.then_some(group))
}

/// The oldest confirmation of the groups that the profile fills: null where one was never confirmed. A profile that
/// fills no group is as fresh as its latest confirmation.
#[must_use]
pub fn confirmed_at(therapist: &Therapist) -> Option<DateTime<Utc>> {
    let of = |group: FieldGroup| {
        therapist.confirmations.iter().find(|c| c.field_group == group).map(|c| c.confirmed_at)
    };
    let mut groups = filled_groups(therapist).peekable();
    if groups.peek().is_none() {
        return therapist.confirmations.iter().map(|c| c.confirmed_at).max();
    }
    // None sorts before every time, so one group that was never confirmed decides.
    groups.map(of).min().flatten()
}

/// Whether a profile confirmed at `confirmed_at` counts as stale `today`: not confirmed within so many days, by the
/// calendar in UTC, or never.
#[must_use]
pub fn is_stale(confirmed_at: Option<DateTime<Utc>>, today: NaiveDate, stale_after_days: u16) -> bool {
    confirmed_at.is_none_or(|at| (today - at.date_naive()).num_days() > i64::from(stale_after_days))
}

/// When a profile must have been confirmed at the earliest to count as fresh `today`.
#[must_use]
pub fn fresh_since(today: NaiveDate, stale_after_days: u16) -> DateTime<Utc> {
    (today - Days::new(u64::from(stale_after_days))).and_time(NaiveTime::MIN).and_utc()
}
