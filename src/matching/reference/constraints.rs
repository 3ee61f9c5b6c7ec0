//! Section 4 as it is written: each constraint for one therapist.

use chrono::{Days, NaiveDate};

use super::scores::{haversine_km, next_opening, rating};
use crate::{
    catalog::model::Catalog,
    matching::{
        constraint::Constraint,
        needs::Needs,
        policy::Policy,
        profile::{Profile, primary_language},
    },
    vocabulary::{Accepting, Attitude, Importance, SessionFormat},
};

/// The constraints that a therapist fails, in the order of [`Constraint`].
#[must_use]
pub fn failed_constraints(
    profile: &Profile,
    needs: &Needs,
    catalog: &Catalog,
    policy: &Policy,
) -> Vec<Constraint> {
    let mut failed = Vec::new();
    let mut require = |constraint: Constraint, holds: bool| {
        if !holds {
            failed.push(constraint);
        }
    };
    let asked = &needs.constraints;
    delivery(profile, needs, policy, &mut require);
    if let Some(group) = asked.age_group {
        require(Constraint::AgeGroup, profile.age_groups.contains(&group));
    }
    if let Some(participants) = asked.participants {
        require(Constraint::Participants, profile.participants.contains(&participants));
    }
    if let Some(languages) = &asked.languages {
        require(Constraint::Languages, speaks_any(profile, languages));
    }
    if let Some(max) = &asked.max_fee {
        require(Constraint::MaxFee, budget_fee(profile, needs).is_none_or(|fee| fee <= max.amount));
    }
    if let Some(plans) = &asked.insurance {
        require(Constraint::Insurance, profile.insurance.iter().any(|plan| plans.contains(plan)));
    }
    if asked.accepting {
        require(Constraint::Accepting, profile.accepting == Some(Accepting::Accepting));
    }
    if let Some(times) = &asked.times {
        require(Constraint::Times, profile.times.iter().any(|time| times.contains(time)));
    }
    if let Some(days) = asked.opening_within_days {
        let opening = next_opening(profile, needs);
        require(Constraint::OpeningWithinDays, opening.is_some_and(|opening| opening <= i64::from(days)));
    }
    if let Some(days) = asked.confirmed_within_days {
        let earliest = needs.as_of.checked_sub_days(Days::new(u64::from(days))).unwrap_or(NaiveDate::MIN);
        let confirmed = profile.confirmed_at.map(|at| at.date_naive());
        require(Constraint::ConfirmedWithinDays, confirmed.is_some_and(|day| day >= earliest));
    }
    if let Some(level) = asked.min_evidence_level {
        let holds = profile.claims(catalog.modalities.len()).iter().any(|claim| {
            let modality = usize::from(claim.modality);
            let mut areas = needs.problem_areas.iter();
            claim.level <= level
                && areas.any(|area| rating(modality, area.problem_area, catalog, policy).0 > 0.0)
        });
        require(Constraint::MinEvidenceLevel, holds);
    }
    let wishes = &needs.preferences;
    let claims = profile.claims(catalog.modalities.len());
    let mut musts = wishes.modalities.iter().filter(|wish| wish.importance == Importance::Must);
    require(
        Constraint::PreferredModalities,
        musts.all(|wish| {
            let declares = claims.iter().any(|claim| usize::from(claim.modality) == wish.modality);
            declares == (wish.attitude == Attitude::Prefer)
        }),
    );
    if let Some(genders) = wishes.genders.as_ref().filter(|wish| wish.importance == Importance::Must) {
        let holds = profile.gender.is_some_and(|gender| genders.any_of.contains(&gender));
        require(Constraint::PreferredGenders, holds);
    }
    if let Some(languages) = wishes.languages.as_ref().filter(|wish| wish.importance == Importance::Must) {
        require(Constraint::PreferredLanguages, speaks_any(profile, &languages.any_of));
    }
    if let Some(communities) = wishes.communities.as_ref().filter(|wish| wish.importance == Importance::Must)
    {
        let holds = profile.communities.iter().any(|code| communities.any_of.contains(code));
        require(Constraint::PreferredCommunities, holds);
    }
    failed
}

/// Formats, place and licence together.
fn delivery(profile: &Profile, needs: &Needs, policy: &Policy, require: &mut impl FnMut(Constraint, bool)) {
    let asked = &needs.constraints;
    let usable: Vec<SessionFormat> = profile
        .session_formats
        .iter()
        .copied()
        .filter(|format| asked.session_formats.as_ref().is_none_or(|formats| formats.contains(format)))
        .collect();
    let has_location_in_reach = match asked.near {
        None => !profile.locations.is_empty(),
        Some(near) => profile.locations.iter().filter_map(|location| location.position).any(|position| {
            haversine_km((near.latitude, near.longitude), position, policy) <= near.radius_km
        }),
    };
    let is_licensed = |place: &str| {
        profile.licenses.iter().any(|license| {
            license.active
                && license.jurisdiction == place
                && license.expires_on.is_none_or(|last_day| needs.as_of <= last_day)
        })
    };
    let is_lawful = |format: SessionFormat| {
        let Some(place) = asked.jurisdiction.as_deref() else { return true };
        let has_location = || {
            let mut locations = profile.locations.iter();
            locations.any(|location| location.region.as_deref() == Some(place) || location.country == place)
        };
        let is_remote = || profile.remote_jurisdictions.iter().any(|code| code == place);
        is_licensed(place) || if format == SessionFormat::InPerson { has_location() } else { is_remote() }
    };
    let is_usable_here = |format: SessionFormat| {
        is_lawful(format) && (format != SessionFormat::InPerson || has_location_in_reach)
    };
    let is_remote_usable = usable.iter().any(|format| *format != SessionFormat::InPerson);

    let formats_hold = asked.session_formats.is_none() || !usable.is_empty();
    let jurisdiction_holds = asked.jurisdiction.is_none() || usable.iter().any(|format| is_lawful(*format));
    let near_holds = asked.near.is_none() || is_remote_usable || has_location_in_reach;
    require(Constraint::SessionFormats, formats_hold);
    require(Constraint::Jurisdiction, jurisdiction_holds);
    require(Constraint::Near, near_holds);
    let asks_place = asked.jurisdiction.is_some() || asked.near.is_some();
    if asks_place && !usable.is_empty() && jurisdiction_holds && near_holds {
        require(Constraint::Delivery, usable.iter().any(|format| is_usable_here(*format)));
    }
}

fn speaks_any(profile: &Profile, languages: &[String]) -> bool {
    profile.languages.iter().any(|tag| languages.contains(&primary_language(tag)))
}

/// The lowest fee in the requested currency: for the requested participants where one is stated for them, else for any.
fn budget_fee(profile: &Profile, needs: &Needs) -> Option<i64> {
    let max = needs.constraints.max_fee.as_ref()?;
    let stated = || profile.fees.iter().filter(|fee| fee.currency == max.currency && fee.amount >= 0);
    let own = stated().filter(|fee| Some(fee.participants) == needs.constraints.participants);
    own.map(|fee| fee.amount).min().or_else(|| stated().map(|fee| fee.amount).min())
}
