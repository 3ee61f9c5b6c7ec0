//! How near bulk imports come to what the database itself can write.
//!
//! `cargo bench --bench import_ceiling -- [ROWS] [ROUNDS]`, on SQLite and, where its binaries are found or
//! `TAILOR_BENCH_POSTGRES` names a server (`postgres://user@host/database`, of a user who may create databases), on
//! PostgreSQL. Every round takes fresh databases and does all of it in turn, so that a slow moment of the machine
//! meets all alike:
//!
//! - *import*: a file of synthetic profiles, uploaded, checked, written chunk by chunk, and put into the live index;
//! - *again*: the same file once more, of which nothing is new;
//! - *ceiling*: exactly the rows that the import left in the tables of profiles and in the change feed, written in one
//!   transaction by the fastest plain means: prepared statements on SQLite, `COPY` on PostgreSQL;
//! - *store*: the same profiles through `directory::store::insert` alone, in one transaction.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and is told by the environment where to run"
)]

mod copy;
mod path;
#[path = "../../tests/api/support/postgres.rs"]
#[expect(dead_code, reason = "the tests' ways to a server are others")]
mod server;
#[path = "../support/servers.rs"]
mod servers;
mod statements;

use std::time::Duration;

use path::{File, imported, stored};

/// The tables that an import writes profiles to, each after those that it refers to.
const TABLES: [&str; 17] = [
    "therapists",
    "therapist_modalities",
    "therapist_problem_areas",
    "therapist_licenses",
    "therapist_locations",
    "therapist_fees",
    "therapist_credentials",
    "therapist_languages",
    "therapist_communities",
    "therapist_remote_jurisdictions",
    "therapist_insurance",
    "therapist_session_formats",
    "therapist_age_groups",
    "therapist_participants",
    "therapist_availability_times",
    "therapist_confirmations",
    "directory_changes",
];

/// What one round took.
struct Round {
    ceiling: Duration,
    store: Duration,
    import: Duration,
    again: Duration,
}

/// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    // Cargo itself adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let mut number = |default: usize| {
        numbers.next().map_or(default, |argument| argument.parse().expect("arguments are numbers"))
    };
    let (rows, rounds) = (number(20_000), number(3));
    let file = File::of(rows);
    println!("{rows} profiles, {:.1} MB, medians of {rounds} rounds", file.megabytes());

    report("SQLite", rows, (0..rounds).map(|_| sqlite(&file)));
    match servers::Server::find() {
        Some(server) => report("PostgreSQL", rows, (0..rounds).map(|_| postgres(&file, &server))),
        None => println!("not run on PostgreSQL: neither its binaries nor TAILOR_BENCH_POSTGRES were found"),
    }
}

fn sqlite(file: &File) -> Round {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let url = |name: &str| format!("sqlite://{}", path(name).display());
    let (import, again, profiles) = imported(&url("imported.db"), file);
    let rows = statements::read(&path("imported.db"));
    path::open(&url("raw.db"));
    let ceiling = statements::write(&path("raw.db"), &rows);
    let store = stored(&url("stored.db"), &profiles);
    Round { ceiling, store, import, again }
}

fn postgres(file: &File, server: &servers::Server) -> Round {
    let source = server.fresh();
    let (import, again, profiles) = imported(&source, file);
    let rows = copy::read(&source);
    let raw = server.fresh();
    path::open(&raw);
    let ceiling = copy::write(&raw, &rows);
    let store = stored(&server.fresh(), &profiles);
    Round { ceiling, store, import, again }
}

fn report(name: &str, rows: usize, rounds: impl Iterator<Item = Round>) {
    let rounds: Vec<Round> = rounds.collect();
    let median = |of: &dyn Fn(&Round) -> f64| {
        let mut values: Vec<f64> = rounds.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    };
    let speed = |took: Duration| f64::from(u32::try_from(rows).unwrap_or(u32::MAX)) / took.as_secs_f64();
    println!("\n{name}");
    let line = |name: &str, of: &dyn Fn(&Round) -> Duration| {
        println!("  {name:8}{:8.0} rows/s", median(&|round| speed(of(round))));
    };
    line("ceiling", &|round| round.ceiling);
    line("store", &|round| round.store);
    line("import", &|round| round.import);
    line("again", &|round| round.again);
    let ratio = |text: &str, of: &dyn Fn(&Round) -> (Duration, Duration)| {
        let quotient = |round: &Round| {
            let (one, other) = of(round);
            one.as_secs_f64() / other.as_secs_f64()
        };
        println!("  {text}: {:.2}", median(&quotient));
    };
    ratio("time of store / ceiling", &|round| (round.store, round.ceiling));
    ratio("speed of import / ceiling", &|round| (round.ceiling, round.import));
    ratio("speed of again / import", &|round| (round.import, round.again));
}
