//! How far a denial reaches.
//!
//! From its last word to the end of the clause: a full stop, colon, semicolon, dash or bracket, a word that opens another
//! clause ("but", "until"), a new subject, or a comma after which no "or" goes on with the list.

use super::{
    language::{Mark, Role},
    patterns::Span,
    text::{Text, Token},
};

/// A denial and the words that it reaches.
#[derive(Clone, Copy, Debug)]
pub(super) struct Denial {
    /// The denial's own words.
    pub mark: Span,
    pub reach: Span,
    /// "Not only": denies what a warning describes ("we don't just carry on") unless the sentence says what else.
    pub only: bool,
    /// The rest of the sentence says "but" or "also".
    pub also: bool,
    /// In a condition ("if you do not feel safe"): what it denies is called for.
    pub conditional: bool,
}

/// Most words that a denial reaches.
const REACH: usize = 12;
/// How far before a denial its condition is looked for.
const NEAR: usize = 6;
const REACH_WITHOUT: usize = 6;
/// How far a sentence is looked through, so that the work stays linear in a text without full stops.
const SENTENCE: usize = 60;
/// How far ahead a list may go on with "or".
const LIST: usize = 30;

/// The denials of a text, in order.
pub(super) fn denials(text: &Text, marks: &[Mark]) -> Vec<Denial> {
    marks.iter().filter_map(|mark| denial(text, marks, mark)).collect()
}

fn denial(text: &Text, marks: &[Mark], mark: &Mark) -> Option<Denial> {
    let reach = match mark.role {
        Role::Denies if is_interjection(text, mark.span) => return None,
        Role::Denies | Role::NotOnly => REACH,
        Role::Without if is_condition(text, marks, mark.span) => return None,
        Role::Without => REACH_WITHOUT,
        _ => return None,
    };
    let sentence = text.sentence_end(mark.span.start, SENTENCE);
    let rest = &text.tokens[mark.span.end.min(sentence)..sentence];
    let also =
        rest.iter().any(|token| matches!(token.word.plain.as_str(), "but" | "also" | "too" | "alongside"));
    let end = clause_end(text, mark.span, reach);
    let reach = Span { start: mark.span.end, end };
    let conditional = is_in_condition(text, mark.span.start);
    Some(Denial { mark: mark.span, reach, only: mark.role == Role::NotOnly, also, conditional })
}

/// Whether a clause with "if" or "until" has begun shortly before `at`.
fn is_in_condition(text: &Text, at: usize) -> bool {
    let own = &text.tokens[at];
    text.tokens[at.saturating_sub(NEAR)..at].iter().rev().any(|token| {
        token.sentence == own.sentence
            && token.breaks == own.breaks
            && token.commas == own.commas
            && matches!(
                token.word.plain.as_str(),
                "if" | "unless" | "until" | "when" | "whenever" | "days" | "should"
            )
    })
}

/// "No, we change course": the word answers and denies nothing that follows.
fn is_interjection(text: &Text, mark: Span) -> bool {
    let tokens = &text.tokens;
    let [own] = &tokens[mark.start..mark.end] else { return false };
    if own.word.plain != "no" && own.word.plain != "never" {
        return false;
    }
    tokens.get(mark.end).is_none_or(|next| {
        next.sentence != own.sentence
            || next.commas != own.commas
            || next.breaks != own.breaks
            || own.word.plain == "no" && is_subject(&next.word.plain)
    })
}

/// "Without trust nothing works": what is missing is called for.
fn is_condition(text: &Text, marks: &[Mark], mark: Span) -> bool {
    let end = text.sentence_end(mark.start, SENTENCE);
    let first = marks.partition_point(|other| other.span.start < mark.end);
    marks[first..].iter().take_while(|other| other.span.start < end).any(|other| other.role == Role::Denies)
        || text.tokens[mark.end..end.max(mark.end)].iter().any(|token| {
            matches!(
                token.word.plain.as_str(),
                "useless" | "pointless" | "impossible" | "little" | "hard" | "empty" | "collapses"
            )
        })
}

fn clause_end(text: &Text, mark: Span, reach: usize) -> usize {
    let limit = text.sentence_end(mark.start, mark.end - mark.start + reach * 3);
    let last = &text.tokens[mark.end - 1];
    let list_end = list_end(text, mark.end, limit);
    let (of_a_kind, in_part) = (is_of_a_kind(text, mark), is_in_part(text, mark));
    let mut words = 0;
    for at in mark.end..limit {
        let (before, token) = (&text.tokens[at - 1], &text.tokens[at]);
        if token.breaks != last.breaks || words == reach {
            return at;
        }
        let comma = token.commas != before.commas;
        if comma && (at >= list_end || is_subject(&token.word.plain)) {
            return at;
        }
        let opens = opens_clause(&token.word.plain) && !(describes(&token.word.plain) && of_a_kind);
        if at > mark.end && (opens || begins_anew(text, at)) {
            return at;
        }
        if in_part && at > mark.end && is_finite(&token.word.plain) {
            return at;
        }
        words += usize::from(!token.word.is_filler());
    }
    limit
}

