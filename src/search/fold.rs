//! Text without what people leave out when they type: case, accents, punctuation.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Longer words count by their beginning alone, in bytes.
const MAX_WORD: usize = 48;

/// The text in lower case without accents, with one space where it has white space.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        fold_into(word, &mut folded);
    }
    folded
}

fn fold_into(text: &str, folded: &mut String) {
    if text.is_ascii() {
        folded.extend(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            // Letters that carry their mark within.
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            'ø' => folded.push('o'),
            'đ' | 'ð' => folded.push('d'),
            'ł' => folded.push('l'),
            'þ' => folded.push_str("th"),
            'ı' => folded.push('i'),
            // Lower case may come apart again, as that of a dotted capital I.
            c if is_combining_mark(c) => {}
            c => folded.push(c),
        }
    }
}

/// The text folded, without full stops and spaces: `Ph.D.` is `phd`.
#[must_use]
pub fn fold_title(title: &str) -> String {
    let mut folded = fold(title);
    folded.retain(|c| c != '.' && c != ' ');
    folded
}

/// A mark within a word that people write or leave out.
const fn joins(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{02bc}' | '.')
}

/// A character that is a word by itself, where scripts put no spaces.
const fn is_word(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

fn cut(word: &str) -> &str {
    let mut end = word.len().min(MAX_WORD);
    while !word.is_char_boundary(end) {
        end -= 1;
    }
    &word[..end]
}

/// What stands between two spaces, as its words: `o'brien-smith` is `obrien` and `smith`. `parts` adds what marks within
/// a word separate: `o` and `brien`.
fn split(piece: &str, parts: bool, take: &mut impl FnMut(&str)) {
    let mut joined = String::new();
    for word in piece.split(|c: char| !(c.is_alphanumeric() || joins(c))) {
        if !word.contains(joins) {
            separate(word, take);
            continue;
        }
        joined.clear();
        joined.extend(word.chars().filter(|c| !joins(*c)));
        separate(&joined, take);
        if parts {
            word.split(joins).filter(|part| part.len() < joined.len()).for_each(|part| separate(part, take));
        }
    }
}

fn separate(word: &str, take: &mut impl FnMut(&str)) {
    if word.is_ascii() || !word.contains(is_word) {
        if !word.is_empty() {
            take(cut(word));
        }
        return;
    }
    let mut rest = word;
    while let Some(c) = rest.chars().next() {
        let end = match is_word(c) {
            true => c.len_utf8(),
            false => rest.find(is_word).unwrap_or(rest.len()),
        };
        let (word, after) = rest.split_at(end);
        take(cut(word));
        rest = after;
    }
}

/// Hands over the words that a text can be found by.
pub(super) fn each_word(text: &str, mut take: impl FnMut(&str)) {
    let mut folded = String::new();
    for piece in text.split_whitespace() {
        folded.clear();
        fold_into(piece, &mut folded);
        split(&folded, true, &mut take);
    }
}

/// The words of a query, each once, in order.
#[must_use]
pub fn query_words(query: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for piece in fold(query).split(' ') {
        split(piece, false, &mut |word| {
            if !words.iter().any(|known| known == word) {
                words.push(word.to_owned());
            }
        });
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut words = Vec::new();
        each_word(text, |word| words.push(word.to_owned()));
        words
    }

    #[test]
    fn case_accents_and_spaces_do_not_count() {
        assert_eq!(fold("  Zoë\tÅngström-Łukasz "), "zoe angstrom-lukasz");
        assert_eq!(fold("São PAULO"), fold("sa\u{303}o paulo"));
        assert_eq!(fold("Straße Søren İpek"), "strasse soren ipek");
        assert_eq!(fold_title("Ph. D."), fold_title("PhD"));
    }

    #[test]
    fn words_are_found_with_and_without_their_marks() {
        assert_eq!(
            words("Dr. O’Brien-Smith, Ph.D."),
            ["dr", "obrien", "o", "brien", "smith", "phd", "ph", "d"]
        );
        assert_eq!(query_words("O'Brien  PH.D. o'brien"), ["obrien", "phd"]);
        assert_eq!(query_words(" .,'! "), Vec::<String>::new());
        assert_eq!(words("王伟 zhang"), ["王", "伟", "zhang"]);
        assert_eq!(words(&"ä".repeat(200)), ["a".repeat(48)]);
    }
}
