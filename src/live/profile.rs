//! A stored profile as the matching engine reads it.

use crate::{
    catalog::model::Catalog,
    directory::{claims::Style, model::Therapist},
    matching::profile::{Claim, Declaration, Fee, License, Location, Profile},
    vocabulary::LicenseStatus,
};

/// What matching knows of `therapist`. Codes that the catalog does not have any longer are left out.
#[must_use]
pub fn of(therapist: &Therapist, catalog: &Catalog) -> Profile {
    Profile {
        id: therapist.id,
        npi: therapist.npi.as_deref().and_then(|npi| npi.parse().ok()),
        modalities: therapist
            .modalities
            .iter()
            .filter_map(|claim| {
                let modality = u16::try_from(catalog.modality_index(&claim.code)?).ok()?;
                Some(Claim { modality, role: claim.role, level: claim.evidence_level })
            })
            .collect(),
        problem_areas: therapist
            .problem_areas
            .iter()
            .filter_map(|claim| {
                let problem_area = u16::try_from(catalog.problem_area_index(&claim.code)?).ok()?;
                Some(Declaration { problem_area, focus: claim.focus })
            })
            .collect(),
        style: axes(&therapist.style),
        homework: therapist.homework,
        gender: therapist.gender,
        languages: therapist.languages.clone(),
        communities: therapist.communities.clone(),
        age_groups: therapist.age_groups.clone(),
        participants: therapist.participants.clone(),
        session_formats: therapist.session_formats.clone(),
        insurance: therapist.insurance.clone(),
        times: therapist.availability.times.clone(),
        licenses: therapist
            .licenses
            .iter()
            .map(|license| License {
                jurisdiction: license.jurisdiction.clone(),
                active: license.status == LicenseStatus::Active,
                expires_on: license.expires_on,
            })
            .collect(),
        remote_jurisdictions: therapist.remote_jurisdictions.clone(),
        locations: therapist
            .locations
            .iter()
            .map(|location| Location {
                position: location.latitude.zip(location.longitude),
                region: location.region.clone(),
                country: location.country.clone(),
            })
            .collect(),
        fees: therapist
            .fees
            .iter()
            .map(|fee| Fee {
                participants: fee.participants,
                amount: fee.amount,
                currency: fee.currency.clone(),
            })
            .collect(),
        accepting: therapist.availability.accepting,
        next_opening_on: therapist.availability.next_opening_on,
        confirmed_at: therapist.confirmed_at,
        // Taken as unknown until consultation answers are kept.
        practice: [None; 3],
    }
}

fn axes(style: &Style) -> [Option<i8>; 4] {
    [style.directiveness, style.emotional_intensity, style.past_focus, style.challenge]
        .map(|axis| axis.and_then(|value| i8::try_from(value).ok()))
}
