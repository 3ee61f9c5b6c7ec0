//! JSON Pointers (RFC 6901).

use std::cmp::Ordering;

use serde_json::Value;

/// `parent` with one more reference token.
pub fn join(parent: &str, token: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + token.len() + 1);
    pointer.push_str(parent);
    push(&mut pointer, token);
    pointer
}

/// Appends one reference token, escaped.
pub fn push(pointer: &mut String, token: &str) {
    pointer.push('/');
    for c in token.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
}

/// The parent and the last reference token, unescaped; `None` for the whole document.
pub fn split(pointer: &str) -> Option<(&str, String)> {
    pointer.rsplit_once('/').map(|(parent, token)| (parent, unescape(token)))
}

/// The reference tokens, unescaped.
pub fn tokens(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer.split('/').skip(1).map(unescape)
}

/// Whether `pointer` is `ancestor` or below it.
pub fn is_within(pointer: &str, ancestor: &str) -> bool {
    pointer.strip_prefix(ancestor).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Document order as people read it: `/items/2` before `/items/10`.
pub fn compare(left: &str, right: &str) -> Ordering {
    let mut right = right.split('/');
    for l in left.split('/') {
        let Some(r) = right.next() else { return Ordering::Greater };
        let order = match (l.parse::<u64>(), r.parse::<u64>()) {
            (Ok(l), Ok(r)) => l.cmp(&r),
            _ => l.cmp(r),
        };
        if order.is_ne() {
            return order;
        }
    }
    if right.next().is_some() { Ordering::Less } else { Ordering::Equal }
}

/// Takes the value out of its object, or puts `placeholder` in its place in an array or in the document.
/// Whether there was such a place.
pub fn replace(document: &mut Value, pointer: &str, placeholder: Option<Value>) -> bool {
    let Some((parent, token)) = split(pointer) else {
        return placeholder.map(|value| *document = value).is_some();
    };
    match (document.pointer_mut(parent), placeholder) {
        (Some(Value::Object(object)), Some(value)) => {
            object.insert(token, value);
            true
        }
        (Some(Value::Object(object)), None) => object.remove(&token).is_some(),
        (Some(Value::Array(array)), Some(value)) => {
            match token.parse::<usize>().ok().and_then(|index| array.get_mut(index)) {
                Some(element) => {
                    *element = value;
                    true
                }
                None => false,
            }
        }
        _ => false,
    }
}

fn unescape(token: &str) -> String {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~") } else { token.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_and_splits() {
        let pointer = join(&join("", "a/b"), "m~n");
        assert_eq!(pointer, "/a~1b/m~0n");
        assert_eq!(split(&pointer), Some(("/a~1b", "m~n".to_owned())));
        assert_eq!(tokens(&pointer).collect::<Vec<_>>(), ["a/b", "m~n"]);
        assert_eq!(split(""), None);
    }

    #[test]
    fn orders_indices_as_numbers_and_knows_descendants() {
        assert_eq!(compare("/a/2", "/a/10"), Ordering::Less);
        assert_eq!(compare("/a", "/a/0"), Ordering::Less);
        assert!(is_within("/a/0", "/a") && is_within("/a", "/a") && is_within("/a", ""));
        assert!(!is_within("/ab", "/a"));
    }
}
