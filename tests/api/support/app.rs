//! The production server on a free port, with a clock that stands still, and callers to ask it.

use std::{collections::BTreeMap, net::SocketAddr, sync::mpsc, thread::JoinHandle};

use actix_web::dev::ServerHandle;
use chrono::{DateTime, Duration, Utc};
use clap::Parser;
use serde_json::Value;
use tailor::{
    auth::scope::Scope,
    clock::Clock,
    config::Settings,
    consultations::worker::Sweeper,
    import::worker::Worker,
    live::{Follower, Loader},
    server::{self, Assembly, Running},
    web::code::Code,
};

use super::database::Database;

/// The moment at which every test begins.
pub fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-11-22T12:00:00Z").expect("a time").to_utc()
}

#[derive(Parser)]
struct Flags {
    #[command(flatten)]
    settings: Settings,
}

/// A running server with a database of its own.
pub struct App {
    pub assembly: Assembly,
    pub address: SocketAddr,
    agent: ureq::Agent,
    handle: ServerHandle,
    _loader: Loader,
    _follower: Follower,
    _importer: Worker,
    _sweeper: Sweeper,
    thread: Option<JoinHandle<()>>,
    pub database: Database,
    _folder: tempfile::TempDir,
}

impl From<Database> for App {
    fn from(database: Database) -> Self {
        Self::with(database, &[])
    }
}

impl App {
    /// The server with these flags of the command line.
    pub fn with(database: Database, flags: &[&str]) -> Self {
        Self::start(database, flags, Clock::fixed(now()))
    }

    pub fn start(database: Database, flags: &[&str], clock: Clock) -> Self {
        let app = Self::still_loading(database, flags, clock);
        app.wait_until_loaded();
        app
    }

    /// Waits until the directory is in memory.
    pub fn wait_until_loaded(&self) {
        let live = self.assembly.live.clone();
        actix_web::rt::System::new().block_on(async move { live.loaded().await });
    }

    /// A server that listens, whether it has loaded the directory or not.
    pub fn still_loading(database: Database, flags: &[&str], clock: Clock) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = folder.path().join("key.pem");
        let fixed = [
            "test",
            "--database-url",
            &database.url,
            "--listen",
            "127.0.0.1:0",
            "--workers",
            "2",
            "--key-file",
            key.to_str().expect("a path in UTF-8"),
        ];
        let settings = Flags::parse_from(fixed.iter().chain(flags)).settings;
        let assembly = Assembly::open(&settings, clock).expect("the assembly opens");
        let (send, receive) = mpsc::channel();
        let served = assembly.clone();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let (server, running) = server::serve(&served).expect("the server listens");
                send.send(running).expect("the test waits");
                server.await.expect("the server ends well");
            });
        });
        let Running { address, handle, loader, follower, importer, sweeper } =
            receive.recv().expect("the server runs");
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .build()
            .into();
        Self {
            assembly,
            address,
            agent,
            handle,
            _loader: loader,
            _follower: follower,
            _importer: importer,
            _sweeper: sweeper,
            thread: Some(thread),
            database,
            _folder: folder,
        }
    }

    /// Moves the server's clock.
    pub fn pass(&self, time: Duration) {
        let Clock::Fixed(micros) = &self.assembly.clock else { panic!("the clock runs by itself") };
        micros
            .fetch_add(time.num_microseconds().expect("a short time"), std::sync::atomic::Ordering::Relaxed);
    }

    /// A token with these scopes that holds for an hour.
    pub fn token(&self, scopes: &[Scope]) -> String {
        let now = self.assembly.clock.now();
        self.assembly.tokens.issue("tester", scopes, Duration::hours(1), now).expect("a token")
    }

    /// Somebody without a token.
    pub fn anonymous(&self) -> Client<'_> {
        Client { app: self, headers: Vec::new() }
    }

    /// Somebody with a token for these scopes.
    pub fn with_scopes(&self, scopes: &[Scope]) -> Client<'_> {
        self.anonymous().with("Authorization", &format!("Bearer {}", self.token(scopes)))
    }

    /// Somebody who may write profiles.
    pub fn writer(&self) -> Client<'_> {
        self.with_scopes(&[Scope::ProfilesWrite])
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // The future only waits for what the call has begun.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A caller.
#[derive(Clone)]
pub struct Client<'a> {
    app: &'a App,
    headers: Vec<(String, String)>,
}

