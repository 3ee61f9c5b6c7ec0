//! The problems that an operation can answer, as shared components of the OpenAPI document.
//!
//! A handler names one set, `responses((status = 200, body = X), ReadProblems)`, and the document gets one `$ref` per
//! status. [`register`] adds what they point at.

use std::collections::BTreeMap;

use actix_web::http::StatusCode;
use utoipa::{
    IntoResponses, PartialSchema, ToSchema,
    openapi::{
        Components, ContentBuilder, HeaderBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder,
        schema::{ObjectBuilder, Type},
    },
};

use crate::{
    fault::Fault,
    web::{
        code::Code,
        problem::{Document, PROBLEM_JSON, Problem},
    },
};

/// One shared response: its status, its name in the document, what it means and the header it carries.
struct Shared {
    status: u16,
    name: &'static str,
    about: &'static str,
    header: Option<(&'static str, &'static str)>,
}

const fn shared(status: u16, name: &'static str, about: &'static str) -> Shared {
    Shared { status, name, about, header: None }
}

const SHARED: [Shared; 13] = [
    shared(400, "BadRequest", "The query, a header or the JSON text is malformed."),
    Shared {
        header: Some(("WWW-Authenticate", "The challenge (RFC 6750).")),
        ..shared(401, "Unauthorized", "No token was sent, or it is not valid.")
    },
    Shared {
        header: Some(("WWW-Authenticate", "Names the missing scope (RFC 6750).")),
        ..shared(403, "Forbidden", "The caller may not do this.")
    },
    shared(404, "NotFound", "Nothing that the caller may see is at this address."),
    shared(406, "NotAcceptable", "`Accept` excludes every media type that the operation has."),
    shared(409, "Conflict", "The request does not fit the present state of the resource."),
    shared(
        412,
        "PreconditionFailed",
        "The present version is not the one that `If-Match` asks for, or one that `If-None-Match` rules out.",
    ),
    shared(413, "PayloadTooLarge", "The body is too long."),
    shared(415, "UnsupportedMediaType", "The body's media type or encoding is not read."),
    shared(422, "InvalidInput", "The body is not valid; `errors` names everything that is wrong."),
    Shared {
        header: Some(("Retry-After", "Seconds to wait.")),
        ..shared(429, "TooManyRequests", "Too many requests.")
    },
    shared(500, "Internal", "The server failed."),
    Shared {
        header: Some(("Retry-After", "Seconds to wait.")),
        ..shared(503, "Unavailable", "Not available now.")
    },
];

/// The bits of [`Problems`], in the order of the table.
mod bit {
    pub(super) const S400: u16 = 1;
    pub(super) const S401: u16 = 1 << 1;
    pub(super) const S403: u16 = 1 << 2;
    pub(super) const S404: u16 = 1 << 3;
    pub(super) const S406: u16 = 1 << 4;
    pub(super) const S409: u16 = 1 << 5;
    pub(super) const S412: u16 = 1 << 6;
    pub(super) const S413: u16 = 1 << 7;
    pub(super) const S415: u16 = 1 << 8;
    pub(super) const S422: u16 = 1 << 9;
    pub(super) const S429: u16 = 1 << 10;
    pub(super) const S500: u16 = 1 << 11;
    pub(super) const S503: u16 = 1 << 12;
}
use bit::*;

const OPEN: u16 = S400 | S406 | S429 | S500 | S503;
const SECURED: u16 = OPEN | S401 | S403;
const BODY: u16 = S413 | S415 | S422;

/// A set of problems, one bit per status. Use the aliases below.
#[derive(Debug)]
pub struct Problems<const BITS: u16>;

