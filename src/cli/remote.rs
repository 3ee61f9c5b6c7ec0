//! `tailor import --url`: the same import, through a running server.

use std::{sync::mpsc, time::Duration};

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use ureq::{
    Body, SendBody,
    http::{Response, StatusCode},
};

use super::{
    Failure,
    events::Events,
    file,
    import::{ImportArgs, POLL},
    progress::{Counted, Progress},
    report::{self, FaultsFile},
};
use crate::{
    id::Id,
    import::{
        model::{Import, RowFault},
        upload::Coding,
    },
};

/// A stream that is silent for this long is dead: the server says something every 15 seconds.
const DEAD: Duration = Duration::from_secs(60);
/// How often in a row the server may not be reached while the job is followed: it may be starting anew.
const MAX_MISSES: u32 = 120;

#[derive(Deserialize)]
struct FaultPage {
    items: Vec<RowFault>,
    total: u64,
}

/// Uploads the file, follows the job to its end and prints its faults.
pub(super) fn import(
    url: &str,
    token: &str,
    args: &ImportArgs,
    faults: Option<FaultsFile>,
) -> Result<Import, Failure> {
    let server = Server {
        agent: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
        url: url.trim_end_matches('/'),
        authorization: format!("Bearer {token}"),
    };
    let mut progress = Progress::begin();
    let job = server.upload(args, &mut progress)?;
    let id = job.id;
    progress.seen(&job);
    let followed = if job.finished_at.is_some() { Ok(job) } else { server.follow(id, &mut progress) };
    progress.finish();
    let ended = followed
        .map_err(|error| format!("{error}; the import goes on there, see {}/v1/imports/{id}", server.url))?;
    server.print_faults(id, faults)?;
    Ok(ended)
}

struct Server<'a> {
    agent: ureq::Agent,
    url: &'a str,
    authorization: String,
}

/// Why a job could not be followed any further.
enum Lost {
    /// The server could not be reached, or broke off.
    Connection(Failure),
    /// It answered something else.
    Refused(StatusCode, Failure),
}

impl From<Lost> for Failure {
    fn from(lost: Lost) -> Self {
        match lost {
            Lost::Connection(error) | Lost::Refused(_, error) => error,
        }
    }
}

