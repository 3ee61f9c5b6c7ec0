//! Where to find help in a crisis, and the phrases that ask for it.
//!
//! A phrase list is a safety net, not an assessment, and it must not be the only safeguard.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::model::Catalog;

/// Crisis phrases and help lines.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrisisGuide {
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub notice: String,
    #[serde(default, skip_serializing)]
    #[schema(ignore)]
    pub compiled: String,
    pub about: String,
    pub behaviour: CrisisBehaviour,
    pub indicators: Vec<CrisisIndicator>,
    pub resources_note: String,
    /// Where the harmonised European numbers are offered beside the national ones.
    pub eu_member_states: Vec<String>,
    /// The kinds of resource that fit a problem area beside the general ones.
    pub kinds_by_problem_area: BTreeMap<String, Vec<CrisisKind>>,
    pub resources: Vec<CrisisResource>,
}

/// What to do at each severity, and how phrases are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrisisBehaviour {
    pub immediate: String,
    pub urgent: String,
    pub elevated: String,
    pub matching_note: String,
    pub log_note: String,
}

/// How soon help must be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrisisSeverity {
    Elevated,
    Urgent,
    Immediate,
}

/// A sign of crisis in a client's own words. A safety net, not an assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrisisIndicator {
    pub code: String,
    pub name: String,
    pub severity: CrisisSeverity,
    pub action: String,
    /// Lower case, straight apostrophes.
    pub phrases: Vec<String>,
    /// Weaker signs: show help beside the results.
    pub softer_phrases: Vec<String>,
    /// Phrases that look alike and mean something else.
    pub negations_and_false_friends: Vec<String>,
}

/// What a help line is for, in the order in which resources are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CrisisKind {
    Emergency,
    SuicideCrisis,
    DomesticAbuse,
    SexualAssault,
    Child,
    Perinatal,
    LgbtqYouth,
    Substance,
    CrisisText,
    UrgentHealth,
    EmotionalSupport,
    Directory,
}

impl CrisisKind {
    /// Shown whatever the reason; the others only where they fit it.
    #[must_use]
    pub const fn is_general(self) -> bool {
        matches!(
            self,
            Self::Emergency
                | Self::SuicideCrisis
                | Self::CrisisText
                | Self::UrgentHealth
                | Self::EmotionalSupport
                | Self::Directory
        )
    }
}

/// A help line. Numbers change: each must be checked with its operator before it goes live.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CrisisResource {
    /// ISO 3166-1 alpha-2, `EU` for the harmonised European numbers, `XX` for international ones.
    pub country: String,
    pub country_name: String,
    pub name: String,
    pub kind: CrisisKind,
    #[serde(default)]
    pub phone: Option<String>,
    /// The number for text messages.
    #[serde(default)]
    pub text: Option<String>,
    #[serde(default)]
    pub url: Option<String>,
    pub hours: String,
    /// BCP 47; empty where not known.
    #[serde(default)]
    pub languages: Vec<String>,
    #[serde(default)]
    pub verify_before_deployment: bool,
    /// A public page that shows the number was seen when the data was compiled.
    #[serde(default)]
    pub seen: bool,
    /// When the operator of this server last checked it.
    #[serde(default)]
    pub last_verified: Option<NaiveDate>,
    #[serde(default)]
    pub note: String,
}

