//! Entity tags and the conditions that name them (RFC 9110, sections 8.8.3 and 13.1).
//!
//! A tag is strong and has up to three parts: `"12.public-gzip"` is revision 12 as the public sees it, compressed.
//! - The variant (`.public`) keeps the answers of one revision for different callers apart. A write compares revisions
//!   only: whoever has read any variant of revision 12 has read revision 12.
//! - The coding (`-gzip`) is added by the edge to compressed answers, because a strong tag promises equal bytes. Making
//!   the tag weak instead would keep clients that read compressed answers from ever using `If-Match`. Before comparing,
//!   the coding is taken off again.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder,
    dev::Payload,
    http::header::{
        ACCEPT_ENCODING, CONTENT_ENCODING, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_NONE_MATCH,
        VARY,
    },
};
use serde::Serialize;
use xxhash_rust::xxh3::xxh3_128;

use crate::web::{code::Code, problem::Problem};

const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// One entity tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag {
    weak: bool,
    /// Between the quotes.
    opaque: String,
}

impl ETag {
    /// The tag of a stored revision.
    #[must_use]
    pub fn revision(revision: i64) -> Self {
        Self { weak: false, opaque: revision.to_string() }
    }

    /// The tag of these very bytes.
    #[must_use]
    pub fn content(bytes: &[u8]) -> Self {
        Self { weak: false, opaque: format!("{:032x}", xxh3_128(bytes)) }
    }

    /// The tag of one variant of the same revision: a lower-case word for who sees it, or in which state.
    #[must_use]
    pub fn variant(self, variant: &str) -> Self {
        Self { opaque: format!("{}.{variant}", self.opaque), ..self }
    }

    fn of_coding(&self, coding: &str) -> Self {
        Self { weak: self.weak, opaque: format!("{}-{coding}", self.opaque) }
    }

    /// As it stands in `ETag`.
    #[must_use]
    pub fn header(&self) -> String {
        format!("{}\"{}\"", if self.weak { "W/" } else { "" }, self.opaque)
    }

    /// The tag without its coding.
    fn uncoded(&self) -> &str {
        let is_coding = |coding: &str| CODINGS.contains(&coding);
        match self.opaque.rsplit_once('-') {
            Some((opaque, coding)) if is_coding(coding) => opaque,
            _ => &self.opaque,
        }
    }

    /// The tag without its variant and its coding.
    fn state(&self) -> &str {
        self.uncoded().split('.').next().unwrap_or_default()
    }
}

/// What `If-Match` or `If-None-Match` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// `*`: whatever there is.
    Any,
    /// These.
    List(Vec<ETag>),
}

impl Tags {
    /// Reads `*` or a list of entity tags; `None` when the text is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.trim() == "*" {
            return Some(Self::Any);
        }
        let (mut tags, mut rest) = (Vec::new(), text.trim_start());
        loop {
            // RFC 9110, section 5.6.1.2: a recipient accepts empty elements.
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                return (!tags.is_empty()).then_some(Self::List(tags));
            }
            let (weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |quoted| (true, quoted));
            let (opaque, after) = quoted.strip_prefix('"')?.split_once('"')?;
            if !opaque.chars().all(|c| c == '!' || (c > '"' && c != '\u{7f}')) {
                return None;
            }
            tags.push(ETag { weak, opaque: opaque.to_owned() });
            rest = after.trim_start_matches([' ', '\t']);
            if !rest.is_empty() && !rest.starts_with(',') {
                return None;
            }
        }
    }

    /// Strong comparison by revision, for writes: a weak tag never matches. `None` is what does not exist.
    #[must_use]
    pub fn has_state_of(&self, current: Option<&ETag>) -> bool {
        match (self, current) {
            (_, None) => false,
            (Self::Any, Some(_)) => true,
            (Self::List(tags), Some(current)) => {
                !current.weak && tags.iter().any(|tag| !tag.weak && tag.state() == current.state())
            }
        }
    }

    /// Weak comparison, for reads: the tag that the client has, when it is of this representation.
    #[must_use]
    pub fn of_same<'a>(&'a self, current: &'a ETag) -> Option<&'a ETag> {
        match self {
            Self::Any => Some(current),
            Self::List(tags) => tags.iter().find(|tag| tag.uncoded() == current.uncoded()),
        }
    }
}

/// The conditions of a request. Extracting them answers 400 for malformed ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    pub if_match: Option<Tags>,
    pub if_none_match: Option<Tags>,
}

impl FromRequest for Conditions {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = || {
            Ok(Self {
                if_match: tags(request.headers(), &IF_MATCH)?,
                if_none_match: tags(request.headers(), &IF_NONE_MATCH)?,
            })
        };
        ready(read())
    }
}

fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    let mut lines = Vec::new();
    for line in headers.get_all(name) {
        // Tags may hold bytes beyond ASCII; ours never do, so that reading them as Latin-1 is enough to not match.
        lines.push(line.as_bytes().iter().map(|&byte| char::from(byte)).collect::<String>());
    }
    if lines.is_empty() {
        return Ok(None);
    }
    let tags = Tags::parse(&lines.join(", ")).ok_or_else(|| Problem::invalid_header(name.as_str()))?;
    Ok(Some(tags))
}

impl Conditions {
    /// Whether a write may go ahead on what is there now (`None`: nothing is): 412 when not (RFC 9110, section 13.2.2).
    pub fn allow_write(&self, current: Option<&ETag>) -> Result<(), Problem> {
        let met = self.if_match.as_ref().is_none_or(|tags| tags.has_state_of(current));
        let absent = self.if_none_match.as_ref().is_none_or(|tags| match (tags, current) {
            (_, None) => true,
            (tags, Some(current)) => tags.of_same(current).is_none(),
        });
        if met && absent { Ok(()) } else { Err(Problem::from(Code::PreconditionFailed)) }
    }

