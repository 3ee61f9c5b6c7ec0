//! The command line: one binary, `tailor`.

mod check;
mod consultation_keys;
mod demo;
mod events;
mod export;
mod file;
mod generate;
mod import;
mod interrupt;
mod log;
mod postal_codes;
mod progress;
mod remote;
mod report;
mod serve;
mod tokens;
mod work;

use std::{path::Path, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{clock::Clock, config::Settings, server, store::Database};

/// A therapist directory and matching server: profiles in, ranked and explained matches out.
///
/// Without a command it serves. Every flag is also an environment variable.
#[derive(Debug, Parser)]
#[command(name = "tailor", version, about, long_about, max_term_width = 110)]
struct Cli {
    #[command(flatten)]
    settings: Settings,

    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the API: create, migrate and open the database, load the catalog, build the index, listen
    Serve,
    /// Serve a synthetic directory from a database file of its own, and say what to try
    Demo(demo::DemoArgs),
    /// Print a synthetic directory, as NDJSON or CSV
    Generate(generate::GenerateArgs),
    /// Import profiles in bulk, straight into the database or through a running server
    Import(import::ImportArgs),
    /// Print the directory as a file that can be imported
    Export(export::ExportArgs),
    /// Load where the postal codes of a country are, from a file of GeoNames or of the US Census Bureau
    PostalCodes(postal_codes::PostalCodesArgs),
    /// Print a token signed with the server's key
    Token(tokens::TokenArgs),
    /// Make the file of keys by which consultations' free text is encrypted, or add a new active key to it
    ConsultationKeys(consultation_keys::KeyArgs),
    /// Print the OpenAPI document
    Openapi(OpenapiArgs),
    /// Apply the migrations that the database lacks
    Migrate,
    /// Verify that database, catalog and index agree
    Check,
}

#[derive(Args, Debug)]
struct OpenapiArgs {
    /// The format of the document
    #[arg(long, value_enum, default_value_t = DocumentFormat::Json)]
    format: DocumentFormat,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum DocumentFormat {
    Json,
    Yaml,
}

/// What a command fails with: a sentence for people.
type Failure = Box<dyn std::error::Error>;

/// Runs the program on its arguments and environment.
///
/// Exit status: 0 done, 1 failed or wrong arguments, 2 done in part (an import that rejected rows, postal codes without the faulty
/// lines).
#[must_use]
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let failed = error.use_stderr();
            let _ = error.print();
            return if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    if let Err(error) = log::start(&cli.settings) {
        eprintln!("tailor: {error}");
        return ExitCode::FAILURE;
    }
    match dispatch(cli) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tailor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Failure> {
    let Cli { settings, command } = cli;
    match command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&settings, Clock::System),
        Command::Demo(args) => demo::demo(&settings, &args, Clock::System),
        Command::Generate(args) => generate::print(&args, &Clock::System),
        Command::Import(args) => import::import(&settings, &args, &Clock::System),
        Command::Export(args) => export::print(&settings, &args, &Clock::System),
        Command::PostalCodes(args) => postal_codes::load(&settings, &args, &Clock::System),
        Command::Check => check::check(&settings, Clock::System),
        Command::Token(args) => tokens::print(&settings, &args, &Clock::System),
        Command::ConsultationKeys(args) => consultation_keys::add(&settings, &args, &Clock::System),
        Command::Openapi(args) => print_document(args.format),
        Command::Migrate => {
            crate::store::migrate::run(&settings.database_url)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Refuses a database file that is not there: a command that only reads must not make one.
fn require_database(settings: &Settings) -> Result<(), Failure> {
    match Database::of(&settings.database_url)? {
        Database::Sqlite(path) if !Path::new(path).exists() => {
            Err(format!("there is no database at {path}").into())
        }
        Database::Sqlite(_) | Database::Postgres => Ok(()),
    }
}

fn print_document(format: DocumentFormat) -> Result<ExitCode, Failure> {
    let document = server::document::document();
    match format {
        DocumentFormat::Json => println!("{}", document.to_pretty_json()?),
        DocumentFormat::Yaml => print!("{}", document.to_yaml()?),
    }
    Ok(ExitCode::SUCCESS)
}
