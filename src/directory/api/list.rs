//! The list of profiles, page by page.

use actix_web::{
    HttpRequest, HttpResponse, get,
    web::{Data, block},
};
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::Directory;
use crate::{
    auth::{
        caller::{Caller, DirectoryReader},
        scope::Scope,
    },
    directory::{
        model::Therapist,
        store::{self as rows, Filter},
    },
    fault::{Fault, nearest},
    id::Id,
    store::{Connection, StoreError},
    vocabulary::{Accepting, SessionFormat, Status},
    web::{
        decode::parse::MAX_FAULTS,
        page::{self, Page},
        problem::Problem,
        problem_responses::ListProblems,
        query::Query,
    },
};

const CURSOR: &str = "therapists:id";

/// Filters: a parameter repeated asks for any of its values, different parameters ask for all.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TherapistsQuery {
    /// Profiles of this source.
    #[serde(default)]
    source: Vec<String>,
    /// Profiles with this id in their source.
    #[serde(default)]
    external_id: Vec<String>,
    /// Profiles in this status; other than `published` for callers with `profiles:write` only.
    #[serde(default)]
    #[param(inline)]
    status: Vec<Status>,
    /// Profiles that declare this modality.
    #[serde(default)]
    #[param(example = json!(["emdr"]))]
    modality: Vec<String>,
    /// Profiles that declare this problem area.
    #[serde(default)]
    #[param(example = json!(["ptsd"]))]
    problem_area: Vec<String>,
    /// Profiles with an active licence there, or that may serve it remotely.
    #[serde(default)]
    #[param(example = json!(["US-CA"]))]
    jurisdiction: Vec<String>,
    /// Profiles that name this language tag.
    #[serde(default)]
    #[param(example = json!(["es"]))]
    language: Vec<String>,
    /// Profiles that offer this session format.
    #[serde(default)]
    #[param(inline)]
    session_format: Vec<SessionFormat>,
    /// Profiles that take new clients in this way.
    #[serde(default)]
    #[param(inline)]
    accepting: Vec<Accepting>,
    /// `true`: profiles never confirmed, or not within the operator's limit.
    due_for_confirmation: Option<bool>,
    /// How many profiles a page has.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// List profiles
///
/// In the order in which they were created; the cursor stays right while others write.
#[utoipa::path(
    tag = "directory",
    params(TherapistsQuery),
    security((), ("bearer" = ["directory:read"])),
    responses((status = 200, description = "A page of profiles.", body = Page<Therapist>), ListProblems)
)]
#[get("/v1/therapists")]
pub async fn list_therapists(
    caller: DirectoryReader,
    query: Query<TherapistsQuery>,
    directory: Data<Directory>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (DirectoryReader(caller), Query(query)) = (caller, query);
    let limit = page::limit(query.limit);
    let after =
        query.cursor.as_deref().map(|cursor| page::decode_cursor::<Id>(CURSOR, cursor)).transpose()?;
    let filter = query.filter(&directory, &caller)?;
    let store = directory.store.clone();
    let (total, found) = block(move || store.read(|conn| read_page(conn, &filter, after, limit)))
        .await
        .map_err(Problem::internal)??;
    let next = found.get(limit).and_then(|_| found.get(limit - 1)).map(|last| last.id);
    let items = found.into_iter().take(limit).map(|t| directory.present(t, &caller)).collect();
    let next_cursor = next.map(|id| page::encode_cursor(CURSOR, &id)).transpose()?;
    Ok(Page { items, next_cursor, total: total.unsigned_abs() }.respond(&request))
}

/// The profiles of a page and one more, if there is one, in order; and how many there are on all pages.
fn read_page(
    conn: &mut Connection,
    filter: &Filter,
    after: Option<Id>,
    limit: usize,
) -> Result<(i64, Vec<Therapist>), StoreError> {
    let total = rows::count(conn, filter)?;
    let ids = rows::page(conn, filter, after, i64::try_from(limit + 1).unwrap_or(i64::MAX))?;
    let mut found = rows::by_ids(conn, &ids)?;
    found.sort_by_key(|therapist| therapist.id);
    Ok((total, found))
}

impl TherapistsQuery {
    /// The filter for a caller who sees all profiles, or published ones only.
    fn filter(self, directory: &Directory, caller: &Caller) -> Result<Filter, Problem> {
        let catalog = &directory.catalog;
        let mut faults = Vec::new();
        let mut known = |name: &str, codes: &[String], known: Vec<&str>| {
            for code in codes.iter().filter(|code| !known.contains(&code.as_str())) {
                let detail = format!("Query parameter `{name}`: not a code of the catalog.");
                faults.push(
                    Fault::new(format!("/{name}"), "unknown_code", detail)
                        .suggest(nearest(code, known.iter().copied())),
                );
            }
        };
        known("modality", &self.modality, catalog.modalities.iter().map(|m| m.code.as_str()).collect());
        known(
            "problem_area",
            &self.problem_area,
            catalog.problem_areas.iter().map(|p| p.code.as_str()).collect(),
        );
        if !faults.is_empty() {
            faults.truncate(MAX_FAULTS);
            return Err(Problem::invalid_query(faults));
        }
        let mut status: Vec<&str> = self.status.iter().map(|status| status.code()).collect();
        if !caller.may(Scope::ProfilesWrite) {
            if self.status.iter().any(|status| *status != Status::Published) {
                return Err(caller.lacks(Scope::ProfilesWrite));
            }
            status = vec![Status::Published.code()];
        }
        Ok(Filter {
            source: self.source,
            external_id: self.external_id,
            status,
            modality: self.modality,
            problem_area: self.problem_area,
            jurisdiction: self.jurisdiction,
            language: self.language,
            session_format: self.session_format.iter().map(|format| format.code()).collect(),
            accepting: self.accepting.iter().map(|accepting| accepting.code()).collect(),
            today: directory.clock.today(),
            not_confirmed_since: (self.due_for_confirmation == Some(true)).then(|| directory.fresh_since()),
        })
    }
}
