//! What matching knows of one published therapist.
//!
//! Everything that the profile does not state is unknown: `None`, or an empty list. Unknown is never the same as no.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    id::Id,
    vocabulary::{
        Accepting, AgeGroup, EvidenceLevel, Focus, Gender, Homework, Participants, Role, SessionFormat, Times,
    },
};

/// One published therapist.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    pub id: Id,
    /// US National Provider Identifier, as a number: profiles of one NPI are one therapist.
    pub npi: Option<u64>,
    /// Each modality once; of several claims to one modality the best counts.
    pub modalities: Vec<Claim>,
    /// Each problem area once; of several declarations of one area the more central counts.
    pub problem_areas: Vec<Declaration>,
    /// −3 to 3: directiveness, emotional intensity, past focus, challenge. The order of [`StyleAxis::ALL`].
    pub style: [Option<i8>; 4],
    pub homework: Option<Homework>,
    pub gender: Option<Gender>,
    /// BCP 47 tags.
    pub languages: Vec<String>,
    pub communities: Vec<String>,
    pub age_groups: Vec<AgeGroup>,
    pub participants: Vec<Participants>,
    pub session_formats: Vec<SessionFormat>,
    pub insurance: Vec<String>,
    pub times: Vec<Times>,
    pub licenses: Vec<License>,
    /// Where the therapist may work remotely without a licence of that place.
    pub remote_jurisdictions: Vec<String>,
    pub locations: Vec<Location>,
    pub fees: Vec<Fee>,
    pub accepting: Option<Accepting>,
    pub next_opening_on: Option<NaiveDate>,
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The answers to the questions of [`PRACTICE_QUESTIONS`], in their order; `None`: not answered.
    pub practice: [Option<PracticeAnswer>; 3],
}

/// Codes of the consultation questions that count, whichever question set they belong to.
pub const PRACTICE_QUESTIONS: [&str; 3] = ["approaches_and_selection", "role_of_relationship", "when_stuck"];

/// What an answer to a consultation question shows. An answer without signals is an answer all the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PracticeAnswer {
    /// Sum of the signed weights of the declared signals, in the order of their codes.
    pub declared: f64,
    /// The same of the signals that only the text suggests; how far they count is the policy's.
    pub suggested: f64,
    /// The signals that the catalog's question of this code has; of several of one signal the declared one counts.
    pub signals: Vec<ShownSignal>,
}

/// A signal that an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShownSignal {
    /// Index into the signals of the catalog's question.
    pub signal: u8,
    pub basis: SignalBasis,
}

/// What a signal rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SignalBasis {
    /// The therapist says so.
    Declared,
    /// The text of the answer suggests it.
    #[serde(rename = "text")]
    Suggested,
}

/// A claim to work with a modality.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Claim {
    /// Index into the catalog's modalities.
    pub modality: u16,
    pub role: Role,
    pub level: EvidenceLevel,
}

/// A declaration of a problem area.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Declaration {
    /// Index into the catalog's problem areas.
    pub problem_area: u16,
    pub focus: Focus,
}

/// A licence to practise in one jurisdiction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct License {
    /// ISO 3166-2, or ISO 3166-1 alpha-2 where licences are national.
    pub jurisdiction: String,
    pub active: bool,
    /// The last day on which it is valid; `None`: it does not expire.
    pub expires_on: Option<NaiveDate>,
}

/// A place where the therapist sees clients in person.
#[derive(Clone, Debug, PartialEq)]
pub struct Location {
    /// WGS 84 degrees north and east.
    pub position: Option<(f64, f64)>,
    /// ISO 3166-2.
    pub region: Option<String>,
    /// ISO 3166-1 alpha-2.
    pub country: String,
}

/// What a session costs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    pub participants: Participants,
    /// In minor units of `currency`; below 0 counts as unstated.
    pub amount: i64,
    /// ISO 4217.
    pub currency: String,
}

/// An axis of style, −3 to 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleAxis {
    Directiveness,
    EmotionalIntensity,
    PastFocus,
    Challenge,
}

impl StyleAxis {
    /// All axes, in the order of the contract.
    pub const ALL: [Self; 4] =
        [Self::Directiveness, Self::EmotionalIntensity, Self::PastFocus, Self::Challenge];

    /// The field's name.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Directiveness => "directiveness",
            Self::EmotionalIntensity => "emotional_intensity",
            Self::PastFocus => "past_focus",
            Self::Challenge => "challenge",
        }
    }
}

impl PracticeAnswer {
    /// The signals in the order of the question, each once.
    #[must_use]
    pub fn shown(&self) -> Vec<ShownSignal> {
        let mut shown = self.signals.clone();
        // Within one signal a declared one comes before a suggested one.
        shown.sort_unstable();
        shown.dedup_by_key(|shown| shown.signal);
        shown
    }
}

impl Profile {
    /// The claims by code, each modality once, those that the catalog does not have left out.
    #[must_use]
    pub fn claims(&self, modalities: usize) -> Vec<Claim> {
        let mut claims: Vec<_> = self
            .modalities
            .iter()
            .copied()
            .filter(|claim| usize::from(claim.modality) < modalities)
            .collect();
        // Within one modality the order of the vocabularies puts the best claim first.
        claims.sort_unstable();
        claims.dedup_by_key(|claim| claim.modality);
        claims
    }

    /// The declared areas by code, each once, those that the catalog does not have left out.
    #[must_use]
    pub fn declarations(&self, problem_areas: usize) -> Vec<Declaration> {
        let mut declared: Vec<_> = self
            .problem_areas
            .iter()
            .copied()
            .filter(|declared| usize::from(declared.problem_area) < problem_areas)
            .collect();
        declared.sort_unstable();
        declared.dedup_by_key(|declared| declared.problem_area);
        declared
    }
}

/// The primary subtag of a BCP 47 tag, in lower case: `es` of `es-MX`.
///
/// Languages are compared by it, so that a request for `es` admits a profile with `es-MX`, and one for `es-MX` a profile
/// with `es`: directories rarely state the variety, and a therapist who works in a language works in it.
#[must_use]
pub fn primary_language(tag: &str) -> String {
    tag.split('-').next().unwrap_or_default().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_sorted_and_unique_with_the_best_first() {
        let claim = |modality, role, level| Claim { modality, role, level };
        let profile = Profile {
            modalities: vec![
                claim(2, Role::Technique, EvidenceLevel::Trained),
                claim(9, Role::Foundation, EvidenceLevel::Trained),
                claim(0, Role::Technique, EvidenceLevel::SelfDeclared),
                claim(2, Role::Technique, EvidenceLevel::Certified),
            ],
            ..Profile::default()
        };
        let expected = [
            claim(0, Role::Technique, EvidenceLevel::SelfDeclared),
            claim(2, Role::Technique, EvidenceLevel::Certified),
        ];
        assert_eq!(profile.claims(9), expected);
    }

    #[test]
    fn languages_compare_by_their_primary_subtag() {
        assert_eq!(primary_language("es-MX"), "es");
        assert_eq!(primary_language("ZH-Hant"), "zh");
        assert_eq!(primary_language("yue"), "yue");
    }
}
