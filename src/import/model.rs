//! What an import is, and what it tells about itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::formats::Broken;
use crate::{
    id::Id,
    store::StoreError,
    vocabulary::{ImportFormat, ImportMode, ImportStatus, ImportStep, OnError},
    web::code::Code,
};

/// Why an import cannot go on, or cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("there is no such import")]
    NotFound,
    #[error("the import has ended already")]
    Ended,
    #[error("another worker has the import")]
    Elsewhere,
    #[error("the stored body is not complete")]
    BodyGone,
    #[error("profiles were changed again and again while a chunk was being written")]
    Contended,
    #[error("the body ended before it was complete")]
    CutOff,
    #[error("the body cannot be decompressed")]
    Corrupt,
    #[error("the body is longer than {0} bytes")]
    TooLong(u64),
    #[error("the idempotency key stands for another request")]
    KeyReused,
    #[error("what the idempotency key made is gone")]
    KeyGone,
    #[error("the body cannot be written: {0}")]
    Disk(std::io::Error),
    #[error("no thread can be started: {0}")]
    Thread(std::io::Error),
    #[error("the file is not of its format: {0}")]
    Broken(#[from] Broken),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    /// What a failing reader of a stored body means: the database's failure, or a body that is not whole.
    #[must_use]
    pub fn unreadable(error: std::io::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => Self::Store(error),
            Err(_) => Self::BodyGone,
        }
    }

    /// What it means that a body cannot be kept.
    #[must_use]
    pub fn unwritable(error: std::io::Error) -> Self {
        match error.downcast::<StoreError>() {
            Ok(error) => Self::Store(error),
            Err(error) => Self::Disk(error),
        }
    }

    /// Why a body was not taken in, for whoever sent it and for the list of jobs.
    #[must_use]
    pub fn refusal(&self) -> (Code, String) {
        let (code, detail) = match self {
            Self::CutOff => (Code::BodyIncomplete, "The body ended before it was complete."),
            Self::Corrupt => (Code::BodyIncomplete, "The body cannot be decompressed as a whole."),
            Self::BodyGone => {
                (Code::BodyIncomplete, "The body came in so slowly that the upload was given up.")
            }
            Self::TooLong(limit) => {
                let detail = format!("The body is longer than the {limit} bytes that one import may have.");
                return (Code::PayloadTooLarge, detail);
            }
            Self::Broken(broken) => return (Code::InvalidFile, broken.detail.clone()),
            Self::NotFound
            | Self::Ended
            | Self::Elsewhere
            | Self::Contended
            | Self::KeyReused
            | Self::KeyGone
            | Self::Disk(_)
            | Self::Thread(_)
            | Self::Store(_) => {
                (Code::Internal, "The server failed while the body came in; the cause is in its log.")
            }
        };
        (code, detail.to_owned())
    }
}

/// A bulk import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Import {
    pub id: Id,
    pub status: ImportStatus,
    /// What a running import is doing; null where it does not run. Counts and `bytes_read` are those of this step:
    /// where a file is checked as a whole first, they begin anew with `writing`.
    #[schema(required)]
    pub step: Option<ImportStep>,
    /// The source that every row belongs to.
    #[schema(example = "acme")]
    pub source: String,
    pub format: ImportFormat,
    pub mode: ImportMode,
    pub on_error: OnError,
    /// `replace_source` stops where more than this share of the source's profiles would be archived.
    #[schema(minimum = 0, maximum = 100, example = 20)]
    pub max_archive_percent: i32,
    /// Whether the rows are only checked: the counts are those of a real run, and nothing is written.
    pub dry_run: bool,
    pub counts: Counts,
    /// How much of the body is done, in bytes after decompression.
    #[schema(minimum = 0, example = 48_120)]
    pub bytes_read: i64,
    #[schema(minimum = 0, example = 48_120)]
    pub bytes_total: i64,
    pub created_at: DateTime<Utc>,
    #[schema(required)]
    pub started_at: Option<DateTime<Utc>>,
    #[schema(required)]
    pub finished_at: Option<DateTime<Utc>>,
    /// Why the import failed; null unless `status` is `failed`. Rejected rows are not a failure.
    #[schema(required)]
    pub problem: Option<ImportProblem>,
    /// Labels of modalities and problem areas that the catalog could not place, the most frequent first; at most 200.
    pub unmapped_terms: Vec<UnmappedTerm>,
}

