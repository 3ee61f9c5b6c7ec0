//! `Idempotency-Key`: its form, and the keyed hash that stands for a request. What was answered is the store's matter.

use std::future::{Ready, ready};

use actix_web::{FromRequest, HttpMessage as _, HttpRequest, dev::Payload};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::web::{body::Received, problem::Problem};

/// The name of the header.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The key that a client gave its request: 1 to 255 printable ASCII characters. Handlers extract
/// [`IdempotencyHeader`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads a key; `None` when it does not have the form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        (printable && (1..=255).contains(&text.len())).then(|| Self(text.to_owned()))
    }

    /// The key as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key of a request, where it has one. 400 when it is malformed or given twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyHeader(pub Option<IdempotencyKey>);

impl FromRequest for IdempotencyHeader {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mut lines = request.headers().get_all(IDEMPOTENCY_KEY);
        let key = match (lines.next(), lines.next()) {
            (None, _) => Ok(Self(None)),
            (Some(line), None) => line
                .to_str()
                .ok()
                .and_then(IdempotencyKey::parse)
                .map(|key| Self(Some(key)))
                .ok_or_else(|| Problem::invalid_header("Idempotency-Key")),
            (Some(_), Some(_)) => Err(Problem::invalid_header("Idempotency-Key")),
        };
        ready(key)
    }
}

/// What tells two requests with the same key apart.
#[derive(Clone, Copy, Debug)]
pub struct Fingerprinted<'a> {
    /// Who asks.
    pub caller: &'a str,
    /// The method.
    pub method: &'a str,
    /// The path, as sent: the same body below another resource is another request.
    pub path: &'a str,
    /// The body, as received and decompressed, or any fixed writing of it.
    pub body: &'a [u8],
}

/// HMAC-SHA-256 (RFC 2104) of a request under a secret of the server. Bodies can be guessed, so that a plain hash of
/// one would give it away; without the secret this one does not.
#[must_use]
pub fn fingerprint(secret: &[u8; 32], request: &Fingerprinted<'_>) -> [u8; 32] {
    // HMAC fills a short key up with zeros to the block of its hash.
    let mut block = [0; 64];
    block[..secret.len()].copy_from_slice(secret);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in [request.caller.as_bytes(), request.method.as_bytes(), request.path.as_bytes(), request.body]
    {
        // With the lengths in front, no two different requests write the same bytes.
        mac.update(&(part.len() as u64).to_le_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The fingerprint of the request that a handler has extracted with [`crate::web::json::Json`].
#[must_use]
pub fn fingerprint_of(secret: &[u8; 32], caller: &str, request: &HttpRequest) -> [u8; 32] {
    let extensions = request.extensions();
    let body = extensions.get::<Received>().map(|Received(body)| body.as_ref()).unwrap_or_default();
    let (method, path) = (request.method().as_str(), request.path());
    fingerprint(secret, &Fingerprinted { caller, method, path, body })
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::web::code::Code;

    #[test]
    fn a_key_is_1_to_255_printable_characters() {
        for good in ["a", "8e03978e-40d5-43dd-bc93-6894a57f9324", "\"quoted key\"", &"x".repeat(255)] {
            assert!(IdempotencyKey::parse(good).is_some(), "{good}");
        }
        for bad in ["", "a\tb", "ä", "\u{7f}", &"x".repeat(256)] {
            assert!(IdempotencyKey::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_header_is_optional_and_single() {
        let extract = |request: TestRequest| {
            IdempotencyHeader::from_request(&request.to_http_request(), &mut Payload::None).into_inner()
        };
        let name = IDEMPOTENCY_KEY;
        assert_eq!(extract(TestRequest::post()).unwrap().0, None);
        let key = extract(TestRequest::post().insert_header((name, "k-1"))).unwrap().0;
        assert_eq!(key.unwrap().as_str(), "k-1");
        let twice = TestRequest::post().append_header((name, "a")).append_header((name, "b"));
        assert_eq!(extract(twice).unwrap_err().code(), Code::InvalidHeader);
        assert!(extract(TestRequest::post().insert_header((name, ""))).is_err());
    }

    #[test]
    fn a_fingerprint_follows_every_part_and_the_secret() {
        let base = Fingerprinted { caller: "ab", method: "POST", path: "/v1/x", body: b"{}" };
        let print = |request: Fingerprinted<'_>| fingerprint(&[1; 32], &request);
        assert_eq!(print(base), print(base));
        let others = [
            Fingerprinted { caller: "a", method: "bPOST", ..base },
            Fingerprinted { method: "PUT", ..base },
            Fingerprinted { path: "/v1/y", ..base },
            Fingerprinted { body: b"{ }", ..base },
        ];
        for other in others {
            assert_ne!(print(base), print(other));
        }
        assert_ne!(print(base), fingerprint(&[2; 32], &base));
        let request = TestRequest::post().uri("/v1/x").to_http_request();
        request.extensions_mut().insert(Received(b"{}".as_slice().into()));
        assert_eq!(fingerprint_of(&[1; 32], "ab", &request), print(base));
    }
}
