//! Crisis help: shown first whenever a request names a crisis, and never in the way of the results.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    catalog::{
        crisis::{self, CrisisKind, CrisisResource},
        model::Catalog,
    },
    matching::needs::Needs,
    vocabulary::{Risk, Severity},
};

/// Where to find help now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Safety {
    pub level: Risk,
    /// Why it is shown: codes of crisis areas of the request, `risk_elevated` or `risk_acute`.
    #[schema(example = json!(["self_harm"]))]
    pub reasons: Vec<String>,
    pub message: &'static str,
    /// Of the client's country, emergency numbers first; else international ones.
    pub resources: Vec<Resource>,
}

/// A place to find help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Resource {
    #[schema(example = "988 Suicide & Crisis Lifeline")]
    pub name: String,
    /// ISO 3166-1 alpha-2, `EU` for the harmonised European numbers, `XX` for international ones.
    #[schema(example = "US")]
    pub country: String,
    pub kind: CrisisKind,
    #[schema(example = "988")]
    pub phone: Option<String>,
    /// The number for text messages.
    #[schema(example = "988")]
    pub sms: Option<String>,
    #[schema(example = "https://988lifeline.org")]
    pub url: Option<String>,
    #[schema(example = "24/7")]
    pub hours: String,
    /// When the operator of this server last checked it; null: never.
    pub verified_on: Option<NaiveDate>,
    /// Not checked for this server: check it before showing it to people.
    pub verify_before_deployment: bool,
}

impl From<&CrisisResource> for Resource {
    fn from(resource: &CrisisResource) -> Self {
        Self {
            name: resource.name.clone(),
            country: resource.country.clone(),
            kind: resource.kind,
            phone: resource.phone.clone(),
            sms: resource.text.clone(),
            url: resource.url.clone(),
            hours: resource.hours.clone(),
            verified_on: resource.last_verified,
            verify_before_deployment: resource.verify_before_deployment,
        }
    }
}

const ACUTE: &str = "If you or somebody else may be in danger now, contact the emergency number or a crisis line first. \
    They are there for you at once; the therapists below are for what comes after.";
const ELEVATED: &str = "Help is available right now, before any appointment: the services below listen and advise. \
    If you may be in danger, contact the emergency number first.";

/// The help to show for these needs: whenever `risk` is given, or a crisis area of at least moderate severity.
#[must_use]
pub fn of(needs: &Needs, country: Option<&str>, catalog: &Catalog) -> Option<Safety> {
    let areas: Vec<(&str, Severity)> = needs
        .problem_areas
        .iter()
        .filter_map(|concern| {
            let area = catalog.problem_areas.get(concern.problem_area)?;
            (area.crisis && concern.severity >= Severity::Moderate)
                .then_some((area.code.as_str(), concern.severity))
        })
        .collect();
    let severe = areas.iter().any(|(_, severity)| *severity == Severity::Severe);
    let level = match needs.risk {
        Some(Risk::Acute) => Risk::Acute,
        _ if severe => Risk::Acute,
        Some(Risk::Elevated) => Risk::Elevated,
        None if areas.is_empty() => return None,
        None => Risk::Elevated,
    };
    let risk = needs.risk.map(|risk| format!("risk_{}", risk.code()));
    let kinds = crisis::kinds_for(catalog, areas.iter().map(|(code, _)| *code));
    let place = country.or(needs.constraints.jurisdiction.as_deref());
    Some(Safety {
        level,
        reasons: areas.iter().map(|(code, _)| (*code).to_owned()).chain(risk).collect(),
        message: if level == Risk::Acute { ACUTE } else { ELEVATED },
        resources: crisis::resources(catalog, place, &kinds).into_iter().map(Resource::from).collect(),
    })
}
