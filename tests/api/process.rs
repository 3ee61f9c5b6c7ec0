//! The program itself: its commands, and what it survives.

mod import;

use std::{
    io::{BufRead, BufReader, Write},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use diesel::{Connection as _, SqliteConnection, connection::SimpleConnection as _};
use serde_json::Value;

fn tailor(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tailor"));
    command.current_dir(folder).args(args).env_remove("DATABASE_URL");
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    tailor(folder, args).stdin(Stdio::null()).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

/// A server of its own process.
struct Server {
    process: Child,
    url: String,
    /// What it says on standard error.
    log: std::path::PathBuf,
    agent: ureq::Agent,
}

impl Server {
    fn start(folder: &Path, args: &[&str]) -> Self {
        let log = folder.join("server.log");
        let mut process = tailor(folder, args)
            .args(["--listen", "127.0.0.1:0", "--workers", "1"])
            .stdout(Stdio::piped())
            .stderr(std::fs::File::options().create(true).append(true).open(&log).expect("a log"))
            .spawn()
            .expect("the program runs");
        let mut line = String::new();
        let out = process.stdout.take().expect("standard output");
        BufReader::new(out).read_line(&mut line).expect("a line");
        let url = line.trim().strip_prefix("listening on ").expect("the address").to_owned();
        Self { process, url, log, agent: ureq::Agent::new_with_defaults() }
    }

    fn get(&self, path: &str, token: &str) -> Value {
        let url = format!("{}{path}", self.url);
        match self.agent.get(url).header("Authorization", format!("Bearer {token}")).call() {
            Ok(mut answer) => answer.body_mut().read_json().expect("JSON"),
            Err(error) => {
                panic!("{error}; the server says:\n{}", std::fs::read_to_string(&self.log).expect("its log"))
            }
        }
    }

    /// Ends it as a power cut would.
    fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn token(folder: &Path) -> String {
    let output = run(folder, &["token", "--scopes", "admin"]);
    assert!(output.status.success());
    text(&output.stdout).trim().to_owned()
}

#[test]
fn the_demonstration_can_be_asked_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), &["demo", "--therapists", "200"]);
    let request = serde_json::json!({"problem_areas": [{"code": "ptsd"}], "limit": 3});
    let mut answer = ureq::post(format!("{}/v1/matches", server.url)).send_json(&request).expect("an answer");
    let answer: Value = answer.body_mut().read_json().expect("JSON");
    assert_eq!(answer["results"].as_array().expect("results").len(), 3);
    let docs = ureq::get(format!("{}/docs/", server.url)).call().expect("Swagger UI");
    assert_eq!(docs.status(), 200);
    drop(server);
    let check = run(folder.path(), &["check", "--database-url", "sqlite://tailor-demo.db"]);
    assert!(check.status.success(), "{}", text(&check.stdout));
}

/// A server that cannot load its directory must not stand there unready for ever.
#[test]
fn a_directory_that_cannot_be_loaded_ends_the_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let database = "sqlite://directory.db";
    drop(Server::start(folder.path(), &["demo", "--therapists", "20", "--database-url", database]));
    let path = folder.path().join("directory.db");
    let mut file = SqliteConnection::establish(path.to_str().expect("UTF-8")).expect("the file opens");
    file.batch_execute("DROP TABLE therapist_fees").expect("dropped");
    let serve = ["serve", "--database-url", database, "--listen", "127.0.0.1:0", "--workers", "1"];
    let output = run(folder.path(), &serve);
    assert!(!output.status.success());
    assert_eq!(text(&output.stdout), "", "nobody is told that it serves");
    let said = text(&output.stderr);
    assert!(said.contains("no such table: therapist_fees"), "{said}");
}

/// Who was removed on request stays away when the demonstration starts again.
#[test]
fn the_demonstration_brings_nobody_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let start = || Server::start(folder.path(), &["demo", "--therapists", "20"]);
    let token =
        run(folder.path(), &["token", "--scopes", "admin", "--database-url", "sqlite://tailor-demo.db"]);
    let token = text(&token.stdout).trim().to_owned();
    let server = start();
    let all = server.get("/v1/therapists?source=demo&limit=1", &token);
    assert_eq!(all["total"], 20);
    let path = format!("/v1/therapists/{}", all["items"][0]["id"].as_str().expect("an id"));
    let answer = ureq::post(format!("{}{path}/removal", server.url))
        .header("Authorization", format!("Bearer {token}"))
        .send_empty()
        .expect("an answer");
    assert!(answer.status().is_success());
    drop(server);
    assert_eq!(start().get("/v1/therapists?source=demo&limit=1", &token)["total"], 19);
}

