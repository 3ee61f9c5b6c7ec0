//! `tailor consultation-keys`.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;

use super::Failure;
use crate::{clock::Clock, config::Settings, consultations::secret::keys::Keyring};

#[derive(Args, Debug)]
pub(super) struct KeyArgs {
    /// The file; unset: the one of --consultation-keys
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,

    /// The id of the new key; unset: today's date
    #[arg(long, value_name = "ID")]
    id: Option<String>,
}

/// Makes the file with one key, or adds a key to it. Text is encrypted under the new key from the server's next start on.
pub(super) fn add(settings: &Settings, args: &KeyArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    let named = args.file.as_ref().or(settings.consultation_keys.as_ref());
    let path = named.ok_or("name a file, or set TAILOR_CONSULTATION_KEYS")?;
    let id = args.id.clone().unwrap_or_else(|| clock.today().to_string());
    let keyring = Keyring::add_to(path, &id)?;
    let ids: Vec<&str> = keyring.ids().collect();
    println!("{}: active {}; keys {}", path.display(), keyring.active(), ids.join(", "));
    Ok(ExitCode::SUCCESS)
}
