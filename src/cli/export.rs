//! `tailor export`: the directory on standard output.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;

use super::{Failure, import::choice};
use crate::{
    clock::Clock,
    config::Settings,
    directory::{store::Filter, view::View},
    export::{
        ExportError,
        rows::{self, Export},
    },
    formats,
    server::foundation::Foundation,
    vocabulary::{ExportFormat, Status},
};

#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// How the rows are written
    #[arg(long, default_value = "ndjson", value_parser = choice::<ExportFormat>(ExportFormat::ALL.iter().map(|one| one.code())), value_name = "FORMAT")]
    format: ExportFormat,

    /// Only profiles of this source; may be repeated
    #[arg(long, value_name = "NAME")]
    source: Vec<String>,

    /// Only profiles in this status: draft, published, suspended or archived; may be repeated
    #[arg(long, value_name = "STATUS")]
    status: Vec<Status>,
}

/// Writes the profiles, with their contacts and whatever their status, as they are at one moment.
pub(super) fn print(settings: &Settings, args: &ExportArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    for source in &args.source {
        formats::source(source)
            .map_err(|error| format!("--source: {}", error.message.unwrap_or_default()))?;
    }
    super::require_database(settings)?;
    let foundation = Foundation::open(settings)?;
    let filter = Filter {
        source: args.source.clone(),
        status: args.status.iter().map(|status| status.code()).collect(),
        today: clock.today(),
        ..Filter::default()
    };
    let export = Export { filter, view: View::Full, format: args.format };
    let mut out = io::stdout().lock();
    let written = foundation
        .store
        .read(|conn| rows::write(conn, &export, |_| Ok(()), |piece| Ok(out.write_all(&piece)?)));
    match written.and_then(|()| Ok(out.flush()?)) {
        // Whoever reads has seen enough, as `head` does.
        Err(ExportError::Write(error)) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(error.into()),
        Ok(()) => Ok(ExitCode::SUCCESS),
    }
}
