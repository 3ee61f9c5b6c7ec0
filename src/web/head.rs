//! `HEAD`: the head of what `GET` answers (RFC 9110, section 9.3.2). The edge asks handlers as for `GET` and sends nothing
//! of their bodies; a handler whose answer costs much can see that only its head is wanted.

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpMessage as _, HttpRequest,
    body::{BodySize, MessageBody},
    dev::ServiceRequest,
    http::Method,
    web::Bytes,
};

/// In the extensions of a request that came as `HEAD`.
#[derive(Clone, Copy, Debug)]
struct Marked;

/// Makes a `HEAD` a `GET` that knows that it was one; whether it was.
pub fn begin(request: &mut ServiceRequest) -> bool {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(Marked);
    }
    is_head
}

/// Whether only the head of the answer will be sent.
#[must_use]
pub fn is_all(request: &HttpRequest) -> bool {
    request.extensions().contains::<Marked>()
}

/// A body that has the size of another one, and nothing of it.
#[derive(Debug)]
pub struct HeadBody(pub BodySize);

impl MessageBody for HeadBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
