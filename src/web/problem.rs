//! What every error of the API looks like: problem details (RFC 9457) with a stable code.

use std::{borrow::Cow, fmt};

use actix_web::{
    HttpResponse, ResponseError,
    body::BoxBody,
    http::{
        StatusCode,
        header::{
            ALLOW, CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER, TryIntoHeaderValue, WWW_AUTHENTICATE,
        },
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{fault::Fault, web::code::Code};

/// The media type of problem details (RFC 9457, section 3).
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was not done. Handlers return it; it becomes an `application/problem+json` answer (RFC 9457).
#[derive(Clone, Debug)]
pub struct Problem {
    code: Code,
    detail: Cow<'static, str>,
    errors: Vec<Fault>,
    headers: Vec<(HeaderName, HeaderValue)>,
    instance: Option<Box<str>>,
    request_id: Option<Box<str>>,
}

/// Problem details (RFC 9457): why a request was not done.
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct Document {
    /// Names the kind of problem; resolves to a page of this server that explains it.
    #[serde(rename = "type")]
    #[schema(format = "uri-reference", example = "/problems/invalid_input")]
    type_uri: String,
    /// The kind of problem in words, always the same for one `code`.
    #[schema(example = "Invalid input")]
    title: String,
    /// The HTTP status, repeated.
    #[schema(minimum = 400, maximum = 599, example = 422)]
    status: u16,
    /// What is wrong with this request, for people.
    #[schema(example = "2 parts of the body are not valid.")]
    detail: String,
    /// The path of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = "uri-reference", example = "/v1/therapists")]
    instance: Option<String>,
    /// What is wrong, for programs: stable, listed at `/problems/`.
    #[schema(example = "invalid_input")]
    code: String,
    /// Finds this request in the server's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "01936f5e-8a00-7000-8000-000000000001")]
    request_id: Option<String>,
    /// Everything that is wrong with the input, all at once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<Fault>,
}

impl Problem {
    /// A problem with its own words. The detail must not repeat what was sent.
    #[must_use]
    pub fn new(code: Code, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            headers: Vec::new(),
            instance: None,
            request_id: None,
        }
    }

    /// 422 with everything that is wrong with the body. The one fault `malformed_json` makes it a 400.
    #[must_use]
    pub fn invalid(faults: Vec<Fault>) -> Self {
        match faults.as_slice() {
            [fault] if fault.code == Code::MalformedJson.as_str() => {
                Self::new(Code::MalformedJson, fault.detail.clone())
            }
            _ => Self::faulty(Code::InvalidInput, "body", faults),
        }
    }

    /// 400 with everything that is wrong with the query.
    #[must_use]
    pub fn invalid_query(faults: Vec<Fault>) -> Self {
        Self::faulty(Code::InvalidQuery, "query", faults)
    }

    fn faulty(code: Code, part: &str, faults: Vec<Fault>) -> Self {
        let detail = match faults.len() {
            1 => format!("1 part of the {part} is not valid."),
            n => format!("{n} parts of the {part} are not valid."),
        };
        Self { errors: faults, ..Self::new(code, detail) }
    }

    /// 404.
    #[must_use]
    pub fn not_found() -> Self {
        Self::new(Code::NotFound, "Nothing that you may see is at this address.")
    }

    /// 401 for a request without a token, with the challenge of RFC 6750, section 3.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::from(Code::Unauthorized)
    }

    /// 401 for a token that does not hold, with the challenge of RFC 6750, section 3.1.
    #[must_use]
    pub fn invalid_token(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Code::InvalidToken, detail).header(WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")
    }

    /// 403 for a token without this scope, with the challenge of RFC 6750, section 3.1.
    #[must_use]
    pub fn insufficient_scope(scope: &str) -> Self {
        Self::new(Code::InsufficientScope, format!("This operation needs the scope `{scope}`."))
            .header(WWW_AUTHENTICATE, format!("Bearer error=\"insufficient_scope\", scope=\"{scope}\""))
    }

    /// 405 with the methods that the resource has (RFC 9110, section 15.5.6).
    #[must_use]
    pub fn method_not_allowed(allow: &str) -> Self {
        Self::from(Code::MethodNotAllowed).header(ALLOW, allow.to_owned())
    }

    /// 400 for a header that does not have its standard's form.
    #[must_use]
    pub fn invalid_header(name: &str) -> Self {
        Self::new(Code::InvalidHeader, format!("The header `{name}` does not have the form of its standard."))
    }

    /// 429 with the seconds to wait (RFC 9110, section 10.2.3).
    #[must_use]
    pub fn too_many_requests(retry_after_seconds: u64) -> Self {
        Self::from(Code::TooManyRequests).header(RETRY_AFTER, retry_after_seconds.to_string())
    }

    /// 503 with the seconds to wait (RFC 9110, section 10.2.3).
    #[must_use]
    pub fn unavailable(retry_after_seconds: u64) -> Self {
        Self::from(Code::Unavailable).header(RETRY_AFTER, retry_after_seconds.to_string())
    }

    /// 500. The cause goes to the log, once, and not into the answer. It must not hold a value of the request.
    #[must_use]
    pub fn internal(cause: impl fmt::Display) -> Self {
        tracing::error!(%cause, "internal error");
        Self::from(Code::Internal)
    }

    /// The same problem with one more response header; a value that no header can hold is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl TryIntoHeaderValue) -> Self {
        if let Ok(value) = value.try_into_value() {
            self.headers.push((name, value));
        }
        self
    }

    /// The same problem, naming the request that it happened to; names already given are kept.
    #[must_use]
    pub fn of_request(mut self, path: &str, request_id: Option<&str>) -> Self {
        self.instance.get_or_insert_with(|| path.into());
        self.request_id = self.request_id.or_else(|| request_id.map(Into::into));
        self
    }

    /// What is wrong, for programs.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// What is wrong, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The faults of the input.
    #[must_use]
    pub fn errors(&self) -> &[Fault] {
        &self.errors
    }

    /// The document that is sent.
    pub(super) fn document(&self) -> Document {
        Document {
            type_uri: self.code.type_uri(),
            title: self.code.title().to_owned(),
            status: self.code.status().as_u16(),
            detail: self.detail.clone().into_owned(),
            instance: self.instance.as_deref().map(str::to_owned),
            code: self.code.as_str().to_owned(),
            request_id: self.request_id.as_deref().map(str::to_owned),
            errors: self.errors.clone(),
        }
    }
}

