//! Reads a whole request body into memory: within a limit, and decompressed within the same limit.

use std::{
    io::{self, Read},
    time::Duration,
};

use actix_web::{
    HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH},
    web::{Bytes, BytesMut, block},
};
use futures_util::StreamExt as _;

use tokio::time::timeout;

use crate::web::{code::Code, problem::Problem};

/// How long a body may be, as sent and once decompressed. Set it with `app_data`; the default is 1 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyLimit(pub usize);

impl Default for BodyLimit {
    fn default() -> Self {
        Self(1024 * 1024)
    }
}

/// The body as it was read, in the extensions of a request that has an `Idempotency-Key`: to tell it from another one.
#[derive(Clone, Debug)]
pub struct Received(pub Bytes);

/// How long a sender may pause within a body: otherwise a few could hold connections for ever.
const PATIENCE: Duration = Duration::from_secs(30);

/// The content codings that are read (RFC 9110, section 8.4.1).
const CODINGS: &str = "gzip, br, zstd, deflate";

/// A zstd frame may ask for a window of gigabytes; RFC 8878, section 3.1.1.1.2, recommends to stop at 8 MiB.
const ZSTD_WINDOW_LOG: u32 = 23;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
    Deflate,
    Brotli,
    Zstd,
}

/// The whole body. Compressed bodies are decompressed only as far as the limit goes, so that a small one cannot fill
/// the memory.
pub async fn read(request: &HttpRequest, mut payload: Payload) -> Result<Bytes, Problem> {
    let BodyLimit(limit) = request.app_data::<BodyLimit>().copied().unwrap_or_default();
    let coding = coding(request)?;
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    if announced.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    let mut body = BytesMut::with_capacity(announced.unwrap_or_default().min(limit));
    while let Some(chunk) = timeout(PATIENCE, payload.next()).await.map_err(|_| too_slow())? {
        let chunk = chunk.map_err(|error| incomplete(&error, limit))?;
        if body.len() + chunk.len() > limit {
            return Err(too_large(limit));
        }
        body.extend_from_slice(&chunk);
    }
    if coding == Coding::Identity {
        return Ok(body.freeze());
    }
    block(move || decompress(coding, &body, limit)).await.map_err(Problem::internal)?
}

fn too_slow() -> Problem {
    Problem::new(Code::BodyIncomplete, "The body stopped coming in.")
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        Code::PayloadTooLarge,
        format!("The body is longer than the {limit} bytes that are read here."),
    )
}

/// What a failing payload means.
#[must_use]
pub fn incomplete(error: &PayloadError, limit: usize) -> Problem {
    match error {
        PayloadError::Overflow => too_large(limit),
        PayloadError::EncodingCorrupted => {
            Problem::new(Code::BodyIncomplete, "The body's encoding is corrupt.")
        }
        _ => Problem::new(Code::BodyIncomplete, "The body ended before it was complete."),
    }
}

fn coding(request: &HttpRequest) -> Result<Coding, Problem> {
    let mut coding = Coding::Identity;
    for header in request.headers().get_all(CONTENT_ENCODING) {
        for name in header.to_str().unwrap_or("?").split(',').map(str::trim) {
            let next = match name.to_ascii_lowercase().as_str() {
                "identity" | "" => continue,
                "gzip" | "x-gzip" => Coding::Gzip,
                "deflate" => Coding::Deflate,
                "br" => Coding::Brotli,
                "zstd" => Coding::Zstd,
                _ => return Err(unsupported_coding()),
            };
            // Codings upon codings serve only to hide how much comes out.
            if coding != Coding::Identity {
                return Err(unsupported_coding());
            }
            coding = next;
        }
    }
    Ok(coding)
}

fn unsupported_coding() -> Problem {
    // RFC 9110, section 15.5.16: the answer says which codings would do.
    Problem::new(
        Code::UnsupportedMediaType,
        format!("The `Content-Encoding` of the body must be one of {CODINGS}, applied once."),
    )
    .header(ACCEPT_ENCODING, CODINGS)
}

