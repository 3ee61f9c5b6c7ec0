//! What can be done with a profile: create, change, confirm, delete; each is one transaction.

use chrono::{DateTime, Utc};

use super::{
    confirmations::{Confirmation, NewConfirmation},
    model::{ServerFields, Therapist},
    removals::is_removed,
    store as rows,
};
use crate::{
    answers::{sets::Sets, settle},
    fault::Fault,
    id::Id,
    store::{
        Connection, Store, StoreError,
        idempotency::{self, KeyUse, Known},
    },
};

/// Why a profile was not written.
#[derive(Debug, thiserror::Error)]
pub enum ProfileError {
    #[error("there is no such profile")]
    NotFound,
    #[error("the profile is not the one that the writer saw")]
    Stale,
    #[error("another profile has this source and external id")]
    Taken,
    #[error("the therapist asked to be removed")]
    Removed,
    #[error("the profile would not be valid")]
    Invalid(Vec<Fault>),
    #[error("the idempotency key stands for another request")]
    KeyReused,
    #[error("what the idempotency key made is gone")]
    KeyGone,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ProfileError {
    /// The same error, or [`Self::Taken`] where a unique rule was broken.
    fn taken(error: StoreError) -> Self {
        if error.is_unique_violation() { Self::Taken } else { Self::Store(error) }
    }
}

/// A profile that was made, or that the same request made before.
#[derive(Debug)]
pub struct Created {
    pub therapist: Therapist,
    /// False where an idempotency key showed that the profile had been made already.
    pub new: bool,
}

/// Stores a new profile, with its answers settled; with an idempotency key, once.
///
/// # Errors
/// [`ProfileError::Taken`], [`ProfileError::Removed`], [`ProfileError::KeyReused`], [`ProfileError::KeyGone`], or the
/// store's.
pub fn create(
    store: &Store,
    sets: &Sets,
    input: &Therapist,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<Created, ProfileError> {
    let mut next = input.clone();
    next.confirmations.clear();
    settle_answers(&mut next, None, sets, now);
    let attempt = || store.write(|conn| create_once(conn, next.clone(), key, now));
    match attempt() {
        // Of two requests with one key that ran at once the later one finds what the earlier one made.
        Err(ProfileError::Taken) if key.is_some() => attempt(),
        outcome => outcome,
    }
}

fn create_once(
    conn: &mut Connection,
    mut therapist: Therapist,
    key: Option<&KeyUse>,
    now: DateTime<Utc>,
) -> Result<Created, ProfileError> {
    if let Some(key) = key {
        match idempotency::look_up(conn, key, now)? {
            Known::No => {}
            Known::Other => return Err(ProfileError::KeyReused),
            Known::Same(id) => {
                let therapist = rows::by_id(conn, id)?.ok_or(ProfileError::KeyGone)?;
                return Ok(Created { therapist, new: false });
            }
        }
    }
    therapist.stamp(ServerFields {
        id: Id::new(now),
        revision: 1,
        import_id: None,
        created_at: now,
        updated_at: now,
    });
    refuse_removed(conn, &therapist)?;
    rows::insert(conn, std::slice::from_ref(&therapist)).map_err(ProfileError::taken)?;
    if let Some(key) = key {
        idempotency::remember(conn, key, therapist.id, now).map_err(ProfileError::taken)?;
    }
    Ok(Created { therapist, new: true })
}

/// Replaces the profile `id`, if `may_replace` says yes to the stored one, by what `next` makes of it, with its answers
/// settled. Nothing is written where that is the same.
///
/// # Errors
/// [`ProfileError::NotFound`], [`ProfileError::Stale`], [`ProfileError::Taken`], [`ProfileError::Removed`], what `next`
/// returns, or the store's.
pub fn change(
    store: &Store,
    sets: &Sets,
    id: Id,
    now: DateTime<Utc>,
    may_replace: impl Fn(&Therapist) -> bool,
    next: impl FnOnce(&Therapist) -> Result<Therapist, ProfileError>,
) -> Result<Therapist, ProfileError> {
    store.write(|conn| {
        // Before the profile is locked: a removal goes in this order too.
        rows::hold_off_removals(conn)?;
        rows::lock(conn, id)?;
        let stored = rows::by_id(conn, id)?.ok_or(ProfileError::NotFound)?;
        if !may_replace(&stored) {
            return Err(ProfileError::Stale);
        }
        let mut therapist = next(&stored)?;
        therapist.confirmations.clone_from(&stored.confirmations);
        if therapist.source.is_none() {
            therapist.source.clone_from(&stored.source);
        }
        if therapist.external_id.is_none() {
            therapist.external_id.clone_from(&stored.external_id);
        }
        settle_answers(&mut therapist, Some(&stored), sets, now);
        therapist.stamp(stored.server_fields());
        if therapist == stored {
            return Ok(stored);
        }
        therapist.stamp(ServerFields {
            revision: stored.revision + 1,
            import_id: None,
            updated_at: now,
            ..stored.server_fields()
        });
        let identity = |t: &Therapist| (t.source.clone(), t.external_id.clone(), t.npi.clone());
        if identity(&therapist) != identity(&stored) {
            refuse_removed(conn, &therapist)?;
        }
        let updated = rows::update(conn, std::slice::from_ref(&therapist)).map_err(ProfileError::taken)?;
        if updated == 0 { Err(ProfileError::Stale) } else { Ok(therapist) }
    })
}

/// Settles what the profile answers; where it does not say, it answers what the stored one does.
fn settle_answers(next: &mut Therapist, stored: Option<&Therapist>, sets: &Sets, now: DateTime<Utc>) {
    if let Some(answers) = &mut next.consultation_answers {
        settle::settle(answers, sets);
    }
    date_answers(next, stored, now);
}

/// The rest of it, where the answers are settled already.
pub fn date_answers(next: &mut Therapist, stored: Option<&Therapist>, now: DateTime<Utc>) {
    let known = stored.and_then(|stored| stored.consultation_answers.as_deref()).unwrap_or_default();
    match &mut next.consultation_answers {
        Some(answers) => settle::date(answers, known, now),
        None => next.consultation_answers = Some(known.to_vec()),
    }
}

fn refuse_removed(conn: &mut Connection, therapist: &Therapist) -> Result<(), ProfileError> {
    let Therapist { source, external_id, npi, .. } = therapist;
    let removed = is_removed(conn, source.as_deref(), external_id.as_deref(), npi.as_deref())?;
    if removed { Err(ProfileError::Removed) } else { Ok(()) }
}

/// Records that field groups were confirmed now, if `may_replace` says yes to the stored profile.
///
/// # Errors
/// [`ProfileError::NotFound`], [`ProfileError::Stale`], or the store's.
pub fn confirm(
    store: &Store,
    id: Id,
    confirmation: &NewConfirmation,
    now: DateTime<Utc>,
    may_replace: impl Fn(&Therapist) -> bool,
) -> Result<Therapist, ProfileError> {
    store.write(|conn| {
        rows::lock(conn, id)?;
        let mut therapist = rows::by_id(conn, id)?.ok_or(ProfileError::NotFound)?;
        if !may_replace(&therapist) {
            return Err(ProfileError::Stale);
        }
        therapist.confirmations.retain(|c| !confirmation.fields.contains(&c.field_group));
        therapist.confirmations.extend(confirmation.fields.iter().map(|&field_group| Confirmation {
            field_group,
            method: confirmation.method,
            confirmed_at: now,
        }));
        therapist.confirmations.sort_by_key(|c| c.field_group.code());
        let server = therapist.server_fields();
        therapist.stamp(ServerFields { revision: server.revision + 1, updated_at: now, ..server });
        if rows::confirm(conn, &therapist, confirmation)? { Ok(therapist) } else { Err(ProfileError::Stale) }
    })
}

/// Deletes the profile, if `may_replace` says yes to the stored one.
///
/// # Errors
/// [`ProfileError::NotFound`], [`ProfileError::Stale`], or the store's.
pub fn delete(
    store: &Store,
    id: Id,
    now: DateTime<Utc>,
    may_replace: impl Fn(&Therapist) -> bool,
) -> Result<(), ProfileError> {
    store.write(|conn| {
        rows::lock(conn, id)?;
        let stored = rows::by_id(conn, id)?.ok_or(ProfileError::NotFound)?;
        if !may_replace(&stored) || !rows::delete(conn, id, stored.revision, now)? {
            return Err(ProfileError::Stale);
        }
        Ok(())
    })
}
