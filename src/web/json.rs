//! JSON bodies as typed, checked values.

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload, web::block};
use futures_util::future::{FutureExt as _, LocalBoxFuture};
use serde::de::DeserializeOwned;
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    fault::Fault,
    web::{
        body::{self, Received},
        code::Code,
        decode::{Privacy, decode_asking},
        idempotency::IDEMPOTENCY_KEY,
        media_type,
        problem::Problem,
    },
};

/// Reading this many bytes takes long enough that other requests of the worker should not wait for it.
const LARGE: usize = 64 * 1024;

/// A type of request body.
pub trait Body: DeserializeOwned + Validate + ToSchema + Send + 'static {
    /// What its rules need to know beside the body, such as the catalog; `()` where they need nothing.
    type Context: Send + 'static;

    /// Whether its rules may ask the database, for which no worker of the server can wait.
    const MAY_ASK: bool = false;

    /// What the application knows.
    ///
    /// # Errors
    /// When the application was assembled without it.
    fn context(request: &HttpRequest) -> Result<Self::Context, Problem>;

    /// The faults that neither the type's shape nor its `validator` rules show.
    fn faults(&self, context: &Self::Context) -> Vec<Fault>;

    /// The faults that the handler finds when it does what was asked: looked for where there are others already, so that
    /// one answer names them all.
    fn further(&self, _context: &Self::Context) -> Vec<Fault> {
        Vec::new()
    }
}

/// Makes types bodies whose shape and `validator` rules say everything about them.
#[macro_export]
macro_rules! plain_bodies {
    ($($body:ty),+ $(,)?) => {$(
        impl $crate::web::json::Body for $body {
            type Context = ();

            fn context(_: &actix_web::HttpRequest) -> Result<(), $crate::web::problem::Problem> {
                Ok(())
            }

            fn faults(&self, (): &()) -> Vec<$crate::fault::Fault> {
                Vec::new()
            }
        }
    )+};
}

/// A JSON body that was read and checked. Where it fails, the answer names everything that is wrong with it at once.
///
/// Takes `application/json` and `application/*+json`, so also `application/merge-patch+json` (RFC 7396).
#[derive(Debug)]
pub struct Json<T>(pub T);

/// The same for input that nobody's logs may see a part of: no answer names a field that the API does not have.
#[derive(Debug)]
pub struct PrivateJson<T>(pub T);

impl<T> FromRequest for Json<T>
where
    T: Body,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request.clone(), payload.take(), Privacy::Open).map(|input| input.map(Self)).boxed_local()
    }
}

impl<T> FromRequest for PrivateJson<T>
where
    T: Body,
{
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        extract(request.clone(), payload.take(), Privacy::Private).map(|input| input.map(Self)).boxed_local()
    }
}

async fn extract<T>(request: HttpRequest, payload: Payload, privacy: Privacy) -> Result<T, Problem>
where
    T: Body,
{
    require_json(&request)?;
    let context = T::context(&request)?;
    let body = body::read(&request, payload).await?;
    if request.headers().contains_key(IDEMPOTENCY_KEY) {
        request.extensions_mut().insert(Received(body.clone()));
    }
    let is_long = body.len() > LARGE;
    let read = move || {
        decode_asking(&body, privacy, |input: &T| input.faults(&context), |input| input.further(&context))
    };
    let input = if is_long || T::MAY_ASK { block(read).await.map_err(Problem::internal)? } else { read() };
    input.map_err(Problem::invalid)
}

fn require_json(request: &HttpRequest) -> Result<(), Problem> {
    let is_json = media_type::of(request)?.is_some_and(|mime| {
        mime.type_() == "application"
            && (mime.subtype() == "json" || mime.suffix().is_some_and(|s| s == "json"))
    });
    if is_json {
        Ok(())
    } else {
        Err(Problem::new(
            Code::UnsupportedMediaType,
            "The body must come with `Content-Type: application/json`.",
        ))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{
        App, HttpResponse,
        http::header::CONTENT_TYPE,
        test::{TestRequest, call_service, init_service, read_body_json},
        web,
    };
    use serde::{Deserialize, Serialize};

    use super::*;
    use crate::web::body::BodyLimit;

    #[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
    #[serde(deny_unknown_fields)]
    struct Note {
        #[validate(length(max = 20_000))]
        text: String,
    }

    crate::plain_bodies!(Note);

    async fn open(Json(note): Json<Note>) -> HttpResponse {
        HttpResponse::Ok().json(note)
    }

    async fn private(PrivateJson(note): PrivateJson<Note>) -> HttpResponse {
        HttpResponse::Ok().json(note)
    }

    async fn send(path: &str, media_type: &str, body: impl Into<web::Bytes>) -> (u16, serde_json::Value) {
        let app = App::new()
            .app_data(BodyLimit(100_000))
            .route("/open", web::post().to(open))
            .route("/private", web::post().to(private));
        let app = init_service(app).await;
        let request =
            TestRequest::post().uri(path).insert_header((CONTENT_TYPE, media_type)).set_payload(body);
        let response = call_service(&app, request.to_request()).await;
        (response.status().as_u16(), read_body_json(response).await)
    }

    #[actix_web::test]
    async fn reads_json_of_every_name() {
        for media_type in
            ["application/json", "application/json; charset=\"UTF-8\"", "application/merge-patch+json"]
        {
            let (status, body) = send("/open", media_type, r#"{"text": "x"}"#).await;
            assert_eq!((status, &body["text"]), (200, &"x".into()), "{media_type}");
        }
        for media_type in
            ["text/plain", "text/json", "nonsense", "application/xml", "application/json; charset=utf-16"]
        {
            let (status, body) = send("/open", media_type, r#"{"text": "x"}"#).await;
            assert_eq!((status, &body["code"]), (415, &"unsupported_media_type".into()), "{media_type}");
        }
    }

    #[actix_web::test]
    async fn refuses_with_the_right_status() {
        let code = async |path, body: String| {
            let (status, body) = send(path, "application/json", body).await;
            (status, body["code"].as_str().unwrap_or_default().to_owned(), body["errors"].clone())
        };
        assert_eq!(code("/open", "{".into()).await.0, 400);
        assert_eq!(code("/open", "x".repeat(100_001)).await.1, "payload_too_large");
        let (status, name, errors) = code("/open", r#"{"txt": 1}"#.into()).await;
        assert_eq!((status, name.as_str()), (422, "invalid_input"));
        assert_eq!(errors[1]["pointer"], "/txt");
        let (_, _, errors) = code("/private", r#"{"txt": 1}"#.into()).await;
        assert!(!errors.to_string().contains("txt"));
        // Longer than what is read on the worker itself.
        let long = format!(r#"{{"text": "{}"}}"#, "x".repeat(70_000));
        assert_eq!(code("/open", long).await.2[0]["code"], "too_long");
    }
}
