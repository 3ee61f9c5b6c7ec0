//! Tokens, keys, health and metrics.

use chrono::Duration;
use tailor::auth::scope::Scope;

use crate::{
    on_both_databases,
    support::{app::App, database::Database},
};

#[test]
fn the_public_key_verifies_the_tokens() {
    let app = App::from(Database::sqlite());
    let token = app.token(&[Scope::ProfilesWrite]);
    let keys: jsonwebtoken::jwk::JwkSet =
        serde_json::from_value(app.anonymous().get("/.well-known/jwks.json").expect(200).json())
            .expect("RFC 7517");
    let kid = jsonwebtoken::decode_header(&token).expect("a header").kid.expect("a key id");
    let key =
        jsonwebtoken::DecodingKey::from_jwk(keys.find(&kid).expect("the key is published")).expect("a key");
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_audience(&["tailor"]);
    validation.validate_exp = false;
    let claims =
        jsonwebtoken::decode::<serde_json::Value>(&token, &key, &validation).expect("it holds").claims;
    assert_eq!(claims["scope"], "profiles:write");
}

#[test]
fn an_expired_token_does_not_hold_even_for_what_is_open() {
    let app = App::from(Database::sqlite());
    let client = app.writer();
    client.get("/v1/therapists").expect(200);
    app.pass(Duration::hours(2));
    assert_eq!(client.get("/v1/therapists").problem(401), "invalid_token");
    let basic = app.anonymous().with("Authorization", "Basic dXNlcjpwYXNz");
    assert_eq!(basic.get("/v1/therapists").problem(401), "invalid_token");
}

#[test]
fn a_closed_directory_wants_a_token_for_everything_but_the_catalog() {
    let app = App::with(Database::sqlite(), &["--public-read", "false"]);
    assert_eq!(app.anonymous().get("/v1/therapists").problem(401), "unauthorized");
    app.anonymous().get("/v1/catalog").expect(200);
    app.with_scopes(&[Scope::DirectoryRead]).get("/v1/therapists").expect(200);
    app.writer().get("/v1/therapists").expect(200);
    let request = serde_json::json!({"problem_areas": [{"code": "panic"}]});
    assert_eq!(
        app.with_scopes(&[Scope::DirectoryRead]).post("/v1/matches", &request).problem(403),
        "insufficient_scope"
    );
    app.with_scopes(&[Scope::MatchRun]).post("/v1/matches", &request).expect(200);
}

on_both_databases! {
    fn health_and_metrics(app: App) {
        app.anonymous().get("/livez").expect(200);
        app.anonymous().get("/readyz").expect(200);
        app.anonymous().get("/v1/therapists/01936f5e-8a00-7000-8000-000000000001").expect(404);
        let metrics = String::from_utf8(app.anonymous().get("/metrics").expect(200).body).expect("text");
        assert!(metrics.contains(r#"route="/v1/therapists/{id}""#), "routes are counted by template");
        assert!(!metrics.contains("01936f5e"), "and never by path");
    }
}

#[test]
fn metrics_can_have_an_address_of_their_own() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address");
    let app = App::with(Database::sqlite(), &["--metrics-listen", &free.to_string()]);
    assert_eq!(app.anonymous().get("/metrics").problem(404), "not_found");
    let metrics =
        ureq::get(format!("http://{free}/metrics")).call().expect("an answer").body_mut().read_to_string();
    assert!(metrics.expect("text").contains("http_requests_total"));
}

#[test]
fn other_origins_are_let_in_only_where_configured() {
    let app = App::with(Database::sqlite(), &["--cors-origins", "https://app.example"]);
    let allowed = |origin: &str| {
        let answer = app.anonymous().with("Origin", origin).get("/livez").expect(200);
        answer.header("access-control-allow-origin").to_owned()
    };
    assert_eq!(allowed("https://app.example"), "https://app.example");
    assert_eq!(allowed("https://evil.example"), "");
}
