//! How far a story of the past goes on.

use super::text::Text;

/// Most sentences of a story, and longest sentence of one that is looked at.
const STORY: usize = 3;
const SENTENCE: usize = 60;

/// The end of the sentences from `start` on that go on in the past tense.
pub(super) fn past_end(text: &Text, start: usize) -> usize {
    let mut end = start;
    for _ in 0..STORY {
        let next = text.sentence_end(end, SENTENCE);
        if next == end || !is_past(text, end, next) {
            break;
        }
        end = next;
    }
    end
}

/// Whether a sentence tells of the past, and of nothing else.
fn is_past(text: &Text, start: usize, end: usize) -> bool {
    let words = || text.tokens[start..end].iter().map(|token| token.word.plain.as_str());
    let now = words().any(|plain| {
        matches!(
            plain,
            "am" | "is"
                | "are"
                | "do"
                | "does"
                | "will"
                | "can"
                | "now"
                | "today"
                | "nowadays"
                | "these"
                | "since"
                | "have"
                | "has"
                | "until"
                | "but"
        )
    });
    !now && words().any(|plain| {
        matches!(
            plain,
            "was"
                | "were"
                | "had"
                | "did"
                | "went"
                | "told"
                | "said"
                | "thought"
                | "kept"
                | "felt"
                | "got"
                | "knew"
        ) || plain.len() > 4 && plain.ends_with("ed")
    })
}