#[test]
fn the_same_seed_generates_the_same_directory_which_imports_without_a_fault() {
    let folder = tempfile::tempdir().expect("a folder");
    let generated = run(folder.path(), &["generate", "--therapists", "300", "--seed", "7"]);
    assert_eq!(
        run(folder.path(), &["generate", "--therapists", "300", "--seed", "7"]).stdout,
        generated.stdout
    );
    std::fs::write(folder.path().join("rows.ndjson"), &generated.stdout).expect("written");
    let import = [
        "import",
        "rows.ndjson",
        "--source",
        "acme",
        "--format",
        "ndjson",
        "--mode",
        "upsert",
        "--on-error",
        "skip",
    ];
    let dry = run(folder.path(), &[&import[..], &["--dry-run"]].concat());
    let first = run(folder.path(), &import);
    assert_eq!(
        text(&first.stdout),
        "succeeded: 300 read, 300 created, 0 updated, 0 unchanged, 0 archived, 0 rejected, 0 skipped\n"
    );
    assert_eq!((dry.stdout, dry.status.code(), first.status.code()), (first.stdout, Some(0), Some(0)));
    let again = run(folder.path(), &import);
    assert_eq!(
        text(&again.stdout),
        "succeeded: 300 read, 0 created, 0 updated, 300 unchanged, 0 archived, 0 rejected, 0 skipped\n"
    );
}

#[test]
fn rejected_rows_are_told_and_the_exit_status_says_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = "{\"external_id\": \"1\", \"name\": {\"given\": \"A\", \"family\": \"B\"}, \"profession\": \"other\", \"modalities\": [\"Cognitive Behavioral (CBT)\", \"EMDR\"]}\n\
        {\"external_id\": \"2\", \"name\": {\"given\": \"A\"}, \"profession\": \"wizard\"}\n\
        not json\n";
    std::fs::write(folder.path().join("rows.ndjson"), rows).expect("written");
    let output = run(folder.path(), &["import", "rows.ndjson", "--source", "acme"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        text(&output.stdout),
        "succeeded: 3 read, 1 created, 0 updated, 0 unchanged, 0 archived, 2 rejected, 0 skipped\n"
    );
    let told = text(&output.stderr);
    for fault in
        ["line 2 2 /name/family required", "line 2 2 /profession invalid_choice", "line 3 -  malformed_json"]
    {
        assert!(told.contains(fault), "{fault} in {told}");
    }
    let foreign = run(folder.path(), &["import", "rows.ndjson", "--source", "acme", "--format", "xlsx"]);
    assert_eq!(foreign.status.code(), Some(1), "wrong arguments are no rejected rows");
    let missing = run(folder.path(), &["import", "nowhere.ndjson", "--source", "acme"]);
    assert_eq!(missing.status.code(), Some(1));
    let server = Server::start(folder.path(), &[]);
    let stored = server.get("/v1/therapists?source=acme", &token(folder.path()));
    let codes: Vec<&str> = stored["items"][0]["modalities"]
        .as_array()
        .expect("modalities")
        .iter()
        .map(|modality| modality["code"].as_str().expect("a code"))
        .collect();
    assert_eq!(codes, ["cbt", "emdr"], "labels as directories write them");
}

/// A file that is longer than an import may be is not read at all.
#[test]
fn a_file_that_is_too_long_is_refused_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = run(folder.path(), &["generate", "--therapists", "20"]).stdout;
    std::fs::write(folder.path().join("rows.ndjson"), &rows).expect("written");
    let size = rows.len();
    let import = |limit: usize| {
        run(
            folder.path(),
            &["import", "rows.ndjson", "--source", "acme", "--max-import-bytes", &limit.to_string()],
        )
    };
    let refused = import(size - 1);
    let told = text(&refused.stderr);
    assert_eq!((refused.status.code(), text(&refused.stdout).as_str()), (Some(1), ""));
    assert!(told.contains(&format!("rows.ndjson has {size} bytes, more than the {}", size - 1)), "{told}");
    assert!(told.contains("TAILOR_MAX_IMPORT_BYTES"), "{told}");
    assert!(!folder.path().join("tailor.db").exists(), "nothing was begun");
    assert_eq!(import(size).status.code(), Some(0));
}

