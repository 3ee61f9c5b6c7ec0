//! An export on its way to a client: read on a thread of its own, as fast as the client takes it.
//!
//! The thread has a connection of its own and holds one read transaction from the first row to the last. That keeps
//! SQLite from shortening its log and PostgreSQL from clearing up, so there are few of them at once, and none waits for
//! a client for ever.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use actix_web::web::Bytes;
use futures_util::Stream;
use tokio::sync::{
    OwnedSemaphorePermit, Semaphore,
    mpsc::{self, error::TrySendError},
    oneshot,
};

use super::{
    ExportError,
    rows::{self, Export, Opened},
};
use crate::store::Store;

/// Pieces that lie ready for the client.
const AHEAD: usize = 4;

/// How long an export waits for its client.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one piece.
    pub piece: Duration,
    /// From the first row to the last.
    pub whole: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { piece: Duration::from_secs(60), whole: Duration::from_secs(3600) }
    }
}

/// The exports of this node: a few at once.
#[derive(Clone, Debug)]
pub struct Slots(Arc<Semaphore>);

impl Slots {
    /// Room for so many.
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self(Arc::new(Semaphore::new(at_once)))
    }

    /// Room for one more, until it is dropped; `None` where all is taken.
    #[must_use]
    pub fn take(&self) -> Option<Slot> {
        self.0.clone().try_acquire_owned().ok().map(Slot)
    }
}

/// The right to have an export under way.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "held, not used")] OwnedSemaphorePermit);

/// Begins an export; what is known first comes from the returned receiver, then the file from the stream.
///
/// The receiver has the error where the export does not begin. Once it has begun, its errors are logged here, and the
/// stream ends in [`Cut`].
///
/// # Errors
/// When the system gives no thread.
pub fn begin(
    store: Store,
    export: Export,
    patience: Patience,
    slot: Slot,
) -> Result<(oneshot::Receiver<Result<Opened, ExportError>>, Pieces), ExportError> {
    let (first, opened) = oneshot::channel();
    let (pieces, taken) = mpsc::channel(AHEAD);
    // What is logged belongs to the request.
    let span = tracing::Span::current();
    let thread = thread::Builder::new().name("export".to_owned()).spawn(move || {
        let _entered = span.entered();
        let sender = Sender { pieces, patience, ends: Instant::now() + patience.whole };
        let mut first = Some(first);
        let outcome = store.read_apart(|conn| {
            let opened = |opened| {
                let told = first.take().map(|first| first.send(Ok(opened)));
                if matches!(told, Some(Ok(()))) { Ok(()) } else { Err(ExportError::Gone) }
            };
            rows::write(conn, &export, opened, |piece| sender.send(Piece::Rows(piece.into())))
        });
        // Whoever sees the end may begin another one at once.
        drop(slot);
        let outcome = outcome.and_then(|()| sender.send(Piece::End));
        match (outcome, first) {
            (Ok(()), _) => {}
            (Err(error), Some(first)) => drop(first.send(Err(error))),
            (Err(ExportError::Gone), None) => tracing::debug!("an export was given up by its client"),
            (Err(error @ ExportError::Late), None) => tracing::warn!(%error, "an export was cut"),
            (Err(error), None) => tracing::error!(%error, "an export was cut"),
        }
    })?;
    Ok((opened, Pieces { taken, wake: Wake(thread.thread().clone()) }))
}

enum Piece {
    Rows(Bytes),
    /// Without it the file is not whole, however the thread ended.
    End,
}

/// The thread's end.
struct Sender {
    pieces: mpsc::Sender<Piece>,
    patience: Patience,
    ends: Instant,
}

impl Sender {
    /// Hands a piece over, waiting for room as long as patience lasts.
    fn send(&self, mut piece: Piece) -> Result<(), ExportError> {
        let until = self.ends.min(Instant::now() + self.patience.piece);
        loop {
            piece = match self.pieces.try_send(piece) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(_)) => return Err(ExportError::Gone),
                Err(TrySendError::Full(piece)) => piece,
            };
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(ExportError::Late);
            }
            // A piece that is taken in between leaves a mark that ends this at once.
            thread::park_timeout(left);
        }
    }
}

/// The client's end: the file in pieces.
#[derive(Debug)]
pub struct Pieces {
    // Dropped before the thread is woken, which then sees that nobody is there.
    taken: mpsc::Receiver<Piece>,
    wake: Wake,
}

#[derive(Debug)]
struct Wake(Thread);

impl Drop for Wake {
    fn drop(&mut self) {
        self.0.unpark();
    }
}

/// The file ends before its end. Says no more: the cause is in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the export was cut")]
pub struct Cut;

impl Stream for Pieces {
    type Item = Result<Bytes, Cut>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = ready!(self.taken.poll_recv(context));
        self.wake.0.unpark();
        Poll::Ready(match piece {
            Some(Piece::Rows(rows)) => Some(Ok(rows)),
            Some(Piece::End) => None,
            None => Some(Err(Cut)),
        })
    }
}
