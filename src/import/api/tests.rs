mod events;

use std::{io::Write as _, sync::Arc};

use actix_web::{
    App, FromRequest as _,
    body::to_bytes,
    dev,
    error::PayloadError,
    http::{Method, StatusCode, header},
    test::{TestRequest, call_service, init_service},
    web::{self, Bytes, Data},
};
use chrono::{DateTime, Duration, Utc};
use futures_util::stream;
use serde_json::{Value, json};
use utoipa_actix_web::AppExt as _;

use super::*;
use crate::{
    auth::{keys::Keys, scope::Scope, token::Tokens},
    catalog::{model::Catalog, vocabulary::Vocabulary},
    directory,
    id::Id,
    import::{
        model::NewImport,
        run::Runner,
        spool::Spool,
        store as rows,
        upload::{Coding, Upload},
        worker::Worker,
    },
    questions::Questions,
    store::{Connection, StoreError},
    vocabulary::{ImportFormat, ImportMode, OnError},
    web::sse::Streams,
};

/// An application over a fresh database, and what works on its imports when a test asks it to.
struct Fixture {
    runner: Runner,
    imports: Imports,
    tokens: Tokens,
    streams: Streams,
    _folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}", folder.path().join("t.db").display())).unwrap();
        let catalog = Arc::new(Catalog::embedded().unwrap());
        store.write(|conn| directory::store::sync_catalog(conn, &catalog)).unwrap();
        let clock = Clock::fixed("2026-11-22T10:00:00Z".parse::<DateTime<Utc>>().unwrap());
        let keys = Keys::load_or_create(&folder.path().join("key.pem")).unwrap();
        let tokens = Tokens::new(keys, "tailor".to_owned(), "tailor".to_owned());
        let vocabulary = Arc::new(Vocabulary::new(&catalog));
        let questions = Questions::built_in(&catalog);
        let runner = Runner::new(store.clone(), catalog, vocabulary, questions, clock.clone());
        // A worker that has stopped: tests run the jobs themselves.
        let worker = Worker::spawn(runner.clone(), |_| ()).unwrap();
        let nudge = worker.nudge();
        worker.stop();
        let streams = Streams::new(2);
        let followers = Followers::new(streams.clone()).polling(std::time::Duration::from_secs(3600));
        let limit = ImportLimit(10_000);
        let imports = Imports { store, clock, limit, nudge, followers, idempotency_secret: [7; 32] };
        Self { runner, imports, tokens, streams, _folder: folder }
    }

    fn request(&self, method: Method, path: &str) -> TestRequest {
        let token = self
            .tokens
            .issue("tester", &[Scope::ImportsWrite], Duration::hours(1), self.imports.clock.now())
            .unwrap();
        TestRequest::default()
            .method(method)
            .uri(path)
            .insert_header((header::AUTHORIZATION, format!("Bearer {token}")))
    }

    fn post(&self, query: &str, body: &[u8]) -> TestRequest {
        self.request(Method::POST, &format!("/v1/imports?{query}"))
            .insert_header((header::CONTENT_TYPE, "application/x-ndjson"))
            .set_payload(body.to_vec())
    }

    async fn send(&self, request: TestRequest) -> Answer {
        let (app, _) = App::new()
            .app_data(Data::new(self.imports.clone()))
            .app_data(Data::new(self.imports.clock.clone()))
            .app_data(Data::new(self.tokens.clone()))
            .into_utoipa_app()
            .configure(routes)
            .split_for_parts();
        let response = call_service(&init_service(app).await, request.to_request()).await;
        let (status, headers) = (response.status(), response.headers().clone());
        let body = to_bytes(response.into_body()).await.map_err(|_| "a whole body").unwrap();
        Answer { status, headers, body }
    }

    async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// Runs what is queued.
    fn work(&self) {
        while let Some(run) = self.runner.claim_next().unwrap() {
            self.runner.run_job(run.import.id, |_| ()).unwrap();
        }
    }

    /// That there are jobs that failed with these problems and counted nothing, and nothing else.
    async fn assert_failed(&self, problems: &[Value]) {
        let jobs = self.get("/v1/imports").await.json(200);
        let mut found = Vec::new();
        for job in jobs["items"].as_array().unwrap() {
            assert_eq!(job["status"], "failed");
            assert!(job["counts"].as_object().unwrap().values().all(|count| count == 0));
            found.push(job["problem"]["detail"].to_string() + &job["problem"]["code"].to_string());
        }
        let text = |problem: &Value| problem["detail"].to_string() + &problem["code"].to_string();
        let mut wanted: Vec<String> = problems.iter().map(text).collect();
        // Jobs of one moment are in no order.
        found.sort();
        wanted.sort();
        assert_eq!(found, wanted);
        let read =
            |f: &dyn Fn(&mut Connection) -> Result<bool, StoreError>| self.imports.store.read(f).unwrap();
        assert!(!read(&|conn| rows::has_unfinished(conn)));
        for job in jobs["items"].as_array().unwrap() {
            let id: Id = serde_json::from_value(job["id"].clone()).unwrap();
            while self.runner.sweep().unwrap() {}
            assert!(!Spool::of(&self.imports.store).has(id).unwrap());
        }
    }

    /// Whether neither a job nor a body is left.
    fn is_empty(&self) -> bool {
        let left = self.imports.store.read(|conn| -> Result<_, crate::store::StoreError> {
            Ok(rows::has_unfinished(conn)? || rows::count(conn)? > 0)
        });
        !left.unwrap()
    }
}

