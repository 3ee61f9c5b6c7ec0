//! A body on its way in: decompressed, inspected, cut into parts, and kept whole or not at all.
//!
//! Of a body that does not come in as a whole nothing stays but its job, which has failed and says why: whoever looks
//! into the list of jobs sees it also where nobody read the answer.

use std::{io::Write as _, thread};

use chrono::{DateTime, Duration, Utc};
use flate2::write::MultiGzDecoder;
use sha2::{Digest as _, Sha256};

use super::{
    inspect::Inspection,
    model::{Import, ImportError, ImportProblem, NewImport},
    spool::{PART_BYTES, Spool},
    store::{self as rows, Claimed},
};
use crate::{
    clock::Clock,
    id::Id,
    store::{
        Store, StoreError,
        idempotency::{self, KeyUse, Known},
    },
};

/// Longest body, in bytes after decompression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImportLimit(pub u64);

/// How a body is compressed on its way here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    Identity,
    Gzip,
}

/// An upload says that it is still under way when this has passed.
const RENEWED_AFTER: Duration = Duration::minutes(1);
/// An upload that stores nothing for this long is given up.
const KEPT_FOR: Duration = Duration::minutes(10);
/// A little of a compressed body can be much: it is decompressed in pieces of this size, at most a thousandfold.
const PIECE: usize = 4096;

enum Decoder {
    Identity(Vec<u8>),
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

impl Decoder {
    /// What is decoded and not yet taken.
    fn plain(&mut self) -> &mut Vec<u8> {
        match self {
            Self::Identity(plain) => plain,
            Self::Gzip(decoder) => decoder.get_mut(),
        }
    }
}

/// A body that is coming in. Dropped before [`Upload::finish`], it was cut off.
pub struct Upload {
    store: Store,
    spool: Spool,
    clock: Clock,
    id: Id,
    renewed_at: DateTime<Utc>,
    limit: ImportLimit,
    decoder: Decoder,
    inspection: Inspection,
    /// How much of what is decoded and not yet stored was inspected.
    inspected: usize,
    stored: u64,
    received: u64,
    digest: Sha256,
    is_finished: bool,
}

impl std::fmt::Debug for Upload {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Upload").field("id", &self.id).finish_non_exhaustive()
    }
}

impl Upload {
    /// Begins an upload.
    ///
    /// # Errors
    /// When the database fails.
    pub fn begin(
        store: Store,
        clock: Clock,
        new: &NewImport,
        coding: Coding,
        limit: ImportLimit,
    ) -> Result<Self, ImportError> {
        let now = clock.now();
        let id = Id::new(now);
        store.write(|conn| rows::insert(conn, id, new, now, now + KEPT_FOR))?;
        let decoder = match coding {
            Coding::Identity => Decoder::Identity(Vec::new()),
            Coding::Gzip => Decoder::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
        };
        Ok(Self {
            spool: Spool::of(&store),
            store,
            clock,
            id,
            renewed_at: now,
            limit,
            decoder,
            inspection: Inspection::new(new.format),
            inspected: 0,
            stored: 0,
            received: 0,
            digest: Sha256::new(),
            is_finished: false,
        })
    }

