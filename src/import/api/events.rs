//! Following an import as it goes, by Server-Sent Events.

use std::time::Duration;

use actix_web::{
    HttpResponse, get,
    web::{Bytes, Data, block},
};
use futures_util::{Stream, stream};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};

use super::Imports;
use crate::{
    auth::caller::Importer,
    id::Id,
    import::{model::Import, store as rows},
    store::{Store, StoreError},
    vocabulary::{ImportStatus, ImportStep},
    web::{
        path::Path,
        problem::Problem,
        problem_responses::ReadProblems,
        sse::{self, Event, LastEventId, Streams},
    },
};

/// How often a job is looked at without a nudge: for jobs that other nodes work on.
const POLL: Duration = Duration::from_secs(1);
/// How long a job is left alone after it was looked at: whoever follows must not slow down the work.
const REST: Duration = Duration::from_millis(100);
/// What a stage of a job can come to at most. All numbers of events stay below 2^53, where JSON readers are exact.
const STAGE: u64 = 1 << 50;

/// Who follows the imports of this node. Cloning shares everything.
#[derive(Clone, Debug)]
pub struct Followers {
    streams: Streams,
    progress: watch::Sender<()>,
    poll: Duration,
}

impl Followers {
    /// Followers that take part in the open streams of a server.
    #[must_use]
    pub fn new(streams: Streams) -> Self {
        Self { streams, progress: watch::Sender::new(()), poll: POLL }
    }

    /// Some job on this node came forward: whoever follows one looks at it.
    pub fn nudge(&self) {
        self.progress.send_replace(());
    }

    /// The same followers, who without a nudge look this often.
    #[cfg(test)]
    pub(super) fn polling(self, poll: Duration) -> Self {
        Self { poll, ..self }
    }
}

/// Follow an import
///
/// Server-Sent Events (WHATWG HTML, section 9.2). The state of the import is sent at once and then after every change:
/// as `progress` while it is queued or running, as `ended` when it has ended, after which the stream ends too. `data`
/// is the import as `GET /v1/imports/{id}` answers it, on one line. `id` is a number that grows with the import: whoever
/// connects again with it in `Last-Event-ID` is sent the state only if it is another one by then, and gets 204 where
/// the import has ended and that was seen. A comment every 15 seconds shows that the stream lives.
#[utoipa::path(
    tag = "imports",
    params(
        Id,
        ("Last-Event-ID" = Option<String>, Header, description = "The `id` of the last event that was seen. What is none is ignored.", example = "1125899906890744"),
    ),
    security(("bearer" = ["imports:write"])),
    responses(
        (status = 200, description = "The events.", body = String, content_type = "text/event-stream",
            example = "id: 1125899906890744\nevent: progress\ndata: {\"id\":\"01936f5e-8a00-7000-8000-000000000001\",\"status\":\"running\",\"step\":\"checking\"}\n\n"),
        (status = 204, description = "The import has ended, and the client has seen that: there is nothing to follow."),
        ReadProblems
    )
)]
#[get("/v1/imports/{id}/events")]
pub async fn follow_import(
    _caller: Importer,
    id: Path<Id>,
    last: LastEventId,
    imports: Data<Imports>,
) -> Result<HttpResponse, Problem> {
    let seen = last.0.and_then(|text| text.parse().ok());
    let import = look(imports.store.clone(), *id).await?.ok_or_else(Problem::not_found)?;
    if import.finished_at.is_some() && seen == Some(place(&import)) {
        return Ok(HttpResponse::NoContent().finish());
    }
    let Followers { streams, progress, poll } = imports.followers.clone();
    let room = streams.open()?;
    let news = progress.subscribe();
    let follower = Follower {
        store: imports.store.clone(),
        id: *id,
        seen,
        news,
        poll,
        has_ended: false,
        is_failing: false,
        _progress: progress,
    };
    Ok(sse::respond(room, follower.events(Some(import))))
}

/// The job as it is now; `None` where it is gone.
async fn look(store: Store, id: Id) -> Result<Option<Import>, StoreError> {
    let read = move || store.read(|conn| Ok(rows::by_id(conn, id)?.map(|(import, _)| import)));
    block(read).await.map_err(|error| StoreError::Unavailable(error.to_string()))?
}

