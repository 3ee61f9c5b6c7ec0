//! What the OpenAPI document says of a path: its methods and the media types it answers in.
//!
//! actix answers 404 where a path exists with another method; this table knows better.

use actix_web::{
    HttpRequest, HttpResponse,
    dev::ResourceDef,
    http::{Method, StatusCode, header::ALLOW},
};
use utoipa::openapi::{
    OpenApi, RefOr,
    path::{self, Parameter, ParameterIn},
};

use crate::web::{accept, code::Code, edge::Edge, problem::Problem};

/// The paths of the API.
#[derive(Debug, Default)]
pub struct Routes {
    routes: Vec<Route>,
    /// Templates of private paths, and what of each may be named.
    private: Vec<(ResourceDef, String)>,
    /// Templates of paths whose handlers weigh `Accept` themselves.
    negotiated: Vec<ResourceDef>,
}

#[derive(Debug)]
struct Route {
    template: ResourceDef,
    operations: Vec<Operation>,
}

#[derive(Debug)]
struct Operation {
    method: Method,
    /// The media types of its answers; none where it has any.
    offers: Vec<String>,
    takes_query: bool,
}

impl Operation {
    fn of(method: Method, operation: &path::Operation) -> Self {
        // One that stands elsewhere in the document may be of any kind.
        let is_of_query = |parameter: &RefOr<Parameter>| match parameter {
            RefOr::T(parameter) => parameter.parameter_in == ParameterIn::Query,
            RefOr::Ref(_) => true,
        };
        Self {
            method,
            offers: media_types(operation),
            takes_query: operation.parameters.iter().flatten().any(is_of_query),
        }
    }
}

impl Routes {
    /// The routes that the document describes.
    #[must_use]
    pub fn of_document(document: &OpenApi) -> Self {
        let route = |(template, item): (&String, &utoipa::openapi::path::PathItem)| {
            let operations = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
                (Method::PATCH, &item.patch),
                (Method::OPTIONS, &item.options),
                (Method::HEAD, &item.head),
            ];
            let operations = operations.into_iter().filter_map(|(method, operation)| {
                operation.as_ref().map(|operation| Operation::of(method, operation))
            });
            Route { template: ResourceDef::new(template.as_str()), operations: operations.collect() }
        };
        Self { routes: document.paths.paths.iter().map(route).collect(), ..Self::default() }
    }

    /// The same with a path that the document does not describe: it has `GET`, answers in any media type, and does not mind
    /// a query.
    #[must_use]
    pub fn with_page(mut self, template: &str) -> Self {
        let operations = vec![Operation { method: Method::GET, offers: Vec::new(), takes_query: true }];
        self.routes.push(Route { template: ResourceDef::new(template), operations });
        self
    }

    /// The same with a path whose parts are nobody's business: problems name only what stands before the first of them.
    #[must_use]
    pub fn private(mut self, template: &str) -> Self {
        let known = template.split('{').next().unwrap_or_default().to_owned();
        self.private.push((ResourceDef::new(template), known));
        self
    }

    /// The same with a path whose handler weighs `Accept` itself, because the query too may say what is wanted.
    #[must_use]
    pub fn negotiated(mut self, template: &str) -> Self {
        self.negotiated.push(ResourceDef::new(template));
        self
    }

    /// The part of a path that a problem may name as its `instance`.
    #[must_use]
    pub fn instance<'a>(&'a self, path: &'a str) -> &'a str {
        let private = self.private.iter().find(|(template, _)| template.is_match(path));
        private.map_or(path, |(_, known)| known.as_str())
    }

    /// Whether a template without parameters is this path.
    fn is_spelt_out(&self, path: &str) -> bool {
        self.routes.iter().any(|route| route.template.pattern() == Some(path))
    }

    fn operations<'a>(&'a self, path: &'a str) -> impl Iterator<Item = &'a Operation> {
        // A path that is spelt out is not also the value of another's parameter.
        let is_spelt_out = self.is_spelt_out(path);
        self.routes
            .iter()
            .filter(move |route| match is_spelt_out {
                true => route.template.pattern() == Some(path),
                false => route.template.is_match(path),
            })
            .flat_map(|route| &route.operations)
    }

    /// The value of `Allow` for this path (RFC 9110, section 10.2.1); `None` where there is no such path.
    #[must_use]
    pub fn allow(&self, path: &str) -> Option<String> {
        let mut methods =
            self.operations(path).map(|operation| operation.method.as_str()).collect::<Vec<_>>();
        if methods.is_empty() {
            return None;
        }
        methods.push(Method::OPTIONS.as_str());
        if methods.contains(&"GET") {
            methods.push(Method::HEAD.as_str());
        }
        methods.sort_unstable();
        methods.dedup();
        Some(methods.join(", "))
    }

    /// The value of `Allow` where the path is spelt out and has not this method: the framework would go on to a template
    /// that has the method, and take the path's last part for a parameter.
    #[must_use]
    pub fn allow_instead(&self, method: &Method, path: &str) -> Option<String> {
        let allow = self.is_spelt_out(path).then(|| self.allow(path)).flatten()?;
        (!allow.split(", ").any(|allowed| allowed == method.as_str())).then_some(allow)
    }

    /// Whether the operation has an answer that `Accept` admits; so it does where the document names no media type.
    #[must_use]
    pub fn can_answer(&self, method: &Method, path: &str, accept: &str) -> bool {
        if self.negotiated.iter().any(|template| template.is_match(path)) {
            return true;
        }
        let mut operations = self.operations(path).filter(|operation| operation.method == method);
        let mut is_known = false;
        let admitted = operations.any(|Operation { offers, .. }| {
            is_known = true;
            offers.is_empty() || offers.iter().any(|media_type| accept::weight(accept, media_type) > 0.0)
        });
        admitted || !is_known
    }

    /// Whether the operation has query parameters; so it does where the document does not know it. Which ones they are is
    /// for [`Query`](super::query::Query) to say.
    #[must_use]
    pub fn takes_query(&self, method: &Method, path: &str) -> bool {
        let mut operations = self.operations(path).filter(|operation| operation.method == method).peekable();
        operations.peek().is_none() || operations.any(|operation| operation.takes_query)
    }
}

