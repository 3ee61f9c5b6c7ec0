//! What can be done with a consultation: store, read, change, erase; each write is one transaction.

use chrono::{DateTime, Utc};

use super::{
    Consultations, check, free_text,
    model::{Consultation, ConsultationError},
    secret::seal::{self, Place, SealError, Sealed},
    store::{self as rows, Filter, Owned, Record},
};
use crate::{
    answers::sets::Sets,
    fault::Fault,
    id::Id,
    store::{
        Connection, StoreError,
        idempotency::{self, KeyUse, Known},
    },
};

impl From<SealError> for ConsultationError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::UnknownKey(id) => Self::UnknownKey(id),
            error @ (SealError::Broken | SealError::Random) => {
                Self::Store(StoreError::Corrupt(error.to_string()))
            }
        }
    }
}

impl Consultations {
    /// Stores a new consultation; with an idempotency key, once. `is_visible` says whether the app may know the therapist.
    ///
    /// # Errors
    /// Every kind but [`ConsultationError::NotFound`] and [`ConsultationError::Stale`].
    pub fn create(
        &self,
        app: &str,
        input: Consultation,
        key: Option<&KeyUse>,
        is_visible: impl Fn(&mut Connection, Id) -> Result<bool, StoreError>,
    ) -> Result<Consultation, ConsultationError> {
        // Another node may have published the set.
        let sets = self.questions.knowing([input.question_set.as_ref()], &self.store)?;
        if !check::faults(&input, &sets, &self.catalog, self.clock.today()).is_empty() {
            return Err(ConsultationError::Invalid(self.faults(&input, is_visible)?));
        }
        let input = check::settled(input, &sets);
        let attempt =
            || self.store.write_erasing(|conn| self.create_once(conn, &sets, app, &input, key, &is_visible));
        match attempt() {
            // Of two requests with one key that ran at once the later one finds what the earlier one made.
            Err(ConsultationError::KeyTaken) => attempt(),
            outcome => outcome,
        }
    }

    /// All faults of a new consultation whose single values have their form, with what it names and is not there: a set that
    /// no node knows, a therapist whom the app may not know.
    ///
    /// # Errors
    /// When the database fails.
    pub fn faults(
        &self,
        input: &Consultation,
        is_visible: impl Fn(&mut Connection, Id) -> Result<bool, StoreError>,
    ) -> Result<Vec<Fault>, StoreError> {
        let sets = self.questions.knowing([input.question_set.as_ref()], &self.store)?;
        let mut faults = check::faults(input, &sets, &self.catalog, self.clock.today());
        if !self.store.read(|conn| is_visible(conn, input.therapist_id))? {
            faults.push(unknown_therapist());
        }
        Ok(faults)
    }

    fn create_once(
        &self,
        conn: &mut Connection,
        sets: &Sets,
        app: &str,
        input: &Consultation,
        key: Option<&KeyUse>,
        is_visible: impl Fn(&mut Connection, Id) -> Result<bool, StoreError>,
    ) -> Result<Consultation, ConsultationError> {
        let now = self.clock.now();
        if let Some(key) = key {
            match idempotency::look_up(conn, key, now)? {
                Known::No => {}
                Known::Other => return Err(ConsultationError::KeyReused),
                Known::Same(id) => {
                    let record = rows::find(conn, app, id, now)?.ok_or(ConsultationError::KeyGone)?;
                    return self.opened(record);
                }
            }
        }
        let therapist_id = input.therapist_id;
        if !is_visible(conn, therapist_id)? {
            return Err(ConsultationError::Invalid(vec![unknown_therapist()]));
        }
        let mut consultation =
            Consultation { id: Id::new(now), revision: 1, created_at: now, updated_at: now, ..input.clone() };
        consultation.expires_at = consultation.end();
        let record = self.sealed(app, consultation.clone(), sets)?;
        (self.watch.before)(conn, &[therapist_id])?;
        rows::insert(conn, &record)?;
        if let Some(key) = key {
            idempotency::remember(conn, key, consultation.id, now).map_err(|error| {
                if error.is_unique_violation() { ConsultationError::KeyTaken } else { error.into() }
            })?;
        }
        (self.watch.after)(conn, therapist_id, now)?;
        Ok(consultation)
    }