struct Answer {
    status: StatusCode,
    headers: header::HeaderMap,
    body: Bytes,
}

impl Answer {
    #[track_caller]
    fn json(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        serde_json::from_slice(&self.body).unwrap()
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }
}

fn row(number: usize) -> String {
    let name = json!({"given": "Maya", "family": "Okafor"});
    format!("{}\n", json!({"external_id": format!("A-{number}"), "name": name, "profession": "psychologist"}))
}

fn new() -> NewImport {
    NewImport {
        source: "acme".to_owned(),
        format: ImportFormat::Ndjson,
        mode: ImportMode::Upsert,
        on_error: OnError::Skip,
        max_archive_percent: 20,
        dry_run: false,
        created_by: "tester".to_owned(),
    }
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[actix_web::test]
async fn a_job_is_accepted_and_followed() {
    let fixture = Fixture::new();
    let body = row(1) + "{\"external_id\": \"B\"}\n" + &row(2);
    let accepted = fixture.send(fixture.post("source=acme", body.as_bytes())).await;
    let job = accepted.json(202);
    let location = accepted.header(header::LOCATION).to_owned();
    assert_eq!(location, format!("/v1/imports/{}", job["id"].as_str().unwrap()));
    assert_eq!((&job["status"], &job["bytes_total"]), (&json!("queued"), &json!(body.len())));
    let queued = fixture.get(&location).await;
    assert_eq!(queued.json(200), job);
    let again = fixture
        .request(Method::GET, &location)
        .insert_header((header::IF_NONE_MATCH, queued.header(header::ETAG)));
    assert_eq!(fixture.send(again).await.status, 304);
    fixture.work();
    let mut done = fixture.get(&location).await.json(200);
    done["id"] = json!("…");
    insta::assert_snapshot!(done, @r#"{"bytes_read":205,"bytes_total":205,"counts":{"archived":0,"created":2,"read":3,"rejected":1,"skipped":0,"unchanged":0,"updated":0},"created_at":"2026-11-22T10:00:00Z","dry_run":false,"finished_at":"2026-11-22T10:00:00Z","format":"ndjson","id":"…","max_archive_percent":20,"mode":"upsert","on_error":"skip","problem":null,"source":"acme","started_at":"2026-11-22T10:00:00Z","status":"succeeded","step":null,"unmapped_terms":[]}"#);
    let faults = fixture.get(&format!("{location}/errors?limit=1")).await;
    assert!(faults.header(header::LINK).contains("rel=\"next\""));
    let page = faults.json(200);
    assert_eq!((page["total"].as_i64(), page["items"][0]["line"].as_i64()), (Some(2), Some(2)));
    let next = format!("{location}/errors?limit=1&cursor={}", page["next_cursor"].as_str().unwrap());
    let next = fixture.get(&next).await.json(200);
    assert_eq!((&next["items"][0]["pointer"], &next["next_cursor"]), (&json!("/profession"), &Value::Null));
    let lines = fixture.request(Method::GET, &format!("{location}/errors"));
    let lines = fixture.send(lines.insert_header((header::ACCEPT, "application/x-ndjson"))).await;
    assert_eq!(
        (lines.header(header::CONTENT_TYPE), lines.body.split(|b| *b == b'\n').count()),
        ("application/x-ndjson", 3)
    );
    let bounded = fixture.request(Method::GET, &format!("{location}/errors?limit=1"));
    let refused = fixture.send(bounded.insert_header((header::ACCEPT, "application/x-ndjson"))).await;
    assert_eq!(refused.json(400)["errors"][0]["pointer"], "/limit");
}

#[actix_web::test]
async fn a_compressed_body_is_read() {
    let fixture = Fixture::new();
    let body: String = (0..50).map(row).collect();
    let request = fixture.post("source=acme&format=ndjson", &gzip(body.as_bytes()));
    let request = request
        .insert_header((header::CONTENT_ENCODING, "gzip"))
        .insert_header((header::CONTENT_TYPE, "application/octet-stream"));
    let job = fixture.send(request).await.json(202);
    assert_eq!(job["bytes_total"], json!(body.len()));
    fixture.work();
    let done = fixture.get(&format!("/v1/imports/{}", job["id"].as_str().unwrap())).await.json(200);
    assert_eq!(done["counts"]["created"], 50);
    // The media type of a compressed file says as much as the coding.
    let request = fixture.post("source=acme&format=ndjson&dry_run=true", &gzip(body.as_bytes()));
    let request = request.insert_header((header::CONTENT_TYPE, "Application/Gzip; x=y"));
    assert_eq!(fixture.send(request).await.json(202)["bytes_total"], json!(body.len()));
}

/// Which format the query and the media type come to.
#[test]
fn the_format_is_named_or_meant() {
    use ImportFormat::{Csv, Json, Ndjson, Nppes};
    let meant = |named: Option<ImportFormat>, media_type: &str| {
        let request = match media_type {
            "" => TestRequest::default(),
            _ => TestRequest::default().insert_header((header::CONTENT_TYPE, media_type)),
        };
        create::media_type(&request.to_http_request())
            .and_then(|media_type| create::format(named, &media_type))
            .map_err(|problem| problem.code())
    };
    let own = [
        ("application/x-ndjson", Ndjson),
        ("application/ndjson; charset=utf-8", Ndjson),
        ("application/json", Json),
        ("Application/JSON", Json),
        ("text/csv", Csv),
    ];
    for (media_type, format) in own {
        assert_eq!(meant(None, media_type), Ok(format));
        for &named in ImportFormat::ALL {
            let is_of_it = named == format || (named, format) == (Nppes, Csv);
            let wanted = if is_of_it { Ok(named) } else { Err(Code::UnsupportedMediaType) };
            assert_eq!(meant(Some(named), media_type), wanted, "{named:?} {media_type}");
        }
    }
    for &named in ImportFormat::ALL {
        for media_type in ["", "application/octet-stream", "application/gzip", "application/x-gzip"] {
            assert_eq!(meant(Some(named), media_type), Ok(named));
            assert_eq!(meant(None, media_type), Err(Code::UnsupportedMediaType));
        }
        for media_type in ["text/plain", "multipart/form-data", "application/x-www-form-urlencoded"] {
            assert_eq!(meant(Some(named), media_type), Err(Code::UnsupportedMediaType));
        }
    }
}

#[actix_web::test]
async fn of_a_refused_body_only_a_failed_job_is_kept() {
    let fixture = Fixture::new();
    let gzipped =
        |body: Vec<u8>| fixture.post("source=acme", &body).insert_header((header::CONTENT_ENCODING, "gzip"));
    let mut cut = gzip(row(1).as_bytes());
    cut.truncate(cut.len() - 4);
    let long = vec![b'\n'; 10_001];
    let refused = [
        fixture.post("source=acme", b"").insert_header((header::CONTENT_ENCODING, "br")),
        fixture.post("source=acme", b"").insert_header((header::CONTENT_TYPE, "application/pdf")),
        fixture.post("source=acme", b"").insert_header((header::CONTENT_TYPE, "application/gzip")),
        gzipped(b"".to_vec()).insert_header((header::CONTENT_TYPE, "application/gzip")),
        fixture.post("source=acme", b"").insert_header((header::CONTENT_TYPE, "text/csv; charset=latin1")),
    ];
    for request in refused {
        assert_eq!(fixture.send(request).await.json(415)["code"], "unsupported_media_type");
        assert!(fixture.is_empty());
    }
    let cases = [
        (fixture.post("source=acme", &long), 413, "payload_too_large"),
        (gzipped(gzip(&vec![b'\n'; 50_000_000])), 413, "payload_too_large"),
        (gzipped(cut), 400, "body_incomplete"),
        (gzipped(b"plain".to_vec()), 400, "body_incomplete"),
        (fixture.post("source=acme", b"{}\n\xff"), 422, "invalid_file"),
    ];
    let mut problems = Vec::new();
    for (request, status, code) in cases {
        let problem = fixture.send(request.insert_header(("Idempotency-Key", "k-1"))).await.json(status);
        assert_eq!(problem["code"], code);
        problems.push(problem);
        fixture.assert_failed(&problems).await;
    }
    let chunks = stream::iter([Ok(Bytes::from(row(1))), Err(PayloadError::Incomplete(None))]);
    let mut payload: dev::Payload = dev::Payload::Stream { payload: Box::pin(chunks) };
    let request = TestRequest::default().to_http_request();
    let payload = web::Payload::from_request(&request, &mut payload).into_inner().unwrap();
    let (store, clock) = (fixture.imports.store.clone(), fixture.imports.clock.clone());
    let upload = Upload::begin(store, clock, &new(), Coding::Identity, ImportLimit(10_000)).unwrap();
    let problem = create::receive(upload, payload, ImportLimit(10_000)).await.unwrap_err();
    assert_eq!(problem.code(), Code::BodyIncomplete);
    problems.push(json!({"code": "body_incomplete", "detail": "The body ended before it was complete."}));
    fixture.assert_failed(&problems).await;
}

#[actix_web::test]
async fn what_is_not_supported_is_refused_by_name() {
    let fixture = Fixture::new();
    let faults = async |query: &str| {
        let problem = fixture.send(fixture.post(query, b"")).await.json(400);
        problem["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|f| format!("{} {}", f["pointer"], f["code"]))
            .collect::<Vec<_>>()
            .join(", ")
    };
    insta::assert_snapshot!(faults("source=Ac+me&format=xml&mode=merge&on_error=stop&dry_run=1&max=1&max_archive_percent=101").await, @r#""/dry_run" "invalid_type", "/format" "invalid_choice", "/max" "unknown_parameter", "/max_archive_percent" "too_large", "/mode" "invalid_choice", "/on_error" "invalid_choice", "/source" "invalid_format""#);
    insta::assert_snapshot!(faults("").await, @r#""/source" "required""#);
    assert!(fixture.is_empty());
}

#[actix_web::test]
async fn an_idempotency_key_stands_for_one_import() {
    let fixture = Fixture::new();
    let send = async |query: &str, body: &str| {
        fixture.send(fixture.post(query, body.as_bytes()).insert_header(("Idempotency-Key", "k-1"))).await
    };
    let first = send("source=acme", &row(1)).await.json(202);
    assert_eq!(send("source=acme&dry_run=false", &row(1)).await.json(202)["id"], first["id"]);
    assert_eq!(send("source=acme", &row(2)).await.json(422)["code"], "idempotency_key_reused");
    assert_eq!(send("source=other", &row(1)).await.json(422)["code"], "idempotency_key_reused");
    let page = fixture.get("/v1/imports").await.json(200);
    assert_eq!((page["total"].as_i64(), page["items"].as_array().map(Vec::len)), (Some(1), Some(1)));
}

#[actix_web::test]
async fn imports_are_listed_and_cancelled() {
    let fixture = Fixture::new();
    let mut ids = Vec::new();
    for source in ["a", "b", "c"] {
        ids.push(
            fixture.send(fixture.post(&format!("source={source}"), row(1).as_bytes())).await.json(202)["id"]
                .clone(),
        );
    }
    ids.sort_by_key(|id| std::cmp::Reverse(id.to_string()));
    let first = fixture.get("/v1/imports?limit=2").await.json(200);
    let second = fixture
        .get(&format!("/v1/imports?limit=2&cursor={}", first["next_cursor"].as_str().unwrap()))
        .await
        .json(200);
    let listed: Vec<_> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["items"].as_array().unwrap())
        .map(|job| job["id"].clone())
        .collect();
    assert_eq!(
        (listed, second["next_cursor"].clone(), first["total"].as_i64()),
        (ids.clone(), Value::Null, Some(3))
    );
    let path = |id: &Value| format!("/v1/imports/{}", id.as_str().unwrap());
    for _ in 0..2 {
        let cancelled = fixture.send(fixture.request(Method::DELETE, &path(&ids[0]))).await.json(200);
        assert_eq!(cancelled["status"], "cancelled");
    }
    fixture.work();
    assert_eq!(fixture.get(&path(&ids[0])).await.json(200)["counts"]["read"], 0);
    let ended = fixture.send(fixture.request(Method::DELETE, &path(&ids[1]))).await;
    assert_eq!(ended.json(409)["code"], "conflict");
    for path in ["/v1/imports/x", "/v1/imports/01936f5e-8a00-7000-8000-000000000001", "/v1/imports/x/errors"]
    {
        assert_eq!(fixture.get(path).await.json(404)["code"], "not_found");
    }
}
