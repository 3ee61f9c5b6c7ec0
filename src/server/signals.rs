//! What the system sends to a process that is to stop.

use std::{future::pending, pin::pin};

use futures_util::future::select;
use tokio::signal;

/// Waits until the process is asked to stop: by Ctrl-C (SIGINT), or by SIGTERM where there is such a thing.
pub(super) async fn stop_asked() {
    let interrupted = async {
        if let Err(error) = signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            pending::<()>().await;
        }
    };
    select(pin!(interrupted), pin!(terminated())).await;
}

#[cfg(unix)]
async fn terminated() {
    match signal::unix::signal(signal::unix::SignalKind::terminate()) {
        Ok(mut signals) => {
            signals.recv().await;
        }
        Err(error) => {
            tracing::error!(%error, "SIGTERM cannot be heard");
            pending::<()>().await;
        }
    }
}

#[cfg(not(unix))]
async fn terminated() {
    pending::<()>().await;
}
