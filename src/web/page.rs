//! Lists in pages: `{"items": [...], "next_cursor": "...", "total": n}`, walked with an opaque cursor.

use actix_web::{HttpRequest, HttpResponse, http::header::LINK};
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use url::form_urlencoded;
use utoipa::{
    ToSchema,
    openapi::{OpenApi, Ref, RefOr, Schema, schema::ArrayItems},
};
use validator::ValidationError;
use xxhash_rust::xxh3::xxh3_64;

use crate::{
    fault::Fault,
    web::{code::Code, decode::rule_faults::flaw, problem::Problem},
};

/// The elements of a page where the request names no `limit`.
pub const DEFAULT_LIMIT: u32 = 20;
/// The greatest `limit`. Annotations take literals only, so that handlers repeat it: `#[validate(range(min = 1, max = 100))]`.
pub const MAX_LIMIT: u32 = 100;

/// The elements that a page has room for.
#[must_use]
pub fn limit(requested: Option<u32>) -> usize {
    requested.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize
}

/// Which part of a list is asked for. `K` is what the list is ordered by.
#[derive(Clone, Copy, Debug)]
pub struct Asked<K> {
    list: &'static str,
    limit: usize,
    /// The last key of the page before; `None` at the beginning.
    pub after: Option<K>,
}

impl<K: Serialize + DeserializeOwned> Asked<K> {
    /// What a request asks for by `limit` and `cursor`. `list` names the list, as for [`encode_cursor`].
    ///
    /// # Errors
    /// 400 where the cursor is none of this list.
    pub fn of(list: &'static str, limit: Option<u32>, cursor: Option<&str>) -> Result<Self, Problem> {
        let after = cursor.map(|cursor| decode_cursor(list, cursor)).transpose()?;
        Ok(Self { list, limit: self::limit(limit), after })
    }

    /// How many elements are to be read: one more than a page has tells whether there is another page.
    #[must_use]
    pub fn to_read(&self) -> i64 {
        i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)
    }

    /// The page of what was read, in order: at most [`Asked::to_read`] elements. `total` is how many the list has.
    ///
    /// # Errors
    /// 500 where a key cannot be written.
    pub fn page<T>(
        &self,
        total: i64,
        mut found: Vec<T>,
        key: impl FnOnce(&T) -> K,
    ) -> Result<Page<T>, Problem> {
        let is_last = found.len() <= self.limit;
        found.truncate(self.limit);
        let last = if is_last { None } else { found.last().map(key) };
        let next_cursor = last.map(|key| encode_cursor(self.list, &key)).transpose()?;
        Ok(Page { items: found, next_cursor, total: total.unsigned_abs() })
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Page<T> {
    /// The elements of this page.
    pub items: Vec<T>,
    /// Where the next page begins: send it as `cursor`. Null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// The elements of all pages together.
    pub total: u64,
}

/// Lets every page of the document point at the schema of its elements, which the derive writes out in each page.
pub fn share_items(document: &mut OpenApi) {
    let Some(components) = &mut document.components else { return };
    let names: Vec<String> = components.schemas.keys().cloned().collect();
    for name in &names {
        let Some(item) = name.strip_prefix("Page_").filter(|item| names.iter().any(|name| name == item))
        else {
            continue;
        };
        if let Some(RefOr::T(Schema::Object(page))) = components.schemas.get_mut(name)
            && let Some(RefOr::T(Schema::Array(items))) = page.properties.get_mut("items")
        {
            items.items = ArrayItems::RefOrSchema(Box::new(Ref::from_schema_name(item).into()));
        }
    }
}

impl<T> Page<T> {
    /// The same page with something made of each element.
    #[must_use]
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, next_cursor, total } = self;
        Page { items: items.into_iter().map(f).collect(), next_cursor, total }
    }
}

impl<T: Serialize> Page<T> {
    /// The answer, with `Link: <...>; rel="next"` (RFC 8288) where there is a next page.
    #[must_use]
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        let mut response = HttpResponse::Ok();
        if let Some(cursor) = &self.next_cursor {
            response.insert_header((LINK, next_link(request, cursor)));
        }
        response.json(self)
    }
}

/// For lists that give all their elements as lines: refuses the parameters of pages, which would otherwise say nothing.
///
/// # Errors
/// 400 that names each of them.
pub fn refuse_in_lines(limit: Option<u32>, cursor: Option<&str>) -> Result<(), Problem> {
    let fault = |name: &str| {
        let detail = format!(
            "Query parameter `{name}`: This is for pages of JSON; lines come all at once, without pages."
        );
        Fault::new(format!("/{name}"), Code::Inconsistent.as_str(), detail)
    };
    let named = [("cursor", cursor.is_some()), ("limit", limit.is_some())];
    let faults: Vec<Fault> =
        named.iter().filter(|(_, is_given)| *is_given).map(|(name, _)| fault(name)).collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem::invalid_query(faults)) }
}

/// The value of `Link` for the same address with another cursor: a relative reference, so that it holds behind any proxy.
#[must_use]
pub fn next_link(request: &HttpRequest, cursor: &str) -> String {
    let kept = form_urlencoded::parse(request.query_string().as_bytes()).filter(|(name, _)| name != "cursor");
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair("cursor", cursor)
        .finish();
    format!("<{}?{query}>; rel=\"next\"", request.path())
}

