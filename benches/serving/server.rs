//! Servers as processes of their own.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use super::{bare, program};

/// A server, which ends with this value.
pub struct Server {
    process: Child,
    pub url: String,
}

impl Server {
    fn start(command: &mut Command) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the program runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("an output")).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("the address").to_owned();
        Self { process, url }
    }

    /// This benchmark's own program as the bare handler.
    pub fn bare(bytes: usize, workers: usize) -> Self {
        let this = std::env::current_exe().expect("this program");
        let args = [bare::FLAG.to_owned(), bytes.to_string(), workers.to_string()];
        Self::start(Command::new(this).args(args))
    }

    /// The program over the database of `folder`; and how long it took until it said that it was ready.
    pub fn tailor(folder: &Path, workers: usize) -> (Self, Duration) {
        let workers = workers.to_string();
        let args = ["serve", "--listen", "127.0.0.1:0", "--workers", &workers];
        let began = Instant::now();
        let server = Self::start(&mut program::tailor(folder, &args));
        let agent = agent();
        let ready = format!("{}/readyz", server.url);
        while agent.get(&ready).call().expect("an answer").status() != 200 {
            thread::sleep(Duration::from_millis(1));
        }
        (server, began.elapsed())
    }

    /// Resident memory now and at most so far, in megabytes; none where the system does not tell.
    pub fn memory(&self) -> Option<[f64; 2]> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let megabytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1024.0)
        };
        Some([megabytes("VmRSS:")?, megabytes("VmHWM:")?])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

/// A client that keeps its connection and hands out every answer, whatever its status.
pub fn agent() -> ureq::Agent {
    ureq::Agent::config_builder().http_status_as_error(false).build().into()
}