/// Of an operation that needs no token and reads no body: 400, 406, 429, 500, 503.
pub type OpenProblems = Problems<OPEN>;
/// Of an open operation on one thing: also 404.
pub type OpenItemProblems = Problems<{ OPEN | S404 }>;
/// Of a secured list: 400, 401, 403, 406, 429, 500, 503.
pub type ListProblems = Problems<SECURED>;
/// Of a secured operation that reads one thing: also 404.
pub type ReadProblems = Problems<{ SECURED | S404 }>;
/// Of a secured operation that takes a body and stores nothing, such as a search or a match: also 413, 415, 422.
pub type ComputeProblems = Problems<{ SECURED | BODY }>;
/// The same below one thing: also 404.
pub type ComputeItemProblems = Problems<{ SECURED | BODY | S404 }>;
/// Of a secured operation that creates: also 404, 409, 413, 415, 422.
pub type CreateProblems = Problems<{ SECURED | BODY | S404 | S409 }>;
/// Of a secured operation that changes one thing: also 404, 409, 412, 413, 415, 422.
pub type UpdateProblems = Problems<{ SECURED | BODY | S404 | S409 | S412 }>;
/// Of a secured operation that removes one thing: also 404, 409, 412.
pub type DeleteProblems = Problems<{ SECURED | S404 | S409 | S412 }>;

impl<const BITS: u16> IntoResponses for Problems<BITS> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        SHARED
            .iter()
            .enumerate()
            .filter(|(index, _)| BITS & (1 << index) != 0)
            .map(|(_, shared)| (shared.status.to_string(), RefOr::Ref(Ref::from_response_name(shared.name))))
            .collect()
    }
}

impl Shared {
    fn response(&self) -> Response {
        let example = StatusCode::from_u16(self.status)
            .ok()
            .and_then(|status| serde_json::to_value(example(status)).ok());
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name(Document::name())))
            .example(example)
            .build();
        let response = ResponseBuilder::new().description(self.about).content(PROBLEM_JSON, content);
        match self.header {
            Some((name, about)) => {
                let schema = ObjectBuilder::new().schema_type(Type::String).build();
                response
                    .header(name, HeaderBuilder::new().schema(Some(schema)).description(Some(about)).build())
            }
            None => response,
        }
        .build()
    }
}

/// What a problem of this status looks like.
fn example(status: StatusCode) -> Document {
    let fault = |pointer, code: Code, detail| Fault::new(pointer, code.as_str(), detail);
    let problem = match status {
        StatusCode::UNPROCESSABLE_ENTITY => Problem::invalid(vec![
            fault("/modalities/0/code", Code::UnknownCode, "This is not a modality of the catalog.")
                .suggest(["emdr"]),
            fault("/name/family", Code::Required, "This field is required."),
        ]),
        status => Problem::from(Code::of_status(status)),
    };
    problem.of_request("/v1/therapists", Some("01936f5e-8a00-7000-8000-000000000001")).document()
}

/// Adds the shared responses and the schemas `Problem` and `Fault` to the document.
pub fn register(openapi: &mut OpenApi) {
    let components = openapi.components.get_or_insert_with(Components::new);
    components.schemas.insert(Document::name().into_owned(), Document::schema());
    components.schemas.insert(Fault::name().into_owned(), Fault::schema());
    for shared in &SHARED {
        components.responses.insert(shared.name.to_owned(), shared.response().into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_points_at_registered_responses() {
        let mut openapi = OpenApi::default();
        register(&mut openapi);
        let document = serde_json::to_value(&openapi).unwrap();
        let sets = serde_json::to_value(Problems::<{ u16::MAX }>::responses()).unwrap();
        assert_eq!(sets.as_object().unwrap().len(), SHARED.len());
        for (status, reference) in sets.as_object().unwrap() {
            let pointer = reference["$ref"].as_str().unwrap().trim_start_matches('#');
            assert!(document.pointer(pointer).is_some(), "{status} points at nothing");
        }
        let limited = &document["components"]["responses"]["TooManyRequests"];
        assert_eq!(limited["headers"]["Retry-After"]["description"], "Seconds to wait.");
        let content = &limited["content"][PROBLEM_JSON];
        assert_eq!(content["schema"]["$ref"], "#/components/schemas/Problem");
        assert_eq!(
            (&content["example"]["status"], &content["example"]["code"]),
            (&429.into(), &"too_many_requests".into())
        );
        insta::assert_snapshot!(document["components"]["schemas"]["Problem"]["required"], @r#"["type","title","status","detail","code"]"#);
    }

    #[test]
    fn sets_name_their_statuses() {
        let statuses = OpenProblems::responses().into_keys().collect::<Vec<_>>();
        assert_eq!(statuses, ["400", "406", "429", "500", "503"]);
        assert!(UpdateProblems::responses().contains_key("412"));
    }
}
