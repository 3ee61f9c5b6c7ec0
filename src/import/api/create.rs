//! Starting an import.

use actix_web::{
    HttpMessage as _, HttpRequest, HttpResponse,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION},
    post,
    web::{Data, Payload, block},
};
use futures_util::StreamExt as _;
use serde::Deserialize;
use utoipa::IntoParams;
use validator::Validate;

use super::Imports;
use crate::{
    auth::caller::{Caller, Importer},
    formats,
    import::{
        model::{Import, ImportError, NewImport},
        upload::{Coding, ImportLimit, Upload},
    },
    store::idempotency::KeyUse,
    vocabulary::{ImportFormat, ImportMode, OnError},
    web::{
        body::incomplete,
        code::Code,
        idempotency::{Fingerprinted, IdempotencyHeader, fingerprint},
        problem::Problem,
        problem_responses::CreateProblems,
        query::Query,
    },
};

/// Bytes that are gathered before a thread that may block takes them.
const GATHERED: usize = 256 * 1024;

/// How to import.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The source that every row belongs to. A row's own `source` is absent or equal to it.
    #[validate(custom(function = "formats::source"))]
    #[param(min_length = 1, max_length = 64, pattern = "^[a-z0-9][a-z0-9._-]*$", example = "acme")]
    source: String,
    /// How the body is written; absent: as `Content-Type` says.
    #[serde(default)]
    #[param(inline)]
    format: Option<ImportFormat>,
    /// Absent: `upsert`.
    #[serde(default)]
    #[param(inline)]
    mode: Option<ImportMode>,
    /// Absent: `skip`.
    #[serde(default)]
    #[param(inline)]
    #[expect(dead_code, reason = "there is one way so far; the query refuses others by name")]
    on_error: Option<OnError>,
    /// Check the rows and count what would become of them, but write nothing. Absent: false.
    #[serde(default)]
    dry_run: Option<bool>,
}

/// Import profiles
///
/// One profile a line; labels as real directories write them ("Cognitive Behavioral (CBT)") become codes of the catalog.
/// The answer comes when the body is durably stored: the job will end, also after a crash. Rows are compared by
/// `(source, external_id)` with what is there; importing the same file again changes nothing. Rejected rows are
/// reported under `/v1/imports/{id}/errors` and do not stop the others. The body may have any length up to the
/// operator's limit (`TAILOR_MAX_IMPORT_BYTES`), also as `Content-Encoding: gzip`. With an `Idempotency-Key` the same
/// request can be sent again within 24 hours without importing twice.
#[utoipa::path(
    tag = "imports",
    security(("bearer" = ["imports:write"])),
    params(
        ImportQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255),
        ("Content-Encoding" = Option<String>, Header, description = "`gzip` where the body is compressed.", example = "gzip"),
    ),
    request_body(
        content = String, content_type = "application/x-ndjson", description = "One profile a line.",
        example = "{\"external_id\": \"A-1001\", \"name\": {\"given\": \"Maya\", \"family\": \"Okafor\"}, \"profession\": \"psychologist\", \"modalities\": [\"Cognitive Behavioral (CBT)\"]}\n"
    ),
    responses(
        (status = 202, description = "Durably stored, and queued.", body = Import, headers(("Location", description = "The job."))),
        CreateProblems
    )
)]
#[post("/v1/imports")]
pub async fn create_import(
    caller: Importer,
    query: Query<ImportQuery>,
    key: IdempotencyHeader,
    request: HttpRequest,
    body: Payload,
    imports: Data<Imports>,
) -> Result<HttpResponse, Problem> {
    let (Importer(caller), Query(query)) = (caller, query);
    let (new, coding) = (query.into_new(&request, &caller)?, coding(&request)?);
    refuse_announced(&request, coding, imports.limit)?;
    let key = key.0.map(|key| KeyOf::new(&imports, &new, key.as_str()));
    let (store, clock, limit) = (imports.store.clone(), imports.clock.clone(), imports.limit);
    let upload = block(move || Upload::begin(store, clock, &new, coding, limit))
        .await
        .map_err(Problem::internal)??;
    let upload = receive(upload, body, limit).await?;
    let import = block(move || upload.finish(|digest| key.map(|key| key.of(digest)), None))
        .await
        .map_err(Problem::internal)??;
    imports.nudge.send();
    let location = format!("/v1/imports/{}", import.id);
    Ok(HttpResponse::Accepted().insert_header((LOCATION, location)).json(import))
}

