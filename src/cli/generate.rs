//! `tailor generate`: the synthetic directory on standard output.

use std::{io, process::ExitCode};

use clap::Args;

use super::{Failure, import::choice};
use crate::{
    catalog::model::Catalog,
    clock::Clock,
    directory::model::Therapist,
    exchange::{
        row::row,
        write::{self, Widths},
    },
    synthetic::{self, codes::Codes},
    vocabulary::ExportFormat,
};

/// The most that a synthetic therapist has: CSV needs to know before the first row.
const WIDTHS: Widths = Widths { licenses: 3, locations: 3, fees: 3, answers: 3 };

/// Which directory.
#[derive(Args, Debug)]
pub(super) struct DirectoryArgs {
    /// How many therapists
    #[arg(long, default_value_t = 1000, value_name = "N")]
    pub(super) therapists: u64,

    /// Another seed makes another directory; the same seed the same one, on the same day
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(super) seed: u64,
}

#[derive(Args, Debug)]
pub(super) struct GenerateArgs {
    #[command(flatten)]
    directory: DirectoryArgs,

    /// How the profiles are written
    ///
    /// ndjson: one JSON object a line; csv: a header and one record a profile.
    #[arg(long, default_value = "ndjson", value_parser = choice::<ExportFormat>(ExportFormat::ALL.iter().map(|one| one.code())), value_name = "FORMAT")]
    format: ExportFormat,
}

/// Writes the profiles, ready for `tailor import`.
pub(super) fn print(args: &GenerateArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    let codes = Codes::from(&Catalog::embedded()?);
    let mut out = io::BufWriter::with_capacity(1 << 20, io::stdout().lock());
    let DirectoryArgs { therapists, seed } = args.directory;
    let therapists = synthetic::directory(seed, therapists, clock.today(), &codes);
    match write_all(therapists, args.format, &mut out) {
        // Whoever reads has seen enough, as `head` does.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(ExitCode::SUCCESS)
}

fn write_all(
    therapists: impl Iterator<Item = Therapist>,
    format: ExportFormat,
    out: &mut impl io::Write,
) -> io::Result<()> {
    let mut text = Vec::new();
    if format == ExportFormat::Csv {
        write::line(&write::header(&WIDTHS), &mut text);
    }
    for therapist in therapists {
        let row = row(&therapist);
        match format {
            ExportFormat::Ndjson => {
                serde_json::to_writer(&mut text, &row)?;
                text.push(b'\n');
            }
            ExportFormat::Csv => write::line(&write::cells(&row, &WIDTHS), &mut text),
        }
        out.write_all(&text)?;
        text.clear();
    }
    out.write_all(&text)?;
    out.flush()
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    #[test]
    fn a_synthetic_therapist_fits_the_columns() {
        let codes = Codes::from(&Catalog::embedded().unwrap());
        let as_of = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
        let most = synthetic::directory(1, 6_000, as_of, &codes)
            .map(|therapist| Widths::of(&therapist))
            .fold(Widths::default(), Widths::max);
        assert_eq!(most, WIDTHS);
    }

    #[test]
    fn no_therapists_are_a_header() {
        let written = |format| {
            let mut out = Vec::new();
            write_all(std::iter::empty(), format, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(ExportFormat::Ndjson), "");
        assert!(written(ExportFormat::Csv).starts_with("external_id,source,status,name_given,"));
    }
}