/// What became of the rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Counts {
    /// Rows read: created, updated, unchanged, rejected and skipped together, and in `nppes` those that archived a
    /// profile. An import that failed before it wrote has created, updated and archived nothing, whatever it read.
    #[schema(minimum = 0, example = 25)]
    pub read: i64,
    #[schema(minimum = 0, example = 20)]
    pub created: i64,
    #[schema(minimum = 0, example = 2)]
    pub updated: i64,
    /// The directory had exactly this profile already.
    #[schema(minimum = 0, example = 2)]
    pub unchanged: i64,
    #[schema(minimum = 0, example = 0)]
    pub archived: i64,
    #[schema(minimum = 0, example = 1)]
    pub rejected: i64,
    /// Rows that are not for this directory: in `nppes` organisations, other professions, and deactivated numbers that
    /// the directory never had.
    #[schema(minimum = 0, example = 0)]
    pub skipped: i64,
}

impl Counts {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            read: self.read + other.read,
            created: self.created + other.created,
            updated: self.updated + other.updated,
            unchanged: self.unchanged + other.unchanged,
            archived: self.archived + other.archived,
            rejected: self.rejected + other.rejected,
            skipped: self.skipped + other.skipped,
        }
    }
}

/// Why an import failed, in the words of problem details (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({"type": "/problems/internal", "title": "Internal error", "code": "internal",
    "detail": "The server failed while it worked on this import; the cause is in its log."}))]
pub struct ImportProblem {
    #[serde(rename = "type")]
    #[schema(format = "uri-reference")]
    pub type_uri: String,
    pub title: String,
    pub code: String,
    pub detail: String,
}

impl ImportProblem {
    /// The problem with its own words.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self {
            type_uri: code.type_uri(),
            title: code.title().to_owned(),
            code: code.as_str().to_owned(),
            detail: detail.into(),
        }
    }
}

/// A label that the catalog could not place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnmappedTerm {
    /// The list it stood in.
    #[schema(example = "modalities")]
    pub field: String,
    /// The label as it was written, its first 200 characters.
    #[schema(example = "Energy Work")]
    pub term: String,
    /// In how many places of the file it stood.
    #[schema(minimum = 1, example = 3)]
    pub count: i64,
    /// Codes that may have been meant, nearest first.
    pub suggestions: Vec<String>,
}

/// One fault of a rejected row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RowFault {
    /// Which row of the file, from 1; a header is none.
    #[schema(minimum = 1, example = 16)]
    pub row_number: i64,
    /// The line of the file on which the row begins, from 1.
    #[schema(minimum = 1, example = 17)]
    pub line: i64,
    /// The row's external id, where it could be read.
    #[schema(required, example = "A-1001")]
    pub external_id: Option<String>,
    /// The column of a CSV file; null for the row as a whole, and for other formats.
    #[schema(required, example = json!(null))]
    pub column: Option<String>,
    /// Where in the row: a JSON Pointer (RFC 6901) into the profile; empty for the row as a whole.
    #[schema(example = "/modalities/0/code")]
    pub pointer: String,
    /// What, for programs: stable, listed at `/problems/`.
    #[schema(example = "unknown_code")]
    pub code: String,
    /// What, for people. Never repeats what was sent.
    #[schema(example = "No modality of the catalog has this name.")]
    pub detail: String,
    /// What may have been meant, nearest first.
    #[schema(example = json!(["emdr"]))]
    pub suggestions: Vec<String>,
}

/// Where nobody says how much `replace_source` may archive.
pub const DEFAULT_MAX_ARCHIVE_PERCENT: i32 = 20;

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewImport {
    pub source: String,
    pub format: ImportFormat,
    pub mode: ImportMode,
    pub on_error: OnError,
    /// 0 to 100.
    pub max_archive_percent: i32,
    pub dry_run: bool,
    /// Who asks.
    pub created_by: String,
}

impl NewImport {
    /// What the job does first: where the file as a whole decides whether anything is written, it is checked.
    #[must_use]
    pub const fn first_step(&self) -> ImportStep {
        match (self.dry_run, self.on_error, self.mode) {
            (false, OnError::Skip, ImportMode::Upsert | ImportMode::Create) => ImportStep::Writing,
            _ => ImportStep::Checking,
        }
    }
}
