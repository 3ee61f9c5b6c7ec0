//! Changes as they are told.

use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    directory::{model::Therapist, store::Key},
    id::Id,
    vocabulary::ChangeKind,
};

/// A change of the directory.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct DirectoryChange {
    /// The number of the change, as in `Tailor-Directory-Revision`. Numbers need not be in the order of the feed.
    #[schema(example = 4711)]
    pub sequence: i64,
    /// The profile's id.
    pub id: Id,
    /// `upsert`: put `therapist` in place of what is there. `delete` and `removal`: drop the profile; at a `removal` the
    /// therapist asked for it, and is not to be listed again. To callers without `profiles:write` a profile that is no longer
    /// published is a `delete`; so is, to all, one that this server cannot read, until it is written again.
    pub kind: ChangeKind,
    /// The revision of `therapist`, or the one with which the profile went.
    #[schema(example = 3)]
    pub revision: i64,
    /// When the change was made.
    pub changed_at: DateTime<Utc>,
    /// The profile's source, or the one it had. Null where that is not known or another profile has the source and
    /// external id by now.
    #[schema(required, example = "acme")]
    pub source: Option<String>,
    /// The profile's external id, or the one it had; null where `source` is.
    #[schema(required, example = "A-1001")]
    pub external_id: Option<String>,
    /// What the profile was known by before this change, where nobody is now: a mirror by source and external id drops it.
    #[schema(required)]
    pub former: Option<FormerKey>,
    /// The whole profile as it is now, as the caller may see it; null where it is to be dropped.
    #[schema(required)]
    pub therapist: Option<Box<Therapist>>,
}

/// The source and external id that a profile had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FormerKey {
    #[schema(example = "acme")]
    pub source: String,
    #[schema(example = "A-0999")]
    pub external_id: String,
}

impl From<Key> for FormerKey {
    fn from(Key { source, external_id }: Key) -> Self {
        Self { source, external_id }
    }
}

/// Changes in the order of the feed.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(example = example)]
pub struct ChangePage {
    pub items: Vec<DirectoryChange>,
    /// The place after these changes: send it as `since`. It holds for as long as the directory lives.
    pub next: String,
    /// Whether there is more already.
    pub more: bool,
}

/// The place of the example.
pub(super) const EXAMPLE_PLACE: &str = "eyJ2IjoxLCJsaXN0IjoiY2hhbmdlcyIsImtleSI6WzAsNDcxMV19A0zSxqguEUI";

fn example() -> serde_json::Value {
    serde_json::json!({
        "items": [{
            "sequence": 4711, "id": "01936f5e-8a00-7000-8000-000000000001", "kind": "delete", "revision": 3,
            "changed_at": "2026-11-22T12:00:00Z", "source": "acme", "external_id": "A-1001", "former": null,
            "therapist": null,
        }],
        "next": EXAMPLE_PLACE,
        "more": false,
    })
}