    /// Takes the next bytes of the body, as they were sent. After an error the job has failed.
    ///
    /// # Errors
    /// [`ImportError::TooLong`], [`ImportError::Corrupt`], [`ImportError::Broken`], or the store's.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        self.take(bytes).inspect_err(|error| self.fail(error))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), ImportError> {
        self.received += bytes.len() as u64;
        for piece in bytes.chunks(PIECE) {
            match &mut self.decoder {
                Decoder::Identity(plain) => plain.extend_from_slice(piece),
                Decoder::Gzip(decoder) => decoder.write_all(piece).map_err(|_| ImportError::Corrupt)?,
            }
            self.inspect()?;
            while self.decoder.plain().len() >= PART_BYTES {
                self.store_part(PART_BYTES)?;
            }
        }
        Ok(())
    }

    /// Looks at what was decoded since.
    fn inspect(&mut self) -> Result<(), ImportError> {
        let plain = self.decoder.plain();
        if self.stored + plain.len() as u64 > self.limit.0 {
            return Err(ImportError::TooLong(self.limit.0));
        }
        self.inspection.take(&plain[self.inspected..])?;
        self.inspected = plain.len();
        Ok(())
    }

    /// The body is complete: makes it a job in the queue, where `worker` takes it for some time, if given. `key` makes
    /// the idempotency key of a body's SHA-256; where its request was made before, the job is the one that was made
    /// then. After an error the job has failed; where the key is the reason there never was one.
    ///
    /// # Errors
    /// [`ImportError::TooLong`], [`ImportError::Corrupt`], [`ImportError::Broken`], [`ImportError::KeyReused`],
    /// [`ImportError::KeyGone`], or the store's.
    pub fn finish(
        mut self,
        key: impl FnOnce(&[u8]) -> Option<KeyUse>,
        worker: Option<(Id, Duration)>,
    ) -> Result<Import, ImportError> {
        let import = self
            .store_rest()
            .and_then(|()| self.enqueue(key, worker))
            .inspect_err(|error| self.fail(error))?;
        self.is_finished = true;
        Ok(import)
    }

    fn store_rest(&mut self) -> Result<(), ImportError> {
        if let Decoder::Gzip(decoder) = &mut self.decoder {
            // An empty body has no gzip header to miss.
            if self.received > 0 {
                decoder.try_finish().map_err(|_| ImportError::Corrupt)?;
            }
        }
        self.inspect()?;
        self.inspection.finish()?;
        while !self.decoder.plain().is_empty() {
            let length = self.decoder.plain().len().min(PART_BYTES);
            self.store_part(length)?;
        }
        Ok(())
    }

    fn enqueue(
        &self,
        key: impl FnOnce(&[u8]) -> Option<KeyUse>,
        worker: Option<(Id, Duration)>,
    ) -> Result<Import, ImportError> {
        self.spool.flush(self.id).map_err(ImportError::unwritable)?;
        let now = self.clock.now();
        let key = key(&self.digest.clone().finalize());
        let lease = worker.map(|(worker, time)| (worker, now + time));
        let total = i64::try_from(self.stored).map_err(|_| ImportError::TooLong(self.limit.0))?;
        let id = self.id;
        let attempt = || {
            self.store.write(|conn| {
                if let Some(key) = &key {
                    match idempotency::look_up(conn, key, now)? {
                        Known::No => {}
                        Known::Other => return Err(ImportError::KeyReused),
                        Known::Same(earlier) => {
                            rows::delete(conn, id)?;
                            return Ok(rows::by_id(conn, earlier)?.ok_or(ImportError::KeyGone)?.0);
                        }
                    }
                    idempotency::remember(conn, key, id, now)?;
                }
                if !rows::mark_uploaded(conn, id, total, now, lease)? {
                    return Err(ImportError::BodyGone);
                }
                Ok(rows::by_id(conn, id)?.ok_or(ImportError::NotFound)?.0)
            })
        };
        match attempt() {
            // Of two requests with one key that came at once the later one finds what the earlier one made.
            Err(ImportError::Store(error)) if error.is_unique_violation() => attempt(),
            outcome => outcome,
        }
        .inspect(|import| {
            if import.id != id {
                self.spool.remove(id);
            }
        })
    }

    fn store_part(&mut self, length: usize) -> Result<(), ImportError> {
        let bytes: Vec<u8> = self.decoder.plain().drain(..length).collect();
        self.inspected = self.inspected.saturating_sub(length);
        self.digest.update(&bytes);
        let starts_at = i64::try_from(self.stored).unwrap_or(i64::MAX);
        self.renew()?;
        self.spool.append(self.id, starts_at, &bytes).map_err(ImportError::unwritable)?;
        self.stored += length as u64;
        Ok(())
    }

    /// Says now and then that the upload is still under way.
    fn renew(&mut self) -> Result<(), ImportError> {
        let now = self.clock.now();
        if now < self.renewed_at + RENEWED_AFTER {
            return Ok(());
        }
        let renewed = self
            .store
            .write(|conn| -> Result<_, StoreError> { rows::renew_upload(conn, self.id, now + KEPT_FOR) })?;
        if renewed == Claimed::No {
            return Err(ImportError::BodyGone);
        }
        self.renewed_at = now;
        Ok(())
    }

    /// Gives up, because of this.
    pub fn abandon(mut self, error: &ImportError) {
        self.fail(error);
    }

    fn fail(&mut self, error: &ImportError) {
        self.is_finished = true;
        end(&self.store, self.id, error, self.clock.now());
    }
}

/// Ends the upload: its job has failed, or never was one.
fn end(store: &Store, id: Id, error: &ImportError, now: DateTime<Utc>) {
    let outcome: Result<(), StoreError> = store.write(|conn| {
        // Such a request is not to be done, whatever its body is.
        if matches!(error, ImportError::KeyReused | ImportError::KeyGone) {
            return rows::delete(conn, id);
        }
        let (code, detail) = error.refusal();
        rows::fail_upload(conn, id, &ImportProblem::new(code, detail), now)
    });
    if let Err(error) = outcome {
        // A worker ends it later.
        tracing::warn!(%error, import = %id, "an unfinished upload could not be ended");
    }
    Spool::of(store).remove(id);
}

impl Drop for Upload {
    /// A sender that goes away drops the request where no error could be handled, on a thread that must not wait.
    fn drop(&mut self) {
        if self.is_finished {
            return;
        }
        let (store, id, now) = (self.store.clone(), self.id, self.clock.now());
        let end = move || end(&store, id, &ImportError::CutOff, now);
        if let Err(error) = thread::Builder::new().name("end-upload".to_owned()).spawn(end) {
            tracing::warn!(%error, import = %id, "an unfinished upload could not be ended");
        }
    }
}
