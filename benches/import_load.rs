//! Matches and searches at a fixed 200 requests a second, open loop, without and with an import under way.
//!
//! `cargo bench --bench import_load [-- PROFILES]` starts the program over a directory of so many profiles (50,000),
//! asks it for a while, then imports as many others through it and asks on until the job has ended. A request counts
//! from the moment at which it was due, so that a server that stalls is charged for all that waits. Names another
//! database: `DATABASE_URL`.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "an open loop sends by the clock")]

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

const RATE: f64 = 200.0;
/// Every so manieth request is a search.
const SEARCH_EVERY: u64 = 2;
/// Enough that requests that wait never keep the next one from being sent.
const SENDERS: usize = 64;
const QUIET: Duration = Duration::from_secs(15);
const MATCH: &str = r#"{"problem_areas": [{"code": "ptsd", "severity": "severe"}, {"code": "relational_patterns"}],
  "constraints": {"jurisdiction": "US-CA", "session_formats": ["video"], "accepting": true, "insurance": ["aetna"]}}"#;
const SEARCH: &str = "/v1/therapists?jurisdiction=US-CA&modalities=emdr&limit=20";

fn tailor(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tailor"));
    command.current_dir(folder).args(args).args(["--log", "warn"]);
    command
}

fn run(folder: &Path, args: &[&str]) -> String {
    let output = tailor(folder, args).stderr(Stdio::inherit()).output().expect("the program runs");
    assert!(output.status.success(), "{args:?}: {}", output.status);
    String::from_utf8(output.stdout).expect("UTF-8")
}

fn generate(folder: &Path, profiles: &str, seed: &str, name: &str) {
    let file = File::create(folder.join(name)).expect("a file");
    let args = ["generate", "--therapists", profiles, "--seed", seed];
    let made = tailor(folder, &args).stdout(file).status().expect("the program runs");
    assert!(made.success());
}

fn serve(folder: &Path) -> (Child, String) {
    let mut process = tailor(folder, &["serve", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut line = String::new();
    BufReader::new(process.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").expect("the address").to_owned();
    (process, url)
}

/// Latencies of matches and searches in turn, until told to stop.
fn load(url: &str, is_over: impl FnOnce()) -> Vec<Duration> {
    let stop = Arc::new(AtomicBool::new(false));
    let next = Arc::new(AtomicU64::new(0));
    let latencies = Arc::new(Mutex::new(Vec::new()));
    let start = Instant::now();
    let senders: Vec<_> = (0..SENDERS)
        .map(|_| {
            let (stop, next, latencies, url) =
                (stop.clone(), next.clone(), latencies.clone(), url.to_owned());
            thread::spawn(move || {
                let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
                while !stop.load(Ordering::Relaxed) {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let due = start + Duration::from_secs_f64(number as f64 / RATE);
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    let answer = if number % SEARCH_EVERY != 0 {
                        let request = agent.post(format!("{url}/v1/matches"));
                        request.header("Content-Type", "application/json").send(MATCH)
                    } else {
                        agent.get(format!("{url}{SEARCH}")).call()
                    };
                    answer.expect("an answer").body_mut().read_to_vec().expect("a whole answer");
                    latencies.lock().expect("sound").push(due.elapsed());
                }
            })
        })
        .collect();
    is_over();
    stop.store(true, Ordering::Relaxed);
    senders.into_iter().for_each(|sender| sender.join().expect("a sender ends"));
    let mut latencies = std::mem::take(&mut *latencies.lock().expect("sound"));
    latencies.sort();
    latencies
}

fn at(latencies: &[Duration], share: f64) -> f64 {
    latencies[((latencies.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0
}

fn row(name: &str, latencies: &[Duration]) {
    let [p50, p90, p99] = [0.5, 0.9, 0.99].map(|share| at(latencies, share));
    println!(
        "{name:<16} {:>7} requests   p50 {p50:>7.2} ms   p90 {p90:>7.2} ms   p99 {p99:>7.2} ms",
        latencies.len()
    );
}

fn main() {
    let profiles =
        std::env::args().skip(1).find(|arg| arg.parse::<u64>().is_ok()).unwrap_or("50000".to_owned());
    let folder = tempfile::tempdir().expect("a folder");
    let folder = folder.path();
    generate(folder, &profiles, "1", "base.ndjson");
    generate(folder, &profiles, "2", "more.ndjson");
    run(folder, &["import", "base.ndjson", "--source", "base"]);
    let token = run(folder, &["token", "--scopes", "admin"]);
    let authorization = format!("Bearer {}", token.trim());
    let (mut server, url) = serve(folder);
    let quiet = load(&url, || thread::sleep(QUIET));
    let import = || {
        let file = File::open(folder.join("more.ndjson")).expect("the file");
        let begun = Instant::now();
        let sent = ureq::post(format!("{url}/v1/imports?source=more"))
            .header("Authorization", &authorization)
            .header("Content-Type", "application/x-ndjson")
            .send(file);
        let mut job: Value = sent.expect("accepted").body_mut().read_json().expect("a job");
        while job["finished_at"].is_null() {
            thread::sleep(Duration::from_millis(200));
            let path = format!("{url}/v1/imports/{}", job["id"].as_str().expect("an id"));
            let asked = ureq::get(path).header("Authorization", &authorization).call();
            job = asked.expect("an answer").body_mut().read_json().expect("a job");
        }
        let seconds = begun.elapsed().as_secs_f64();
        let read = job["counts"]["read"].as_f64().expect("a number");
        println!("import under load: {} in {seconds:.1} s, {:.0} profiles/s", job["status"], read / seconds);
    };
    let loaded = load(&url, import);
    row("quiet", &quiet);
    row("while importing", &loaded);
    println!("p99 while importing / quiet: {:.2}", at(&loaded, 0.99) / at(&quiet, 0.99));
    server.kill().expect("killed");
    server.wait().expect("gone");
}
