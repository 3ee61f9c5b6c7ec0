//! The knowledge base over HTTP. One version of it gives one answer: its version is every answer's tag.

use actix_web::{HttpRequest, HttpResponse, get, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    model::{Catalog, Grade, Modality, ProblemArea, Technique},
    query::{
        self, CatalogOverview, DimensionView, EvidenceFilter, EvidenceView, FilterError, PhaseView, TermView,
    },
};
use crate::{
    fault::{Fault, nearest},
    web::{
        etag::{Conditions, ETag},
        page::{self, Page},
        path::Path,
        problem::Problem,
        problem_responses::{OpenItemProblems, OpenProblems},
        query::Query,
    },
};

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(get_catalog)
        .service(list_modalities)
        .service(get_modality)
        .service(list_problem_areas)
        .service(get_problem_area)
        .service(list_techniques)
        .service(get_technique)
        .service(list_dimensions)
        .service(get_dimension)
        .service(list_phases)
        .service(get_phase)
        .service(list_integration_styles)
        .service(get_integration_style)
        .service(list_evidence);
}

/// A page of a list of the catalog.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CatalogQuery {
    /// How many entries a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Rows of evidence: all filters that are given must hold.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EvidenceQuery {
    /// A modality's code.
    #[param(example = "emdr")]
    modality: Option<String>,
    /// A problem area's code.
    #[param(example = "ptsd")]
    problem_area: Option<String>,
    /// How well the modality is supported for the problem area.
    #[param(inline)]
    grade: Option<Grade>,
    /// How many rows a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// The entries from the cursor on. The catalog does not change while the server runs, so a place in the list is a
/// cursor; `version` keeps cursors of another catalog out.
fn paged<T: Serialize>(
    request: &HttpRequest,
    list: &str,
    version: &str,
    entries: Vec<T>,
    (limit, cursor): (Option<u32>, Option<&str>),
) -> Result<HttpResponse, Problem> {
    let list = format!("{list}:{version}");
    let from = cursor.map(|cursor| page::decode_cursor::<usize>(&list, cursor)).transpose()?.unwrap_or(0);
    let total = entries.len();
    let next = from.saturating_add(page::limit(limit));
    let next_cursor = (next < total).then(|| page::encode_cursor(&list, &next)).transpose()?;
    let items = entries.into_iter().skip(from).take(page::limit(limit)).collect();
    Ok(Page { items, next_cursor, total: total as u64 }.respond(request))
}

/// One entry, with the catalog's version as its tag.
fn entry<T: Serialize>(
    catalog: &Catalog,
    conditions: &Conditions,
    entry: Option<T>,
) -> Result<HttpResponse, Problem> {
    let entry = entry.ok_or_else(Problem::not_found)?;
    conditions.respond(&ETag::content(catalog.version.as_bytes()), &entry)
}

/// Overview of the knowledge base
///
/// Its version, notices, what its numbers mean, and the lists that have no route of their own: families, categories,
/// communities, rules. Information, not medical advice.
#[utoipa::path(tag = "catalog", responses((status = 200, description = "The overview.", body = CatalogOverview), OpenProblems))]
#[get("/v1/catalog")]
pub async fn get_catalog(catalog: Data<Catalog>, conditions: Conditions) -> Result<HttpResponse, Problem> {
    entry(&catalog, &conditions, Some(query::overview(&catalog)))
}

/// A list and one entry of it, for a kind of the catalog.
macro_rules! entries {
    ($(
        $(#[doc = $list_doc:literal])+
        list $list:ident $list_path:literal;
        $(#[doc = $get_doc:literal])+
        get $get:ident $get_path:literal;
        $view:ty, $code:literal: |$catalog:ident| $entries:expr, |$of:ident, $wanted:ident| $entry:expr
    )+) => {$(
        $(#[doc = $list_doc])+
        #[utoipa::path(
            tag = "catalog",
            params(CatalogQuery),
            responses((status = 200, description = "A page of entries, by code.", body = Page<$view>), OpenProblems)
        )]
        #[get($list_path)]
        async fn $list(
            request: HttpRequest,
            query: Query<CatalogQuery>,
            catalog: Data<Catalog>,
        ) -> Result<HttpResponse, Problem> {
            let $catalog = &**catalog;
            let Query(query) = query;
            paged(&request, $list_path, &$catalog.version, $entries, (query.limit, query.cursor.as_deref()))
        }

        $(#[doc = $get_doc])+
        #[utoipa::path(
            tag = "catalog",
            params(("code" = String, Path, description = "The entry's code.", example = $code)),
            responses(
                (status = 200, description = "The entry.", body = $view, headers(("ETag", description = "The catalog's version."))),
                (status = 304, description = "The same as under the `ETag` of `If-None-Match`."),
                OpenItemProblems
            )
        )]
        #[get($get_path)]
        async fn $get(
            code: Path<String>,
            conditions: Conditions,
            catalog: Data<Catalog>,
        ) -> Result<HttpResponse, Problem> {
            let ($of, $wanted) = (&**catalog, code.as_str());
            entry($of, &conditions, $entry)
        }
    )+};
}