/// "I am not one of those who push": what describes them is denied as well.
fn is_of_a_kind(text: &Text, mark: Span) -> bool {
    text.tokens[mark.start.saturating_sub(2)..mark.start]
        .iter()
        .chain(text.tokens[mark.end..].iter().take(2))
        .any(|token| {
            token.word.stem == "be" || matches!(token.word.plain.as_str(), "find" | "catch" | "hear" | "see")
        })
}

fn describes(plain: &str) -> bool {
    matches!(plain, "who" | "where" | "when")
}

/// "What does not work is dropped": the denial stands in a part of the sentence whose verb is yet to come. In "what I do
/// not do is push", that verb leads to what is denied.
fn is_in_part(text: &Text, mark: Span) -> bool {
    let own = &text.tokens[mark.start];
    let before = &text.tokens[mark.start.saturating_sub(NEAR)..mark.start];
    let part = before.iter().rev().take_while(|token| {
        token.sentence == own.sentence && token.breaks == own.breaks && token.commas == own.commas
    });
    for token in part {
        match token.word.plain.as_str() {
            "i" | "we" | "you" => return false,
            "what" | "whatever" | "who" | "whoever" | "which" | "those" => return true,
            _ => {}
        }
    }
    false
}

fn is_finite(plain: &str) -> bool {
    matches!(
        plain,
        "is" | "are" | "was" | "were" | "will" | "would" | "has" | "goes" | "gets" | "means" | "tells"
    )
}

/// The place of the last "or" or "nor" that goes on with a list begun before.
fn list_end(text: &Text, start: usize, limit: usize) -> usize {
    let end = limit.min(start + LIST);
    let mut list = start;
    for at in start..end {
        match text.tokens[at].word.plain.as_str() {
            "or" | "nor" => list = at + 1,
            "but" => break,
            _ => {}
        }
    }
    list
}

/// Whether a word begins something of its own, so that what denies after it does not mean what stands before.
pub(super) fn parts(token: &Token) -> bool {
    let plain = token.word.plain.as_str();
    is_subject(plain) || matches!(plain, "and" | "but" | "or" | "so" | "that" | "if" | "because" | "when")
}

fn opens_clause(plain: &str) -> bool {
    matches!(
        plain,
        "but"
            | "however"
            | "although"
            | "though"
            | "whereas"
            | "because"
            | "until"
            | "unless"
            | "since"
            | "if"
            | "when"
            | "while"
            | "before"
            | "yet"
            | "instead"
            | "except"
            | "who"
            | "why"
            | "where"
            | "whenever"
            | "once"
            | "anymore"
    )
}

/// Whether a new subject begins at `at`: "we never push we go at your pace", "and then we look".
fn begins_anew(text: &Text, at: usize) -> bool {
    let tokens: &[Token] = &text.tokens;
    let plain = |at: usize| tokens.get(at).map_or("", |token| token.word.plain.as_str());
    let here = plain(at);
    if here == "and" {
        return is_subject(plain(at + 1))
            || matches!(plain(at + 1), "then" | "instead" | "together" | "always");
    }
    // "I can not promise you it works": the verb stands before its object.
    let verb = if is_object(plain(at - 1)) { at.saturating_sub(2) } else { at - 1 };
    let takes = |at: usize| takes_a_clause(plain(at)) || takes_a_clause(&tokens[at].word.stem);
    is_subject(here) && here != "you" && !takes(verb)
}

fn is_object(plain: &str) -> bool {
    matches!(
        plain,
        "you" | "me" | "them" | "him" | "her" | "us" | "anyone" | "people" | "clients" | "someone"
    )
}

fn is_subject(plain: &str) -> bool {
    matches!(plain, "i" | "we" | "you" | "he" | "she" | "it" | "they" | "there")
}

/// Words after which a subject does not begin a clause of its own.
fn takes_a_clause(stem: &str) -> bool {
    matches!(
        stem,
        "think"
            | "believ"
            | "say"
            | "feel"
            | "know"
            | "want"
            | "claim"
            | "promis"
            | "promiz"
            | "pretend"
            | "guarante"
            | "see"
            | "that"
            | "mean"
            | "hint"
            | "impli"
            | "suggest"
            | "insinu"
            | "tell"
            | "do"
            | "will"
            | "would"
            | "have"
            | "can"
            | "did"
            | "should"
            | "be"
            | "what"
            | "how"
            | "expect"
            | "let"
            | "make"
            | "find"
            | "assum"
            | "which"
            | "or"
            | "nor"
            | "imagin"
            | "insist"
            | "not"
            | "so"
            | "as"
            | "way"
            | "anyth"
            | "everyth"
            | "whatev"
            | "than"
            | "could"
            | "like"
            | "like to"
            | "assur"
            | "hope"
            | "argu"
            | "suppos"
            | "must"
            | "about"
            | "with"
            | "to"
            | "for"
            | "of"
            | "on"
            | "from"
            | "in"
            | "behind"
            | "is"
            | "are"
    )
}
