//! `tailor serve`.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use super::Failure;
use crate::{
    clock::Clock,
    config::Settings,
    server::{self, Assembly},
};

/// Serves until a signal ends it; requests that are under way are answered.
pub(super) fn serve(settings: &Settings, clock: Clock) -> Result<ExitCode, Failure> {
    let assembly = Assembly::open(settings, clock)?;
    run(&assembly, |_| Ok(()))
}

/// Serves an assembly; `greet` is told the address once it listens.
pub(super) fn run(
    assembly: &Assembly,
    greet: impl FnOnce(&str) -> io::Result<()>,
) -> Result<ExitCode, Failure> {
    actix_web::rt::System::new().block_on(async {
        let (server, running) = server::serve(assembly)?;
        let url = format!("http://{}", running.address);
        tracing::info!(address = %running.address, "listening");
        // One line that a program which started this one can wait for. That nobody reads it is no reason to stop.
        let announce = || {
            let mut out = io::stdout().lock();
            writeln!(out, "listening on {url}")?;
            out.flush()?;
            drop(out);
            greet(&url)
        };
        let announced = async {
            assembly.live.loaded().await;
            if let Err(error) = announce() {
                tracing::debug!(%error, "nobody reads standard output");
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            stopped = server => stopped?,
            () = announced => {}
        }
        running.loader.stop()?;
        // The chunk under way is committed and its lease given back, so that another start goes on at once.
        running.importer.stop();
        drop(running.sweeper);
        tracing::info!("stopped");
        Ok(ExitCode::SUCCESS)
    })
}
