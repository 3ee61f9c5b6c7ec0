//! `tailor generate`: the synthetic directory on standard output.

use std::{
    io::{self, Write as _},
    process::ExitCode,
};

use clap::Args;

use super::Failure;
use crate::{
    catalog::model::Catalog,
    clock::Clock,
    synthetic::{self, codes::Codes, row::row},
};

#[derive(Args, Debug)]
pub(super) struct GenerateArgs {
    /// How many therapists
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(super) therapists: u64,

    /// Another seed makes another directory; the same seed the same one, on the same day
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
}

/// Writes one profile a line (NDJSON), ready for `tailor import`.
pub(super) fn print(args: &GenerateArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    let codes = Codes::from(&Catalog::embedded()?);
    let mut out = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    for therapist in synthetic::directory(args.seed, args.therapists, clock.today(), &codes) {
        serde_json::to_writer(&mut out, &row(&therapist))?;
        match out.write_all(b"\n") {
            // Whoever reads has seen enough, as `head` does.
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => break,
            written => written?,
        }
    }
    Ok(ExitCode::SUCCESS)
}
