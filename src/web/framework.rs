//! The framework's own errors, in the API's form.
//!
//! A handler that answers 400 or more with JSON of its own (as RFC 6749 asks of token endpoints) keeps its body; every
//! other body is replaced, because it would be the framework's plain text.

use actix_web::{
    Error, ResponseError as _,
    body::{BoxBody, MessageBody},
    dev::ServiceResponse,
    error::{JsonPayloadError, PathError, PayloadError, QueryPayloadError, UrlencodedError},
    http::header::{
        ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue,
        TRANSFER_ENCODING,
    },
};

use crate::web::{body, code::Code, problem::Problem, routes::Routes};

/// The problem that an error is, whoever made it. Never the error's own words: they may repeat the request.
#[must_use]
pub fn problem_of(error: &Error) -> Problem {
    if let Some(problem) = error.as_error::<Problem>() {
        return problem.clone();
    }
    if let Some(error) = error.as_error::<PayloadError>() {
        return body::incomplete(error, body::BodyLimit::default().0);
    }
    if error.as_error::<PathError>().is_some() {
        return Problem::not_found();
    }
    if error.as_error::<QueryPayloadError>().is_some() {
        return Problem::from(Code::InvalidQuery);
    }
    let code = match (error.as_error::<JsonPayloadError>(), error.as_error::<UrlencodedError>()) {
        (Some(JsonPayloadError::Deserialize(_)), _) => Code::MalformedJson,
        (Some(JsonPayloadError::ContentType), _) | (_, Some(UrlencodedError::ContentType)) => {
            Code::UnsupportedMediaType
        }
        (Some(JsonPayloadError::Payload(_)), _) | (_, Some(UrlencodedError::Payload(_))) => {
            Code::BodyIncomplete
        }
        _ => Code::of_status(error.as_response_error().status_code()),
    };
    if code == Code::Internal { Problem::internal(error) } else { Problem::from(code) }
}

/// The answer with its error, if it is one, in the form of the API: named after the request, never compressed.
pub fn settle<B: MessageBody + 'static>(
    response: ServiceResponse<B>,
    routes: &Routes,
    request_id: &str,
) -> ServiceResponse<BoxBody> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return response.map_into_boxed_body();
    }
    let problem = match response.response().error() {
        Some(error) => problem_of(error),
        None if is_json(response.headers()) => return response.map_into_boxed_body(),
        None => Problem::from(Code::of_status(status)),
    };
    let path = response.request().path().to_owned();
    let allow = routes.allow(&path);
    let rendered = problem.of_request(routes.instance(&path), Some(request_id)).error_response();
    let (status, headers) = (rendered.status(), rendered.headers().clone());
    response.map_body(|head, _| {
        // What other middleware has set, such as CORS, stays; what described the old body goes.
        for name in [CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING, ETAG] {
            head.headers_mut().remove(name);
        }
        head.status = status;
        for (name, value) in &headers {
            head.headers_mut().insert(name.clone(), value.clone());
        }
        if status == 405
            && !head.headers().contains_key(ALLOW)
            && let Some(allow) = allow.and_then(|allow| HeaderValue::from_str(&allow).ok())
        {
            head.headers_mut().insert(ALLOW, allow);
        }
        rendered.into_body()
    })
}

fn is_json(headers: &HeaderMap) -> bool {
    let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    media_type == "application/json" || media_type.ends_with("+json")
}
