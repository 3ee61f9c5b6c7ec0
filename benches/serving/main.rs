//! What the program serves beside what the framework and the disk could serve at most.
//!
//! `cargo bench --bench serving -- [PROFILES] [ROUNDS]` (100,000 and 5) generates a directory, imports it into SQLite and
//! serves it by the program itself. It needs `wrk` (`apt-get install wrk`, `brew install wrk`, github.com/wg/wrk).
//!
//! - *Matches*, for each class of requests: `wrk` with 32 connections and 64 different bodies in turn, against
//!   `POST /v1/matches` (20 results, `explain: summary`) and against a bare actix handler with as many workers that reads
//!   the body and answers with as many bytes as the class's answers have on average. Requests a second, latencies,
//!   and the ratio of both.
//! - *Writes*: `PUT` of one profile, one after the other, until acknowledged, which is after matches see it, beside the
//!   commit of one row on the same disk with the same settings.
//! - *Search*: one after the other over one connection.
//! - *Start*: killed and started again, until `/readyz` says yes; resident memory after the load.
//!
//! `wrk` runs on the same machine and takes its share of the processors from both alike: the ratio is worth more than
//! either figure, and on few processors it flatters whoever does less per request. With 32 connections the latencies are
//! mostly waiting. The bare handler has no middleware, no log and no request id: it is a ceiling, not a
//! server that anybody would run. Nothing here says what a directory in another place, over a network, would serve.

#![expect(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "a benchmark fails by panicking, and waits by the clock for a server that starts"
)]

mod bare;
mod load;
#[path = "../support/program.rs"]
mod program;
#[path = "../support/requests.rs"]
mod requests;
mod searches;
mod server;
mod writes;

use std::{process::ExitCode, thread};

use program::quantile;
use requests::{Class, DIFFERENT};
use server::Server;

const STARTS: usize = 3;

fn main() -> ExitCode {
    // Cargo itself adds `--bench`.
    let args: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize, default: usize| {
        args.get(at).map_or(default, |argument| argument.parse().expect("arguments are numbers"))
    };
    if args.first().is_some_and(|first| first == bare::FLAG) {
        bare::serve(number(1, 0), number(2, 1)).expect("the bare server runs");
        return ExitCode::SUCCESS;
    }
    if !load::is_wrk_here() {
        eprintln!("wrk is needed: apt-get install wrk, brew install wrk, or https://github.com/wg/wrk");
        return ExitCode::FAILURE;
    }
    measure(number(0, 100_000), number(1, 5).max(1));
    ExitCode::SUCCESS
}

fn measure(profiles: usize, rounds: usize) {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let folder = program::folder();
    let folder = folder.path();
    let people = requests::people(&program::generate(folder, profiles));
    program::import(folder);
    let token = program::run(folder, &["token", "--scopes", "admin"]);
    let (server, _) = Server::tailor(folder, workers);
    println!(
        "{profiles} profiles, {workers} workers, {rounds} rounds of {} s, {DIFFERENT} requests a class\n",
        load::ROUND.as_secs()
    );

    load::head();
    for class in Class::ALL {
        load::measure(folder, &server.url, class, &class.requests(&people), rounds, workers);
    }
    match server.memory() {
        Some([now, most]) => println!("resident memory {now:.0} MB after the load, {most:.0} MB at most"),
        None => println!("resident memory is not told here"),
    }

    println!();
    writes::measure(folder, &server.url, token.trim(), &Class::Broad.requests(&people)[0], rounds);
    println!();
    searches::measure(&server.url);

    drop(server);
    // What is measured is the kill of one process and the start of the next, with the database in the system's memory.
    let starts: Vec<f64> = (0..STARTS).map(|_| Server::tailor(folder, workers).1.as_secs_f64()).collect();
    println!("\nstart to ready: median {:.2} s of {starts:.2?}", quantile(starts.clone(), 0.5));
}
