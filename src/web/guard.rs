//! The innermost layer of the server: refuses what the document alone shows to be impossible, before a handler is asked.
//!
//! It stands within CORS, so that pages of other origins can read why.

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    middleware::Next,
    web::Data,
};
use url::form_urlencoded;

use crate::{
    fault::Fault,
    web::{
        accept,
        code::Code,
        edge::Edge,
        problem::Problem,
        routes::{Routes, not_acceptable},
    },
};

/// The middleware, for `middleware::from_fn`, the first that an app is wrapped in.
pub async fn guard<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let refusal = request.app_data::<Data<Edge>>().and_then(|edge| refusal(&edge.routes, &request));
    match refusal {
        Some(problem) => Ok(request.error_response(problem)),
        None => next.call(request).await.map(ServiceResponse::map_into_boxed_body),
    }
}

fn refusal(routes: &Routes, request: &ServiceRequest) -> Option<Problem> {
    let (method, path) = (request.method(), request.path());
    if let Some(allow) = routes.allow_instead(method, path) {
        return Some(Problem::method_not_allowed(&allow));
    }
    let mut parameters = form_urlencoded::parse(request.query_string().as_bytes());
    if parameters.next().is_some() && !routes.takes_query(method, path) {
        return Some(no_query());
    }
    let accept = accept::of(request.headers());
    accept.is_some_and(|accept| !routes.can_answer(method, path, &accept)).then(not_acceptable)
}

/// What is wrong with a query where none is taken. It names no parameter: all are unknown, and what somebody meant to say
/// of a client by one is nobody's business.
fn no_query() -> Problem {
    let detail = "There are no query parameters here.";
    Problem::invalid_query(vec![Fault::new("", Code::UnknownParameter.as_str(), detail)])
}

#[cfg(test)]
mod tests {
    use actix_web::{
        http::{Method, header},
        test::TestRequest,
    };
    use serde_json::json;

    use crate::{
        id::Id,
        web::{
            edge_tests::{ask, get, header_of, problem},
            problem::PROBLEM_JSON,
        },
    };

    /// What the path is spelt out for is what it has, though the framework would try a template next.
    #[actix_web::test]
    async fn a_path_that_is_spelt_out_is_no_parameter() {
        let (id, template) = (format!("/v1/notes/{}", Id::default()), "/v1/notes/template");
        assert_eq!(ask(TestRequest::patch().uri(&id)).await.status(), 204);
        assert_eq!(ask(get(template)).await.status(), 200);
        assert_eq!(ask(TestRequest::default().method(Method::HEAD).uri(template)).await.status(), 200);
        for method in [Method::PATCH, Method::DELETE, Method::from_bytes(b"BREW").unwrap()] {
            let response = ask(TestRequest::default().method(method).uri(template)).await;
            assert_eq!(
                (response.status().as_u16(), header_of(&response, "allow").as_str()),
                (405, "GET, HEAD, OPTIONS")
            );
        }
        let response = ask(TestRequest::default().method(Method::OPTIONS).uri(template)).await;
        assert_eq!(
            (response.status().as_u16(), header_of(&response, "allow").as_str()),
            (204, "GET, HEAD, OPTIONS")
        );
        assert_eq!(ask(TestRequest::patch().uri("/v1/notes/templates")).await.status(), 404);
    }

    /// A parameter that nobody reads was meant for something.
    #[actix_web::test]
    async fn a_query_where_none_is_taken_is_refused() {
        let path = format!("/v1/notes/{}", Id::default());
        let post = |path: &str| TestRequest::post().uri(path).set_json(json!({"text": "a"}));
        for request in [
            get(&format!("{path}?limit=1")),
            get(&format!("{path}?=")),
            get(&format!("{path}?%ff&&")),
            post("/v1/notes?limit=1"),
            post("/v1/secrets?diagnosis=x"),
        ] {
            let (status, body) = problem(request).await;
            assert_eq!((status, &body["code"]), (400, &"invalid_query".into()));
            let detail = "There are no query parameters here.";
            assert_eq!(
                body["errors"],
                json!([{"pointer": "", "code": "unknown_parameter", "detail": detail}])
            );
            assert!(!body.to_string().contains("diagnosis"));
        }
        let head = TestRequest::default().method(Method::HEAD).uri(&format!("{path}?limit=1"));
        assert_eq!(ask(head).await.status(), 400);
        for taken in ["/v1/notes?limit=2", "/v1/notes?", "/v1/notes/template?&", "/v1/plain?x=1"] {
            assert_eq!(ask(get(taken)).await.status(), 200, "{taken}");
        }
        // What other paths do not have is not asked for here.
        assert_eq!(ask(get("/none?x=1")).await.status(), 404);
        assert_eq!(ask(TestRequest::delete().uri("/v1/notes?x=1")).await.status(), 405);
    }

    /// A page of another origin can read why it was refused.
    #[actix_web::test]
    async fn what_the_guard_refuses_is_told_across_origins() {
        for (request, status) in [
            (get("/v1/notes").insert_header((header::ACCEPT, "text/html")), 406),
            (TestRequest::patch().uri("/v1/notes/template"), 405),
        ] {
            let request = request.insert_header((header::ORIGIN, "https://app.example"));
            let response = ask(request).await;
            assert_eq!(response.status(), status);
            assert_eq!(header_of(&response, "access-control-allow-origin"), "https://app.example");
            assert_eq!(header_of(&response, "content-type"), PROBLEM_JSON);
        }
    }
}
