//! What an app says of its clients stays nowhere but where it belongs: not in an error, not in the log.

use std::{
    fs::{self, File},
    io::{BufRead as _, BufReader},
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

const CANARY: &str = "canarybird";

/// The request with a canary in every string, and as a name in every object, one at a time.
fn planted(request: &Value) -> Vec<Value> {
    fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.push(pointer.to_owned());
                fields.iter().for_each(|(name, value)| places(value, &format!("{pointer}/{name}"), found));
            }
            Value::Array(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, value)| places(value, &format!("{pointer}/{at}"), found));
            }
            _ => found.push(pointer.to_owned()),
        }
    }
    let mut found = Vec::new();
    places(request, "", &mut found);
    let plant = |pointer: String| {
        let mut planted = request.clone();
        match planted.pointer_mut(&pointer).expect("a place") {
            Value::Object(fields) => drop(fields.insert(CANARY.to_owned(), json!(CANARY))),
            value => *value = json!(CANARY),
        }
        planted
    };
    found.into_iter().map(plant).collect()
}

/// A process that ends with the test, also where that fails.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The program in a process of its own, which logs all that it can.
#[test]
fn a_consultation_leaves_no_trace_in_errors_and_logs() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tailor"));
        command.current_dir(folder.path()).args(args).env_remove("DATABASE_URL");
        command
    };
    let made = run(&["consultation-keys", "keys.json"]).output().expect("it runs");
    assert!(made.status.success());
    let log = folder.path().join("log");
    let server = run(&["--listen", "127.0.0.1:0", "--log", "trace", "--consultation-keys", "keys.json"])
        .stdout(Stdio::piped())
        .stderr(File::create(&log).expect("a file"))
        .spawn()
        .expect("it runs");
    let mut server = Server(server);
    let mut line = String::new();
    BufReader::new(server.0.stdout.take().expect("standard output")).read_line(&mut line).expect("a line");
    let url = line.trim().strip_prefix("listening on ").expect("the address").to_owned();
    let output = run(&["token", "--scopes", "admin"]).output().expect("it runs");
    let token = String::from_utf8(output.stdout).expect("UTF-8");
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .build()
        .into();
    let ask = |method: &str, path: &str, body: &[u8]| -> (u16, Vec<u8>) {
        let request = ureq::http::Request::builder().method(method).uri(format!("{url}{path}"));
        let request = request.header("Authorization", format!("Bearer {}", token.trim()));
        let request = request.header("Content-Type", "application/json").header("Idempotency-Key", CANARY);
        let mut answer = agent.run(request.body(body).expect("a request")).expect("an answer");
        (answer.status().as_u16(), answer.body_mut().read_to_vec().expect("a body"))
    };
    let send = |method: &str, path: &str, body: &Value| ask(method, path, body.to_string().as_bytes());
    let id = |(status, body): (u16, Vec<u8>)| -> String {
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        let body: Value = serde_json::from_slice(&body).expect("JSON");
        body["id"].as_str().expect("an id").to_owned()
    };
    let therapist = id(send("POST", "/v1/therapists", &tailor::directory::examples::therapist()));
    let request = json!({
        "therapist_id": therapist, "client_ref": "ref-marmoset-1", "held_on": "2000-01-02",
        "question_set": {"code": "integrative-core", "version": 1},
        "answers": [
            {"question": "when_stuck", "text": "textmarmoset", "language": "en", "signals": ["flexibility"], "rating": 4, "flexibility": "high"},
            {"question": "role_of_relationship", "boundary_statement": "statementmarmoset", "relationship_themes": ["safety"]}
        ],
        "decision": "continue", "retain_days": 180
    });
    let path = format!("/v1/consultations/{}", id(send("POST", "/v1/consultations", &request)));
    let mut refused = 0;
    for planted in planted(&request) {
        for (method, path) in [("POST", "/v1/consultations"), ("PATCH", path.as_str())] {
            let (status, body) = send(method, path, &planted);
            if status >= 400 {
                refused += 1;
                assert!(
                    !String::from_utf8_lossy(&body).contains(CANARY),
                    "{}",
                    String::from_utf8_lossy(&body)
                );
            }
        }
    }
    assert!(refused > 30, "the canaries were noticed: {refused}");
    for (method, path) in [
        ("GET", format!("/v1/consultations?{CANARY}={CANARY}")),
        ("GET", format!("/v1/consultations?decision={CANARY}&held_from={CANARY}&cursor={CANARY}")),
        ("GET", format!("/v1/consultations?client_ref=ref-marmoset-1&client_ref={CANARY}")),
        ("PUT", format!("/v1/client-refs/{CANARY}")),
    ] {
        let (status, body) = ask(method, &path, b"");
        assert!(
            status >= 400 && !String::from_utf8_lossy(&body).contains(CANARY),
            "{}",
            String::from_utf8_lossy(&body)
        );
    }
    for broken in [format!("{{\"{CANARY}\": "), CANARY.to_owned()] {
        let (status, body) = ask("POST", "/v1/consultations", broken.as_bytes());
        assert!(status == 400 && !String::from_utf8_lossy(&body).contains(CANARY));
    }
    for path in [path.as_str(), "/v1/consultations?client_ref=ref-marmoset-1"] {
        assert_eq!(ask("GET", path, b"").0, 200);
    }
    assert_eq!(ask("DELETE", "/v1/client-refs/ref-marmoset-1", b"").0, 204);
    drop(server);
    let logged = String::from_utf8_lossy(&fs::read(&log).expect("the log")).into_owned();
    assert!(
        logged.contains("/v1/consultations/{id}") && logged.contains("/v1/client-refs/{client_ref}"),
        "{logged}"
    );
    for word in
        [CANARY, "marmoset", "flexibility", therapist.as_str(), path.rsplit('/').next().unwrap_or_default()]
    {
        assert!(!logged.contains(word), "{word} is logged");
    }
    let files = ["tailor.db", "tailor.db-wal"]
        .map(|name| fs::read(folder.path().join(name)).unwrap_or_default())
        .concat();
    for word in ["textmarmoset", "statementmarmoset"] {
        assert!(
            !files.windows(word.len()).any(|window| window == word.as_bytes()),
            "{word} is stored as it is"
        );
    }
}