impl Server<'_> {
    fn upload(&self, args: &ImportArgs, progress: &mut Progress) -> Result<Import, Failure> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("source", &args.source)
            .append_pair("format", args.format().code())
            .append_pair("mode", args.mode.code())
            .append_pair("on_error", args.on_error.code())
            .append_pair("max_archive_percent", &args.max_archive_percent.to_string())
            .append_pair("dry_run", if args.dry_run { "true" } else { "false" })
            .finish();
        let mut request = self
            .agent
            .post(format!("{}/v1/imports?{query}", self.url))
            .header("Authorization", &self.authorization)
            .header("Content-Type", file::media_type(args.format()));
        if file::coding(&args.file) == Coding::Gzip {
            request = request.header("Content-Encoding", "gzip");
        }
        let (file, size) = file::open(&args.file)?;
        let mut body = Counted::new(file, size, progress);
        let sent = request.send(SendBody::from_reader(&mut body));
        Ok(read(sent.map_err(|error| self.failed(&error))?)?)
    }

    /// Why the server could not be asked, and which one.
    fn failed(&self, error: &ureq::Error) -> Failure {
        format!("{}: {error}", self.url).into()
    }

    /// The answer to a question that may be asked again.
    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Lost> {
        let request = self.agent.get(format!("{}{path}", self.url));
        let asked = request.header("Authorization", &self.authorization).call();
        read(asked.map_err(|error| Lost::Connection(self.failed(&error)))?)
    }

    /// Follows the job to its end: by its events, and by asking again where they cannot be had.
    fn follow(&self, id: Id, progress: &mut Progress) -> Result<Import, Failure> {
        let path = format!("/v1/imports/{id}");
        let (_never, wait) = mpsc::channel::<()>();
        let (mut last_id, mut has_events, mut misses) = (None, true, 0);
        loop {
            if has_events {
                match self.events(&path, &mut last_id, progress) {
                    Ok(Some(ended)) => return Ok(ended),
                    // It broke off; the server may be starting anew.
                    Ok(None) | Err(Lost::Connection(_)) => {}
                    // Where too many follow already that may change; a server without events stays so.
                    Err(Lost::Refused(status, _)) => has_events = !status.is_client_error(),
                }
            }
            match self.get::<Import>(&path) {
                Ok(job) => {
                    misses = 0;
                    progress.seen(&job);
                    if job.finished_at.is_some() {
                        return Ok(job);
                    }
                }
                Err(Lost::Refused(status, error)) if !status.is_server_error() => return Err(error),
                Err(error) => {
                    misses += 1;
                    if misses >= MAX_MISSES {
                        return Err(error.into());
                    }
                }
            }
            let _ = wait.recv_timeout(POLL);
        }
    }

    /// Reads the events after `last_id` for as long as they come; the job, where it ended.
    fn events(
        &self,
        path: &str,
        last_id: &mut Option<String>,
        progress: &mut Progress,
    ) -> Result<Option<Import>, Lost> {
        let broken = |error: Failure| Lost::Connection(error);
        let mut request = self
            .agent
            .get(format!("{}{path}/events", self.url))
            .config()
            .timeout_per_read(Some(DEAD))
            .build()
            .header("Authorization", &self.authorization)
            .header("Accept", "text/event-stream");
        if let Some(last_id) = last_id {
            request = request.header("Last-Event-ID", last_id.as_str());
        }
        let response = request.call().map_err(|error| broken(self.failed(&error)))?;
        if response.status() != StatusCode::OK {
            return Err(Lost::Refused(response.status(), "there are no events".into()));
        }
        let mut events = Events::new(response.into_body().into_reader(), last_id.take());
        let mut read = || -> Result<Option<Import>, Failure> {
            while let Some(event) = events.next()? {
                let job: Import = serde_json::from_str(&event.data)?;
                progress.seen(&job);
                if event.name == "ended" {
                    return Ok(Some(job));
                }
            }
            Ok(None)
        };
        let outcome = read();
        *last_id = events.last_id();
        outcome.map_err(broken)
    }

    /// Writes what was wrong with the rows: some of it to standard error, all of it to the file.
    fn print_faults(&self, id: Id, file: Option<FaultsFile>) -> Result<(), Failure> {
        let path = format!("/v1/imports/{id}/errors");
        let page: FaultPage = self.get(&format!("{path}?limit={}", report::SHOWN))?;
        page.items.iter().for_each(report::complain);
        let whole = file.map(|mut file| -> Result<String, Failure> {
            let request = self.agent.get(format!("{}{path}", self.url));
            let request = request.header("Accept", "application/x-ndjson");
            let response = request.header("Authorization", &self.authorization).call();
            let response = response.map_err(|error| self.failed(&error))?;
            if response.status() != StatusCode::OK {
                return Err(format!("the server answered {} for the faults", response.status()).into());
            }
            file.copy(response.into_body().into_reader())?;
            Ok(file.finish()?)
        });
        report::say_rest(page.total, whole.transpose()?.as_deref(), &format!("see {}{path}", self.url));
        Ok(())
    }
}

/// The answer, or what its problem says.
fn read<T: DeserializeOwned>(mut response: Response<Body>) -> Result<T, Lost> {
    let status = response.status();
    let broken = |error: Failure| Lost::Connection(error);
    let text = response.body_mut().read_to_string().map_err(|error| broken(error.into()))?;
    if status.is_success() {
        return serde_json::from_str(&text).map_err(|error| Lost::Refused(status, error.into()));
    }
    let body: Value = serde_json::from_str(&text).unwrap_or_default();
    let detail = body["detail"].as_str().unwrap_or_default();
    let faults = body["errors"].as_array().into_iter().flatten().filter_map(|fault| fault["detail"].as_str());
    let faults: Vec<&str> = faults.collect();
    let told = format!("the server answered {status}: {detail} {}", faults.join(" "));
    Err(Lost::Refused(status, told.trim_end().into()))
}