/// What a cursor holds. Clients must not look: the form may change with the version.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Position<K> {
    v: u8,
    list: String,
    key: K,
}

const VERSION: u8 = 1;
/// A cursor is a key, not a document.
const MAX_CURSOR: usize = 2048;
const NO_CURSOR: &str = "This is no cursor of this list.";

/// A cursor that continues after `key`. `list` names the list and whatever orders it (say, `therapists:score`), so that
/// no other list takes the cursor.
pub fn encode_cursor<K: Serialize>(list: &str, key: &K) -> Result<String, Problem> {
    let position = Position { v: VERSION, list: list.to_owned(), key };
    let mut bytes = serde_json::to_vec(&position).map_err(Problem::internal)?;
    bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
    Ok(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// The key that the cursor continues after. The checksum finds cursors that were cut or edited; it keeps no secret, so
/// that a key must hold nothing that the caller may not see or choose.
pub fn decode_cursor<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<K, Problem> {
    key_of(list, cursor).ok_or_else(|| {
        let detail = format!("Query parameter `cursor`: {NO_CURSOR}");
        Problem::invalid_query(vec![Fault::new("/cursor", Code::InvalidCursor.as_str(), detail)])
    })
}

/// The rule of a `cursor` parameter, so that its fault is named beside those of the other parameters. `K` and `list` are
/// those of [`decode_cursor`].
///
/// # Errors
/// `invalid_cursor`.
pub fn cursor_rule<K: DeserializeOwned>(list: &str, cursor: &str) -> Result<(), ValidationError> {
    key_of::<K>(list, cursor).map(|_| ()).ok_or_else(|| flaw(Code::InvalidCursor, NO_CURSOR))
}

fn key_of<K: DeserializeOwned>(list: &str, cursor: &str) -> Option<K> {
    let position = || {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (json, checksum) = bytes.split_last_chunk::<8>()?;
        let position = serde_json::from_slice::<Position<K>>(json).ok()?;
        let sound =
            xxh3_64(json).to_le_bytes() == *checksum && position.v == VERSION && position.list == list;
        sound.then_some(position.key)
    };
    if cursor.len() > MAX_CURSOR { None } else { position() }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cursor_returns_what_was_put_in() {
        let cursor = encode_cursor("notes", &(7, "b")).unwrap();
        assert_eq!(decode_cursor::<(i32, String)>("notes", &cursor).unwrap(), (7, "b".to_owned()));
    }

    #[test]
    fn a_cursor_of_another_list_or_type_is_refused() {
        let cursor = encode_cursor("notes", &7).unwrap();
        for problem in [
            decode_cursor::<i32>("other", &cursor).unwrap_err(),
            decode_cursor::<String>("notes", &cursor).unwrap_err(),
            decode_cursor::<i32>("notes", "").unwrap_err(),
            decode_cursor::<i32>("notes", &"A".repeat(4000)).unwrap_err(),
        ] {
            assert_eq!(problem.code(), Code::InvalidQuery);
            assert_eq!(problem.errors()[0].code, "invalid_cursor");
        }
    }

    proptest! {
        #[test]
        fn a_tampered_cursor_is_refused(key in any::<u64>(), at in any::<prop::sample::Index>(), by in 1u8..255) {
            let cursor = encode_cursor("notes", &key).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= by;
            prop_assert!(decode_cursor::<u64>("notes", &BASE64_URL_SAFE_NO_PAD.encode(bytes)).is_err());
        }
    }

    #[test]
    fn links_to_the_next_page_and_keeps_the_filters() {
        let page = Page { items: vec![1], next_cursor: Some("abc".to_owned()), total: 9 };
        let request = TestRequest::with_uri("/v1/notes?q=a%26b&cursor=old&tag=x&tag=y").to_http_request();
        let response = page.respond(&request);
        assert_eq!(
            response.headers().get(LINK).unwrap(),
            "</v1/notes?q=a%26b&tag=x&tag=y&cursor=abc>; rel=\"next\""
        );
        let last = Page { next_cursor: None, ..page };
        assert!(last.respond(&request).headers().get(LINK).is_none());
    }

    proptest! {
        #[test]
        fn pages_one_after_the_other_are_the_list(count in 0_usize..40, limit in 1_u32..12) {
            let list: Vec<usize> = (0..count).collect();
            let (mut walked, mut cursor) = (Vec::new(), None);
            loop {
                let asked = Asked::<usize>::of("notes", Some(limit), cursor.as_deref()).unwrap();
                let rest = list.iter().copied().filter(|at| asked.after.is_none_or(|after| *at > after));
                let found = rest.take(usize::try_from(asked.to_read()).unwrap()).collect();
                let page = asked.page(i64::try_from(count).unwrap(), found, |at| *at).unwrap().map(|at| at + 1);
                prop_assert!(page.items.len() <= limit as usize && page.total == count as u64);
                prop_assert!(count == 0 || !page.items.is_empty());
                walked.extend(page.items.iter().map(|at| at - 1));
                cursor = page.next_cursor;
                if cursor.is_none() {
                    break;
                }
            }
            prop_assert_eq!(walked, list);
        }
    }

    #[test]
    fn the_limit_has_bounds() {
        assert_eq!([limit(None), limit(Some(0)), limit(Some(7)), limit(Some(9000))], [20, 1, 7, 100]);
    }
}
