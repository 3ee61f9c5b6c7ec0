//! What is done from time to time: erase what its time is over for, put texts under the active key, and take the traces of
//! erasures out of the files.

use std::collections::HashSet;

use super::{
    Consultations,
    secret::seal::{self, Place, SealError},
    store::{self as rows, TABLES, traces},
};
use crate::{id::Id, store::StoreError};

/// Consultations that are erased, or put under another key, in one transaction.
const AT_ONCE: i64 = 200;

/// What a sweep did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Consultations whose time was over.
    pub erased: usize,
    /// Texts that are under the active key now.
    pub resealed: usize,
    /// Whether nothing is left for the next sweep: every text is under the active key that can be, and the files show
    /// nothing that was erased.
    pub is_done: bool,
}

impl Consultations {
    /// Erases what its time is over for, puts texts under the active key, and takes the traces of erasures out of the files.
    ///
    /// # Errors
    /// When the database fails. What was done by then stays done.
    pub fn sweep(&self) -> Result<Swept, StoreError> {
        let erased = self.erase_overdue()?;
        let (resealed, passed_over) = self.reseal()?;
        let is_clean = self.clean()?;
        Ok(Swept { erased, resealed, is_done: is_clean && passed_over == 0 })
    }

    fn erase_overdue(&self) -> Result<usize, StoreError> {
        let mut all = 0;
        loop {
            let erased = self.erase_all(|conn, now| rows::overdue(conn, now, AT_ONCE))?;
            if erased == 0 {
                return Ok(all);
            }
            all += erased;
        }
    }

    /// Puts the texts of older keys under the active one, so that the older keys can be taken out of the file. A text that
    /// somebody writes meanwhile is left to them or to the next sweep: who waits while holding others could be waited for.
    /// How many were put under it, and how many are left.
    fn reseal(&self) -> Result<(usize, usize), StoreError> {
        let Some(keyring) = &self.keyring else { return Ok((0, 0)) };
        let older: Vec<&str> = keyring.ids().filter(|id| *id != keyring.active()).collect();
        let (mut all, mut passed_over, mut after) = (0, 0, None::<Id>);
        while !older.is_empty() {
            let found = self.store.read(|conn| rows::sealed_otherwise(conn, &older, after, AT_ONCE))?;
            let Some(last) = found.last() else { break };
            after = Some(last.id);
            let mut sealed = Vec::with_capacity(found.len());
            for one in &found {
                let place = Place { app: &one.app, id: one.id };
                match seal::open(Some(keyring), place, &one.sealed)
                    .and_then(|text| seal::seal(keyring, place, &text))
                {
                    Ok(anew) => sealed.push((one, anew)),
                    Err(SealError::Broken | SealError::UnknownKey(_)) => {
                        tracing::error!(consultation = %one.id, "free text cannot be decrypted, and stays under its key");
                    }
                    Err(error @ SealError::Random) => return Err(StoreError::Corrupt(error.to_string())),
                }
            }
            let now = self.clock.now();
            let (written, busy) = self.store.write_erasing(|conn| {
                let ids: Vec<Id> = sealed.iter().map(|(one, _)| one.id).collect();
                let free: HashSet<Id> = rows::lock_free(conn, &ids)?.into_iter().collect();
                let mut written = 0;
                for (one, anew) in sealed.iter().filter(|(one, _)| free.contains(&one.id)) {
                    written += usize::from(rows::reseal(conn, one.id, &one.sealed, anew)?);
                }
                // Whoever has the older key should find nothing to use it on.
                if written > 0 {
                    traces::leave(conn, now)?;
                }
                Ok::<_, StoreError>((written, sealed.len() - free.len()))
            })?;
            all += written;
            passed_over += busy;
        }
        Ok((all, passed_over))
    }

    /// Rewrites the tables where something was erased since the last time; whether the files show nothing of it then.
    fn clean(&self) -> Result<bool, StoreError> {
        let left = self.store.read(traces::left)?;
        if left.settled.is_empty() {
            return Ok(left.unsettled == 0);
        }
        if !self.store.rewrite(&TABLES)? {
            return Ok(false);
        }
        self.store.write(|conn| traces::forget(conn, &left.settled))?;
        Ok(left.unsettled == 0)
    }

    /// Says in the log under which keys texts are, where not all of them are under the active one.
    ///
    /// # Errors
    /// When the database fails.
    pub fn tell_keys(&self) -> Result<(), StoreError> {
        for (id, consultations) in self.store.read(rows::under_keys)? {
            let active = self.keyring.as_ref().map(|keyring| keyring.active());
            if self.keyring.as_ref().is_none_or(|keyring| keyring.key(&id).is_none()) {
                tracing::error!(key = %id, consultations, "free text is under a key that is not in the file");
            } else if active != Some(id.as_str()) {
                tracing::info!(key = %id, consultations, "free text is under an older key");
            }
        }
        Ok(())
    }
}
