//! JSON Pointers (RFC 6901).

use std::cmp::Ordering;

use serde_json::Value;

use super::parse::is_control_character;

/// Longest name in a pointer that is told, in characters; a longer one is cut. No field of the API comes near.
const MAX_TOKEN: usize = 200;
/// A pointer of so many bytes that is told takes no more names.
const MAX_LENGTH: usize = 1000;
/// Stands for what is left out.
const ELLIPSIS: char = '…';

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
    token.chars().for_each(|c| push_char(pointer, c));
}

fn push_char(pointer: &mut String, c: char) {
    match c {
        '~' => pointer.push_str("~0"),
        '/' => pointer.push_str("~1"),
        c => pointer.push(c),
    }
}

/// Appends one reference token to a pointer that is told and not followed.
///
/// The sender chooses the names of unknown fields: a long one would be repeated with each fault below it, and databases
/// refuse some control characters. So an ellipsis stands for what is beyond the first [`MAX_TOKEN`] characters of a
/// name and for all names beyond [`MAX_LENGTH`], and U+FFFD for each control character.
pub(super) fn push_told(pointer: &mut String, token: &str) {
    if pointer.len() >= MAX_LENGTH {
        if !pointer.ends_with("/…") {
            pointer.push('/');
            pointer.push(ELLIPSIS);
        }
        return;
    }
    pointer.push('/');
    let mut rest = token.chars();
    for c in rest.by_ref().take(MAX_TOKEN) {
        push_char(pointer, if is_control_character(c) { char::REPLACEMENT_CHARACTER } else { c });
    }
    if rest.next().is_some() {
        pointer.push(ELLIPSIS);
    }
}

/// The pointer as it is told: as it is, but for names that are too long, too many, or have control characters.
pub(super) fn told(pointer: String) -> String {
    if pointer.len() <= MAX_TOKEN && !pointer.chars().any(is_control_character) {
        return pointer;
    }
    let mut told = String::new();
    tokens(&pointer).for_each(|token| push_told(&mut told, &token));
    told
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
    fn long_and_unprintable_names_are_told_in_part() {
        let name = "a/b~c\td".to_owned();
        let plain = join(&join("", &name), "7");
        assert_eq!(told(plain.clone()), plain);
        assert_eq!(told(join("/x", "\0b\u{85}")), "/x/\u{fffd}b\u{fffd}");
        assert_eq!(told(join("", &"é".repeat(200))), join("", &"é".repeat(200)));
        assert_eq!(told(join("", &"/".repeat(700_000))), format!("/{}…", "~1".repeat(200)));
        let deep = (0..100_000).fold(String::new(), |mut pointer, _| {
            push(&mut pointer, "deep");
            pointer
        });
        let short = told(deep);
        assert!(short.len() < MAX_LENGTH + 10 && short.ends_with("/deep/…"), "{short}");
        let widest =
            told("~1".repeat(300).replace("~1~1~1", "/\u{10000}\u{10000}\u{10000}") + &"/𐀀".repeat(5000));
        for text in [short, widest, told(join("", &"x".repeat(300)))] {
            assert_eq!(told(text.clone()), text);
        }
    }

    #[test]
    fn orders_indices_as_numbers_and_knows_descendants() {
        assert_eq!(compare("/a/2", "/a/10"), Ordering::Less);
        assert_eq!(compare("/a", "/a/0"), Ordering::Less);
        assert!(is_within("/a/0", "/a") && is_within("/a", "/a") && is_within("/a", ""));
        assert!(!is_within("/ab", "/a"));
    }
}
