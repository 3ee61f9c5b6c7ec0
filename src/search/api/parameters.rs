//! A search as query parameters.

use serde::Deserialize;
use utoipa::{
    IntoParams,
    openapi::path::{Parameter, ParameterIn},
};
use validator::{Validate, ValidationErrors};

use crate::{
    directory::filters::deprecate_former,
    fault::{Fault, nearest},
    search::{
        field::Field,
        place::Near,
        query::Query,
        request::{SearchParameters, SearchRequest},
        resolve::Context,
    },
    web::{code::Code, decode::parse::MAX_FAULTS},
};

/// A search as query parameters, those of former names marked in the document.
#[derive(Clone, Debug, Deserialize)]
#[serde(transparent)]
pub struct SearchQuery(SearchParameters);

impl IntoParams for SearchQuery {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parameters = SearchParameters::into_params(place);
        deprecate_former(&mut parameters);
        parameters
    }
}

impl Validate for SearchQuery {
    fn validate(&self) -> Result<(), ValidationErrors> {
        self.0.validate()
    }
}

impl SearchQuery {
    /// The search, and the query that it is.
    ///
    /// # Errors
    /// Everything that is wrong with it, by the names of parameters.
    pub fn resolve(self, context: &Context<'_>) -> Result<(SearchRequest, Query), Vec<Fault>> {
        let mut parameters = self.0;
        // Where values under a former name begin, so that faults name what was sent.
        let renamed = [
            ("modalities", "modality", parameters.modalities.len()),
            ("problem_areas", "problem_area", parameters.problem_areas.len()),
            ("languages", "language", parameters.languages.len()),
        ];
        parameters.modalities.append(&mut parameters.modality);
        parameters.problem_areas.append(&mut parameters.problem_area);
        parameters.languages.append(&mut parameters.language);
        parameters.session_formats.append(&mut parameters.session_format);
        let mut faults = Vec::new();
        let radius_km = parameters.radius_km.filter(|_| parameters.postal_code.is_none());
        let near = near(parameters.near.as_deref(), radius_km, &mut faults);
        let facets = facets(&parameters.facets, &mut faults);
        let request = parameters.with(near, facets);
        let query = Query::resolve(&request, context, false).map_err(|more| {
            faults.extend(more.into_iter().map(|fault| by_parameter(fault, &renamed)));
        });
        match query {
            Ok(query) if faults.is_empty() => Ok((request, query)),
            _ => {
                faults.truncate(MAX_FAULTS);
                Err(faults)
            }
        }
    }
}

fn fault(name: &str, code: Code, detail: &str) -> Fault {
    Fault::new(format!("/{name}"), code.as_str(), format!("Query parameter `{name}`: {detail}"))
}

/// The fault of a body's part as that of the parameter.
fn by_parameter(mut fault: Fault, renamed: &[(&str, &str, usize)]) -> Fault {
    let mut tokens = fault.pointer.split('/').skip(1);
    let (name, at) =
        (tokens.next().unwrap_or_default(), tokens.next().and_then(|at| at.parse::<usize>().ok()));
    let former = renamed.iter().find(|(now, _, own)| *now == name && at.is_some_and(|at| at >= *own));
    let name = former.map_or(name, |(_, former, _)| former);
    fault.detail = format!("Query parameter `{name}`: {}", fault.detail);
    fault.pointer = format!("/{name}");
    fault
}

fn near(text: Option<&str>, radius_km: Option<f64>, faults: &mut Vec<Fault>) -> Option<Near> {
    match text.map(Near::parse) {
        Some(Some(near)) => Some(Near { radius_km, ..near }),
        Some(None) => {
            let detail =
                "This must be degrees north and east with a comma between them, such as 37.78,-122.41.";
            faults.push(fault("near", Code::InvalidFormat, detail));
            None
        }
        None => {
            if radius_km.is_some() {
                faults.push(fault("near", Code::Required, "`radius_km` needs this or `postal_code`."));
            }
            None
        }
    }
}

fn facets(lists: &[String], faults: &mut Vec<Fault>) -> Vec<Field> {
    let names = lists.iter().flat_map(|list| list.split(',')).map(str::trim);
    let mut fields = Vec::new();
    for name in names.filter(|name| !name.is_empty()) {
        match Field::parse(name) {
            Some(field) if fields.contains(&field) => {}
            Some(field) => fields.push(field),
            None => {
                let known = Field::ALL.iter().map(|field| field.code());
                let fault = fault("facets", Code::InvalidChoice, "There is no facet of this name.");
                faults.push(fault.suggest(nearest(name, known)));
            }
        }
    }
    fields
}
