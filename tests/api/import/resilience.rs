//! Crashes, second workers, cancellations, damaged bodies: a job ends, and no row is lost or written twice.

use std::sync::{Arc, Mutex};

use chrono::Duration;
use tailor::{
    id::Id,
    import::{
        model::{Counts, Import, ImportError, NewImport},
        run::{LEASE, Step},
        spool::Spool,
        store as kept,
        worker::{Event, Worker},
    },
    store::Connection,
    vocabulary::ImportStatus,
};

use super::{Directory, counts, mixed, ndjson, plain, row, to_the_end};
use crate::on_both_databases;

on_both_databases! {
    /// Wherever a process dies, the next one ends the job as if nothing had happened.
    fn a_crash_at_any_chunk_changes_nothing(directory: Directory) {
        let whole = directory.import(&mixed().replace("\"A-", "\"W-"));
        let id = directory.upload(&mixed(), false);
        let mut crashes = 0;
        let end = loop {
            // A new process each time; the old one is gone without a word.
            let runner = directory.other_runner();
            directory.pass(Duration::minutes(2));
            let mut run = runner.claim(id).expect("the lease has run out");
            if matches!(runner.step(&mut run).expect("a step"), Step::Ended) {
                break run.import;
            }
            crashes += 1;
        };
        assert_eq!((crashes, end.counts, end.status), (3, whole.counts, ImportStatus::Succeeded));
        let lines = |id| directory.faults(id).into_iter().map(|f| (f.line, f.pointer, f.code)).collect::<Vec<_>>();
        assert_eq!(lines(id), lines(whole.id));
        assert_eq!(end.unmapped_terms, whole.unmapped_terms);
        let all = directory.profiles();
        assert_eq!(all.len(), 2402);
        assert!(all.iter().all(|profile| profile["revision"] == 1));
        assert_eq!(directory.changes(), 2402);
    }

    /// A chunk that fails halfway leaves nothing, and the job goes on where it was.
    fn a_failing_chunk_leaves_nothing(directory: Directory) {
        let id = directory.upload(&mixed(), false);
        let mut run = directory.runner.claim(id).unwrap();
        directory.runner.step(&mut run).expect("a step");
        let (before, job) = (directory.profiles().len(), directory.job(id));
        // Which external ids were met is written after the profiles.
        directory.write(|conn| conn.execute_batch("ALTER TABLE import_seen RENAME COLUMN line TO gone"));
        assert!(directory.runner.step(&mut run).is_err());
        directory.write(|conn| conn.execute_batch("ALTER TABLE import_seen RENAME COLUMN gone TO line"));
        assert_eq!((directory.profiles().len(), directory.job(id)), (before, job));
        let mut run = directory.runner.claim(id).unwrap();
        to_the_end(&directory.runner, &mut run);
        assert_eq!(counts(&run.import), [1205, 1201, 0, 0, 4]);
        assert_eq!(directory.changes(), 1201);
    }

    /// Of two workers one has the job; the one that lost its lease writes nothing any more.
    fn two_workers_do_not_double(directory: Directory) {
        directory.upload(&mixed(), false);
        let (one, other) = (directory.runner.clone(), directory.other_runner());
        let mut first = one.claim_next().unwrap().expect("the job is free");
        assert!(other.claim_next().unwrap().is_none());
        assert!(matches!(other.claim(first.import.id), Err(ImportError::Elsewhere)));
        one.step(&mut first).unwrap();
        directory.pass(Duration::minutes(2));
        let mut second = other.claim_next().unwrap().expect("the lease has run out");
        assert!(matches!(one.step(&mut first), Ok(Step::Lost)));
        to_the_end(&other, &mut second);
        assert_eq!(counts(&second.import), [1205, 1201, 0, 0, 4]);
        assert_eq!(directory.changes(), 1201);
    }

    /// Two workers on threads of their own, both after the same jobs.
    fn two_threads_do_not_double(directory: Directory) {
        let ids: Vec<Id> = (0..4).map(|at| directory.upload(&mixed().replace("\"A-", &format!("\"{at}-")), false)).collect();
        let workers: Vec<Worker> = [directory.runner.clone(), directory.other_runner()]
            .into_iter()
            .map(|runner| Worker::spawn(runner, |_| ()).unwrap())
            .collect();
        for id in ids {
            ended(&directory, &workers[0], id);
            assert_eq!(counts(&directory.job(id)), [1205, 1201, 0, 0, 4]);
        }
        workers.into_iter().for_each(Worker::stop);
        assert_eq!((directory.profiles().len(), directory.changes()), (4804, 4804));
    }

    /// Two files of one source are done in their order, also by two workers.
    fn files_of_one_source_keep_their_order(directory: Directory) {
        let first = directory.upload(&ndjson([row(1)]), false);
        directory.pass(Duration::seconds(1));
        let second = directory.upload(&ndjson([row(1)]), false);
        let run = directory.runner.claim_next().unwrap().expect("a job");
        assert_eq!(run.import.id, first);
        let other = directory.other_runner();
        assert!(other.claim_next().unwrap().is_none());
        assert!(matches!(other.claim(second), Err(ImportError::Elsewhere)));
        // Nor may it be taken when nobody has the older one, by whoever it was kept for.
        directory.write(|conn| kept::release(conn, directory.runner.worker));
        assert!(matches!(other.claim(second), Err(ImportError::Elsewhere)));
        let turn = directory.read(|conn| kept::turn(conn, second)).expect("it has not ended");
        assert_eq!(turn.id, first);
        let mut run = directory.runner.claim(first).expect("it is free");
        let now = directory.runner.clock.now();
        let turn = directory.read(|conn| kept::turn(conn, second)).expect("it has not ended");
        assert!(turn.is_free_for(directory.runner.worker, now) && !turn.is_free_for(other.worker, now));
        to_the_end(&directory.runner, &mut run);
        assert_eq!(directory.read(|conn| kept::turn(conn, first)), None);
        assert_eq!(other.claim_next().unwrap().expect("a job").import.id, second);
    }

    /// Files of other sources, and older ones that have ended, keep nobody.
    fn files_of_other_sources_do_not_wait(directory: Directory) {
        let cancelled = directory.upload(&ndjson([row(1)]), false);
        let now = directory.runner.clock.now();
        assert!(directory.write(|conn| kept::cancel(conn, cancelled, now)));
        directory.upload_as(&ndjson([row(1)]), &NewImport { source: "other".to_owned(), ..plain() });
        directory.pass(Duration::seconds(1));
        let id = directory.upload(&ndjson([row(1)]), false);
        assert_eq!(directory.runner.run_job(id, |_| ()).expect("it is not kept").counts.created, 1);
    }

    /// What was written before a cancellation stays, and nothing is written after it.
    fn a_cancelled_job_ends_between_chunks(directory: Directory) {
        let id = directory.upload(&mixed(), false);
        let mut run = directory.runner.claim(id).unwrap();
        directory.runner.step(&mut run).unwrap();
        let written = directory.profiles().len();
        let now = directory.runner.clock.now();
        assert!(directory.write(|conn| kept::cancel(conn, id, now)));
        assert!(matches!(directory.runner.step(&mut run), Ok(Step::Ended)));
        assert_eq!(run.import.status, ImportStatus::Cancelled);
        assert!((1..1200).contains(&written));
        assert_eq!(directory.profiles().len(), written);
        assert!(directory.runner.claim_next().unwrap().is_none());
        assert!(matches!(directory.runner.claim(id), Err(ImportError::Ended)));
        assert!(!directory.write(|conn| kept::cancel(conn, id, now)));
    }

    /// A job whose body is damaged fails with a problem; the next one is not held up.
    fn a_damaged_job_fails_with_a_problem(directory: Directory) {
        let damaged = directory.upload(&mixed(), false);
        directory.pass(Duration::seconds(1));
        assert!(directory.has_body(damaged));
        directory.write(|conn| conn.execute_batch("DELETE FROM import_parts"));
        Spool::of(&directory.runner.store).remove(damaged);
        directory.pass(Duration::seconds(1));
        let sound = directory.upload(&ndjson([row(1)]), false);
        let worker = Worker::spawn(directory.runner.clone(), |_| ()).unwrap();
        ended(&directory, &worker, sound);
        worker.stop();
        let job = directory.job(damaged);
        assert_eq!(job.status, ImportStatus::Failed);
        let problem = job.problem.expect("a problem");
        assert_eq!(problem.code, "internal");
        assert_eq!(problem.detail, "A part of the stored body is missing or damaged.");
        assert_eq!(directory.job(sound).status, ImportStatus::Succeeded);
    }

    /// A job whose profiles others create whenever it writes them is given up in the end; the next one is not held up.
    fn a_job_that_always_conflicts_fails(directory: Directory) {
        let same = |id: &str| format!(
            "INSERT INTO therapists (id, source, external_id, status, given_name, family_name, profession, email_public,
                 phone_public, revision, created_at, updated_at)
             VALUES ({id}, NEW.source, NEW.external_id, 'draft', 'A', 'B', 'other', FALSE, FALSE, 1, NEW.created_at,
                 NEW.created_at)"
        );
        directory.write(|conn| {
            let sql = match conn {
                Connection::Sqlite(_) => format!(
                    "CREATE TRIGGER first BEFORE INSERT ON therapists WHEN NEW.external_id = 'A-2'
                     BEGIN {}; END", same("randomblob(16)")
                ),
                Connection::Postgres(_) => format!(
                    "CREATE FUNCTION first() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {}; RETURN NEW; END $$;
                     CREATE TRIGGER first BEFORE INSERT ON therapists FOR EACH ROW
                     WHEN (NEW.external_id = 'A-2' AND pg_trigger_depth() = 0) EXECUTE FUNCTION first()",
                    same("gen_random_uuid()")
                ),
            };
            conn.execute_batch(&sql)
        });
        let contended = directory.upload(&ndjson([row(1), row(2)]), false);
        directory.pass(Duration::seconds(1));
        let next = directory.upload(&ndjson([row(3)]), false);
        let worker = Worker::spawn(directory.runner.clone(), |_| ()).unwrap();
        ended(&directory, &worker, contended);
        ended(&directory, &worker, next);
        worker.stop();
        let job = directory.job(contended);
        assert_eq!((job.status, job.counts), (ImportStatus::Failed, Counts::default()));
        let problem = job.problem.expect("a problem");
        assert_eq!(problem.code, "internal");
        assert_eq!(problem.detail, "Other writers kept changing the same profiles; import the file again.");
        assert_eq!((directory.job(next).status, counts(&directory.job(next))), (ImportStatus::Succeeded, [1, 1, 0, 0, 0]));
        let ids: Vec<_> = directory.profiles().iter().map(|profile| profile["external_id"].clone()).collect();
        assert_eq!(ids, ["A-3"], "of a chunk that conflicts nothing is kept");
    }

    /// The worker does what is queued and tells what it wrote before the job is seen to have ended.
    fn the_worker_empties_the_queue(directory: Directory) {
        let filled = directory.upload(&mixed(), false);
        directory.pass(Duration::seconds(1));
        let empty = directory.upload("", false);
        let written = Arc::new(Mutex::new(Vec::new()));
        let told = written.clone();
        let worker = Worker::spawn(directory.runner.clone(), move |event| match event {
            Event::Advanced(now) => told.lock().unwrap().extend(now.profiles.iter().map(|profile| profile.id)),
            Event::Began | Event::Ending | Event::Ended => {}
        });
        let worker = worker.unwrap();
        ended(&directory, &worker, filled);
        assert_eq!(written.lock().unwrap().len(), 1201);
        ended(&directory, &worker, empty);
        assert_eq!((counts(&directory.job(empty)), directory.job(empty).status), ([0; 5], ImportStatus::Succeeded));
        worker.stop();
    }

    /// A worker that stops in time leaves its job to the next one at once.
    fn a_released_job_is_free_at_once(directory: Directory) {
        let id = directory.upload(&mixed(), false);
        let mut run = directory.runner.claim(id).unwrap();
        directory.runner.step(&mut run).unwrap();
        directory.write(|conn| kept::release(conn, directory.runner.worker));
        let next = directory.other_runner();
        let mut run = next.claim_next().unwrap().expect("the job is free");
        to_the_end(&next, &mut run);
        assert_eq!(directory.changes(), 1201);
    }

    /// A worker that starts on the SQLite file of a dead process goes on at once; on PostgreSQL it waits for the lease.
    fn a_restart_takes_over(directory: Directory) {
        let id = directory.upload(&mixed(), false);
        let dead = directory.other_runner();
        dead.step(&mut dead.claim(id).unwrap()).unwrap();
        directory.write(kept::take_all_over);
        let taken = directory.runner.claim_next().unwrap();
        let is_sqlite = directory.read(|conn| Ok(matches!(conn, Connection::Sqlite(_))));
        assert_eq!(taken.is_some(), is_sqlite);
        directory.pass(LEASE + Duration::seconds(1));
        let mut run = directory.runner.claim_next().unwrap().expect("the lease has run out");
        to_the_end(&directory.runner, &mut run);
        assert_eq!(directory.changes(), 1201);
    }

    /// An upload that is too long or was given up is a failed job without a body; so is one that nobody renews.
    fn an_unfinished_upload_is_a_failed_job(directory: Directory) {
        let mut too_long = directory.begin(false, 2_000_000);
        assert!(matches!(too_long.write(&vec![b'\n'; 2_000_001]), Err(ImportError::TooLong(2_000_000))));
        assert_eq!(failures(&directory), ["payload_too_large"]);
        directory.pass(Duration::seconds(1));
        let mut abandoned = directory.begin(false, 1 << 30);
        abandoned.write(&vec![b'\n'; 3_000_000]).unwrap();
        abandoned.abandon(&ImportError::CutOff);
        assert_eq!(failures(&directory), ["body_incomplete", "payload_too_large"]);
        directory.pass(Duration::seconds(1));
        let mut forgotten = directory.begin(false, 1 << 30);
        forgotten.write(&vec![b'\n'; 3_000_000]).unwrap();
        assert!(directory.read(kept::has_unfinished));
        assert_eq!(directory.read(kept::count), 2);
        assert!(directory.runner.claim_next().unwrap().is_none());
        directory.pass(Duration::minutes(11));
        assert!(directory.runner.claim_next().unwrap().is_none());
        assert_eq!(failures(&directory), ["body_incomplete", "body_incomplete", "payload_too_large"]);
        // It was no sender that was gone, but one that is too slow.
        assert!(matches!(forgotten.finish(|_| None, None), Err(ImportError::BodyGone)));
        assert_eq!(failures(&directory), ["body_incomplete", "body_incomplete", "payload_too_large"]);
    }

    /// The command line keeps its job from the server's worker.
    fn a_job_can_be_reserved(directory: Directory) {
        let mut upload = directory.begin(false, 1 << 30);
        upload.write(ndjson([row(1)]).as_bytes()).unwrap();
        let job = upload.finish(|_| None, Some((directory.runner.worker, LEASE))).unwrap();
        assert!(directory.other_runner().claim_next().unwrap().is_none());
        let mut seen = Vec::new();
        let end = directory.runner.run_job(job.id, |import| seen.push(import.status)).unwrap();
        assert_eq!((end.counts.created, seen), (1, vec![ImportStatus::Running, ImportStatus::Succeeded]));
    }

    /// A body of many parts is read across their borders, and each part goes when it is done.
    fn a_body_of_many_parts_is_read_as_one(directory: Directory) {
        let wide = |number| {
            let mut wide = row(number);
            wide["bio"] = serde_json::json!("wide ".repeat(1500));
            wide
        };
        let id = directory.upload(&ndjson((0..700).map(wide)), false);
        let end = directory.runner.run_job(id, |_| ()).unwrap();
        assert!(end.bytes_total > 5 << 20);
        assert_eq!(counts(&end), [700, 700, 0, 0, 0]);
        assert!(!directory.has_body(id));
    }
}

/// Why the jobs failed, of which there are no others and no bodies, the newest first.
fn failures(directory: &Directory) -> Vec<String> {
    assert!(!directory.read(kept::has_unfinished));
    while directory.runner.sweep().expect("swept") {}
    let jobs = directory.read(|conn| kept::page(conn, None, 100));
    let failure = |job: Import| {
        assert_eq!(job.status, ImportStatus::Failed);
        assert!(job.finished_at.is_some());
        assert_eq!(job.counts, Counts::default());
        assert!(!directory.has_body(job.id));
        job.problem.expect("a problem").code
    };
    jobs.into_iter().map(failure).collect()
}

/// Waits until a worker has ended the job.
fn ended(directory: &Directory, worker: &Worker, id: Id) {
    for _ in 0..1_000_000 {
        if directory.job(id).finished_at.is_some() {
            return;
        }
        // A worker that leaves a failing job alone for a while need not.
        worker.nudge().send();
        std::thread::yield_now();
    }
    panic!("the job does not end");
}
