//! What a client says in a match request, gives to be analysed or has compared stays nowhere: not in the log, not in the
//! database, not in an error.

use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tracing_subscriber::fmt::MakeWriter;

use crate::support::{app::App, database::Database};

const CANARY: &str = "canarybird";

/// A place for everything that is logged, at every level and by every crate.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("the log").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// The request with a canary in every string and as a name of every object, one at a time.
fn planted(request: &Value) -> Vec<Value> {
    fn places(value: &Value, pointer: &str, found: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                found.push(pointer.to_owned());
                for (name, value) in fields {
                    places(value, &format!("{pointer}/{name}"), found);
                }
            }
            Value::Array(items) => {
                for (at, value) in items.iter().enumerate() {
                    places(value, &format!("{pointer}/{at}"), found);
                }
            }
            _ => found.push(pointer.to_owned()),
        }
    }
    let mut found = Vec::new();
    places(request, "", &mut found);
    found
        .into_iter()
        .map(|pointer| {
            let mut planted = request.clone();
            match planted.pointer_mut(&pointer).expect("a place") {
                Value::Object(fields) => {
                    fields.insert(CANARY.to_owned(), json!(1));
                }
                value => *value = json!(CANARY),
            }
            planted
        })
        .collect()
}

/// Every byte of the database's files, or of a dump of its tables.
fn stored(app: &App) -> Vec<u8> {
    let path = app.database.url.strip_prefix("sqlite://").expect("a file");
    ["", "-wal", "-shm"]
        .iter()
        .filter_map(|suffix| std::fs::read(format!("{path}{suffix}")).ok())
        .flatten()
        .collect()
}

#[test]
fn a_match_request_leaves_no_trace() {
    let log = Log::default();
    // The only test of this process that installs a log: it hears everything, whatever TAILOR_LOG would filter.
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .init();
    let app = App::from(Database::sqlite());
    let mut profile = tailor::directory::examples::therapist();
    profile["headline"] = json!("a therapist");
    let id =
        app.writer().post("/v1/therapists", &profile).expect(201).json()["id"].as_str().unwrap().to_owned();
    let request = json!({
        "problem_areas": [{"code": "ptsd", "severity": "severe"}],
        "phase": "insight", "risk": "elevated", "country": "US",
        "preferences": {"modalities": [{"code": "emdr", "attitude": "prefer", "importance": "strong"}],
            "genders": {"any_of": ["woman"], "importance": "nice"}, "languages": {"any_of": ["es"], "importance": "nice"},
            "communities": {"any_of": ["lgbtq_affirming"], "importance": "strong"},
            "style": {"directiveness": 2, "importance": "nice"}, "homework": {"value": "optional", "importance": "nice"}},
        "constraints": {"jurisdiction": "US-CA", "near": {"latitude": 37.781234, "longitude": -122.41, "radius_km": 25},
            "session_formats": ["in_person"], "age_group": "adult", "participants": "individual", "languages": ["en"],
            "max_fee": {"amount": 20000, "currency": "USD"}, "insurance": ["aetna"], "accepting": true,
            "times": ["weekday_evening"], "opening_within_days": 30, "confirmed_within_days": 90, "min_evidence_level": "trained"},
        "exclude_ids": ["01936f5e-8a00-7000-8000-000000000001"], "order": "score", "limit": 20, "explain": "full", "policy": "default", "seed": 7
    });
    let mut refused = 0;
    let analysis = json!({
        "question": "when_stuck", "text": "We review your goals.", "question_set": {"code": "integrative-core", "version": 1}
    });
    let comparison = json!({
        "therapist_ids": [id], "problem_areas": ["ptsd", "lgbtq_stress"], "questions": ["when_stuck"]
    });
    for (path, request) in [
        ("/v1/matches".to_owned(), &request),
        (format!("/v1/therapists/{id}/match"), &request),
        ("/v1/consultation/analyses".to_owned(), &analysis),
        ("/v1/consultation/comparisons".to_owned(), &comparison),
    ] {
        app.anonymous().post(&path, request).expect(200);
        for planted in planted(request) {
            let answer = app.anonymous().post(&path, &planted);
            assert!(matches!(answer.status, 200 | 422), "{}", answer.status);
            refused += usize::from(answer.status == 422);
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(!text.contains(CANARY), "echoed: {text}");
        }
        // Also where the text is no JSON at all.
        for broken in [format!("{{\"{CANARY}\": "), CANARY.to_owned(), format!("{{\"phase\": \"{CANARY}\"")] {
            let answer = app.anonymous().send("POST", &path, "application/json", broken.as_bytes());
            let text = String::from_utf8_lossy(&answer.body).into_owned();
            assert!(answer.status == 400 && !text.contains(CANARY), "echoed: {text}");
        }
        let query = app.anonymous().post(&format!("{path}?{CANARY}={CANARY}"), request);
        assert!(!String::from_utf8_lossy(&query.body).contains(CANARY));
    }
    // Neither is what a search looks for.
    app.anonymous()
        .get(&format!("/v1/therapists?q={CANARY}&near=37.781234,-122.41&problem_areas=ptsd"))
        .expect(200);
    app.anonymous().get(&format!("/v1/therapists?q={CANARY}&sort={CANARY}&city={CANARY}")).expect(400);
    let search = json!({"q": CANARY, "near": {"latitude": 37.781_234, "longitude": -122.41}, "problem_areas": ["ptsd"]});
    app.anonymous().post("/v1/therapists/search", &search).expect(200);
    app.anonymous()
        .post("/v1/therapists/search", &json!({"q": CANARY, "sort": CANARY, "problem_areas": ["ptsd"]}))
        .expect(422);
    let misplaced = app.anonymous().post(&format!("/v1/therapists/{CANARY}/match"), &request).expect(404);
    assert_eq!(misplaced.json()["instance"], "/v1/therapists/");
    assert!(!String::from_utf8_lossy(&misplaced.body).contains(CANARY));
    assert!(refused > 60, "the canaries were noticed: {refused}");
    let logged = log.0.lock().unwrap().clone();
    let logged = String::from_utf8_lossy(&logged).into_owned();
    for route in
        ["/v1/therapists/search", "/v1/matches", "/v1/consultation/analyses", "/v1/consultation/comparisons"]
    {
        assert!(logged.contains(route), "requests are logged by route");
    }
    assert!(!logged.contains(CANARY), "logged");
    let said =
        ["ptsd", "US-CA", "37.781234", "lgbtq_affirming", "lgbtq_stress", "review your goals", "when_stuck"];
    for code in said.into_iter().chain([id.as_str()]) {
        assert!(!logged.contains(code), "{code} is logged");
    }
    let bytes = stored(&app);
    assert!(bytes.windows(11).any(|window| window == b"a therapist"), "the database was read");
    assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "stored");
}
