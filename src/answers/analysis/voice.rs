//! Who is speaking: the one who answers, somebody who is quoted, or the speaker of another time.

use super::{
    language::{Mark, Role},
    patterns::Span,
    stance::Stance,
    tense,
    text::{Quotation, Text},
};

/// How far from a quotation its subject is looked for, in words.
const NEAR: usize = 10;

/// How far a sentence of others is followed, so that the work stays linear in a text without full stops.
const SENTENCE: usize = 120;

/// The words that are not the speaker's own, in order and apart from each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Foreign {
    good: Vec<Span>,
    warnings: Vec<Span>,
}

impl Foreign {
    /// Whether a signal, `positive` or a warning, that was found at `span` rests on words of others.
    pub fn touches(&self, span: Span, positive: bool) -> bool {
        let foreign = if positive { &self.good } else { &self.warnings };
        // Apart from each other and in order, so that only the last one that begins before the end can touch.
        let before = foreign.partition_point(|foreign| foreign.start < span.end);
        foreign[..before].last().is_some_and(|foreign| foreign.touches(&span))
    }
}

/// What is said by others, by the speaker of another time, or taken back at once. No warning is drawn from what is merely
/// quoted, asked or imagined.
pub(super) fn foreign(text: &Text, marks: &[Mark]) -> Foreign {
    let mut reports: Vec<Span> = marks.iter().filter_map(|mark| reported(text, marks, mark)).collect();
    let quoted = |quotation: &&Quotation| is_others(text, marks, quotation);
    reports.extend(text.quotations.iter().filter(quoted).map(Quotation::span));
    reports.extend(clients_lines(text));
    let stance = Stance::new(text, marks);
    let reports = apart(reports);
    let mut good: Vec<Span> =
        reports.iter().copied().filter(|report| !stance.accepts(text, *report)).collect();
    good.extend(stance.rejected(text, &reports));
    let mut warnings = good.clone();
    warnings.extend(
        text.quotations.iter().filter(|quotation| !is_own(text, marks, quotation)).map(Quotation::span),
    );
    warnings.extend(
        marks
            .iter()
            .filter(|mark| mark.role == Role::Imagines)
            .map(|mark| Span { start: mark.span.start, end: text.sentence_end(mark.span.start, SENTENCE) }),
    );
    warnings.extend(stance.asked(text));
    Foreign { good: apart(good), warnings: apart(warnings) }
}

/// The spans in order, those that touch as one.
fn apart(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_unstable();
    let mut apart: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
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
            let between = &text.tokens[mark.span.end..says.start];
            let plain = |at: usize| between[at].word.plain.as_str();
            if (0..between.len()).any(|at| {
                matches!(plain(at), "i" | "we" | "you" | "not")
                    || plain(at) == "to" && (at == 0 || plain(at - 1) != "used")
            }) {
                return None;
            }
            false
        }
        _ => return None,
    };
    let limit = text.sentence_end(mark.span.start, SENTENCE);
    if !past && let Some(quotation) = quotation_after(text, mark.span.end, mark.span.end + NEAR) {
        // The words before it are the others' as well; those after it are the speaker's again.
        return Some(Span { start: mark.span.start, end: quotation.end });
    }
    let returned = (mark.span.end..limit).find(|at| returns(text, marks, *at, past));
    let end = match returned {
        None if past => tense::past_end(text, limit),
        _ => returned.unwrap_or(limit),
    };
    Some(Span { start: mark.span.start, end })
}

/// Whether the speaker comes back at `at`.
fn returns(text: &Text, marks: &[Mark], at: usize, past: bool) -> bool {
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
    // "They claim: we never fail" goes on with their words.
    let speech = token.breaks != before.breaks
        && between(marks, at.saturating_sub(1), at).iter().any(|mark| mark.role == Role::Says);
    parted && !speech && matches!(plain, "i" | "we" | "my" | "our" | "mine")
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
    // "…," our professor used to say; "…" was the house rule.
    let end = text.tokens.len().min(quotation.end + 6);
    let named = between(marks, quotation.end, end)
        .iter()
        .any(|mark| mark.role == Role::Others && text.is_unbroken(quotation.end, mark.span.end));
    if named {
        return true;
    }
    let told = between(marks, quotation.end, end)
        .iter()
        .any(|mark| mark.role == Role::Says && text.is_unbroken(quotation.end, mark.span.end));
    told && (quotation.end..end).find_map(|at| subject(text, marks, at)) == Some(Subject::Other)
}

/// Whether a quotation gives what the speaker says ("I tell them"), or is the whole text.
fn is_own(text: &Text, marks: &[Mark], quotation: &Quotation) -> bool {
    let start = quotation.start.saturating_sub(NEAR);
    let before = between(marks, start, quotation.start);
    let says = before.iter().rfind(|mark| mark.role == Role::Says && mark.span.end <= quotation.start);
    let imagined = before.iter().any(|mark| mark.role == Role::Imagines);
    let speaker = says.is_some_and(|says| {
        let subject = (start..says.span.start).rev().find_map(|at| subject(text, marks, at));
        text.is_unbroken(says.span.start, says.span.end) && subject == Some(Subject::Speaker)
    });
    let whole = quotation.start == 0 && quotation.end == text.tokens.len();
    whole || speaker && !imagined
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
        | "somebody" | "anyone" | "everyone" | "others" | "another" | "colleague" | "therapist" | "some"
        | "one" => Some(Subject::Other),
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
pub(super) fn between(marks: &[Mark], start: usize, end: usize) -> &[Mark] {
    let first = marks.partition_point(|mark| mark.span.start < start);
    let last = marks.partition_point(|mark| mark.span.start < end);
    &marks[first..last.max(first)]
}
