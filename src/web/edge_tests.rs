//! A small API behind the whole edge, asked over HTTP.

use std::sync::{Arc, Mutex};

use actix_web::{
    App, HttpResponse,
    body::{BoxBody, MessageBody as _},
    dev::ServiceResponse,
    get,
    http::{Method, header},
    middleware::{Compress, from_fn},
    patch, post,
    test::{TestRequest, call_service, init_service, read_body},
    web,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};
use utoipa_actix_web::AppExt as _;
use validator::Validate;

use crate::{
    clock::Clock,
    id::Id,
    web::{
        code::Code,
        edge::{self, Edge},
        etag::{Conditions, ETag},
        guard,
        json::{Json, PrivateJson},
        metrics::Metrics,
        page::Page,
        path::Path,
        problem::{PROBLEM_JSON, Problem},
        problem_responses::{self, CreateProblems, ListProblems, ReadProblems},
        query::Query,
        routes::{Routes, unmatched},
    },
};

#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Note {
    #[validate(length(min = 1, max = 10))]
    #[schema(min_length = 1, max_length = 10)]
    text: String,
}

crate::plain_bodies!(Note);

#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ListNotes {
    /// The elements of one page.
    #[validate(range(min = 1, max = 100))]
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<u32>,
}

#[utoipa::path(params(ListNotes), responses((status = 200, body = Page<Note>), ListProblems))]
#[get("/v1/notes")]
async fn list_notes(request: actix_web::HttpRequest, Query(query): Query<ListNotes>) -> HttpResponse {
    let items = Vec::<Note>::new();
    Page { items, next_cursor: query.limit.map(|limit| limit.to_string()), total: 0 }.respond(&request)
}

#[utoipa::path(responses((status = 201, body = Note), CreateProblems))]
#[post("/v1/notes")]
pub(super) async fn create_note(Json(note): Json<Note>) -> HttpResponse {
    HttpResponse::Created().json(note)
}

#[utoipa::path(params(Id), responses((status = 200, body = Note), ReadProblems))]
#[get("/v1/notes/{id}")]
pub(super) async fn get_note(id: Path<Id>, conditions: Conditions) -> Result<HttpResponse, Problem> {
    let note = Note { text: format!("{:?}", *id).repeat(20) };
    conditions.respond(&ETag::revision(7), &note)
}

#[utoipa::path(request_body = Note, responses((status = 200, body = Note), CreateProblems))]
#[post("/v1/secrets")]
async fn analyze_secret(PrivateJson(note): PrivateJson<Note>) -> HttpResponse {
    HttpResponse::Ok().json(note)
}

/// A path that `/v1/notes/{id}` would also take.
#[utoipa::path(responses((status = 200, body = String, content_type = "text/plain"), ReadProblems))]
#[get("/v1/notes/template")]
async fn get_note_template() -> &'static str {
    "a note"
}

#[utoipa::path(params(Id), responses((status = 204), ReadProblems))]
#[patch("/v1/notes/{id}")]
async fn touch_note(_id: Path<Id>) -> HttpResponse {
    HttpResponse::NoContent().finish()
}

/// Everything that can go wrong, by its code; and what the framework itself does.
#[utoipa::path(
    params(("secret" = Option<String>, Query)),
    responses((status = 200, body = String, content_type = "text/plain"), ReadProblems)
)]
#[get("/v1/wrong/{how}")]
async fn go_wrong(how: web::Path<String>) -> Result<HttpResponse, Problem> {
    match how.as_str() {
        "plain" => Ok(HttpResponse::Conflict().body("plain text")),
        "own_json" => Ok(HttpResponse::BadRequest().json(serde_json::json!({"error": "invalid_grant"}))),
        "internal" => Err(Problem::internal("the cause")),
        how => Err(Problem::from(Code::parse(how).unwrap_or(Code::NotFound))),
    }
}

