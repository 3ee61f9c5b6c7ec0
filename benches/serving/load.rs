//! Matches under load: `wrk` against the bare handler and against the program in turn.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use serde_json::Value;

use super::{
    program::quantile,
    requests::Class,
    server::{Server, agent},
};

const CONNECTIONS: usize = 32;
/// How long each of the two is under load in one round.
pub const ROUND: Duration = Duration::from_secs(4);
const WARM_UP: Duration = Duration::from_secs(1);

/// Whether `wrk` is there. It ends with a failure where it is asked for its version, but it runs.
pub fn is_wrk_here() -> bool {
    Command::new("wrk").arg("-v").output().is_ok()
}

/// What one run of `wrk` measured.
struct Measured {
    per_second: f64,
    /// Milliseconds.
    p50: f64,
    p99: f64,
}

/// Measures one class of requests and prints its line.
pub fn measure(folder: &Path, url: &str, class: Class, requests: &[Value], rounds: usize, workers: usize) {
    let bodies: Vec<String> = requests.iter().map(Value::to_string).collect();
    let answers = Answers::of(url, &bodies);
    let path = folder.join(format!("{}.bodies", class.name()));
    fs::write(&path, bodies.join("\n")).expect("the bodies are written");
    let bare = Server::bare(answers.bytes, workers);
    let load = Load { bodies: path };
    let url = format!("{url}/v1/matches");
    load.run(&bare.url, WARM_UP);
    load.run(&url, WARM_UP);
    let rounds: Vec<[Measured; 2]> = (0..rounds)
        .map(|round| {
            // Who comes first changes, so that neither always follows the other's heat.
            if round.is_multiple_of(2) {
                let bare = load.run(&bare.url, ROUND);
                [bare, load.run(&url, ROUND)]
            } else {
                let tailor = load.run(&url, ROUND);
                [load.run(&bare.url, ROUND), tailor]
            }
        })
        .collect();
    let median = |of: &dyn Fn(&[Measured; 2]) -> f64| quantile(rounds.iter().map(of).collect(), 0.5);
    println!(
        "{:<12} {:>7.1} {:>9.2} {:>9.0} {:>9.0} {:>7.3} {:>7.2} {:>7.2} {:>7.2} {:>7.2} {:>7.2}",
        class.name(),
        answers.bytes as f64 / 1e3,
        answers.eligible_percent,
        median(&|[bare, _]| bare.per_second),
        median(&|[_, tailor]| tailor.per_second),
        median(&|[bare, tailor]| tailor.per_second / bare.per_second),
        median(&|[bare, _]| bare.p50),
        median(&|[_, tailor]| tailor.p50),
        median(&|[bare, _]| bare.p99),
        median(&|[_, tailor]| tailor.p99),
        median(&|[bare, tailor]| tailor.p99 / bare.p99),
    );
}

/// The head of the lines that [`measure`] prints.
pub fn head() {
    println!("matches, {CONNECTIONS} connections; medians of rounds, ratios within each round; milliseconds");
    println!(
        "{:<12} {:>7} {:>9} {:>9} {:>9} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7}",
        "class", "KB", "% pass", "bare/s", "tailor/s", "ratio", "p50 b", "p50 t", "p99 b", "p99 t", "ratio"
    );
}

/// What the program answers to the requests of a class.
struct Answers {
    /// Mean length of an answer.
    bytes: usize,
    /// Mean share of the profiles that fail no constraint.
    eligible_percent: f64,
}

impl Answers {
    fn of(url: &str, bodies: &[String]) -> Self {
        let agent = agent();
        let (mut bytes, mut percent) = (0, 0.0);
        for body in bodies {
            let request = agent.post(format!("{url}/v1/matches")).header("Content-Type", "application/json");
            let mut response = request.send(body).expect("an answer");
            let answer = response.body_mut().read_to_vec().expect("a whole answer");
            assert_eq!(response.status(), 200, "{body}: {}", String::from_utf8_lossy(&answer));
            let value: Value = serde_json::from_slice(&answer).expect("JSON");
            let number = |name: &str| value[name].as_f64().expect("a number");
            bytes += answer.len();
            percent += 100.0 * number("eligible") / number("considered");
        }
        Self { bytes: bytes / bodies.len(), eligible_percent: percent / bodies.len() as f64 }
    }
}

struct Load {
    bodies: PathBuf,
}

impl Load {
    fn run(&self, url: &str, time: Duration) -> Measured {
        let output = Command::new("wrk")
            .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{}s", time.as_secs()), "-s"])
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/serving/rotate.lua"))
            .arg(url)
            .env("BODIES", &self.bodies)
            .output()
            .expect("wrk runs");
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().find_map(|line| line.strip_prefix("measured ")).expect("figures of wrk");
        let figures: Vec<f64> = line.split(' ').map(|figure| figure.parse().expect("a number")).collect();
        let [requests, micros, p50, p99, errors] = figures.try_into().expect("five figures");
        assert!(requests > 0.0 && errors == 0.0, "{text}");
        Measured { per_second: requests / micros * 1e6, p50: p50 / 1e3, p99: p99 / 1e3 }
    }
}
