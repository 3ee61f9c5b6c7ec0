//! Who is speaking: the one who answers, somebody who is quoted, or the speaker of another time.

use super::{
    language::{Mark, Role},
    patterns::Span,
    text::{Quotation, Text},
};

/// How far from a quotation its subject is looked for, in words.
const NEAR: usize = 10;

/// How far a sentence of others is followed, so that the work stays linear in a text without full stops.
const SENTENCE: usize = 120;

/// The words that are not the speaker's own, in order and apart from each other.
pub(super) fn foreign(text: &Text, marks: &[Mark]) -> Vec<Span> {
    let mut foreign: Vec<Span> = marks.iter().filter_map(|mark| reported(text, marks, mark)).collect();
    foreign.extend(
        text.quotations
            .iter()
            .filter(|quotation| is_others(text, marks, quotation))
            .map(|quotation| Span { start: quotation.start, end: quotation.end }),
    );
    foreign.extend(clients_lines(text));
    foreign.sort_unstable();
    let mut apart: Vec<Span> = Vec::with_capacity(foreign.len());
    for span in foreign {
        match apart.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => apart.push(span),
        }
    }
    apart
}

/// What a phrase such as "some colleagues" or "I used to" says of others or of another time.
fn reported(text: &Text, marks: &[Mark], mark: &Mark) -> Option<Span> {
    let past = match mark.role {
        Role::Others => false,
        Role::Past => true,
        Role::Peer => {
            // "A colleague of mine claims": the verb follows within a few words.
            let near = mark.span.end + 5;
            let says = next(marks, mark.span.end, Role::Says)
                .filter(|says| says.start <= near && text.is_unbroken(mark.span.start, says.end))?;
            let first = text.tokens[mark.span.end..says.start].iter();
            if first
                .clone()
                .any(|token| matches!(token.word.plain.as_str(), "i" | "we" | "you" | "not" | "to"))
            {
                return None;
            }
            false
        }
        _ => return None,
    };
    let limit = text.sentence_end(mark.span.start, SENTENCE);
    if let Some(quotation) = quotation_after(text, mark.span.end, mark.span.end + NEAR) {
        // The words before it are the others' as well; those after it are the speaker's again.
        return Some(Span { start: mark.span.start, end: quotation.end });
    }
    let end = (mark.span.end..limit).find(|at| returns(text, *at, past)).unwrap_or(limit);
    Some(Span { start: mark.span.start, end })
}

/// Whether the speaker comes back at `at`.
fn returns(text: &Text, at: usize, past: bool) -> bool {
    let (before, token) = (&text.tokens[at - 1], &text.tokens[at]);
    let plain = token.word.plain.as_str();
    if matches!(plain, "but" | "whereas" | "yet" | "however") {
        return true;
    }
    let parted = token.commas != before.commas
        || token.breaks != before.breaks
        || matches!(before.word.plain.as_str(), "and" | "so" | "while" | "now" | "then");
    if past {
        return matches!(plain, "now" | "today" | "nowadays" | "these" | "since") && parted
            || matches!(plain, "nowadays" | "today");
    }
    parted && matches!(plain, "i" | "we" | "my" | "our" | "mine")
}

/// Whether a quotation gives the words of somebody else than the speaker.
fn is_others(text: &Text, marks: &[Mark], quotation: &Quotation) -> bool {
    let start = quotation.start.saturating_sub(NEAR);
    let says = between(marks, start, quotation.start).iter().rfind(|mark| {
        mark.role == Role::Says && mark.span.end <= quotation.start && quotation.start - mark.span.end <= 4
    });
    if let Some(says) = says {
        let subject = (start..says.span.start).rev().find_map(|at| subject(text, marks, at));
        return subject == Some(Subject::Other);
    }
    // "…," our professor used to say.
    let end = text.tokens.len().min(quotation.end + 6);
    let told = between(marks, quotation.end, end)
        .iter()
        .any(|mark| mark.role == Role::Says && text.is_unbroken(quotation.end, mark.span.end));
    told && (quotation.end..end).find_map(|at| subject(text, marks, at)) == Some(Subject::Other)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Subject {
    Speaker,
    Other,
}

/// Who acts, as far as the word at `at` tells. "He" and "she" may be the therapist whom a client reports.
fn subject(text: &Text, marks: &[Mark], at: usize) -> Option<Subject> {
    if between(marks, at, at + 1).iter().any(|mark| mark.role == Role::Peer) {
        return Some(Subject::Other);
    }
    match text.tokens[at].word.plain.as_str() {
        "i" | "we" | "he" | "she" => Some(Subject::Speaker),
        "you" | "they" | "people" | "client" | "clients" | "patient" | "patients" | "someone"
        | "somebody" | "anyone" | "everyone" | "others" | "colleague" | "therapist" | "some" | "one" => {
            Some(Subject::Other)
        }
        _ => None,
    }
}

/// The lines of the client in a transcript ("CLIENT: …").
fn clients_lines(text: &Text) -> Vec<Span> {
    let tokens = &text.tokens;
    let is_label = |at: usize| {
        let next = tokens.get(at + 1).map_or(tokens[at].breaks, |next| next.breaks);
        let first = at == 0 || tokens[at - 1].sentence != tokens[at].sentence;
        first && tokens[at].breaks != next
    };
    let mut lines = Vec::new();
    let mut open: Option<usize> = None;
    for (at, token) in tokens.iter().enumerate() {
        let plain = token.word.plain.as_str();
        let client = matches!(plain, "client" | "patient");
        if (client || matches!(plain, "therapist" | "counsellor" | "me" | "answer")) && is_label(at) {
            if let Some(start) = open.take() {
                lines.push(Span { start, end: at });
            }
            open = client.then_some(at);
        }
    }
    lines.extend(open.map(|start| Span { start, end: tokens.len() }));
    lines
}

/// The first quotation that begins within the words `start..=end`, in the same sentence as the word before.
fn quotation_after(text: &Text, start: usize, end: usize) -> Option<Quotation> {
    let at = text.quotations.partition_point(|quotation| quotation.start < start);
    let sentence = text.tokens.get(start.checked_sub(1)?)?.sentence;
    text.quotations.get(at).copied().filter(|quotation| {
        quotation.start <= end
            && text.tokens.get(quotation.start).is_some_and(|first| first.sentence == sentence)
    })
}

fn next(marks: &[Mark], from: usize, role: Role) -> Option<Span> {
    between(marks, from, from + NEAR).iter().find(|mark| mark.role == role).map(|mark| mark.span)
}

/// The marks that begin within the words `start..end`.
fn between(marks: &[Mark], start: usize, end: usize) -> &[Mark] {
    let first = marks.partition_point(|mark| mark.span.start < start);
    let last = marks.partition_point(|mark| mark.span.start < end);
    &marks[first..last.max(first)]
}