fn routes(config: &mut utoipa_actix_web::service_config::ServiceConfig<'_>) {
    config
        .service(list_notes)
        .service(create_note)
        .service(get_note_template)
        .service(get_note)
        .service(touch_note)
        .service(analyze_secret)
        .service(go_wrong);
}

pub(super) fn document() -> utoipa::openapi::OpenApi {
    #[derive(OpenApi)]
    struct Api;
    let (_, mut document) =
        App::new().into_utoipa_app().openapi(Api::openapi()).configure(routes).split_for_parts();
    problem_responses::register(&mut document);
    document
}

pub(super) async fn ask(request: TestRequest) -> ServiceResponse<BoxBody> {
    let edge = web::Data::new(Edge {
        clock: Clock::System,
        metrics: Metrics::new().unwrap(),
        routes: Routes::of_document(&document()).with_page("/docs/{page}"),
    });
    let app = App::new()
        .app_data(edge)
        .wrap(from_fn(guard::guard))
        .wrap(Compress::default())
        .wrap(edge::cors(&["https://app.example".to_owned()]))
        .wrap(from_fn(edge::edge))
        .service(web::resource("/v1/plain").route(web::get().to(HttpResponse::Ok)))
        .route("/v1/bytes", web::post().to(async |_: web::Bytes| HttpResponse::Ok()))
        .route("/v1/number/{n}", web::get().to(async |_: web::Path<u8>| HttpResponse::Ok()))
        .route("/v1/form", web::post().to(async |_: web::Json<Note>| HttpResponse::Ok()))
        .default_service(web::to(unmatched))
        .into_utoipa_app()
        .configure(routes)
        .into_app();
    let app = init_service(app).await;
    call_service(&app, request.to_request()).await.map_into_boxed_body()
}

pub(super) fn header_of(response: &ServiceResponse<BoxBody>, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

/// The problem, after checking what all problems have.
pub(super) async fn problem(request: TestRequest) -> (u16, Value) {
    let response = ask(request.insert_header(("X-Request-Id", "r-1"))).await;
    let status = response.status().as_u16();
    assert_eq!(header_of(&response, "content-type"), PROBLEM_JSON);
    assert_eq!(header_of(&response, "cache-control"), "no-store");
    assert_eq!(header_of(&response, "x-content-type-options"), "nosniff");
    assert_eq!(header_of(&response, "x-request-id"), "r-1");
    assert_eq!(header_of(&response, "content-encoding"), "");
    let path = response.request().path().to_owned();
    let body: Value = serde_json::from_slice(&read_body(response).await).unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["type"], format!("/problems/{}", body["code"].as_str().unwrap()));
    assert_eq!((&body["instance"], &body["request_id"]), (&Value::from(path), &"r-1".into()));
    assert!(body["title"].is_string() && body["detail"].is_string());
    (status, body)
}

pub(super) fn get(path: &str) -> TestRequest {
    TestRequest::get().uri(path)
}

#[actix_web::test]
async fn every_problem_has_one_shape() {
    for &code in Code::ALL.iter().filter(|code| !code.is_fault()) {
        let (status, body) = problem(get(&format!("/v1/wrong/{}?secret=1", code.as_str()))).await;
        assert_eq!((status, body["code"].as_str().unwrap()), (code.status().as_u16(), code.as_str()));
    }
    let compressed = get("/v1/wrong/conflict").insert_header((header::ACCEPT_ENCODING, "gzip"));
    assert_eq!(problem(compressed).await.0, 409);
}

