//! Whether the speaker asserts what a cue found. A warning is about a person, so it needs a plain assertion: nothing that
//! stands under a condition, is tentative or wished for, or denies no more than an exception.

use super::{
    patterns::Span,
    text::{Text, Token},
};

/// How far before and after a place its clause is looked through, in words.
const NEAR: usize = 15;
const AFTER: usize = 10;

/// Whether what stands at `span` is plainly asserted; `own` are the words of the cue without those in gaps.
pub(super) fn is_asserted(text: &Text, span: Span, own: &[Span]) -> bool {
    let start = clause_start(text, span.start);
    let loosens = |at: usize| {
        let plain = text.tokens[at].word.plain.as_str();
        is_tentative(plain)
            || plain == "without"
            || at < span.start && is_conditional(plain)
            || at > span.start && denies(plain)
    };
    let mut others = (start..span.end).filter(|at| !own.iter().any(|own| own.holds(*at)));
    let mut words = own.iter().flat_map(|own| &text.tokens[own.start..own.end]);
    let limited = is_restricted(text, span.end)
        || words.any(|token| denies(&token.word.plain)) && has_exception(text, span.end);
    !(limited || others.any(loosens))
}

/// Where the clause that goes on at `at` begins.
fn clause_start(text: &Text, at: usize) -> usize {
    let own = &text.tokens[at];
    let goes_on = |token: &Token| {
        token.sentence == own.sentence
            && token.breaks == own.breaks
            && token.commas == own.commas
            && !matches!(token.word.plain.as_str(), "because" | "then")
    };
    (at.saturating_sub(NEAR)..at)
        .rev()
        .take_while(|before| goes_on(&text.tokens[*before]))
        .last()
        .unwrap_or(at)
}

fn is_conditional(plain: &str) -> bool {
    matches!(
        plain,
        "if" | "unless" | "when" | "whenever" | "whether" | "until" | "before" | "should" | "once"
    )
}

fn is_tentative(plain: &str) -> bool {
    matches!(
        plain,
        "maybe"
            | "perhaps"
            | "possibly"
            | "might"
            | "may"
            | "could"
            | "hopefully"
            | "sometimes"
            | "occasionally"
            | "wonder"
            | "hope"
            | "wish"
            | "want"
            | "wants"
            | "feel"
            | "feels"
            | "fear"
    )
}

/// "I tell you what to do if you ask me": what follows says when, or of whom, it is so.
fn is_restricted(text: &Text, end: usize) -> bool {
    let sentence = text.sentence_end(end - 1, AFTER).max(end);
    let next = text.tokens[end..sentence].first().map_or("", |token| token.word.plain.as_str());
    matches!(next, "who" | "whose" | "but" | "yet" | "though" | "although")
        || text.tokens[end..sentence]
            .iter()
            .take_while(|token| token.commas == text.tokens[end - 1].commas)
            .any(|token| {
                matches!(token.word.plain.as_str(), "if" | "when" | "unless" | "except" | "until" | "only")
            })
}

fn denies(plain: &str) -> bool {
    matches!(plain, "not" | "never" | "no" | "nobody" | "none" | "nothing")
}

/// "I never change the plan without asking you" is no refusal to change it.
fn has_exception(text: &Text, end: usize) -> bool {
    let sentence = text.sentence_end(end - 1, AFTER).max(end);
    text.tokens[end..sentence].iter().any(|token| {
        matches!(
            token.word.plain.as_str(),
            "without"
                | "unless"
                | "until"
                | "before"
                | "except"
                | "lightly"
                | "alone"
                | "long"
                | "forever"
                | "immediately"
                | "straight"
                | "yet"
                | "overnight"
                | "only"
                | "just"
                | "simply"
                | "whim"
        )
    })
}
