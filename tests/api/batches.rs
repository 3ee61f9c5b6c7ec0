//! Many rows at once: what is written in batches is what is read, and a batch that cannot be kept leaves nothing.

use chrono::Duration;
use diesel::prelude::*;
use tailor::{
    answers::{sets::Sets, settle},
    catalog::model::Catalog,
    directory::{
        model::{ServerFields, Therapist},
        store as profiles,
    },
    each_backend,
    fault::Fault,
    id::Id,
    import::{
        model::NewImport,
        plan::{Place, Rejected},
        store as jobs,
    },
    store::{Connection, Store, StoreError, batch::ROWS, schema::directory_changes as changes},
    synthetic::{self, codes::Codes},
    vocabulary::{ImportFormat, ImportMode, OnError},
};

use crate::{
    on_both_databases,
    support::{app::now, database::Database},
};

/// One, and about as many as the statement takes that SQLite prepares, and several times that.
const LENGTHS: [usize; 5] = [1, ROWS - 1, ROWS, ROWS + 1, 2 * ROWS + 5];

struct Directory {
    store: Store,
    codes: Codes,
    sets: Sets,
    _database: Database,
}

impl From<Database> for Directory {
    fn from(database: Database) -> Self {
        let catalog = Catalog::embedded().expect("the catalog");
        let store = Store::open(&database.url).expect("the store opens");
        write(&store, |conn| profiles::sync_catalog(conn, &catalog)).expect("the codes are written");
        Self { store, codes: Codes::from(&catalog), sets: Sets::built_in(&catalog), _database: database }
    }
}

impl Directory {
    /// New profiles that nobody has stored, in an order that is not that of their ids.
    fn profiles(&self, seed: u64, count: usize) -> Vec<Therapist> {
        let mut profiles: Vec<_> = synthetic::directory(
            seed,
            u64::try_from(count).expect("a count"),
            now().date_naive(),
            &self.codes,
        )
        .collect();
        for profile in &mut profiles {
            profile.external_id = Some(format!("{seed}/{}", profile.external_id.take().expect("an id")));
            profile.confirmations.sort_by_key(|confirmation| confirmation.field_group.code());
            let answers = profile.consultation_answers.get_or_insert_default();
            settle::settle(answers, &self.sets);
            settle::date(answers, &[], now());
            profile.stamp(ServerFields {
                id: Id::new(now()),
                revision: 1,
                import_id: None,
                created_at: now(),
                updated_at: now(),
            });
        }
        profiles
    }

    fn insert(&self, profiles: &[Therapist]) -> Result<(), StoreError> {
        write(&self.store, |conn| profiles::insert(conn, profiles))
    }

    /// All stored profiles, in the order of their ids.
    fn stored(&self) -> Vec<Therapist> {
        let mut stored = Vec::new();
        let read: Result<(), StoreError> = self.store.read(|conn| {
            profiles::all(conn, |batch| {
                stored.extend(batch);
                Ok(())
            })
        });
        read.expect("the profiles are read");
        stored
    }

    /// Which profiles the change feed names, with their revisions. It is read past what holds readers back on
    /// PostgreSQL: the transactions of other tests.
    fn feed(&self) -> Vec<(Id, i64)> {
        let query =
            changes::table.order(changes::sequence).select((changes::therapist_id, changes::revision));
        let rows: Result<_, StoreError> =
            self.store.read(|conn| Ok(each_backend!(conn, c => query.load(c))?));
        rows.expect("the feed")
    }

    fn job(&self) -> Id {
        let new = NewImport {
            source: "synthetic".to_owned(),
            format: ImportFormat::Ndjson,
            mode: ImportMode::Upsert,
            on_error: OnError::Skip,
            max_archive_percent: 20,
            dry_run: false,
            created_by: "tester".to_owned(),
        };
        let id = Id::new(now());
        write(&self.store, |conn| jobs::insert(conn, id, &new, now(), now())).expect("a job");
        id
    }
}

