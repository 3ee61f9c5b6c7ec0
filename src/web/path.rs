//! Parts of a path as typed values.

use std::ops::Deref;

use actix_web::{FromRequest, HttpRequest, dev::Payload, web};
use futures_util::future::{Ready, ready};
use serde::de::DeserializeOwned;
use utoipa::{
    IntoParams, PartialSchema as _,
    openapi::path::{Parameter, ParameterBuilder, ParameterIn},
};

use crate::{id::Id, web::problem::Problem};

/// The parts of the path that the route names. One that does not have its type's form is not found: 404.
#[derive(Debug)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: DeserializeOwned> FromRequest for Path<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let parts = web::Path::<T>::from_request(request, payload).into_inner();
        ready(parts.map(|parts| Self(parts.into_inner())).map_err(|_| Problem::not_found()))
    }
}

/// So that a handler with `Path<Id>` documents its `{id}` with `params(Id)`.
impl IntoParams for Id {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let id = ParameterBuilder::new()
            .name("id")
            .parameter_in(place().unwrap_or(ParameterIn::Path))
            .required(utoipa::openapi::Required::True)
            .description(Some("The id, as the server gave it."))
            .schema(Some(Self::schema()));
        vec![id.build()]
    }
}