/// Brings the whole body into the upload. Where it breaks off, nothing of it is kept.
pub(super) async fn receive(
    mut upload: Upload,
    mut body: Payload,
    limit: ImportLimit,
) -> Result<Upload, Problem> {
    let mut gathered = Vec::with_capacity(GATHERED);
    loop {
        let chunk = body.next().await;
        let is_last = chunk.is_none();
        match chunk {
            Some(Ok(bytes)) => gathered.extend_from_slice(&bytes),
            Some(Err(error)) => {
                block(move || upload.abandon()).await.map_err(Problem::internal)?;
                return Err(incomplete(&error, usize::try_from(limit.0).unwrap_or(usize::MAX)));
            }
            None => {}
        }
        if is_last || gathered.len() >= GATHERED {
            let bytes = std::mem::replace(&mut gathered, Vec::with_capacity(GATHERED));
            upload =
                block(move || upload.write(&bytes).map(|()| upload)).await.map_err(Problem::internal)??;
        }
        if is_last {
            return Ok(upload);
        }
    }
}

impl ImportQuery {
    fn into_new(self, request: &HttpRequest, caller: &Caller) -> Result<NewImport, Problem> {
        let format = self.format.or_else(|| format_of(request)).ok_or_else(|| {
            let detail =
                "The body must come with `Content-Type: application/x-ndjson`, or the query with `format`.";
            Problem::new(Code::UnsupportedMediaType, detail)
        })?;
        Ok(NewImport {
            source: self.source,
            format,
            mode: self.mode.unwrap_or(ImportMode::Upsert),
            dry_run: self.dry_run.unwrap_or(false),
            created_by: caller.name().to_owned(),
        })
    }
}

/// The format that the media type means.
fn format_of(request: &HttpRequest) -> Option<ImportFormat> {
    match request.content_type().trim() {
        "application/x-ndjson" | "application/ndjson" => Some(ImportFormat::Ndjson),
        _ => None,
    }
}

fn coding(request: &HttpRequest) -> Result<Coding, Problem> {
    let mut coding = Coding::Identity;
    for header in request.headers().get_all(CONTENT_ENCODING) {
        for name in header.to_str().unwrap_or("?").split(',').map(str::trim) {
            match (name.to_ascii_lowercase().as_str(), coding) {
                ("identity" | "", _) => {}
                ("gzip" | "x-gzip", Coding::Identity) => coding = Coding::Gzip,
                _ => {
                    let detail = "The `Content-Encoding` of an import must be gzip, applied once.";
                    let problem = Problem::new(Code::UnsupportedMediaType, detail);
                    return Err(problem.header(ACCEPT_ENCODING, "gzip"));
                }
            }
        }
    }
    Ok(coding)
}

/// A body that says itself that it is too long need not come.
fn refuse_announced(request: &HttpRequest, coding: Coding, limit: ImportLimit) -> Result<(), Problem> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if coding == Coding::Identity && limit.0 < length => {
            Err(ImportError::TooLong(limit.0).into())
        }
        _ => Ok(()),
    }
}

/// What an idempotency key stands for, but for the body.
struct KeyOf {
    secret: [u8; 32],
    caller: String,
    key: String,
    address: String,
}

impl KeyOf {
    fn new(imports: &Imports, new: &NewImport, key: &str) -> Self {
        let NewImport { source, format, mode, dry_run, created_by } = new;
        Self {
            secret: imports.idempotency_secret,
            caller: created_by.clone(),
            key: key.to_owned(),
            address: format!(
                "/v1/imports?source={source}&format={}&mode={}&dry_run={dry_run}",
                format.code(),
                mode.code()
            ),
        }
    }

    /// With the digest of the body.
    fn of(self, digest: &[u8]) -> KeyUse {
        let request =
            Fingerprinted { caller: &self.caller, method: "POST", path: &self.address, body: digest };
        let fingerprint = fingerprint(&self.secret, &request).to_vec();
        KeyUse { caller: self.caller, key: self.key, fingerprint, status: 202 }
    }
}