/// The media types of the successful answers.
fn media_types(operation: &path::Operation) -> Vec<String> {
    let successes = operation.responses.responses.iter().filter(|(status, _)| status.starts_with('2'));
    let contents = successes.filter_map(|(_, response)| match response {
        RefOr::T(response) => Some(response.content.keys().cloned()),
        RefOr::Ref(_) => None,
    });
    contents.flatten().collect()
}

/// The app's default service: 404, or for a path that exists 405 with `Allow`; `OPTIONS` is answered with `Allow`.
pub async fn unmatched(request: HttpRequest) -> Result<HttpResponse, Problem> {
    let edge = Edge::of(&request);
    let allow = edge.and_then(|edge| edge.routes.allow(request.path())).ok_or_else(Problem::not_found)?;
    if request.method() == Method::OPTIONS {
        return Ok(HttpResponse::build(StatusCode::NO_CONTENT).insert_header((ALLOW, allow)).finish());
    }
    // A method that the path does have comes here only when no route took the path as it was written.
    if allow.split(", ").any(|method| method == request.method().as_str()) {
        return Err(Problem::not_found());
    }
    Err(Problem::method_not_allowed(&allow))
}

/// What is wrong when `Accept` admits no answer of the operation.
#[must_use]
pub fn not_acceptable() -> Problem {
    Problem::from(Code::NotAcceptable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_path_is_named_by_its_beginning() {
        let routes = Routes::default().private("/v1/client-refs/{client_ref}");
        assert_eq!(routes.instance("/v1/client-refs/somebody@example.org"), "/v1/client-refs/");
        assert_eq!(routes.instance("/v1/therapists/1"), "/v1/therapists/1");
    }
}