    /// The app's consultation with this id.
    ///
    /// # Errors
    /// [`ConsultationError::NotFound`], [`ConsultationError::UnknownKey`], or the store's.
    pub fn read(&self, app: &str, id: Id) -> Result<Consultation, ConsultationError> {
        let now = self.clock.now();
        let record = self.store.read(|conn| rows::find(conn, app, id, now))?;
        self.opened(record.ok_or(ConsultationError::NotFound)?)
    }

    /// How many the filter admits, and at most `limit` of them, the newest first, those before `after` only.
    ///
    /// # Errors
    /// [`ConsultationError::UnknownKey`], or the store's.
    pub fn list(
        &self,
        filter: &Filter,
        after: Option<Id>,
        limit: usize,
    ) -> Result<(u64, Vec<Consultation>), ConsultationError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let (total, found) = self.store.read(|conn| {
            Ok::<_, StoreError>((rows::count(conn, filter)?, rows::page(conn, filter, after, limit)?))
        })?;
        let found = found.into_iter().map(|record| self.opened(record)).collect::<Result<_, _>>()?;
        Ok((total.unsigned_abs(), found))
    }

    /// Whether all that the filter admits can be decrypted.
    ///
    /// # Errors
    /// [`ConsultationError::UnknownKey`] where it cannot, or the store's.
    pub fn can_open(&self, filter: &Filter) -> Result<(), ConsultationError> {
        let is_known = |id: &String| self.keyring.as_ref().is_some_and(|keyring| keyring.key(id).is_some());
        let unknown =
            self.store.read(|conn| rows::key_ids(conn, filter))?.into_iter().find(|id| !is_known(id));
        unknown.map_or(Ok(()), |id| Err(ConsultationError::UnknownKey(id)))
    }

    /// Replaces the app's consultation, if `may_replace` says yes to the stored one, by what `next` makes of it. Nothing is
    /// written where that is the same.
    ///
    /// # Errors
    /// [`ConsultationError::NotFound`], [`ConsultationError::Stale`], those of the keys, what `next` returns, or the store's.
    pub fn change(
        &self,
        app: &str,
        id: Id,
        may_replace: impl Fn(&Consultation) -> bool,
        next: impl FnOnce(&Consultation, &Sets) -> Result<Consultation, ConsultationError>,
    ) -> Result<Consultation, ConsultationError> {
        self.questions.reload(&self.store)?;
        let (sets, now) = (self.questions.sets(), self.clock.now());
        let changed = self.store.write_erasing(|conn| {
            let found = rows::find(conn, app, id, now)?.ok_or(ConsultationError::NotFound)?;
            let therapist_id = found.consultation.therapist_id;
            // The therapist comes before the consultation in everybody's order.
            (self.watch.before)(conn, &[therapist_id])?;
            rows::lock(conn, id)?;
            let record = rows::find(conn, app, id, now)?.ok_or(ConsultationError::NotFound)?;
            // Before its text is opened: a writer that saw something else needs no key to be told so.
            if !may_replace(&record.consultation) {
                return Err(ConsultationError::Stale);
            }
            let stored = check::settled(self.opened(record)?, &sets);
            let mut consultation = check::settled(next(&stored, &sets)?, &sets);
            let Consultation { id, revision, created_at, updated_at, .. } = stored;
            consultation = Consultation { id, revision, created_at, updated_at, ..consultation };
            consultation.expires_at = consultation.end();
            if consultation == stored {
                return Ok(stored);
            }
            consultation.revision += 1;
            consultation.updated_at = now;
            let record = self.sealed(app, consultation.clone(), &sets)?;
            rows::update(conn, &record, now)?;
            (self.watch.after)(conn, therapist_id, now)?;
            Ok(consultation)
        })?;
        if changed.expires_at <= now {
            self.bell.ring();
        }
        Ok(changed)
    }

    /// Erases the app's consultation, if `may_erase` says yes to the stored one. Its text need not be readable for that.
    ///
    /// # Errors
    /// [`ConsultationError::NotFound`], [`ConsultationError::Stale`], or the store's.
    pub fn erase(
        &self,
        app: &str,
        id: Id,
        may_erase: impl Fn(&Consultation) -> bool,
    ) -> Result<(), ConsultationError> {
        let now = self.clock.now();
        self.store.write_erasing(|conn| {
            let found = rows::find(conn, app, id, now)?.ok_or(ConsultationError::NotFound)?;
            let therapist_id = found.consultation.therapist_id;
            (self.watch.before)(conn, &[therapist_id])?;
            rows::lock(conn, id)?;
            let stored = rows::find(conn, app, id, now)?.ok_or(ConsultationError::NotFound)?;
            if !may_erase(&stored.consultation) {
                return Err(ConsultationError::Stale);
            }
            rows::erase(conn, &[id], now)?;
            Ok((self.watch.after)(conn, therapist_id, now)?)
        })?;
        self.bell.ring();
        Ok(())
    }

    /// Erases all that the app stored under the reference; how many consultations that were.
    ///
    /// # Errors
    /// When the database fails.
    pub fn erase_client(&self, app: &str, client_ref: &str) -> Result<usize, StoreError> {
        let erased = self.erase_all(|conn, _| rows::of_client(conn, app, client_ref))?;
        if erased > 0 {
            self.bell.ring();
        }
        Ok(erased)
    }

    /// Erases what `which` names, and tells of it.
    pub(super) fn erase_all(
        &self,
        which: impl FnOnce(&mut Connection, DateTime<Utc>) -> Result<Vec<Owned>, StoreError>,
    ) -> Result<usize, StoreError> {
        let now = self.clock.now();
        self.store.write_erasing(|conn| {
            let owned = which(conn, now)?;
            let mut therapists: Vec<Id> = owned.iter().map(|one| one.therapist_id).collect();
            therapists.sort_unstable();
            therapists.dedup();
            if owned.is_empty() {
                return Ok(0);
            }
            (self.watch.before)(conn, &therapists)?;
            let ids: Vec<Id> = owned.iter().map(|one| one.id).collect();
            let mut erased = 0;
            for ids in ids.chunks(1000) {
                erased += rows::erase(conn, ids, now)?;
            }
            for therapist_id in therapists {
                (self.watch.after)(conn, therapist_id, now)?;
            }
            Ok(erased)
        })
    }

    /// The consultation as it is stored. Only where it has free text does it take a key.
    fn sealed(
        &self,
        app: &str,
        mut consultation: Consultation,
        sets: &Sets,
    ) -> Result<Record, ConsultationError> {
        let text = free_text::take(&mut consultation, sets).ok_or_else(|| {
            StoreError::Corrupt("a consultation of a question set that is not there".to_owned())
        })?;
        let place = Place { app, id: consultation.id };
        let seal = |text| -> Result<Sealed, ConsultationError> {
            let keyring = self.keyring.as_ref().ok_or(ConsultationError::NotConfigured)?;
            Ok(seal::seal(keyring, place, text)?)
        };
        let sealed = if text.is_empty() { None } else { Some(seal(&text)?) };
        Ok(Record { app: app.to_owned(), consultation, sealed })
    }

    fn opened(&self, record: Record) -> Result<Consultation, ConsultationError> {
        let Record { app, mut consultation, sealed, .. } = record;
        if let Some(sealed) = sealed {
            let place = Place { app: &app, id: consultation.id };
            let text = seal::open(self.keyring.as_deref(), place, &sealed).inspect_err(|error| {
                tracing::error!(consultation = %place.id, %error, "free text cannot be decrypted");
            })?;
            free_text::put_back(&mut consultation, text);
        }
        Ok(consultation)
    }
}

fn unknown_therapist() -> Fault {
    Fault::new("/therapist_id", "unknown_id", "No therapist whom you may see has this id.")
}