/// Where a job stands, as a number: it grows with the job, and of two states that differ it is not the same.
fn place(import: &Import) -> u64 {
    let stage = match (import.status, import.step) {
        (ImportStatus::Queued, _) => 0,
        (ImportStatus::Running, None | Some(ImportStep::Checking)) => 1,
        (ImportStatus::Running, Some(ImportStep::Writing)) => 2,
        (ImportStatus::Running, Some(ImportStep::Archiving)) => 3,
        (ImportStatus::Succeeded | ImportStatus::Failed | ImportStatus::Cancelled, _) => 4,
    };
    // Every chunk comes forward in the body, or archives something.
    let done = import.bytes_read.unsigned_abs().saturating_add(import.counts.archived.unsigned_abs());
    stage * STAGE + done.min(STAGE - 1)
}

/// One client that follows one job.
struct Follower {
    store: Store,
    id: Id,
    /// Which state the client has.
    seen: Option<u64>,
    news: watch::Receiver<()>,
    poll: Duration,
    has_ended: bool,
    is_failing: bool,
    /// Keeps the other end of `news`.
    _progress: watch::Sender<()>,
}

impl Follower {
    /// Everything that the client has not seen, beginning with `present`, which was read just now.
    fn events(self, present: Option<Import>) -> impl Stream<Item = Bytes> {
        stream::unfold((self, present), |(mut follower, mut present)| async move {
            let event = follower.next(&mut present).await?;
            Some((event, (follower, present)))
        })
    }

    async fn next(&mut self, present: &mut Option<Import>) -> Option<Bytes> {
        while !self.has_ended {
            let found = match present.take() {
                Some(import) => Some(import),
                None => {
                    self.rest().await;
                    self.look().await?
                }
            };
            if let Some(import) = found.filter(|import| self.seen != Some(place(import))) {
                return self.tell(&import);
            }
        }
        None
    }

    /// The event of this state.
    fn tell(&mut self, import: &Import) -> Option<Bytes> {
        let place = place(import);
        let data = serde_json::to_string(import)
            .inspect_err(|error| tracing::error!(%error, "an import cannot be written as JSON"))
            .ok()?;
        (self.seen, self.has_ended) = (Some(place), import.finished_at.is_some());
        let name = if self.has_ended { "ended" } else { "progress" };
        Some(Event { id: &place.to_string(), name, data: &data }.to_bytes())
    }

    /// Waits until it is worth while to look again.
    async fn rest(&mut self) {
        sleep(REST).await;
        let _ = timeout(self.poll, self.news.changed()).await;
    }

    /// The job, `Some(None)` where that could not be known now, and `None` where there is nothing to follow any more.
    async fn look(&mut self) -> Option<Option<Import>> {
        match look(self.store.clone(), self.id).await {
            Ok(found) => {
                self.is_failing = false;
                found.map(Some)
            }
            Err(error) => {
                // A client can do no better than this stream does: it looks again. Said once.
                if !self.is_failing {
                    tracing::warn!(%error, import = %self.id, "an import cannot be followed now");
                }
                self.is_failing = true;
                Some(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::*;
    use crate::{
        import::model::Counts,
        vocabulary::{ImportFormat, ImportMode, OnError},
    };

    fn import(status: ImportStatus, step: Option<ImportStep>, bytes_read: i64, archived: i64) -> Import {
        let now: DateTime<Utc> = "2026-11-22T10:00:00Z".parse().unwrap();
        Import {
            id: Id::new(now),
            status,
            step,
            source: "acme".to_owned(),
            format: ImportFormat::Ndjson,
            mode: ImportMode::ReplaceSource,
            on_error: OnError::Skip,
            max_archive_percent: 20,
            dry_run: false,
            counts: Counts { archived, ..Counts::default() },
            bytes_read,
            bytes_total: i64::MAX,
            created_at: now,
            started_at: None,
            finished_at: None,
            problem: None,
            unmapped_terms: Vec::new(),
        }
    }

    #[test]
    fn the_number_of_an_event_grows_with_the_job() {
        let running = |step, bytes, archived| import(ImportStatus::Running, Some(step), bytes, archived);
        let states = [
            import(ImportStatus::Queued, None, 0, 0),
            running(ImportStep::Checking, 0, 0),
            running(ImportStep::Checking, 70, 0),
            running(ImportStep::Writing, 0, 0),
            running(ImportStep::Writing, 40, 0),
            running(ImportStep::Writing, i64::MAX, 0),
            running(ImportStep::Archiving, 70, 0),
            running(ImportStep::Archiving, 70, 500),
            import(ImportStatus::Succeeded, None, 70, 500),
        ];
        let places: Vec<u64> = states.iter().map(place).collect();
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        let largest = place(&import(ImportStatus::Failed, None, i64::MAX, i64::MAX));
        assert!(places.iter().all(|place| *place <= largest) && largest < 1 << 53);
    }
}
