//! The log, on standard error: standard output belongs to what a command prints.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use super::Failure;
use crate::config::{LogFormat, Settings};

/// Starts the log. Only this program's own events are written, and those name no path, query or body: what libraries
/// would say of a request at their finer levels is never heard.
pub(super) fn start(settings: &Settings) -> Result<(), Failure> {
    let filter = match settings.log.as_str() {
        level @ ("off" | "error" | "warn" | "info" | "debug" | "trace") => format!("off,tailor={level}"),
        filter => filter.to_owned(),
    };
    let filter = EnvFilter::try_new(filter).map_err(|error| format!("TAILOR_LOG: {error}"))?;
    let registry = tracing_subscriber::registry().with(filter);
    match settings.log_format {
        LogFormat::Text => registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_writer(io::stderr)
                    .with_ansi(io::stderr().is_terminal())
                    .with_target(false),
            )
            .try_init()?,
        LogFormat::Json => {
            registry.with(tracing_subscriber::fmt::layer().json().with_writer(io::stderr)).try_init()?;
        }
    }
    Ok(())
}
