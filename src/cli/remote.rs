//! `tailor import --url`: the same import, through a running server.

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{
    Failure,
    import::{ImportArgs, POLL, coding, complain, open, progress},
};
use crate::{
    import::{
        model::{Import, RowFault},
        upload::Coding,
    },
    vocabulary::ImportStatus,
};

#[derive(Deserialize)]
struct FaultPage {
    items: Vec<RowFault>,
    next_cursor: Option<String>,
}

/// Uploads the file, follows the job to its end and prints its faults.
pub(super) fn import(url: &str, args: &ImportArgs) -> Result<Import, Failure> {
    let server = Server {
        agent: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
        url: url.trim_end_matches('/'),
        authorization: format!("Bearer {}", args.token.as_deref().unwrap_or_default()),
    };
    let mut job = server.upload(args)?;
    let (_never, wait) = std::sync::mpsc::channel::<()>();
    while matches!(job.status, ImportStatus::Queued | ImportStatus::Running) {
        progress(&job);
        let _ = wait.recv_timeout(POLL);
        job = server.get(&format!("/v1/imports/{}", job.id))?;
    }
    progress(&job);
    let mut cursor = String::new();
    loop {
        let page: FaultPage = server.get(&format!("/v1/imports/{}/errors?limit=100{cursor}", job.id))?;
        page.items.iter().for_each(complain);
        match page.next_cursor {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(job),
        }
    }
}

struct Server<'a> {
    agent: ureq::Agent,
    url: &'a str,
    authorization: String,
}

impl Server<'_> {
    fn upload(&self, args: &ImportArgs) -> Result<Import, Failure> {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("source", &args.source)
            .append_pair("format", args.format.code())
            .append_pair("mode", args.mode.code())
            .append_pair("on_error", args.on_error.code())
            .append_pair("dry_run", if args.dry_run { "true" } else { "false" })
            .finish();
        let mut request = self
            .agent
            .post(format!("{}/v1/imports?{query}", self.url))
            .header("Authorization", &self.authorization)
            .header("Content-Type", "application/x-ndjson");
        if coding(&args.file) == Coding::Gzip {
            request = request.header("Content-Encoding", "gzip");
        }
        let body = ureq::SendBody::from_owned_reader(open(&args.file)?);
        read(request.send(body)?)
    }

    fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, Failure> {
        let url = format!("{}{path}", self.url);
        read(self.agent.get(url).header("Authorization", &self.authorization).call()?)
    }
}

/// The answer, or what its problem says.
fn read<T: DeserializeOwned>(mut response: ureq::http::Response<ureq::Body>) -> Result<T, Failure> {
    let status = response.status();
    let body: Value = response.body_mut().read_json()?;
    if status.is_success() {
        return Ok(serde_json::from_value(body)?);
    }
    let detail = body["detail"].as_str().unwrap_or_default();
    let faults = body["errors"].as_array().into_iter().flatten().filter_map(|fault| fault["detail"].as_str());
    let faults: Vec<&str> = faults.collect();
    Err(format!("the server answered {status}: {detail} {}", faults.join(" ")).into())
}
