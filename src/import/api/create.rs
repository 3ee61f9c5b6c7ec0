//! Starting an import.

use std::time::Duration;

use actix_web::{
    HttpRequest, HttpResponse,
    error::PayloadError,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, LOCATION},
    post,
    web::{Data, Payload, block},
};
use futures_util::StreamExt as _;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;
use validator::Validate;

use super::Imports;
use crate::{
    auth::caller::{Caller, Importer},
    formats,
    import::{
        model::{DEFAULT_MAX_ARCHIVE_PERCENT, Import, ImportError, NewImport},
        upload::{Coding, ImportLimit, Upload},
    },
    store::idempotency::KeyUse,
    vocabulary::{ImportFormat, ImportMode, OnError},
    web::{
        code::Code,
        idempotency::{Fingerprinted, IdempotencyHeader, fingerprint},
        media_type,
        problem::Problem,
        problem_responses::CreateProblems,
        query::Query,
    },
};

/// Bytes that are gathered before a thread that may block takes them.
const GATHERED: usize = 256 * 1024;
/// How long a sender may pause within a body. Whatever makes it on the fly may well take its time.
const PATIENCE: Duration = Duration::from_mins(5);

/// The media type of a compressed file, which is a coding here.
const GZIP: &str = "application/gzip";

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
    on_error: Option<OnError>,
    /// With `replace_source`: stop where more than this share of the source's profiles would be archived.
    #[serde(default)]
    #[validate(range(min = 0, max = 100))]
    #[param(minimum = 0, maximum = 100, default = 20)]
    max_archive_percent: Option<i32>,
    /// Check the rows and count what would become of them, but write nothing. Absent: false.
    #[serde(default)]
    dry_run: Option<bool>,
}

/// Import profiles
///
/// Labels as real directories write them ("Cognitive Behavioral (CBT)") become codes of the catalog. The answer comes
/// when the body is durably stored: the job will end, also after a crash. Rows are compared by `(source, external_id)`
/// with what is there; importing the same file again changes nothing. Rejected rows are reported under
/// `/v1/imports/{id}/errors`. The body is UTF-8 and may have any length up to the operator's limit
/// (`TAILOR_MAX_IMPORT_BYTES`), also as `Content-Encoding: gzip` or `Content-Type: application/gzip`; no record of it is
/// longer than 1 MiB. A body that is cut off or cannot be read in its format is refused, nothing of it is imported, and
/// the list of imports has it as `failed`. With an `Idempotency-Key` the same request can be sent again within 24 hours
/// without importing twice.
#[utoipa::path(
    tag = "imports",
    security(("bearer" = ["imports:write"])),
    params(
        ImportQuery,
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters.", min_length = 1, max_length = 255),
        ("Content-Encoding" = Option<String>, Header, description = "`gzip` where the body is compressed.", example = "gzip"),
    ),
    request_body(
        description = "NDJSON: one profile a line. JSON: one array of profiles. CSV (RFC 4180): a header row and one profile a record, in the columns of `/v1/imports/template.csv`; or, with `format=nppes`, the monthly file of the US registry of provider identifiers. `application/octet-stream` and `application/gzip` go with every `format` that the query names.",
        content(
            (String = "application/x-ndjson", example = "{\"external_id\": \"A-1001\", \"name\": {\"given\": \"Maya\", \"family\": \"Okafor\"}, \"profession\": \"psychologist\", \"modalities\": [\"Cognitive Behavioral (CBT)\"]}\n"),
            (Vec<Value> = "application/json", example = json!([{"external_id": "A-1001", "name": {"given": "Maya", "family": "Okafor"}, "profession": "psychologist", "modalities": ["Cognitive Behavioral (CBT)"]}])),
            (String = "text/csv"),
            (String = "application/octet-stream"),
            (String = "application/gzip"),
        )
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
    let media_type = media_type(&request)?;
    let (new, coding) = (query.into_new(&media_type, &caller)?, coding(&media_type, &request)?);
    let announced = announced(&request, coding, imports.limit);
    let key = key.0.map(|key| KeyOf::new(&imports, &new, key.as_str()));
    let (store, clock, limit) = (imports.store.clone(), imports.clock.clone(), imports.limit);
    let upload = block(move || Upload::begin(store, clock, &new, coding, limit))
        .await
        .map_err(Problem::internal)??;
    let upload = match announced {
        Ok(()) => receive(upload, body, limit).await?,
        Err(error) => return Err(abandon(upload, error).await),
    };
    let import = block(move || upload.finish(|digest| key.map(|key| key.of(digest)), None))
        .await
        .map_err(Problem::internal)??;
    imports.nudge.send();
    let location = format!("/v1/imports/{}", import.id);
    Ok(HttpResponse::Accepted().insert_header((LOCATION, location)).json(import))
}

