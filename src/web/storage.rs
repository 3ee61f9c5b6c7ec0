//! The database as handlers meet it: read where waiting for it holds up nobody, and what its failures mean to a caller.

use actix_web::web::block;

use crate::{
    store::{Connection, Store, StoreError},
    web::problem::Problem,
};

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