impl From<Code> for Problem {
    /// The problem in the table's own words.
    fn from(code: Code) -> Self {
        Self::new(code, code.about())
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.as_str(), self.detail)
    }
}

impl std::error::Error for Problem {}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        self.code.status()
    }

    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code());
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        // RFC 9110, section 15.5.2: a 401 always carries a challenge.
        if self.status_code() == StatusCode::UNAUTHORIZED
            && !self.headers.iter().any(|(name, _)| name == WWW_AUTHENTICATE)
        {
            response.insert_header((WWW_AUTHENTICATE, "Bearer"));
        }
        // An error tells of one request, and may tell of the caller: no cache may keep it.
        response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
        let body = serde_json::to_string(&self.document()).unwrap_or_default();
        response.content_type(PROBLEM_JSON).body(body)
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;

    use super::*;

    #[actix_web::test]
    async fn becomes_problem_details() {
        let problem = Problem::invalid(vec![
            Fault::new("/npi", "invalid_npi", "It is no NPI."),
            Fault::new("/modalities/0/code", "unknown_code", "Not in the catalog.").suggest(["emdr"]),
        ])
        .of_request("/v1/therapists", Some("r-1"));
        let response = problem.error_response();
        assert_eq!(response.status(), 422);
        assert_eq!(response.headers().get("content-type").unwrap(), PROBLEM_JSON);
        let body: serde_json::Value =
            serde_json::from_slice(&to_bytes(response.into_body()).await.unwrap()).unwrap();
        insta::assert_snapshot!(serde_json::to_string_pretty(&body).unwrap(), @r#"
        {
          "code": "invalid_input",
          "detail": "2 parts of the body are not valid.",
          "errors": [
            {
              "code": "invalid_npi",
              "detail": "It is no NPI.",
              "pointer": "/npi"
            },
            {
              "code": "unknown_code",
              "detail": "Not in the catalog.",
              "pointer": "/modalities/0/code",
              "suggestions": [
                "emdr"
              ]
            }
          ],
          "instance": "/v1/therapists",
          "request_id": "r-1",
          "status": 422,
          "title": "Invalid input",
          "type": "/problems/invalid_input"
        }
        "#);
    }

    #[actix_web::test]
    async fn hides_the_cause_of_a_failure() {
        let response = Problem::internal("connection to 10.0.0.1 refused").error_response();
        assert_eq!(response.status(), 500);
        let body = to_bytes(response.into_body()).await.unwrap();
        assert!(!String::from_utf8_lossy(&body).contains("10.0.0.1"));
    }

    #[test]
    fn challenges_and_hints_stand_in_headers() {
        let header = |problem: Problem, name: HeaderName| {
            problem.error_response().headers().get(name).unwrap().clone()
        };
        assert_eq!(header(Problem::unauthorized(), WWW_AUTHENTICATE), "Bearer");
        assert_eq!(
            header(Problem::insufficient_scope("admin"), WWW_AUTHENTICATE),
            "Bearer error=\"insufficient_scope\", scope=\"admin\""
        );
        assert_eq!(header(Problem::method_not_allowed("GET, HEAD"), ALLOW), "GET, HEAD");
        assert_eq!(header(Problem::too_many_requests(7), RETRY_AFTER), "7");
    }

    #[test]
    fn malformed_json_is_a_400() {
        let fault = Fault::new("", Code::MalformedJson.as_str(), "Line 1, column 2.");
        assert_eq!(Problem::invalid(vec![fault]).status_code(), 400);
    }
}
