//! `tailor import`: bulk import, straight into the database or through a running server.

use std::{io::Read as _, path::PathBuf, process::ExitCode, str::FromStr, sync::mpsc, time::Duration};

use clap::{
    Args,
    builder::{PossibleValuesParser, TypedValueParser},
};

use super::{
    Failure, file,
    interrupt::Interrupt,
    progress::{Counted, Progress},
    remote,
    report::{self, FaultsFile, SHOWN},
};
use crate::{
    clock::Clock,
    config::Settings,
    formats,
    id::Id,
    import::{
        model::{DEFAULT_MAX_ARCHIVE_PERCENT, Import, ImportError, NewImport},
        run::{LEASE, Runner, Step},
        store as jobs,
        upload::{ImportLimit, Upload},
    },
    server::foundation::Foundation,
    store::{Store, StoreError},
    vocabulary::{ImportFormat, ImportMode, OnError},
};

/// How often a job that somebody else works on is asked for.
pub(super) const POLL: Duration = Duration::from_millis(500);
/// Bytes that are read of the file at a time.
const PIECE: usize = 1 << 18;
/// Faults that are read of the database at a time.
const FAULTS_AT_ONCE: i64 = 1000;

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// The file; `-` for standard input
    ///
    /// Its name tells how it is written: .ndjson or .jsonl (one profile a line), .csv, .json, npidata_pfile*.csv (the
    /// US registry of provider identifiers); each may end in .gz. Standard input and any other name: ndjson.
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// The directory or system that the profiles come from
    #[arg(long, value_name = "NAME")]
    pub(super) source: String,

    /// How the file is written, whatever its name
    #[arg(long, value_parser = choice::<ImportFormat>(ImportFormat::ALL.iter().map(|one| one.code())), value_name = "FORMAT")]
    pub(super) format: Option<ImportFormat>,

    /// What becomes of the rows
    ///
    /// upsert creates what is new and replaces what is there; create rejects what is there; replace_source is as upsert,
    /// and archives the profiles of the source that the file no longer has.
    #[arg(long, default_value = "upsert", value_parser = choice::<ImportMode>(ImportMode::ALL.iter().map(|one| one.code())), value_name = "MODE")]
    pub(super) mode: ImportMode,

    /// What a rejected row does to the rest
    ///
    /// skip reports it and goes on; abort checks the whole file first, and writes nothing where one row is rejected.
    #[arg(long, default_value = "skip", value_parser = choice::<OnError>(OnError::ALL.iter().map(|one| one.code())), value_name = "WHAT")]
    pub(super) on_error: OnError,

    /// With --mode replace_source: fail where more than this share of the source's profiles would be archived
    #[arg(long, default_value_t = DEFAULT_MAX_ARCHIVE_PERCENT, value_parser = clap::value_parser!(i32).range(0..=100), value_name = "PERCENT")]
    pub(super) max_archive_percent: i32,

    /// Check every row, count what would become of it, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// Write every fault of the rejected rows to this file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(super) errors: Option<PathBuf>,

    /// A running server to import through, such as http://127.0.0.1:8080; without it straight into the database
    #[arg(long, requires = "token", value_name = "URL")]
    pub(super) url: Option<String>,

    /// A token with imports:write for the running server
    #[arg(long, env = "TAILOR_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(super) token: Option<String>,
}

/// Takes one of the codes of a vocabulary, and says which there are.
fn choice<T>(codes: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(codes.collect::<Vec<_>>()).try_map(|code| code.parse())
}

impl ImportArgs {
    /// How the file is written.
    pub(super) fn format(&self) -> ImportFormat {
        self.format.unwrap_or_else(|| file::format(&self.file))
    }
}

/// Imports and reports. Rejected rows go to standard error, one fault a line.
pub(super) fn import(settings: &Settings, args: &ImportArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    formats::source(&args.source)
        .map_err(|error| format!("--source: {}", error.message.unwrap_or_default()))?;
    if args.errors.as_deref().is_some_and(|errors| file::is_same(errors, &args.file)) {
        return Err("--errors names the file that is imported".into());
    }
    let faults = args.errors.as_deref().map(FaultsFile::create).transpose()?;
    let ended = match (&args.url, &args.token) {
        (Some(url), Some(token)) => remote::import(url, token, args, faults)?,
        (None, Some(_)) => {
            eprintln!(
                "a token, but no --url: importing straight into the database, for which no token is needed"
            );
            here(settings, args, clock, faults)?
        }
        (_, None) => here(settings, args, clock, faults)?,
    };
    report::report(&ended)
}