fn decompress(coding: Coding, body: &[u8], limit: usize) -> Result<Bytes, Problem> {
    let mut plain = Vec::new();
    let read = |source: &mut dyn Read, plain: &mut Vec<u8>| source.take(limit as u64 + 1).read_to_end(plain);
    let outcome = match coding {
        Coding::Identity => read(&mut &*body, &mut plain),
        Coding::Gzip => read(&mut flate2::read::MultiGzDecoder::new(body), &mut plain),
        Coding::Deflate => read(&mut flate2::read::ZlibDecoder::new(body), &mut plain),
        Coding::Brotli => read(&mut brotli::Decompressor::new(body, 4096), &mut plain),
        Coding::Zstd => zstd_decoder(body).and_then(|mut decoder| read(&mut decoder, &mut plain)),
    };
    match outcome {
        Ok(_) if plain.len() > limit => Err(too_large(limit)),
        Ok(_) => Ok(Bytes::from(plain)),
        Err(_) => Err(Problem::new(Code::BodyIncomplete, "The body cannot be decompressed as a whole.")),
    }
}

fn zstd_decoder(body: &[u8]) -> io::Result<zstd::Decoder<'static, &[u8]>> {
    let mut decoder = zstd::Decoder::with_buffer(body)?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use actix_web::test::TestRequest;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    async fn read_as(coding: &str, body: Vec<u8>) -> Result<Bytes, Code> {
        let request = TestRequest::post().app_data(BodyLimit(1000)).insert_header((CONTENT_ENCODING, coding));
        let (request, payload) = request.set_payload(body).to_http_parts();
        read(&request, payload).await.map_err(|problem| problem.code())
    }

    #[actix_web::test]
    async fn reads_every_coding() {
        let text = b"{\"a\": 1}".as_slice();
        let mut br = Vec::new();
        brotli::CompressorWriter::new(&mut br, 4096, 5, 20).write_all(text).unwrap();
        assert_eq!(read_as("gzip", gzip(text)).await.unwrap(), text);
        assert_eq!(read_as("br", br).await.unwrap(), text);
        assert_eq!(read_as("zstd", zstd::encode_all(text, 3).unwrap()).await.unwrap(), text);
        assert_eq!(read_as("identity", text.to_vec()).await.unwrap(), text);
    }

    #[actix_web::test]
    async fn stops_at_the_limit_however_small_the_body() {
        let zeros = vec![b' '; 10_000_000];
        assert_eq!(read_as("gzip", gzip(&zeros[..100_000])).await, Err(Code::PayloadTooLarge));
        assert_eq!(
            read_as("zstd", zstd::encode_all(&zeros[..], 19).unwrap()).await,
            Err(Code::PayloadTooLarge)
        );
        let mut br = Vec::new();
        brotli::CompressorWriter::new(&mut br, 4096, 9, 22).write_all(&zeros).unwrap();
        assert_eq!(read_as("br", br).await, Err(Code::PayloadTooLarge));
        assert_eq!(read_as("identity", vec![b' '; 1001]).await, Err(Code::PayloadTooLarge));
    }

    #[test]
    fn a_body_that_was_cut_off_is_the_senders_fault() {
        assert_eq!(incomplete(&PayloadError::Incomplete(None), 1).code(), Code::BodyIncomplete);
        assert_eq!(incomplete(&PayloadError::Overflow, 1).code(), Code::PayloadTooLarge);
    }

    #[actix_web::test]
    async fn refuses_what_it_cannot_decode() {
        assert_eq!(read_as("compress", vec![1]).await, Err(Code::UnsupportedMediaType));
        assert_eq!(read_as("gzip, gzip", vec![1]).await, Err(Code::UnsupportedMediaType));
        for coding in ["gzip", "br", "zstd", "deflate"] {
            assert_eq!(read_as(coding, b"plain text".to_vec()).await, Err(Code::BodyIncomplete), "{coding}");
        }
        let mut cut = gzip(b"{\"a\": 1}");
        cut.truncate(cut.len() - 4);
        assert_eq!(read_as("gzip", cut).await, Err(Code::BodyIncomplete));
    }
}
