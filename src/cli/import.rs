//! `tailor import`: bulk import, straight into the database or through a running server.

use std::{
    fs::File,
    io::{self, IsTerminal, Read, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::mpsc,
    time::Duration,
};

use clap::Args;

use super::{Failure, remote};
use crate::{
    clock::Clock,
    config::Settings,
    formats,
    id::Id,
    import::{
        model::{Import, ImportError, NewImport, RowFault},
        run::LEASE,
        store as jobs,
        upload::{Coding, ImportLimit, Upload},
    },
    server::Assembly,
    store::StoreError,
    vocabulary::{ImportFormat, ImportMode, ImportStatus, OnError},
};

/// Exit status of an import that ended with rejected rows.
const SOME_REJECTED: u8 = 2;
/// How often a job that somebody else works on is asked for.
pub(super) const POLL: Duration = Duration::from_millis(500);
/// Bytes that are read of the file at a time.
const PIECE: usize = 1 << 18;
/// Faults that are read of the database at a time.
const FAULTS_AT_ONCE: i64 = 1000;

#[derive(Args, Debug)]
pub(super) struct ImportArgs {
    /// The file, NDJSON (one profile a line), gzip where its name ends in .gz; `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,

    /// The directory or system that the profiles come from
    #[arg(long, value_name = "NAME")]
    pub(super) source: String,

    /// How the file is written: ndjson
    #[arg(long, default_value = "ndjson", value_name = "FORMAT")]
    pub(super) format: ImportFormat,

    /// What becomes of the rows: upsert creates what is new and replaces what is there
    #[arg(long, default_value = "upsert", value_name = "MODE")]
    pub(super) mode: ImportMode,

    /// What a rejected row does to the rest: skip reports it and goes on
    #[arg(long, default_value = "skip", value_name = "WHAT")]
    pub(super) on_error: OnError,

    /// Check every row and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,

    /// A running server to import through, such as http://127.0.0.1:8080
    #[arg(long, requires = "token", value_name = "URL")]
    pub(super) url: Option<String>,

    /// A token with imports:write for the running server
    #[arg(long, env = "TAILOR_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    pub(super) token: Option<String>,
}

/// Imports and reports. Rejected rows go to standard error, one fault a line.
pub(super) fn import(settings: &Settings, args: &ImportArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    formats::source(&args.source)
        .map_err(|error| format!("--source: {}", error.message.unwrap_or_default()))?;
    let ended = match &args.url {
        Some(url) => remote::import(url, args)?,
        None => here(settings, args, clock)?,
    };
    report(&ended)
}

/// Imports into the database of this machine's settings.
fn here(settings: &Settings, args: &ImportArgs, clock: &Clock) -> Result<Import, Failure> {
    let assembly = Assembly::open(settings, clock.clone())?;
    let runner = assembly.runner();
    let new = NewImport {
        source: args.source.clone(),
        format: args.format,
        mode: args.mode,
        dry_run: args.dry_run,
        created_by: "command line".to_owned(),
    };
    let limit = ImportLimit(settings.max_import_bytes);
    let mut upload = Upload::begin(assembly.store.clone(), clock.clone(), &new, coding(&args.file), limit)?;
    let mut file = open(&args.file)?;
    let mut piece = vec![0; PIECE];
    loop {
        match file.read(&mut piece)? {
            0 => break,
            read => upload.write(&piece[..read])?,
        }
    }
    let job = upload.finish(|_| None, Some((runner.worker, LEASE)))?;
    let ended = match runner.run_job(job.id, progress) {
        // A server that was started on the same database has taken the job over.
        Err(ImportError::Elsewhere) => follow(&assembly, job.id)?,
        outcome => outcome?,
    };
    let mut after = (0, -1);
    loop {
        let page = assembly.store.read(|conn| -> Result<_, StoreError> {
            jobs::fault_page(conn, job.id, after, FAULTS_AT_ONCE)
        })?;
        let Some((position, last)) = page.last() else { return Ok(ended) };
        after = (last.line, *position);
        page.iter().for_each(|(_, fault)| complain(fault));
    }
}

/// Waits for a job that another process works on.
fn follow(assembly: &Assembly, id: Id) -> Result<Import, Failure> {
    let (_never, wait) = mpsc::channel::<()>();
    loop {
        let job = assembly.store.read(|conn| -> Result<_, StoreError> { jobs::by_id(conn, id) })?;
        let Some((job, _)) = job else { return Err("the import is gone".into()) };
        progress(&job);
        if !matches!(job.status, ImportStatus::Queued | ImportStatus::Running) {
            return Ok(job);
        }
        let _ = wait.recv_timeout(POLL);
    }
}

/// How a file is compressed, by its name.
pub(super) fn coding(file: &Path) -> Coding {
    if file.extension().is_some_and(|extension| extension == "gz") { Coding::Gzip } else { Coding::Identity }
}

/// The file, or standard input.
pub(super) fn open(file: &Path) -> Result<Box<dyn Read + Send>, Failure> {
    if file == Path::new("-") {
        return Ok(Box::new(io::stdin()));
    }
    let opened = File::open(file).map_err(|error| format!("{}: {error}", file.display()))?;
    Ok(Box::new(opened))
}

/// Shows how far an import is, where somebody looks.
pub(super) fn progress(import: &Import) {
    if io::stderr().is_terminal() {
        let done = import.bytes_read.saturating_mul(100).checked_div(import.bytes_total).unwrap_or(100);
        eprint!("\r{done:3} %  {} rows, {} rejected ", import.counts.read, import.counts.rejected);
        let _ = io::stderr().flush();
    }
}

/// One fault of a rejected row.
pub(super) fn complain(fault: &RowFault) {
    let external_id = fault.external_id.as_deref().unwrap_or("-");
    let mut line =
        format!("line {} {external_id} {} {}: {}", fault.line, fault.pointer, fault.code, fault.detail);
    if !fault.suggestions.is_empty() {
        line.push_str(&format!(" (perhaps {})", fault.suggestions.join(", ")));
    }
    eprintln!("{line}");
}

fn report(import: &Import) -> Result<ExitCode, Failure> {
    if io::stderr().is_terminal() {
        eprintln!();
    }
    for term in &import.unmapped_terms {
        eprintln!("not in the catalog: {} {:?}, {} times", term.field, term.term, term.count);
    }
    let counts = &import.counts;
    println!(
        "{}: {} read, {} created, {} updated, {} unchanged, {} archived, {} rejected",
        import.status.code(),
        counts.read,
        counts.created,
        counts.updated,
        counts.unchanged,
        counts.archived,
        counts.rejected
    );
    match (&import.problem, import.status) {
        (Some(problem), _) => Err(format!("the import failed: {}", problem.detail).into()),
        (None, ImportStatus::Succeeded) if counts.rejected == 0 => Ok(ExitCode::SUCCESS),
        (None, ImportStatus::Succeeded) => Ok(ExitCode::from(SOME_REJECTED)),
        (None, _) => Ok(ExitCode::FAILURE),
    }
}
