//! Following the feed by Server-Sent Events.

use std::{time::Duration, vec};

use actix_web::web::{Bytes, Data};
use futures_util::{Stream, stream};
use tokio::{
    sync::watch,
    time::{Instant, sleep, timeout_at},
};

use super::{
    api::{self, Changes},
    feed::{FeedError, Read, Since},
    model::DirectoryChange,
};
use crate::{
    directory::{store::Position, view::View},
    web::sse::Event,
};

/// Changes that are read at once, and so the most that a client that takes nothing keeps in memory.
pub(super) const AT_ONCE: usize = 100;
/// How long the feed is left alone after it was read to its end: whoever follows must not slow down an import.
const REST: Duration = Duration::from_millis(100);
/// How long the feed is left alone after it could not be read.
const PAUSE: Duration = Duration::from_secs(1);

/// One client that follows.
pub(super) struct Follower {
    changes: Data<Changes>,
    view: View,
    at: Position,
    more: bool,
    told: vec::IntoIter<(Position, DirectoryChange)>,
    news: watch::Receiver<Position>,
    ends: Instant,
    is_failing: bool,
}

impl Follower {
    /// Somebody who goes on from `first`, which was just read and which they have not been told yet.
    pub(super) fn new(changes: Data<Changes>, view: View, first: Read) -> Self {
        let (news, ends) = (changes.live.place(), Instant::now() + changes.longest);
        let Read { told, next, more } = first;
        Self { changes, view, at: next, more, told: told.into_iter(), news, ends, is_failing: false }
    }

    /// Everything that there is to tell, and then what comes, until the longest time is over.
    pub(super) fn events(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, |mut follower| async move {
            let event = follower.next().await?;
            Some((event, follower))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some((place, change)) = self.told.next() {
                return event(place, &change);
            }
            if Instant::now() >= self.ends {
                return None;
            }
            if !self.more {
                sleep(REST).await;
                let at = self.at;
                timeout_at(self.ends, self.news.wait_for(|place| *place > at)).await.ok()?.ok()?;
            }
            self.read().await?;
        }
    }

    /// Reads on; `None` where there is nothing to follow any more.
    async fn read(&mut self) -> Option<()> {
        match self.changes.read(self.view, Since::Place(self.at), AT_ONCE).await {
            Ok(Read { told, next, more }) => {
                (self.at, self.more, self.told) = (next, more, told.into_iter());
                self.is_failing = false;
            }
            Err(FeedError::Ahead) => return None,
            Err(FeedError::Store(error)) => {
                // A client can do no better than this stream does: it tries again. Said once.
                if !self.is_failing {
                    tracing::warn!(%error, "the change feed cannot be told now");
                }
                self.is_failing = true;
                sleep(PAUSE).await;
            }
        }
        Some(())
    }
}

fn event(place: Position, change: &DirectoryChange) -> Option<Bytes> {
    let id = api::token(place).ok()?;
    let data = serde_json::to_string(change)
        .inspect_err(|error| tracing::error!(%error, "a change cannot be written as JSON"))
        .ok()?;
    Some(Event { id: &id, name: change.kind.code(), data: &data }.to_bytes())
}
