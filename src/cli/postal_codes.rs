//! `tailor postal-codes`: tables of postal codes, straight into the database.

use std::{io::BufReader, path::PathBuf, process::ExitCode};

use clap::Args;

use super::{Failure, file, import::choice};
use crate::{
    clock::Clock,
    config::Settings,
    formats::country,
    postal_codes::{formats, store as tables},
    store::Store,
    vocabulary::OnError,
};

/// Exit status where faulty lines were left out.
const SOME_REJECTED: u8 = 2;
/// Faulty lines that are printed.
const SHOWN: u64 = 20;

#[derive(Args, Debug)]
pub(super) struct PostalCodesArgs {
    /// The text file, unzipped; `-` for standard input
    ///
    /// Its first line tells what it is: the postal codes of GeoNames, or the ZIP Code Tabulation Areas of the US Census
    /// Bureau's gazetteer. Each country in it gets a new table in place of the one it had.
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Load this country alone, an ISO 3166-1 alpha-2 code such as GB
    #[arg(long, value_name = "COUNTRY")]
    country: Option<String>,

    /// What a faulty line does to the rest
    ///
    /// skip reports it and loads the others; abort reports it and loads nothing.
    #[arg(long, default_value = "skip", value_parser = choice::<OnError>(OnError::ALL.iter().map(|one| one.code())), value_name = "WHAT")]
    on_error: OnError,
}

/// Reads the whole file, and only then writes, country by country, each in one transaction.
pub(super) fn load(settings: &Settings, args: &PostalCodesArgs, clock: &Clock) -> Result<ExitCode, Failure> {
    let only = args.country.as_deref();
    if let Some(only) = only {
        country(only).map_err(|error| format!("--country: {}", error.message.unwrap_or_default()))?;
    }
    let (opened, _) = file::open(&args.file)?;
    let mut told = 0;
    let read = formats::read(BufReader::new(opened), only, |fault| {
        told += 1;
        if told <= SHOWN {
            eprintln!("line {}: {}", fault.line, fault.detail);
        }
    });
    let read = read.map_err(|error| format!("{}: {error}; nothing was loaded", args.file.display()))?;
    if read.faulty > SHOWN {
        eprintln!("… and {} more faulty lines", read.faulty - SHOWN);
    }
    if read.faulty > 0 && args.on_error == OnError::Abort {
        return Err(format!("{} faulty lines: nothing was loaded", read.faulty).into());
    }
    if read.countries.is_empty() {
        let of = only.map(|only| format!(" of {only}")).unwrap_or_default();
        return Err(format!("{} has no postal code{of}: nothing was loaded", args.file.display()).into());
    }
    let store = Store::open(&settings.database_url)?;
    for (country, table) in read.countries {
        let codes = table.len();
        tables::replace(&store, &country, read.source, table, clock.now())?;
        println!("{country}: {codes} postal codes ({})", read.source);
    }
    Ok(if read.faulty == 0 { ExitCode::SUCCESS } else { ExitCode::from(SOME_REJECTED) })
}
