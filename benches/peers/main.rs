//! The same ranking by the program's engine and by what one would write instead.
//!
//! `cargo bench --bench peers -- [PROFILES]` (100,000) generates a directory, has the program import it into SQLite, and
//! copies it to PostgreSQL where its binaries are found or `TAILOR_BENCH_POSTGRES` names a server
//! (`postgres://user@host/database`, of a user who may create databases). Then, one request after the other, each
//! peer in turn:
//!
//! - *engine*: `matching::rank`: the whole score, counts, relaxations, tiers, and 20 results explained;
//! - *plain Rust*: a list of objects, one after the other: the constraints, problem fit and preference;
//! - *SQLite*, *PostgreSQL*: the same as one prepared query over the program's tables and indexes, with the tables and
//!   indexes of `tables.rs` added: ratings and claims with their depth by small numbers, what declarations say,
//!   points on the sphere, who is listed twice. Caches are warm, memory is ample, statistics are fresh;
//! - *reference*: the model once more as the tests have it, written to be checked and not to be fast.
//!
//! Before anything is timed, all are held against each other: the same number of eligible therapists, the same scores
//! of the best 20, and for each of them the engine's own problem fit and preference, to 1e-9.
//!
//! The peers do less than the engine: no phases, dimensions or practical parts, no counts, no relaxations, no explanations.
//! What SQL could gain by keeping the fit of every therapist for every problem area, which is what the engine does, at
//! the cost of rewriting it with every change, is not shown; nor are several requests at once. Only PostgreSQL may use
//! more than one processor for a query.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and is told by the environment where to run"
)]

mod agree;
mod facts;
mod plain;
mod postgres;
#[path = "../support/program.rs"]
mod program;
mod query;
#[path = "../support/requests.rs"]
mod requests;
#[path = "../../tests/api/support/postgres.rs"]
#[expect(dead_code, reason = "the tests' ways to a server are others")]
mod server;
#[path = "../support/servers.rs"]
mod servers;
mod sqlite;
mod tables;

use std::{hint::black_box, sync::Arc, time::Instant};

use facts::Facts;
use postgres::{Database, Postgres};
use program::quantile;
use requests::Class;
use serde_json::Value;
use sqlite::Sqlite;
use tailor::matching::{
    index::Index,
    needs::Needs,
    rank::{Staleness, rank},
    reference::{failed_constraints, score},
};

/// How often each peer answers each request while the clock runs, once more before it.
const REPETITIONS: usize = 3;
/// How many requests the reference answers: it takes its time.
const OF_REFERENCE: usize = 2;

/// How many requests of a class are put to every peer.
const fn requests_of(class: Class) -> usize {
    match class {
        Class::Broad => 8,
        Class::Typical | Class::Preferences => 32,
    }
}

/// All that answer.
struct Peers {
    facts: Facts,
    index: Index<()>,
    sqlite: Sqlite,
    postgres: Option<Postgres>,
}

fn main() {
    // Cargo itself adds `--bench`.
    let mut numbers = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let profiles = numbers.next().map_or(100_000, |number| number.parse().expect("a number"));
    let folder = program::folder();
    let people = requests::people(&program::generate(folder.path(), profiles));
    let database = program::import(folder.path());
    let server = servers::Server::find();
    let copy = server.as_ref().map(Database::open);
    let facts = Facts::read(&database, |batch| copy.iter().for_each(|copy| copy.take(batch)));
    let mut index = Index::new(facts.catalog.clone(), facts.policy.clone());
    index.bulk(facts.people.iter().map(|person| (person.profile.clone(), Arc::new(()))));
    let sqlite = Sqlite::prepare(&database, &facts);
    let postgres = copy.as_ref().map(|copy| Postgres::prepare(copy, &facts));
    let peers = Peers { facts, index, sqlite, postgres };

    println!("{profiles} profiles; p50 of one request at a time, in ms, and how many times the engine's");
    if peers.postgres.is_none() {
        println!("not run on PostgreSQL: neither its binaries nor TAILOR_BENCH_POSTGRES were found");
    }
    for class in Class::ALL {
        let requests = class.requests(&people);
        peers.measure(class, &requests[..requests_of(class)]);
    }
}

impl Peers {
    /// Puts the requests of a class to everybody and prints the table.
    fn measure(&self, class: Class, requests: &[Value]) {
        let mut lines: Vec<(&str, Vec<f64>)> = Vec::new();
        let mut eligible = 0.0;
        for (at, request) in requests.iter().enumerate() {
            let needs = self.facts.needs(request);
            eligible += agree::check(self, &needs) as f64;
            for (name, took) in self.one(&needs, at < OF_REFERENCE) {
                match lines.iter_mut().find(|(of, _)| *of == name) {
                    Some((_, all)) => all.extend(took),
                    None => lines.push((name, took)),
                }
            }
        }
        println!(
            "\n{}, {} requests, {:.0} eligible",
            class.name(),
            requests.len(),
            eligible / requests.len() as f64
        );
        let medians: Vec<_> = lines.into_iter().map(|(name, took)| (name, quantile(took, 0.5))).collect();
        let engine = medians.first().map_or(f64::NAN, |(_, engine)| *engine);
        for (name, median) in medians {
            println!("  {name:<12} {median:>10.3} {:>9.1}", median / engine);
        }
    }

    /// Everybody's milliseconds for one request.
    fn one(&self, needs: &Needs, with_reference: bool) -> Vec<(&'static str, Vec<f64>)> {
        let mut sqlite = self.sqlite.statement(&self.facts, needs);
        let mut took = vec![
            ("engine", times(|| black_box(rank(&self.index, needs, Staleness::Mark)).eligible)),
            ("plain Rust", times(|| plain::rank(&self.facts, needs))),
            ("SQLite", times(|| sqlite::best(&mut sqlite, true))),
        ];
        if let Some(postgres) = &self.postgres {
            let statement = postgres.statement(&self.facts, needs);
            took.push(("PostgreSQL", times(|| postgres.best(&statement, true))));
        }
        if with_reference {
            took.push(("reference", vec![milliseconds(|| self.reference(needs))]));
        }
        took
    }

    /// The whole score of everybody who fails no constraint, the best first.
    fn reference(&self, needs: &Needs) -> Vec<f64> {
        let Facts { catalog, policy, people, .. } = &self.facts;
        let profiles = people.iter().filter(|person| !person.is_duplicate).map(|person| &person.profile);
        let eligible =
            profiles.filter(|profile| failed_constraints(profile, needs, catalog, policy).is_empty());
        let mut scores: Vec<f64> =
            eligible.map(|profile| score(profile, needs, catalog, policy).total).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.truncate(needs.limit);
        scores
    }
}

fn times<T>(mut answer: impl FnMut() -> T) -> Vec<f64> {
    black_box(answer());
    (0..REPETITIONS).map(|_| milliseconds(&mut answer)).collect()
}

fn milliseconds<T>(answer: impl FnOnce() -> T) -> f64 {
    let began = Instant::now();
    black_box(answer());
    began.elapsed().as_secs_f64() * 1e3
}
