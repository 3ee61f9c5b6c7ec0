//! What clients heard when asking therapists: each app's own, under its own references, for a time.
//!
//! `docs/consultations.md` says what is stored, where, and for how long. *Invariants*: an app sees what it stored and nothing
//! else; what its time is over for is not there for anybody, and is erased within the hour; free text leaves the process
//! encrypted or not at all; nothing of a consultation is logged.

pub mod api;
pub mod check;
pub mod client_ref;
pub mod free_text;
pub mod model;
pub mod records;
pub mod retention;
pub mod secret;
pub mod store;
pub mod worker;

use std::sync::Arc;

use chrono::{DateTime, Utc};

use self::{
    secret::keys::{Keyring, KeyringError},
    worker::Bell,
};
use crate::{
    catalog::model::Catalog,
    clock::Clock,
    config::Settings,
    id::Id,
    questions::Questions,
    store::{Connection, Store, StoreError},
};

/// Who is told that consultations about therapists are written, within the transaction that writes them.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// Before anything is written: the therapists that it is about.
    pub before: fn(&mut Connection, &[Id]) -> Result<(), StoreError>,
    /// After it, once for each therapist.
    pub after: fn(&mut Connection, Id, DateTime<Utc>) -> Result<(), StoreError>,
}

impl Watch {
    /// Nobody is told.
    pub const NOBODY: Self = Self { before: |_, _| Ok(()), after: |_, _, _| Ok(()) };
}

/// The consultations of all apps, and what it takes to keep them. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Consultations {
    pub store: Store,
    pub clock: Clock,
    pub catalog: Arc<Catalog>,
    pub questions: Questions,
    /// None: free text is not stored.
    pub keyring: Option<Arc<Keyring>>,
    pub watch: Watch,
    /// Keys the fingerprints of requests with an `Idempotency-Key`.
    pub idempotency_secret: [u8; 32],
    /// Wakes the worker that erases.
    pub bell: Bell,
}

impl Consultations {
    /// Reads the keys that the settings name; nobody is told of writes.
    ///
    /// # Errors
    /// When the keys cannot be read.
    pub fn open(
        settings: &Settings,
        clock: &Clock,
        store: &Store,
        catalog: &Arc<Catalog>,
        questions: &Questions,
        idempotency_secret: [u8; 32],
    ) -> Result<Self, KeyringError> {
        let keyring = settings.consultation_keys.as_deref().map(Keyring::load).transpose()?;
        Ok(Self {
            store: store.clone(),
            clock: clock.clone(),
            catalog: catalog.clone(),
            questions: questions.clone(),
            keyring: keyring.map(Arc::new),
            watch: Watch::NOBODY,
            idempotency_secret,
            bell: Bell::default(),
        })
    }
}