/// The same through a running server.
#[test]
fn an_import_goes_through_a_running_server() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = run(folder.path(), &["generate", "--therapists", "120"]).stdout;
    std::fs::write(folder.path().join("rows.ndjson"), [&rows[..], b"{}\n"].concat()).expect("written");
    let server = Server::start(folder.path(), &[]);
    let token = token(folder.path());
    let output = run(
        folder.path(),
        &["import", "rows.ndjson", "--source", "acme", "--url", &server.url, "--token", &token],
    );
    assert_eq!(
        text(&output.stdout),
        "succeeded: 121 read, 120 created, 0 updated, 0 unchanged, 0 archived, 1 rejected, 0 skipped\n"
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("line 121 - /external_id required"), "{}", text(&output.stderr));
    assert_eq!(server.get("/v1/therapists?source=acme&limit=1", &token)["total"], 120);
    let refused = run(
        folder.path(),
        &["import", "rows.ndjson", "--source", "acme", "--url", &server.url, "--token", "x"],
    );
    assert_eq!(refused.status.code(), Some(1));
    assert!(text(&refused.stderr).contains("401"), "{}", text(&refused.stderr));
}

/// `202` means the job will end, also where the process is killed in the middle: no row twice, none lost.
#[test]
fn an_import_survives_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = run(folder.path(), &["generate", "--therapists", "3000"]).stdout;
    let server = Server::start(folder.path(), &[]);
    let token = token(folder.path());
    let mut answer = ureq::post(format!("{}/v1/imports?source=acme", server.url))
        .header("Authorization", format!("Bearer {token}"))
        .header("Content-Type", "application/x-ndjson")
        .send(&rows)
        .expect("accepted");
    assert_eq!(answer.status(), 202);
    let job: Value = answer.body_mut().read_json().expect("JSON");
    let path = format!("/v1/imports/{}", job["id"].as_str().expect("an id"));
    let progress = |server: &Server| server.get(&path, &token)["counts"]["read"].as_i64().expect("a number");
    while progress(&server) == 0 {}
    server.kill();
    let server = Server::start(folder.path(), &[]);
    let resumed = progress(&server);
    assert!(resumed > 0, "it goes on where it was");
    let job = loop {
        let job = server.get(&path, &token);
        if job["status"] != "queued" && job["status"] != "running" {
            break job;
        }
    };
    assert_eq!(job["status"], "succeeded");
    let counts = serde_json::json!({"read": 3000, "created": 3000, "updated": 0, "unchanged": 0, "archived": 0, "rejected": 0, "skipped": 0});
    assert_eq!(job["counts"], counts);
    assert_eq!(server.get("/v1/therapists?source=acme&limit=1", &token)["total"], 3000);
    drop(server);
    assert!(run(folder.path(), &["check"]).status.success());
}

