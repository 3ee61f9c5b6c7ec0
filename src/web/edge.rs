//! The outermost layer of the server: what holds for every request and every answer, whoever handles it.
//!
//! An app is wrapped like this, the edge outermost:
//! ```text
//! App::new()
//!     .app_data(edge.clone())              // Data<Edge>
//!     .wrap(from_fn(guard::guard))
//!     .wrap(Compress::default())
//!     .wrap(edge::cors(&origins))
//!     .wrap(from_fn(edge::edge))
//!     .default_service(web::to(routes::unmatched))
//! ```

use actix_cors::Cors;
use actix_web::{
    Error, HttpMessage as _, HttpRequest,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::header::{
        ACCEPT, ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING,
        CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH, LINK, LOCATION,
        REFERRER_POLICY, RETRY_AFTER, VARY, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
    },
    middleware::Next,
    web::Data,
};
use tracing::Instrument as _;

use crate::{
    clock::Clock,
    web::{
        etag,
        framework::{problem_of, settle},
        head::{self, HeadBody},
        idempotency::IDEMPOTENCY_KEY,
        metrics::Metrics,
        request_id::{self, RequestId, X_REQUEST_ID},
        request_log::{Entry, route_of},
        routes::Routes,
    },
};

/// The header of answers that no cache may keep: `response.insert_header(NO_STORE)`.
pub const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// The number of the change up to which an answer surely has everything.
pub const DIRECTORY_REVISION: HeaderName = HeaderName::from_static("tailor-directory-revision");
/// How many things an answer holds that has no place to say so in itself.
pub const TOTAL: HeaderName = HeaderName::from_static("tailor-total");

/// What the edge works with; one `Data<Edge>` for the server.
#[derive(Debug)]
pub struct Edge {
    pub clock: Clock,
    pub metrics: Metrics,
    pub routes: Routes,
}

impl Edge {
    /// The edge of the server that handles the request.
    #[must_use]
    pub fn of(request: &HttpRequest) -> Option<&Self> {
        request.app_data::<Data<Self>>().map(|edge| edge.get_ref())
    }
}

/// The middleware, for `middleware::from_fn`: gives the request its id, logs and counts it, answers `HEAD` by `GET`,
/// gives errors their form and every answer its headers.
pub async fn edge<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(edge) = request.app_data::<Data<Edge>>().cloned() else {
        return next.call(request).await.map(ServiceResponse::map_into_boxed_body);
    };
    let id = RequestId::of_headers(request.headers(), &edge.clock);
    request.extensions_mut().insert(id.clone());
    let trace_id = request_id::trace_id(request.headers());
    let entry = Entry::begin(request.method().clone(), &id, trace_id, &edge.metrics);
    let is_head = head::begin(&mut request);
    let path = request.path().to_owned();
    let answer = next.call(request).instrument(entry.span().clone()).await;
    match answer {
        Ok(response) => {
            let mut response = entry.span().in_scope(|| settle(response, &edge.routes, id.as_str()));
            entry.end(&route_of(response.request()), response.status().as_u16(), &edge.metrics);
            finish(response.headers_mut(), &id);
            Ok(if is_head {
                response.map_body(|_, body| BoxBody::new(HeadBody(body.size())))
            } else {
                response
            })
        }
        // A middleware further in gave up the request with its error, and the route with it.
        Err(error) => {
            let problem = entry
                .span()
                .in_scope(|| problem_of(&error))
                .of_request(edge.routes.instance(&path), Some(id.as_str()));
            entry.end("unmatched", problem.code().status().as_u16(), &edge.metrics);
            Err(problem.header(X_REQUEST_ID, id.as_str()).into())
        }
    }
}

fn finish(headers: &mut HeaderMap, id: &RequestId) {
    etag::mark_coding(headers);
    if let Ok(id) = HeaderValue::from_str(id.as_str()) {
        headers.insert(X_REQUEST_ID, id);
    }
    vary(headers);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // A link out of a page of this server must not tell where it was clicked.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(CACHE_CONTROL) {
        // What an answer shows depends on the caller: only the caller may keep it, and asks again with its ETag.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    }
}

/// Says that answers depend on the caller and on the coding (RFC 9110, section 12.5.5), in one line with what is said
/// already: CORS keeps only the first of several.
fn vary(headers: &mut HeaderMap) {
    let said: Vec<&str> = headers.get_all(VARY).filter_map(|line| line.to_str().ok()).collect();
    let mut line = said.join(", ");
    for name in [AUTHORIZATION, ACCEPT_ENCODING] {
        if !line.split(',').any(|known| known.trim().eq_ignore_ascii_case(name.as_str())) {
            if !line.is_empty() {
                line.push_str(", ");
            }
            line.push_str(name.as_str());
        }
    }
    if let Ok(line) = HeaderValue::from_str(&line) {
        headers.insert(VARY, line);
    }
}

/// Which web pages of other origins may call the API (Fetch, section 3.3): the listed ones, all with `*`, or none.
/// Callers send tokens, never cookies, so that credentials are not allowed.
pub fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
        .allowed_headers([
            ACCEPT,
            AUTHORIZATION,
            CONTENT_ENCODING,
            CONTENT_TYPE,
            IF_MATCH,
            IF_NONE_MATCH,
            X_REQUEST_ID,
        ])
        .allowed_headers([IDEMPOTENCY_KEY, "traceparent", "tracestate", "last-event-id"])
        .expose_headers([ALLOW, CONTENT_DISPOSITION, ETAG, LINK, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE])
        .expose_headers([X_REQUEST_ID, DIRECTORY_REVISION, TOTAL])
        .block_on_origin_mismatch(false)
        .max_age(3600);
    if origins.iter().any(|origin| origin == "*") {
        return cors.allow_any_origin().send_wildcard();
    }
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}