#[actix_web::test]
async fn the_frameworks_errors_are_problems_too() {
    let post = |path: &str| TestRequest::post().uri(path).insert_header(header::ContentType::json());
    let id = Id::default();
    let cases = [
        (get("/none/such"), 404, "not_found"),
        (get("/v1/notes/no-id"), 404, "not_found"),
        (get("/v1/number/many"), 404, "not_found"),
        (get("/v1/wrong/plain"), 409, "conflict"),
        (TestRequest::delete().uri(&format!("/v1/notes/{id}")), 405, "method_not_allowed"),
        (TestRequest::delete().uri("/v1/plain"), 405, "method_not_allowed"),
        (get("/v1/notes").insert_header((header::ACCEPT, "text/html")), 406, "not_acceptable"),
        (get("/v1/notes?limit=0&x=1"), 400, "invalid_query"),
        (get(&format!("/v1/notes/{id}")).insert_header((header::IF_MATCH, "7")), 400, "invalid_header"),
        (
            get(&format!("/v1/notes/{id}")).insert_header((header::IF_MATCH, "\"6\"")),
            412,
            "precondition_failed",
        ),
        (post("/v1/notes").set_payload("{"), 400, "malformed_json"),
        (post("/v1/notes").set_payload("{}"), 422, "invalid_input"),
        (post("/v1/notes").set_payload(" ".repeat(2_000_000)), 413, "payload_too_large"),
        (TestRequest::post().uri("/v1/notes").set_payload("{}"), 415, "unsupported_media_type"),
        (post("/v1/notes").insert_header((header::CONTENT_ENCODING, "x")), 415, "unsupported_media_type"),
        (post("/v1/bytes").set_payload(" ".repeat(2_000_000)), 413, "payload_too_large"),
        (post("/v1/form").set_payload("{\"text\": secret}"), 400, "malformed_json"),
        (TestRequest::post().uri("/v1/form").set_payload("{}"), 415, "unsupported_media_type"),
    ];
    for (request, status, code) in cases {
        let (found, body) = problem(request).await;
        assert_eq!((found, body["code"].as_str().unwrap()), (status, code));
        assert!(!body.to_string().contains("secret"));
    }
}

#[actix_web::test]
async fn a_wrong_method_is_told_the_right_ones() {
    let response = ask(TestRequest::delete().uri("/v1/notes")).await;
    assert_eq!(
        (response.status().as_u16(), header_of(&response, "allow").as_str()),
        (405, "GET, HEAD, OPTIONS, POST")
    );
    let response = ask(TestRequest::default().method(Method::OPTIONS).uri("/v1/secrets")).await;
    assert_eq!((response.status().as_u16(), header_of(&response, "allow").as_str()), (204, "OPTIONS, POST"));
    let response = ask(TestRequest::default().method(Method::OPTIONS).uri("/none")).await;
    assert_eq!(response.status(), 404);
}

#[actix_web::test]
async fn head_is_get_without_the_body() {
    let path = format!("/v1/notes/{}", Id::default());
    let full = ask(get(&path)).await;
    let head = ask(TestRequest::default().method(Method::HEAD).uri(&path)).await;
    assert_eq!((head.status().as_u16(), header_of(&head, "etag").as_str()), (200, "\"7\""));
    assert_eq!(head.response().body().size(), full.response().body().size());
    assert!(read_body(head).await.is_empty() && !read_body(full).await.is_empty());
}

#[actix_web::test]
async fn a_compressed_answer_can_be_used_in_conditions() {
    let path = format!("/v1/notes/{}", Id::default());
    let response = ask(get(&path).insert_header((header::ACCEPT_ENCODING, "gzip"))).await;
    assert_eq!(header_of(&response, "content-encoding"), "gzip");
    let tag = header_of(&response, "etag");
    assert_eq!(tag, "\"7-gzip\"");
    let again = ask(get(&path).insert_header((header::IF_NONE_MATCH, tag.as_str()))).await;
    assert_eq!((again.status().as_u16(), header_of(&again, "etag")), (304, tag.clone()));
    assert_eq!(ask(get(&path).insert_header((header::IF_MATCH, tag))).await.status(), 200);
}

#[actix_web::test]
async fn a_token_endpoints_own_json_is_kept() {
    let response = ask(get("/v1/wrong/own_json")).await;
    assert_eq!(
        (response.status().as_u16(), header_of(&response, "content-type").as_str()),
        (400, "application/json")
    );
}