/// The whole directory, drafts and contacts with it, without a server; what is exported is imported as the same.
#[test]
fn an_export_is_imported_elsewhere_as_the_same() {
    let folder = tempfile::tempdir().expect("a folder");
    let export = |database: &str, more: &[&str]| {
        run(folder.path(), &[&["export", "--database-url", database], more].concat())
    };
    let missing = export("sqlite://tailor.db", &[]);
    assert_eq!((missing.status.code(), missing.stdout.len()), (Some(1), 0));
    assert!(!folder.path().join("tailor.db").exists(), "a command that only reads makes no database");
    let rows = run(folder.path(), &["generate", "--therapists", "600"]).stdout;
    std::fs::write(folder.path().join("rows.ndjson"), rows).expect("written");
    assert!(run(folder.path(), &["import", "rows.ndjson", "--source", "acme"]).status.success());
    assert!(!folder.path().join("tailor-key.pem").exists(), "imports and exports sign nothing");
    let first = export("sqlite://tailor.db", &[]);
    assert_eq!((first.status.code(), text(&first.stdout).lines().count()), (Some(0), 600));
    assert!(text(&first.stdout).contains("\"email\""));
    std::fs::write(folder.path().join("export.ndjson"), &first.stdout).expect("written");
    let copy = ["import", "export.ndjson", "--source", "acme", "--database-url", "sqlite://copy.db"];
    assert!(run(folder.path(), &copy).status.success());
    assert_eq!(text(&export("sqlite://copy.db", &[]).stdout), text(&first.stdout));
    let csv = export("sqlite://tailor.db", &["--format", "csv"]);
    assert_eq!(export("sqlite://copy.db", &["--format", "csv"]).stdout, csv.stdout);
    let of = |more: &[&str]| text(&export("sqlite://tailor.db", more).stdout).lines().count();
    assert_eq!(of(&["--source", "other", "--source", "acme"]), 600);
    assert_eq!(of(&["--source", "other"]), 0);
    let published = of(&["--status", "published"]);
    assert_eq!(published + of(&["--status", "draft", "--status", "suspended", "--status", "archived"]), 600);
    assert_eq!(export("sqlite://tailor.db", &["--format", "xlsx"]).status.code(), Some(1));
    // Whoever reads may stop reading.
    let mut process = tailor(folder.path(), &["export"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(process.stdout.take());
    let ended = process.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), text(&ended.stderr)), (Some(0), String::new()));
}

#[test]
fn help_names_every_command_and_variable() {
    let folder = tempfile::tempdir().expect("a folder");
    let help = text(&run(folder.path(), &["--help"]).stdout);
    for word in [
        "serve",
        "demo",
        "generate",
        "import",
        "export",
        "token",
        "openapi",
        "migrate",
        "check",
        "DATABASE_URL",
        "TAILOR_LISTEN",
        "TAILOR_METRICS_LISTEN",
        "TAILOR_KEY_FILE",
        "TAILOR_PUBLIC_READ",
        "TAILOR_STALE_AFTER_DAYS",
        "TAILOR_STALE",
        "TAILOR_CATALOG_EXTENSIONS",
        "TAILOR_CORS_ORIGINS",
        "TAILOR_LOG",
        "TAILOR_LOG_FORMAT",
    ] {
        assert!(help.contains(word), "{word} is not in --help");
    }
    assert!(text(&run(folder.path(), &["openapi"]).stdout).starts_with("{\n  \"openapi\": \"3.1.0\""));
    std::io::stdout().flush().expect("flushed");
}

/// An operator's own help lines replace those of their country; an unknown field in the file is refused by name.
#[test]
fn an_operators_own_crisis_resources_are_shown() {
    let folder = tempfile::tempdir().expect("a folder");
    let own = serde_json::json!({"crisis_resources": [{"country": "US", "country_name": "United States", "name": "Our line",
        "kind": "suicide_crisis", "phone": "555-0100", "hours": "24/7", "verify_before_deployment": false, "last_verified": "2026-11-01"}]});
    std::fs::write(folder.path().join("own.json"), own.to_string()).expect("written");
    let server = Server::start(folder.path(), &["--catalog-extensions", "own.json"]);
    let request = serde_json::json!({"problem_areas": [{"code": "suicidal_thoughts"}], "country": "US"});
    let mut answer = ureq::post(format!("{}/v1/matches", server.url)).send_json(&request).expect("an answer");
    let answer: Value = answer.body_mut().read_json().expect("JSON");
    assert_eq!(answer["safety"]["resources"].as_array().expect("resources").len(), 1);
    assert_eq!(answer["safety"]["resources"][0]["name"], "Our line");
    assert_eq!(answer["safety"]["resources"][0]["verified_on"], "2026-11-01");
    drop(server);
    std::fs::write(folder.path().join("own.json"), r#"{"crisis": []}"#).expect("written");
    let refused = run(folder.path(), &["--catalog-extensions", "own.json", "migrate-nothing"]);
    assert!(!refused.status.success());
    let refused = run(folder.path(), &["check", "--catalog-extensions", "own.json"]);
    assert!(text(&refused.stderr).contains("unknown field `crisis`"), "{}", text(&refused.stderr));
}