/// Imports into the database of this machine's settings.
fn here(
    settings: &Settings,
    args: &ImportArgs,
    clock: &Clock,
    faults: Option<FaultsFile>,
) -> Result<Import, Failure> {
    let (file, size) = file::open(&args.file)?;
    let foundation = Foundation::open(settings)?;
    let interrupt = Interrupt::listen()?;
    let mut progress = Progress::begin();
    let runner = foundation.runner(clock.clone());
    let new = NewImport {
        source: args.source.clone(),
        format: args.format(),
        mode: args.mode,
        on_error: args.on_error,
        max_archive_percent: args.max_archive_percent,
        dry_run: args.dry_run,
        created_by: "command line".to_owned(),
    };
    let (coding, limit) = (file::coding(&args.file), ImportLimit(settings.max_import_bytes));
    let mut upload = Upload::begin(foundation.store.clone(), clock.clone(), &new, coding, limit)?;
    let mut file = Counted::new(file, size, &mut progress);
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece);
        if interrupt.is_asked() {
            upload.abandon(&ImportError::CutOff);
            return Err("stopped before the whole file was read: nothing was imported".into());
        }
        match read {
            Ok(0) => break,
            Ok(read) => upload.write(&piece[..read])?,
            Err(error) => {
                upload.abandon(&ImportError::CutOff);
                return Err(format!("{}: {error}", args.file.display()).into());
            }
        }
    }
    let job = upload.finish(|_| None, Some((runner.worker, LEASE)))?;
    let work = Work { store: &foundation.store, runner, id: job.id, interrupt, progress };
    let ended = work.end()?;
    print_faults(&foundation.store, &ended, faults)?;
    Ok(ended)
}

/// A job of the command line.
struct Work<'a> {
    store: &'a Store,
    runner: Runner,
    id: Id,
    interrupt: Interrupt,
    progress: Progress,
}

impl Work<'_> {
    fn end(mut self) -> Result<Import, Failure> {
        let ended = match self.work() {
            // A server that was started on the same database has taken the job over.
            Err(ImportError::Elsewhere) => self.follow(),
            outcome => outcome.map_err(Failure::from),
        };
        self.progress.finish();
        ended?.ok_or_else(|| {
            let id = self.id;
            format!(
                "stopped: what was written stays, and the import {id} goes on when a server runs on this database \
                 (`tailor serve`); `DELETE /v1/imports/{id}` cancels it"
            )
            .into()
        })
    }

    /// Works on the job; `None` where somebody asked to stop before its end: the next worker may go on at once.
    fn work(&mut self) -> Result<Option<Import>, ImportError> {
        let mut run = self.runner.claim(self.id)?;
        while !self.interrupt.is_asked() {
            let step = match self.runner.step(&mut run) {
                Err(error) => self.runner.fail(&mut run, &error)?,
                Ok(step) => step,
            };
            self.progress.seen(&run.import);
            match step {
                Step::Advanced(_) | Step::Again => {}
                Step::Ended => {
                    while !self.interrupt.is_asked() && self.runner.sweep()? {}
                    return Ok(Some(run.import));
                }
                Step::Lost => return Err(ImportError::Elsewhere),
            }
        }
        let worker = self.runner.worker;
        self.store.write(|conn| -> Result<_, StoreError> { jobs::release(conn, worker) })?;
        Ok(None)
    }

    /// Waits for a job that another process works on.
    fn follow(&mut self) -> Result<Option<Import>, Failure> {
        let (_never, wait) = mpsc::channel::<()>();
        while !self.interrupt.is_asked() {
            let found = self.store.read(|conn| -> Result<_, StoreError> { jobs::by_id(conn, self.id) })?;
            let (job, _) = found.ok_or("the import is gone")?;
            self.progress.seen(&job);
            if job.finished_at.is_some() {
                return Ok(Some(job));
            }
            let _ = wait.recv_timeout(POLL);
        }
        Ok(None)
    }
}

/// Writes what was wrong with the rows: some of it to standard error, all of it to the file.
fn print_faults(store: &Store, job: &Import, file: Option<FaultsFile>) -> Result<(), Failure> {
    let total = store.read(|conn| -> Result<_, StoreError> { jobs::count_faults(conn, job.id) })?;
    let (mut after, mut shown, mut file) = ((0, -1), 0, file);
    while file.is_some() || shown < SHOWN {
        let page = store.read(|conn| -> Result<_, StoreError> {
            jobs::fault_page(conn, job.id, after, FAULTS_AT_ONCE)
        })?;
        let Some((position, last)) = page.last() else { break };
        after = (last.row_number, *position);
        page.iter().take(SHOWN.saturating_sub(shown)).for_each(|(_, fault)| report::complain(fault));
        shown = shown.saturating_add(page.len()).min(SHOWN);
        if let Some(file) = &mut file {
            page.iter().try_for_each(|(_, fault)| file.add(fault))?;
        }
    }
    let whole = file.map(FaultsFile::finish).transpose()?;
    report::say_rest(total.unsigned_abs(), whole.as_deref(), "import with `--errors FILE` to see them all");
    Ok(())
}
