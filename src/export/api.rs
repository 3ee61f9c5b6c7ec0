//! Exports over HTTP.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    body::BodySize,
    get,
    http::header::{ACCEPT, CONTENT_DISPOSITION, RETRY_AFTER, VARY},
    web::Data,
};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use validator::Validate;

use super::{
    ExportError,
    rows::{Export, Opened},
    stream::{self, Patience, Slots},
};
use crate::{
    auth::caller::DirectoryCopier,
    catalog::model::Catalog,
    clock::Clock,
    directory::{
        filters::{Filtered, TherapistFilters},
        model::Therapist,
        view::View,
    },
    store::Store,
    vocabulary::ExportFormat,
    web::{
        accept,
        code::Code,
        edge::{DIRECTORY_REVISION, NO_STORE, TOTAL},
        head::{self, HeadBody},
        problem::Problem,
        problem_responses::ListProblems,
        query::Query,
        routes::not_acceptable,
        storage,
    },
};

/// Where the export is.
pub const PATH: &str = "/v1/exports/therapists";
/// The media types, in the order in which they are offered.
const OFFERS: [(&str, ExportFormat); 2] =
    [("application/x-ndjson", ExportFormat::Ndjson), ("text/csv", ExportFormat::Csv)];
/// Exports that a node has under way at once.
pub const AT_ONCE: usize = 2;
/// Seconds after which it is worth to ask again: a directory of middling size is exported in less.
const RETRY_SECONDS: u32 = 30;

/// Adds the routes of this feature.
pub fn routes(config: &mut ServiceConfig) {
    config.service(export_therapists);
}

/// What the handler works with.
#[derive(Clone, Debug)]
pub struct Exports {
    pub store: Store,
    pub catalog: Arc<Catalog>,
    pub clock: Clock,
    pub stale_after_days: u16,
    pub slots: Slots,
}

/// How the export is written.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// How the rows are written, whatever `Accept` says.
    #[serde(default)]
    #[param(inline)]
    format: Option<ExportFormat>,
}

/// Export profiles
///
/// All profiles that the filters admit, one a row, as imports read them: without the fields that the server adds but
/// `confirmations`, in the order of `source` and `external_id`, as they were at one moment. NDJSON, or with
/// `Accept: text/csv` (or `format=csv`) the columns of the import's template.
///
/// Only callers with `profiles:write` get a full copy. Others get published profiles only, and contacts only where
/// `contact_public` allows it: imported elsewhere, what was kept back is missing.
///
/// The answer is streamed. `Tailor-Total` says how many profiles there are, so that a copy can be checked; a file that
/// could not be written to its end is cut, without the end that its transfer coding needs. A client that takes nothing
/// for a minute, or not all within an hour, is cut off; at most two exports are under way at once. `HEAD` tells the same
/// without beginning one.
#[utoipa::path(
    tag = "exports",
    params(TherapistFilters, ExportQuery),
    security(("bearer" = ["directory:read"])),
    responses(
        (status = 200, description = "The profiles.",
            content((Therapist = "application/x-ndjson"), (String = "text/csv")),
            headers(
                ("Content-Disposition" = String, description = "A name for the file."),
                ("Tailor-Directory-Revision" = i64, description = "The number of the change up to which the export \
                    surely has everything: a mirror goes on from there, and may meet changes that it has already."),
                ("Tailor-Total" = i64, description = "How many profiles the export has.")
            )),
        ListProblems
    )
)]
#[get("/v1/exports/therapists")]
pub async fn export_therapists(
    caller: DirectoryCopier,
    query: Query<Filtered<ExportQuery>>,
    exports: Data<Exports>,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    let (DirectoryCopier(caller), Query(Filtered { filters, rest })) = (caller, query);
    let (media_type, format) = offer(rest.format, &request)?;
    let today = exports.clock.today();
    let filter = filters.filter(&caller, &exports.catalog, today, exports.stale_after_days)?;
    let name = format!("attachment; filename=\"therapists-{today}.{}\"", format.code());
    let answer = |opened: Opened| {
        let mut answer = HttpResponse::Ok();
        answer
            .content_type(media_type)
            .insert_header((CONTENT_DISPOSITION, name))
            .insert_header((DIRECTORY_REVISION, opened.revision))
            .insert_header((TOTAL, opened.total))
            .insert_header((VARY, ACCEPT.as_str()))
            .insert_header(NO_STORE);
        answer
    };
    // A head takes nobody's place, and no row is read for it.
    if head::is_all(&request) {
        let opened = storage::read(&exports.store, move |conn| Opened::of(conn, &filter)).await?;
        return Ok(answer(opened).body(HeadBody(BodySize::Stream)));
    }
    let export = Export { filter, view: View::of(&caller), format };
    let slot = exports.slots.take().ok_or_else(busy)?;
    let (opened, pieces) = stream::begin(exports.store.clone(), export, Patience::default(), slot)?;
    let opened = opened.await.map_err(Problem::internal)??;
    Ok(answer(opened).streaming(pieces))
}

/// The media type and the format that the request asks for.
fn offer(
    named: Option<ExportFormat>,
    request: &HttpRequest,
) -> Result<(&'static str, ExportFormat), Problem> {
    let at = match (named, accept::of(request.headers())) {
        (Some(named), _) => OFFERS.iter().position(|(_, format)| *format == named),
        (None, Some(accept)) => accept::preferred(&accept, &OFFERS.map(|(media_type, _)| media_type)),
        (None, None) => Some(0),
    };
    match at.and_then(|at| OFFERS.get(at)) {
        Some((_, ExportFormat::Csv)) => Ok(("text/csv; charset=utf-8", ExportFormat::Csv)),
        Some((media_type, format)) => Ok((media_type, *format)),
        None => Err(not_acceptable()),
    }
}

fn busy() -> Problem {
    Problem::new(Code::Unavailable, "As many exports as this server has at once are under way.")
        .header(RETRY_AFTER, RETRY_SECONDS)
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Store(error) => error.into(),
            ExportError::Write(error) => Self::internal(error),
            error @ (ExportError::Gone | ExportError::Late) => Self::internal(error),
        }
    }
}