fn write<T>(
    store: &Store,
    f: impl FnOnce(&mut Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    store.write(f)
}

fn in_order(profiles: &[Therapist]) -> Vec<Therapist> {
    let mut profiles = profiles.to_vec();
    profiles.sort_by_key(|profile| profile.id);
    profiles
}

/// Whether profiles in the order of their ids are these, in whatever order.
#[track_caller]
fn assert_same(found: &[Therapist], expected: &[Therapist]) {
    for (found, expected) in found.iter().zip(in_order(expected)) {
        assert_eq!(*found, expected);
    }
    assert_eq!(found.len(), expected.len());
}

fn ids(profiles: &[Therapist]) -> Vec<(Id, i64)> {
    profiles.iter().map(|profile| (profile.id, profile.revision)).collect()
}

/// The profiles as they may come after `stored`: the same ids, all else another's.
fn next(stored: &[Therapist], like: Vec<Therapist>) -> Vec<Therapist> {
    let becomes = |(stored, mut next): (&Therapist, Therapist)| {
        next.confirmations.clone_from(&stored.confirmations);
        let server = stored.server_fields();
        next.stamp(ServerFields {
            revision: server.revision + 1,
            import_id: Some(Id::new(now())),
            updated_at: now() + Duration::seconds(1),
            ..server
        });
        next
    };
    stored.iter().zip(like).map(becomes).collect()
}

on_both_databases! {
    fn a_batch_is_read_as_it_was_written(directory: Directory) {
        let mut all = Vec::new();
        for (seed, length) in (1..).zip(LENGTHS) {
            let mut batch = directory.profiles(seed, length);
            // Nobody else's list has the same length or order, and one has none.
            batch[0].languages = ["es", "en", "de"].map(str::to_owned).to_vec();
            batch[0].fees.clear();
            batch[0].bio = Some("„O'Neil\\, {a,\"b\"}, NULL\n\u{1f60a}“".to_owned());
            directory.insert(&batch).expect("the batch is kept");
            all.extend(batch);
        }
        assert_same(&directory.stored(), &all);
        assert_eq!(directory.feed(), ids(&all), "in the order in which they were given");

        let some: Vec<Id> = all.iter().step_by(3).map(|profile| profile.id).collect();
        let found: Result<_, StoreError> = directory.store.read(|conn| profiles::by_ids(conn, &some));
        let named: Vec<_> = all.iter().step_by(3).cloned().collect();
        assert_same(&in_order(&found.expect("profiles")), &named);
    }

    fn a_replaced_batch_is_read_as_it_was_written(directory: Directory) {
        for (seed, length) in (1..).zip(LENGTHS) {
            let before = directory.profiles(seed, length);
            directory.insert(&before).expect("the batch is kept");
            let after = next(&before, directory.profiles(seed + 100, length));
            let updated = write(&directory.store, |conn| profiles::update(conn, &after));
            assert_eq!(updated.expect("the batch is kept"), after.len());
            let mut stored = directory.stored();
            stored.retain(|profile| after.iter().any(|next| next.id == profile.id));
            assert_same(&stored, &after);
            let feed = directory.feed();
            assert_eq!(feed[feed.len() - after.len()..], ids(&after));
        }
    }

    fn a_batch_with_an_overtaken_profile_writes_nothing(directory: Directory) {
        let before = directory.profiles(1, 40);
        directory.insert(&before).expect("the batch is kept");
        let mut after = next(&before, directory.profiles(2, 40));
        let overtaken = next(&before[7..8], directory.profiles(3, 1));
        let updated = write(&directory.store, |conn| profiles::update(conn, &overtaken));
        assert_eq!(updated.expect("the profile is kept"), 1);
        let (stored, feed) = (directory.stored(), directory.feed());

        let updated = write(&directory.store, |conn| profiles::update(conn, &after));
        assert_eq!(updated.expect("an answer"), 39);
        assert_same(&directory.stored(), &stored);
        assert_eq!(directory.feed(), feed);

        // One that is gone is not made again.
        let gone = before[9].id;
        let deleted = write(&directory.store, |conn| profiles::delete(conn, gone, 1, now()));
        assert!(deleted.expect("an answer"));
        after.remove(7);
        let updated = write(&directory.store, |conn| profiles::update(conn, &after));
        assert_eq!(updated.expect("an answer"), 38);
        assert!(directory.stored().iter().all(|profile| profile.id != gone));
    }

    fn a_batch_that_takes_what_is_taken_is_refused(directory: Directory) {
        let (mine, theirs) = (directory.profiles(1, 80), directory.profiles(2, 80));
        directory.insert(&mine).expect("the batch is kept");
        let mut batch = theirs.clone();
        batch[77].external_id.clone_from(&mine[3].external_id);
        assert!(directory.insert(&batch).is_err_and(|error| error.is_unique_violation()));
        let mut batch = theirs.clone();
        batch[2].id = mine[3].id;
        assert!(directory.insert(&batch).is_err_and(|error| error.is_unique_violation()));
        // Nothing of the batches is left.
        assert_same(&directory.stored(), &mine);

        directory.insert(&theirs).expect("the batch is kept");
        let mut after = next(&theirs, directory.profiles(3, 80));
        after[79].external_id.clone_from(&mine[3].external_id);
        let updated = write(&directory.store, |conn| profiles::update(conn, &after));
        assert!(updated.is_err_and(|error| error.is_unique_violation()));
        let all: Vec<_> = mine.into_iter().chain(theirs).collect();
        assert_same(&directory.stored(), &all);
    }

    fn a_batch_with_an_unknown_code_is_refused(directory: Directory) {
        let mut batch = directory.profiles(1, 40);
        let listed = batch.iter_mut().rev().find(|profile| !profile.modalities.is_empty());
        listed.expect("one has modalities").modalities[0].code = "no_such_modality".to_owned();
        assert!(directory.insert(&batch).is_err_and(|error| !error.is_unique_violation()));
        assert_same(&directory.stored(), &[]);
        assert_eq!(directory.feed(), []);
    }

    fn confirmations_are_replaced_alone(directory: Directory) {
        let mut batch = directory.profiles(1, 60);
        directory.insert(&batch).expect("the batch is kept");
        let confirmations: Vec<_> = batch.iter().rev().map(|profile| profile.confirmations.clone()).collect();
        for (profile, confirmations) in batch.iter_mut().zip(confirmations) {
            profile.confirmations = confirmations;
        }
        let those: Vec<_> = batch.iter().collect();
        write(&directory.store, |conn| profiles::replace_confirmations(conn, &those)).expect("they are kept");
        assert_same(&directory.stored(), &batch);
    }

    fn a_digest_holds_until_its_profile_changes(directory: Directory) {
        let batch = directory.profiles(1, 70);
        directory.insert(&batch).expect("the batch is kept");
        let external_ids: Vec<&str> = batch.iter().filter_map(|profile| profile.external_id.as_deref()).collect();
        let known = |source: &str| {
            let known: Result<_, StoreError> =
                directory.store.read(|conn| jobs::known(conn, source, &external_ids));
            known.expect("digests")
        };
        assert!(known("synthetic").is_empty());
        let digest = |number: usize| [u8::try_from(number).expect("a small number"); 16];
        let rows: Vec<_> = (0..).zip(&batch).map(|(number, profile)| (profile.id, digest(number), 1)).collect();
        write(&directory.store, |conn| jobs::keep(conn, &rows)).expect("the digests are kept");
        assert_eq!(known("synthetic").len(), 70);
        assert_eq!(known("synthetic")[external_ids[33]], digest(33));
        assert!(known("another").is_empty());

        let after = next(&batch[..2], directory.profiles(2, 2));
        let after: Vec<_> = after
            .into_iter()
            .zip(&batch)
            .map(|(next, stored)| Therapist { external_id: stored.external_id.clone(), ..next })
            .collect();
        let updated = write(&directory.store, |conn| profiles::update(conn, &after));
        assert_eq!(updated.expect("they are kept"), 2);
        assert_eq!(known("synthetic").len(), 68, "a changed profile is no longer the row's");
        let again = [(batch[0].id, digest(200), 2), (batch[2].id, digest(201), 1)];
        write(&directory.store, |conn| jobs::keep(conn, &again)).expect("the digests are kept");
        assert_eq!(known("synthetic").len(), 69);
        assert_eq!(known("synthetic")[external_ids[0]], digest(200));
        assert_eq!(known("synthetic")[external_ids[2]], digest(201));
        let deleted = write(&directory.store, |conn| profiles::delete(conn, batch[2].id, 1, now()));
        assert!(deleted.expect("the digest goes with its profile"));
        assert_eq!(known("synthetic").len(), 68);
    }

    fn what_a_job_found_is_kept(directory: Directory) {
        let (job, other) = (directory.job(), directory.job());
        let met: Vec<_> = (1..=100)
            .map(|number| (format!("row {number}"), Place { row_number: number, line: number + 1 }))
            .collect();
        write(&directory.store, |conn| jobs::mark_seen(conn, job, &met)).expect("they are kept");
        write(&directory.store, |conn| jobs::mark_seen(conn, other, &[])).expect("nothing is kept");
        let asked: Vec<&str> = met.iter().map(|(id, _)| id.as_str()).chain(["row 0"]).collect();
        let seen = |job| {
            let seen: Result<_, StoreError> = directory.store.read(|conn| jobs::seen_before(conn, job, &asked));
            seen.expect("external ids")
        };
        assert_eq!(seen(job), met.iter().cloned().collect());
        assert!(seen(other).is_empty());

        let fault = |number: i64| Fault::new("/npi", "invalid_format", format!("Not in {number}."));
        let row = |number| Rejected {
            row_number: number,
            // All on one line: they are told apart by their number.
            line: 7,
            external_id: (number % 2 == 0).then(|| format!("row {number}")),
            faults: vec![fault(number).into(), fault(-number).into()],
        };
        let rejected: Vec<_> = (1..=50).map(row).collect();
        write(&directory.store, |conn| jobs::add_faults(conn, job, &rejected)).expect("they are kept");
        let page: Result<_, StoreError> =
            directory.store.read(|conn| jobs::fault_page(conn, job, (0, 0), 1000));
        let page: Vec<_> = page
            .expect("faults")
            .into_iter()
            .map(|(at, fault)| (fault.row_number, at, fault.external_id, fault.detail))
            .collect();
        let expected: Vec<_> = rejected
            .iter()
            .flat_map(|row| (0..).zip(&row.faults).map(|(at, located)| {
                (row.row_number, at, row.external_id.clone(), located.fault.detail.clone())
            }))
            .collect();
        assert_eq!(page, expected);
    }
}
