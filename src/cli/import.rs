//! `tailor import`: bulk import, straight into the database or through a running server.

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    process::ExitCode,
    str::FromStr,
    sync::mpsc,
    time::Duration,
};

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
    work::Work,
};
use crate::{
    clock::Clock,
    config::Settings,
    formats,
    import::{
        model::{DEFAULT_MAX_ARCHIVE_PERCENT, Import, ImportError, NewImport},
        run::LEASE,
        store as jobs,
        upload::{Coding, ImportLimit, Upload},
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
pub(super) fn choice<T>(codes: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
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
    refuse_too_long(&args.file, size, settings.max_import_bytes)?;
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
    let (_never, wait) = mpsc::channel::<()>();
    let pause = || {
        let _ = wait.recv_timeout(POLL);
    };
    let ended = Work::new(runner, job.id, interrupt, progress, pause).end()?;
    print_faults(&foundation.store, &ended, faults)?;
    Ok(ended)
}

/// Refuses a file that is longer than an import may be, where that can be seen before it is read.
fn refuse_too_long(path: &Path, size: Option<u64>, limit: u64) -> Result<(), Failure> {
    match (file::coding(path), size) {
        (Coding::Identity, Some(size)) if size > limit => Err(format!(
            "{} has {size} bytes, more than the {limit} that one import may have: nothing was imported; \
             set TAILOR_MAX_IMPORT_BYTES (or --max-import-bytes) to at least {size}",
            path.display()
        )
        .into()),
        _ => Ok(()),
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