impl Client<'_> {
    /// The same caller, sending one more header.
    pub fn with(&self, name: &str, value: &str) -> Self {
        let mut headers = self.headers.clone();
        headers.push((name.to_owned(), value.to_owned()));
        Self { app: self.app, headers }
    }

    /// Sends bytes of this media type.
    pub fn send(&self, method: &str, path: &str, media_type: &str, body: &[u8]) -> Answer {
        let mut response = self.run(method, path, media_type, body);
        let headers = response.headers().clone();
        let body = response.body_mut().with_config().limit(1 << 30).read_to_vec().expect("a whole body");
        Answer { status: response.status().as_u16(), headers, body }
    }

    /// Asks, and reads nothing of the answer's body yet.
    pub fn begin(&self, path: &str) -> Begun {
        Begun(self.run("GET", path, "", b""))
    }

    fn run(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: &[u8],
    ) -> ureq::http::Response<ureq::Body> {
        let mut request =
            ureq::http::Request::builder().method(method).uri(format!("http://{}{path}", self.app.address));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !media_type.is_empty() {
            request = request.header("Content-Type", media_type);
        }
        let response = if media_type.is_empty() && body.is_empty() {
            self.app.agent.run(request.body(()).expect("a request"))
        } else {
            self.app.agent.run(request.body(body).expect("a request"))
        };
        response.expect("an answer")
    }

    pub fn get(&self, path: &str) -> Answer {
        self.send("GET", path, "", b"")
    }

    pub fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, "", b"")
    }

    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send("POST", path, "application/json", body.to_string().as_bytes())
    }

    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send("PUT", path, "application/json", body.to_string().as_bytes())
    }

    pub fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send("PATCH", path, "application/merge-patch+json", body.to_string().as_bytes())
    }
}

fn told(headers: &ureq::http::HeaderMap) -> BTreeMap<String, String> {
    let text = |value: &ureq::http::HeaderValue| value.to_str().expect("text").to_owned();
    let told = headers.iter().map(|(name, value)| (name.to_string(), text(value)));
    // Each worker lists what it exposes in an order of its own.
    let own = ["date", "x-request-id", "access-control-expose-headers"];
    told.filter(|(name, _)| !own.contains(&name.as_str())).collect()
}

/// An answer of which only the head was read.
pub struct Begun(ureq::http::Response<ureq::Body>);

impl Begun {
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    /// The headers but those that every answer has its own of.
    pub fn headers(&self) -> BTreeMap<String, String> {
        told(self.0.headers())
    }

    /// The head, and the body as it comes.
    pub fn into_reader(self) -> (ureq::http::HeaderMap, ureq::BodyReader<'static>) {
        let (head, body) = self.0.into_parts();
        assert_eq!(head.status.as_u16(), 200);
        (head.headers, body.into_reader())
    }

    /// The body, or why it is not whole.
    pub fn read(mut self) -> Result<Vec<u8>, ureq::Error> {
        self.0.body_mut().with_config().limit(1 << 30).read_to_vec()
    }

    /// The body, after checking the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Vec<u8> {
        assert_eq!(self.status(), status);
        self.read().expect("a whole body")
    }
}

/// What the server answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The same answer, after checking its status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().expect("text")).unwrap_or_default()
    }

    /// The headers but those that every answer has its own of.
    pub fn headers(&self) -> BTreeMap<String, String> {
        told(&self.headers)
    }

    /// The problem's code, after checking that the answer is a problem of this status.
    #[track_caller]
    pub fn problem(self, status: u16) -> String {
        let answer = self.expect(status);
        assert_eq!(answer.header("content-type"), "application/problem+json");
        answer.json()["code"].as_str().expect("a code").to_owned()
    }

    /// Pointer and code of each fault of a 422 or 400.
    #[track_caller]
    pub fn faults(self) -> Vec<(String, String)> {
        assert!(matches!(self.status, 400 | 422), "{}", String::from_utf8_lossy(&self.body));
        let text = |value: &Value| value.as_str().expect("text").to_owned();
        let body = self.json();
        let errors = body["errors"].as_array().cloned().unwrap_or_default();
        let known = |code: String| {
            assert!(Code::parse(&code).is_some(), "{code} is not in the table of codes");
            code
        };
        for error in &errors {
            let detail = text(&error["detail"]);
            let begins = detail.starts_with(|c: char| c.is_uppercase() || c == '`');
            assert!(begins && detail.ends_with('.'), "no sentence: {detail}");
        }
        errors.iter().map(|error| (text(&error["pointer"]), known(text(&error["code"])))).collect()
    }
}
