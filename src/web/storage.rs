//! The database as handlers meet it: read where waiting for it holds up nobody, and what its failures mean to a caller.

use actix_web::{HttpRequest, web::block};

use crate::{
    store::{Connection, Store, StoreError, idempotency::KeyUse},
    web::{
        idempotency::{IdempotencyHeader, fingerprint_of},
        problem::Problem,
    },
};

/// The use of the request's key, where it has one, for making something: 201 where it succeeds.
#[must_use]
pub fn key_use(
    IdempotencyHeader(key): IdempotencyHeader,
    secret: &[u8; 32],
    caller: &str,
    request: &HttpRequest,
) -> Option<KeyUse> {
    key.map(|key| KeyUse {
        caller: caller.to_owned(),
        key: key.as_str().to_owned(),
        fingerprint: fingerprint_of(secret, caller, request).to_vec(),
        status: 201,
    })
}

/// Reads one state of the database, on a thread that may wait.
///
/// # Errors
/// What `f` returns, or the store's, as a problem.
pub async fn read<T, E>(
    store: &Store,
    f: impl FnOnce(&mut Connection) -> Result<T, E> + Send + 'static,
) -> Result<T, Problem>
where
    T: Send + 'static,
    E: From<StoreError> + Into<Problem> + Send + 'static,
{
    let store = store.clone();
    block(move || store.read(f)).await.map_err(Problem::internal)?.map_err(E::into)
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => {
                tracing::error!(%cause, "the database is not available");
                Self::unavailable(5)
            }
            StoreError::Query(cause) => Self::internal(cause),
            StoreError::Corrupt(cause) | StoreError::Migration(cause) => Self::internal(cause),
            error @ StoreError::NotOwner(_) => Self::internal(error),
            error @ (StoreError::UnknownDatabase | StoreError::NoFile) => Self::internal(error),
        }
    }
}