/// Brings the whole body into the upload. Where it breaks off the upload is given up.
pub(super) async fn receive(
    mut upload: Upload,
    mut body: Payload,
    limit: ImportLimit,
) -> Result<Upload, Problem> {
    let mut gathered = Vec::with_capacity(GATHERED);
    loop {
        let chunk = match timeout(PATIENCE, body.next()).await {
            Ok(chunk) => chunk.transpose().map_err(|error| broken_off(&error, limit)),
            Err(_) => Err(ImportError::BodyGone),
        };
        let is_last = matches!(chunk, Ok(None));
        match chunk {
            Ok(bytes) => gathered.extend_from_slice(&bytes.unwrap_or_default()),
            Err(error) => return Err(abandon(upload, error).await),
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

/// Gives the upload up, and tells why.
async fn abandon(upload: Upload, error: ImportError) -> Problem {
    let outcome = block(move || {
        upload.abandon(&error);
        error
    });
    outcome.await.map_or_else(Problem::internal, Problem::from)
}

/// What a failing payload means.
const fn broken_off(error: &PayloadError, limit: ImportLimit) -> ImportError {
    match error {
        PayloadError::Overflow => ImportError::TooLong(limit.0),
        _ => ImportError::CutOff,
    }
}

impl ImportQuery {
    fn into_new(self, media_type: &str, caller: &Caller) -> Result<NewImport, Problem> {
        Ok(NewImport {
            source: self.source,
            format: format(self.format, media_type)?,
            mode: self.mode.unwrap_or(ImportMode::Upsert),
            on_error: self.on_error.unwrap_or(OnError::Skip),
            max_archive_percent: self.max_archive_percent.unwrap_or(DEFAULT_MAX_ARCHIVE_PERCENT),
            dry_run: self.dry_run.unwrap_or(false),
            created_by: caller.name().to_owned(),
        })
    }
}

/// The format that the query names, if the media type can be of it; or the one that the media type means.
pub(super) fn format(named: Option<ImportFormat>, media_type: &str) -> Result<ImportFormat, Problem> {
    let meant: &[ImportFormat] = match media_type {
        "application/x-ndjson" | "application/ndjson" => &[ImportFormat::Ndjson],
        "application/json" => &[ImportFormat::Json],
        "text/csv" => &[ImportFormat::Csv, ImportFormat::Nppes],
        "" | "application/octet-stream" | GZIP => match named {
            Some(format) => return Ok(format),
            None => &[],
        },
        _ => &[],
    };
    let format = match named {
        Some(named) => meant.iter().find(|format| **format == named),
        None => meant.first(),
    };
    format.copied().ok_or_else(|| {
        let detail = match named {
            Some(_) => {
                "The `Content-Type` must be that of the `format` in the query, `application/octet-stream` or \
                 `application/gzip`."
            }
            None => {
                "The body must come with `Content-Type: application/x-ndjson`, `application/json` or `text/csv`, or \
                 the query with `format`."
            }
        };
        Problem::new(Code::UnsupportedMediaType, detail)
    })
}

/// The media type in lower case, without parameters; empty where there is none.
pub(super) fn media_type(request: &HttpRequest) -> Result<String, Problem> {
    let media_type = media_type::of(request)?.map(|media_type| media_type.essence_str().to_ascii_lowercase());
    let media_type = media_type.unwrap_or_default();
    Ok(if media_type == "application/x-gzip" { GZIP.to_owned() } else { media_type })
}

fn coding(media_type: &str, request: &HttpRequest) -> Result<Coding, Problem> {
    let mut coding = if media_type == GZIP { Coding::Gzip } else { Coding::Identity };
    for header in request.headers().get_all(CONTENT_ENCODING) {
        for name in header.to_str().unwrap_or("?").split(',').map(str::trim) {
            match (name.to_ascii_lowercase().as_str(), coding) {
                ("identity" | "", _) => {}
                ("gzip" | "x-gzip", Coding::Identity) => coding = Coding::Gzip,
                _ => {
                    let detail = "The body of an import must be compressed with gzip, and once: by its \
                                  `Content-Encoding` or its `Content-Type`.";
                    let problem = Problem::new(Code::UnsupportedMediaType, detail);
                    return Err(problem.header(ACCEPT_ENCODING, "gzip"));
                }
            }
        }
    }
    Ok(coding)
}

/// A body that says itself that it is too long need not come.
fn announced(request: &HttpRequest, coding: Coding, limit: ImportLimit) -> Result<(), ImportError> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    match length {
        Some(length) if coding == Coding::Identity && limit.0 < length => Err(ImportError::TooLong(limit.0)),
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
        let NewImport { source, format, mode, on_error, max_archive_percent, dry_run, created_by } = new;
        Self {
            secret: imports.idempotency_secret,
            caller: created_by.clone(),
            key: key.to_owned(),
            address: format!(
                "/v1/imports?source={source}&format={}&mode={}&on_error={}&\
                 max_archive_percent={max_archive_percent}&dry_run={dry_run}",
                format.code(),
                mode.code(),
                on_error.code()
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