    /// The answer to a read: 200 with the tag, 304 when the client has it already, 412 when it asked for another one.
    pub fn respond<T: Serialize>(&self, current: &ETag, body: &T) -> Result<HttpResponse, Problem> {
        self.respond_with(current, |mut response| response.json(body))
    }

    /// The same with a body that is no JSON: `finish` makes it.
    pub fn respond_with(
        &self,
        current: &ETag,
        finish: impl FnOnce(HttpResponseBuilder) -> HttpResponse,
    ) -> Result<HttpResponse, Problem> {
        if self.if_match.as_ref().is_some_and(|tags| !tags.has_state_of(Some(current))) {
            return Err(Problem::from(Code::PreconditionFailed));
        }
        if let Some(same) = self.if_none_match.as_ref().and_then(|tags| tags.of_same(current)) {
            // The client's own tag: it names the coding of what the client has stored.
            return Ok(HttpResponse::NotModified()
                .insert_header((ETAG, same.header()))
                .insert_header((VARY, ACCEPT_ENCODING.as_str()))
                .finish());
        }
        let mut response = HttpResponse::Ok();
        response.insert_header((ETAG, current.header()));
        Ok(finish(response))
    }
}

/// Gives the tag of a compressed answer the name of its coding. For the edge, after compression.
pub fn mark_coding(headers: &mut HeaderMap) {
    let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let marked = match (text(ETAG).and_then(Tags::parse), text(CONTENT_ENCODING)) {
        (Some(Tags::List(tags)), Some(coding)) if CODINGS.contains(&coding) => {
            tags.first().filter(|tag| !tag.weak).map(|tag| tag.of_coding(coding).header())
        }
        _ => None,
    };
    if let Some(value) = marked.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        headers.insert(ETAG, value);
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn list(text: &str) -> Vec<String> {
        match Tags::parse(text) {
            Some(Tags::List(tags)) => tags.iter().map(ETag::header).collect(),
            other => vec![format!("{other:?}")],
        }
    }

    #[test]
    fn reads_lists_as_rfc_9110_writes_them() {
        assert_eq!(Tags::parse(" * "), Some(Tags::Any));
        assert_eq!(list("\"a\", W/\"b\" ,\"\""), ["\"a\"", "W/\"b\"", "\"\""]);
        assert_eq!(list(",, \"a,b\" ,"), ["\"a,b\""]);
        for bad in
            ["", ",", "a", "\"a", "\"a\" \"b\"", "w/\"a\"", "\"a b\"", "*, \"a\"", "\"a\"x", "W/ \"a\""]
        {
            assert_eq!(Tags::parse(bad), None, "{bad}");
        }
    }

    fn conditions(name: HeaderName, value: &str) -> Result<Conditions, Code> {
        let request = TestRequest::get().insert_header((name, value)).to_http_request();
        Conditions::from_request(&request, &mut Payload::None).into_inner().map_err(|problem| problem.code())
    }

    fn write(if_match: &str, current: Option<&ETag>) -> bool {
        conditions(IF_MATCH, if_match).unwrap().allow_write(current).is_ok()
    }

    #[test]
    fn if_match_compares_strongly() {
        let revision = ETag::revision(12);
        let now = Some(&revision);
        assert!(write("\"11\", \"12\"", now) && write("*", now) && write("\"12.public-gzip\"", now));
        assert!(write("\"12\"", Some(&ETag::revision(12).variant("own"))));
        assert!(
            !write("W/\"12\"", now) && !write("\"13\"", now) && !write("\"12\"", None) && !write("*", None)
        );
        assert!(Conditions::default().allow_write(None).is_ok());
        assert_eq!(conditions(IF_MATCH, "12"), Err(Code::InvalidHeader));
    }

    #[test]
    fn if_none_match_star_creates_only() {
        let create = conditions(IF_NONE_MATCH, "*").unwrap();
        assert!(create.allow_write(None).is_ok() && create.allow_write(Some(&ETag::revision(1))).is_err());
    }

    #[test]
    fn an_unchanged_representation_is_304_with_the_clients_tag() {
        let current = ETag::revision(12).variant("public");
        let answer = |value: &str| {
            let response = conditions(IF_NONE_MATCH, value).unwrap().respond(&current, &1).unwrap();
            let tag = response.headers().get(ETAG).unwrap().to_str().unwrap().to_owned();
            (response.status().as_u16(), tag)
        };
        assert_eq!(answer("W/\"12.public\""), (304, "W/\"12.public\"".to_owned()));
        assert_eq!(answer("\"x\", \"12.public-br\""), (304, "\"12.public-br\"".to_owned()));
        assert_eq!(answer("*").0, 304);
        assert_eq!(answer("\"12\""), (200, "\"12.public\"".to_owned()));
        assert_eq!(answer("\"12.own\"").0, 200);
    }

    #[test]
    fn a_compressed_answer_has_a_tag_of_its_own() {
        let mut headers = HeaderMap::new();
        headers.insert(ETAG, HeaderValue::from_static("\"12\""));
        mark_coding(&mut headers);
        assert_eq!(headers.get(ETAG).unwrap(), "\"12\"");
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        mark_coding(&mut headers);
        assert_eq!(headers.get(ETAG).unwrap(), "\"12-br\"");
    }

    #[test]
    fn tags_follow_their_content() {
        assert_eq!(ETag::content(b"a"), ETag::content(b"a"));
        assert_ne!(ETag::content(b"a"), ETag::content(b"b"));
    }
}
