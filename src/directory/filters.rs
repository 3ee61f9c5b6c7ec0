//! The filters of exports as query parameters.

use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::{
        Deprecated,
        path::{Parameter, ParameterIn},
    },
};
use validator::{Validate, ValidationError, ValidationErrors};

use super::{confirmations, store::Filter, view::View};
use crate::{
    auth::{caller::Caller, scope::Scope},
    catalog::model::Catalog,
    fault::{Fault, nearest},
    formats,
    vocabulary::{Accepting, SessionFormat, Status},
    web::{decode::parse::MAX_FAULTS, problem::Problem},
};

/// Filters: a parameter repeated asks for any of its values, different parameters ask for all.
#[derive(Clone, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TherapistFilters {
    /// Profiles of this source.
    #[serde(default)]
    pub source: Vec<String>,
    /// Profiles with this id in their source.
    #[serde(default)]
    pub external_id: Vec<String>,
    /// Profiles in this status; other than `published` for callers with `profiles:write` only.
    #[serde(default)]
    #[param(inline)]
    pub status: Vec<Status>,
    /// Profiles that declare this modality.
    #[serde(default)]
    #[param(example = json!(["emdr"]))]
    pub modalities: Vec<String>,
    /// Profiles that declare this problem area.
    #[serde(default)]
    #[param(example = json!(["ptsd"]))]
    pub problem_areas: Vec<String>,
    /// Profiles with an active licence there, or that may serve it remotely.
    #[serde(default)]
    #[param(example = json!(["US-CA"]))]
    pub jurisdiction: Vec<String>,
    /// Profiles that name this language tag, as a whole: `es` does not find `es-MX`.
    #[serde(default)]
    #[param(example = json!(["es"]))]
    pub languages: Vec<String>,
    /// Profiles that offer this session format.
    #[serde(default)]
    #[param(inline)]
    pub session_formats: Vec<SessionFormat>,
    /// Profiles that take new clients in this way.
    #[serde(default)]
    #[param(inline)]
    pub accepting: Vec<Accepting>,
    /// `true`: profiles never confirmed, or not within the operator's limit.
    pub due_for_confirmation: Option<bool>,
    /// The former name of `modalities`.
    #[serde(default)]
    pub modality: Vec<String>,
    /// The former name of `problem_areas`.
    #[serde(default)]
    pub problem_area: Vec<String>,
    /// The former name of `languages`.
    #[serde(default)]
    pub language: Vec<String>,
    /// The former name of `session_formats`.
    #[serde(default)]
    #[param(inline)]
    pub session_format: Vec<SessionFormat>,
}

/// Names that filters had before they had those of the profile's fields.
pub const FORMER: [&str; 4] = ["modality", "problem_area", "language", "session_format"];

/// Marks the parameters of former names in the document.
pub fn deprecate_former(parameters: &mut [Parameter]) {
    for parameter in parameters.iter_mut().filter(|parameter| FORMER.contains(&parameter.name.as_str())) {
        parameter.deprecated = Some(Deprecated::True);
    }
}

/// The filters together with an operation's other parameters.
#[derive(Clone, Debug, Deserialize)]
pub struct Filtered<T> {
    #[serde(flatten)]
    pub filters: TherapistFilters,
    #[serde(flatten)]
    pub rest: T,
}

impl<T: IntoParams> IntoParams for Filtered<T> {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = TherapistFilters::into_params(&place);
        deprecate_former(&mut parameters);
        parameters.extend(T::into_params(place));
        parameters
    }
}

impl<T: Validate> Validate for Filtered<T> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.rest.validate()
    }
}

impl TherapistFilters {
    /// The filter for a caller who sees all profiles, or published ones only. `today` and `stale_after_days` are what
    /// licences and confirmations are held against.
    ///
    /// # Errors
    /// 400 that names every value which no profile can have, such as a code that the catalog has not; 401 or 403 where the caller asks for a status that they
    /// may not see.
    pub fn filter(
        self,
        caller: &Caller,
        catalog: &Catalog,
        today: NaiveDate,
        stale_after_days: u16,
    ) -> Result<Filter, Problem> {
        let mut faults = self.malformed();
        let mut known = |name: &str, codes: &[String], known: &[&str]| {
            for code in codes.iter().filter(|code| !known.contains(&code.as_str())) {
                let detail = format!("Query parameter `{name}`: not a code of the catalog.");
                faults.push(
                    Fault::new(format!("/{name}"), "unknown_code", detail)
                        .suggest(nearest(code, known.iter().copied())),
                );
            }
        };
        let modalities: Vec<&str> = catalog.modalities.iter().map(|m| m.code.as_str()).collect();
        let problem_areas: Vec<&str> = catalog.problem_areas.iter().map(|p| p.code.as_str()).collect();
        known("modalities", &self.modalities, &modalities);
        known("modality", &self.modality, &modalities);
        known("problem_areas", &self.problem_areas, &problem_areas);
        known("problem_area", &self.problem_area, &problem_areas);
        if !faults.is_empty() {
            faults.truncate(MAX_FAULTS);
            return Err(Problem::invalid_query(faults));
        }
        let mut status: Vec<&str> = self.status.iter().map(|status| status.code()).collect();
        if View::of(caller) == View::Public {
            if self.status.iter().any(|status| *status != Status::Published) {
                return Err(caller.lacks(Scope::ProfilesWrite));
            }
            status = vec![Status::Published.code()];
        }
        let formats = self.session_formats.iter().chain(&self.session_format);
        Ok(Filter {
            source: self.source,
            external_id: self.external_id,
            status,
            modality: [self.modalities, self.modality].concat(),
            problem_area: [self.problem_areas, self.problem_area].concat(),
            jurisdiction: self.jurisdiction,
            language: [self.languages, self.language].concat(),
            session_format: formats.map(|format| format.code()).collect(),
            accepting: self.accepting.iter().map(|accepting| accepting.code()).collect(),
            today,
            not_confirmed_since: (self.due_for_confirmation == Some(true))
                .then(|| confirmations::fresh_since(today, stale_after_days)),
        })
    }

    /// The values that have not the form of what is stored.
    fn malformed(&self) -> Vec<Fault> {
        let of = |name: &'static str, values: &[String], check: fn(&str) -> Result<(), ValidationError>| {
            let errors = values.iter().filter_map(|value| check(value).err());
            let fault = |error: ValidationError| {
                let code = formats::code_of(&error);
                let detail = error.message.unwrap_or_default();
                Fault::new(format!("/{name}"), code, format!("Query parameter `{name}`: {detail}."))
            };
            errors.map(fault).collect::<Vec<_>>()
        };
        let mut faults = of("source", &self.source, formats::source);
        faults.extend(of("jurisdiction", &self.jurisdiction, formats::jurisdiction));
        faults.extend(of("languages", &self.languages, formats::language));
        faults.extend(of("language", &self.language, formats::language));
        faults
    }
}