#[actix_web::test]
async fn private_routes_echo_no_names() {
    let secret =
        TestRequest::post().uri("/v1/secrets").set_json(serde_json::json!({"text": "a", "diagnosis": "x"}));
    let (status, body) = problem(secret).await;
    assert_eq!((status, &body["errors"][0]["pointer"]), (422, &"".into()));
    assert!(!body.to_string().contains("diagnosis"));
}

#[actix_web::test]
async fn only_listed_origins_may_read() {
    let from = |origin: &'static str| get("/v1/wrong/conflict").insert_header((header::ORIGIN, origin));
    let allowed = ask(from("https://app.example")).await;
    assert_eq!(header_of(&allowed, "access-control-allow-origin"), "https://app.example");
    assert_eq!(header_of(&allowed, "content-type"), PROBLEM_JSON);
    assert_eq!(header_of(&ask(from("https://evil.example")).await, "access-control-allow-origin"), "");
    let preflight = TestRequest::default()
        .method(Method::OPTIONS)
        .uri("/v1/notes")
        .insert_header((header::ORIGIN, "https://app.example"))
        .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
        .insert_header((
            header::ACCESS_CONTROL_REQUEST_HEADERS,
            "authorization,idempotency-key,content-type",
        ));
    let preflight = ask(preflight).await;
    assert_eq!(preflight.status(), 200);
    assert!(header_of(&preflight, "access-control-allow-methods").contains("POST"));
}

/// A log that a test reads.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[actix_web::test]
async fn the_log_has_templates_and_no_paths() {
    let lines = Lines::default();
    let writer = lines.clone();
    // For the whole process: one for this thread alone would miss what other tests' threads had asked for first.
    tracing_subscriber::fmt().json().with_writer(move || writer.clone()).init();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let wrong = get("/v1/wrong/internal?secret=1").insert_header(("traceparent", trace));
    ask(wrong.insert_header(("X-Request-Id", "log-1"))).await;
    ask(get("/secret/place?secret=1").insert_header(("X-Request-Id", "log-2"))).await;
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let of_this_test = |line: &&str| line.contains("log-1") || line.contains("log-2");
    let log = log.lines().filter(of_this_test).collect::<Vec<_>>().join("\n");
    assert_eq!(log.matches("the cause").count(), 1);
    assert!(log.contains(r#""route":"/v1/wrong/{how}","status":500"#), "{log}");
    assert!(log.contains(r#""route":"unmatched","status":404"#) && log.contains("log-2"), "{log}");
    assert!(log.contains("4bf92f3577b34da6a3ce929d0e0e4736"));
    assert!(!log.contains("secret") && !log.contains("wrong/internal"), "{log}");
}

#[actix_web::test]
async fn the_document_names_parameters_bodies_and_shared_problems() {
    let document = serde_json::to_value(document()).unwrap();
    let read = &document["paths"]["/v1/notes/{id}"]["get"];
    insta::assert_snapshot!(serde_json::to_string_pretty(&read["parameters"]).unwrap(), @r#"
        [
          {
            "description": "The id, as the server gave it.",
            "in": "path",
            "name": "id",
            "required": true,
            "schema": {
              "description": "The id of a stored thing: a UUID version 7.",
              "example": "01936f5e-8a00-7000-8000-000000000001",
              "format": "uuid",
              "type": "string"
            }
          }
        ]
        "#);
    insta::assert_snapshot!(read["responses"]["404"], @r##"{"$ref":"#/components/responses/NotFound"}"##);
    insta::assert_snapshot!(document["paths"]["/v1/notes"]["post"]["requestBody"], @r##"{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Note"}}},"required":true}"##);
    insta::assert_snapshot!(document["paths"]["/v1/notes"]["get"]["parameters"][0], @r#"{"description":"The elements of one page.","in":"query","name":"limit","required":false,"schema":{"default":20,"format":"int32","maximum":100,"minimum":1,"type":"integer"}}"#);
    insta::assert_snapshot!(document["components"]["schemas"]["Page_Note"]["required"], @r#"["items","next_cursor","total"]"#);
}