entries! {
    /// List modalities
    ///
    /// Therapy approaches with their aliases, dimensions and phases.
    list list_modalities "/v1/catalog/modalities";
    /// Read a modality
    ///
    /// One therapy approach.
    get get_modality "/v1/catalog/modalities/{code}";
    Modality, "emdr": |catalog| catalog.modalities.iter().collect::<Vec<_>>(), |of, code| of.modality(code)

    /// List problem areas
    ///
    /// What clients bring, with phrases in laypeople's words.
    list list_problem_areas "/v1/catalog/problem-areas";
    /// Read a problem area
    ///
    /// One problem area.
    get get_problem_area "/v1/catalog/problem-areas/{code}";
    ProblemArea, "ptsd": |catalog| catalog.problem_areas.iter().collect::<Vec<_>>(), |of, code| of.problem_area(code)

    /// List techniques
    ///
    /// Single tools, each tied to a modality and a dimension.
    list list_techniques "/v1/catalog/techniques";
    /// Read a technique
    ///
    /// One technique.
    get get_technique "/v1/catalog/techniques/{code}";
    Technique, "thought_record": |catalog| catalog.techniques.iter().collect::<Vec<_>>(), |of, code| of.technique(code)

    /// List dimensions
    ///
    /// The dimensions of the person in which a problem is felt and a modality works.
    list list_dimensions "/v1/catalog/dimensions";
    /// Read a dimension
    ///
    /// One dimension.
    get get_dimension "/v1/catalog/dimensions/{code}";
    DimensionView, "somatic": |catalog| query::dimensions(catalog), |of, code| query::dimension(of, code)

    /// List phases
    ///
    /// The phases of an integrative course of therapy, in order.
    list list_phases "/v1/catalog/phases";
    /// Read a phase
    ///
    /// One phase.
    get get_phase "/v1/catalog/phases/{code}";
    PhaseView, "stabilization": |catalog| query::phases(catalog), |of, code| query::phase(of, code)

    /// List integration styles
    ///
    /// The ways in which therapists integrate.
    list list_integration_styles "/v1/catalog/integration-styles";
    /// Read an integration style
    ///
    /// One way to integrate.
    get get_integration_style "/v1/catalog/integration-styles/{code}";
    TermView, "assimilative_integration": |catalog| query::integration_styles(catalog), |of, code| query::integration_style(of, code)
}

/// List evidence
///
/// How well a modality is supported for a problem area, with sources. `verified: false` rows were not checked against a
/// page: check them before showing them as facts. No row means "not rated", not "does not work".
#[utoipa::path(
    tag = "catalog",
    params(EvidenceQuery),
    responses((status = 200, description = "A page of rows, by modality and problem area.", body = Page<EvidenceView>), OpenProblems)
)]
#[get("/v1/catalog/evidence")]
pub async fn list_evidence(
    request: HttpRequest,
    query: Query<EvidenceQuery>,
    catalog: Data<Catalog>,
) -> Result<HttpResponse, Problem> {
    let Query(EvidenceQuery { modality, problem_area, grade, limit, cursor }) = query;
    let list = format!("/v1/catalog/evidence:{modality:?}:{problem_area:?}:{grade:?}");
    let rows = query::evidence(&catalog, &EvidenceFilter { modality, problem_area, grade })
        .map_err(|error| Problem::invalid_query(vec![fault(&catalog, &error)]))?;
    paged(&request, &list, &catalog.version, rows, (limit, cursor.as_deref()))
}

fn fault(catalog: &Catalog, error: &FilterError) -> Fault {
    let (name, near) = match error {
        FilterError::UnknownModality(code) => {
            ("modality", nearest(code, catalog.modalities.iter().map(|m| m.code.as_str())))
        }
        FilterError::UnknownProblemArea(code) => {
            ("problem_area", nearest(code, catalog.problem_areas.iter().map(|p| p.code.as_str())))
        }
    };
    let detail = format!("Query parameter `{name}`: This is not a code of the catalog.");
    Fault::new(format!("/{name}"), "unknown_code", detail).suggest(near)
}
