//! What clients heard when asking: each app its own.

mod access;
mod erasing;
mod keys;
mod listing;
mod privacy;
mod refused;
mod writing;

use std::path::PathBuf;

use chrono::Duration;
use serde_json::{Value, json};
use tailor::{
    auth::scope::Scope,
    clock::Clock,
    consultations::{Consultations, retention::Swept, secret::keys::Keyring},
};

use crate::support::{
    app::{App, Client},
    database::Database,
};

const PATH: &str = "/v1/consultations";

/// A server with keys, in a folder that lives as long as the test.
struct Clinic {
    app: App,
    folder: tempfile::TempDir,
}

impl From<Database> for Clinic {
    fn from(database: Database) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let keys = folder.path().join("keys.json");
        Keyring::add_to(&keys, "2026-11").expect("keys");
        let app = App::with(database, &["--consultation-keys", keys.to_str().expect("a path in UTF-8")]);
        Self { app, folder }
    }
}

impl Clinic {
    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys.json")
    }

    /// The app with this subject.
    fn app_named(&self, subject: &str) -> Client<'_> {
        caller(&self.app, subject, &[Scope::ConsultationsWrite])
    }

    fn intake(&self) -> Client<'_> {
        self.app_named("intake")
    }

    fn sweep(&self) -> Swept {
        sweep(&self.app.assembly.consultations)
    }
}

/// Sweeps until the files show nothing: on PostgreSQL until the transactions of other tests have ended.
fn sweep(consultations: &Consultations) -> Swept {
    let first = consultations.sweep().expect("swept");
    let mut last = first;
    while !last.is_done {
        last = consultations.sweep().expect("swept");
    }
    first
}

fn caller<'a>(app: &'a App, subject: &str, scopes: &[Scope]) -> Client<'a> {
    let assembly = &app.assembly;
    let token = assembly.tokens.issue(subject, scopes, Duration::days(4000), assembly.clock.now());
    app.anonymous().with("Authorization", &format!("Bearer {}", token.expect("a token")))
}

/// The id of a published therapist.
fn therapist(app: &App) -> String {
    let profile = tailor::directory::examples::therapist();
    created(app, &profile)
}

fn created(app: &App, profile: &Value) -> String {
    app.writer().post("/v1/therapists", profile).expect(201).json()["id"].as_str().expect("an id").to_owned()
}

/// A consultation without free text.
fn coded(therapist_id: &str, client_ref: &str) -> Value {
    json!({
        "therapist_id": therapist_id, "client_ref": client_ref, "held_on": "2026-11-20",
        "answers": [{"question": "when_stuck", "signals": ["flexibility"], "rating": 4, "flexibility": "high"}],
        "decision": "continue"
    })
}

/// One with free text in both places.
fn told(therapist_id: &str, client_ref: &str) -> Value {
    json!({
        "therapist_id": therapist_id, "client_ref": client_ref,
        "answers": [
            {"question": "when_stuck", "text": "I would name it openly, a marmoset told me."},
            {"question": "role_of_relationship", "boundary_statement": "No calls at night, said the pangolin."}
        ]
    })
}

/// One more server on the same database, which goes on where the first one is, with these flags.
fn beside(clinic: &Clinic, flags: &[&str]) -> App {
    let now = clinic.app.assembly.clock.now();
    App::start(clinic.app.database.shared(), flags, Clock::fixed(now))
}

fn ids(list: &Value) -> Vec<&str> {
    list["items"].as_array().expect("items").iter().filter_map(|item| item["id"].as_str()).collect()
}
