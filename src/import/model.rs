//! What an import is, and what it tells about itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    id::Id,
    store::StoreError,
    vocabulary::{ImportFormat, ImportMode, ImportStatus},
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
    #[error("the body cannot be decompressed")]
    Corrupt,
    #[error("the body is longer than {0} bytes")]
    TooLong(u64),
    #[error("the idempotency key stands for another request")]
    KeyReused,
    #[error("what the idempotency key made is gone")]
    KeyGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A bulk import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Import {
    pub id: Id,
    pub status: ImportStatus,
    /// The source that every row belongs to.
    #[schema(example = "acme")]
    pub source: String,
    pub format: ImportFormat,
    pub mode: ImportMode,
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
    /// Rows read: the sum of the others, `archived` apart.
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
    /// The line of the file, from 1.
    #[schema(minimum = 1, example = 17)]
    pub line: i64,
    /// The row's external id, where it could be read.
    #[schema(required, example = "A-1001")]
    pub external_id: Option<String>,
    /// Where in the row: a JSON Pointer (RFC 6901); empty for the row as a whole.
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

/// What a caller asks for.
#[derive(Clone, Debug)]
pub struct NewImport {
    pub source: String,
    pub format: ImportFormat,
    pub mode: ImportMode,
    pub dry_run: bool,
    /// Who asks.
    pub created_by: String,
}