/// The help lines to show in `country`, the most urgent kind first.
///
/// `country` is an ISO 3166-1 alpha-2 code or an ISO 3166-2 one of a part of it (`US-CA`), in any case; unknown or absent, or
/// without an entry, the international directories stand in. Member states of the European Union also get the harmonised
/// European numbers that no national entry has already. General kinds are always shown, the others only where `fitting`
/// names them (see [`kinds_for`]).
#[must_use]
pub fn resources<'a>(
    catalog: &'a Catalog,
    country: Option<&str>,
    fitting: &[CrisisKind],
) -> Vec<&'a CrisisResource> {
    let guide = &catalog.guidance.crisis;
    let country = country.unwrap_or(INTERNATIONAL).trim().to_ascii_uppercase();
    let country = country.split('-').next().unwrap_or(INTERNATIONAL);
    let of = |place: &str| -> Vec<&'a CrisisResource> {
        let shown =
            |r: &&CrisisResource| r.country == place && (r.kind.is_general() || fitting.contains(&r.kind));
        guide.resources.iter().filter(shown).collect()
    };
    let mut found = of(country);
    if guide.eu_member_states.iter().any(|state| state == country) {
        let national: Vec<&str> = found.iter().filter_map(|r| r.phone.as_deref()).collect();
        let is_new = |r: &&CrisisResource| {
            r.phone.as_deref().is_none_or(|phone| !national.iter().any(|known| known.contains(phone)))
        };
        found.extend(of(EUROPEAN).into_iter().filter(is_new));
    }
    if found.is_empty() {
        found = of(INTERNATIONAL);
    }
    // Stable: within a kind the order of the data stands, and national before European.
    found.sort_by_key(|r| r.kind);
    found
}

/// The kinds of resource that fit these problem areas beside the general ones.
#[must_use]
pub fn kinds_for<'a>(catalog: &Catalog, problem_areas: impl IntoIterator<Item = &'a str>) -> Vec<CrisisKind> {
    let by_area = &catalog.guidance.crisis.kinds_by_problem_area;
    let mut kinds: Vec<CrisisKind> =
        problem_areas.into_iter().filter_map(|area| by_area.get(area)).flatten().copied().collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

/// Stands for a country in entries of no country.
const INTERNATIONAL: &str = "XX";
/// Stands for a country in the harmonised European numbers.
const EUROPEAN: &str = "EU";

#[cfg(test)]
mod tests {
    use super::*;

    fn names(country: Option<&str>, fitting: &[CrisisKind]) -> Vec<String> {
        let catalog = Catalog::embedded().unwrap();
        resources(&catalog, country, fitting).iter().map(|r| r.name.clone()).collect()
    }

    #[test]
    fn emergency_comes_first_and_special_lines_only_when_they_fit() {
        let plain = names(Some("US"), &[]);
        assert_eq!(plain[..2], ["Emergency services", "988 Suicide & Crisis Lifeline"]);
        assert!(!plain.iter().any(|name| name.contains("Domestic Violence")));
        let abuse = names(Some("us-ca"), &[CrisisKind::DomesticAbuse]);
        assert_eq!(abuse.iter().position(|name| name.contains("Domestic Violence")), Some(3));
        assert_eq!(abuse.len(), plain.len() + 1);
    }

    #[test]
    fn member_states_get_the_european_numbers_once() {
        assert_eq!(
            names(Some("DE"), &[]),
            ["Emergency services", "TelefonSeelsorge", "Emotional support helplines"]
        );
        assert_eq!(names(Some("IE"), &[]), ["Emergency services", "Samaritans Ireland", "Text About It"]);
        assert_eq!(names(Some("SK"), &[])[0], "Emergency services");
        assert!(names(Some("IT"), &[CrisisKind::Child]).contains(&"Child helplines".to_owned()));
    }

    #[test]
    fn elsewhere_the_international_directories_stand_in() {
        let international = names(None, &[]);
        assert_eq!(international[0], "Find A Helpline");
        assert_eq!(names(Some("JP"), &[]), international);
        assert_eq!(names(Some(""), &[]), international);
    }

    #[test]
    fn every_country_with_a_line_has_an_emergency_number() {
        let catalog = Catalog::embedded().unwrap();
        for resource in &catalog.guidance.crisis.resources {
            if resource.country != INTERNATIONAL {
                let first = resources(&catalog, Some(&resource.country), &[])[0];
                assert_eq!(first.kind, CrisisKind::Emergency, "{}", resource.country);
            }
        }
    }

    #[test]
    fn problem_areas_name_the_fitting_kinds() {
        let catalog = Catalog::embedded().unwrap();
        assert_eq!(
            kinds_for(&catalog, ["domestic_abuse", "child_trauma"]),
            [CrisisKind::DomesticAbuse, CrisisKind::Child]
        );
        assert_eq!(kinds_for(&catalog, ["insomnia"]), []);
    }
}
