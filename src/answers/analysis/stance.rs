//! How the speaker takes what was asked or said by others just before: as true, or not.

use super::{
    language::{Mark, Role},
    patterns::Span,
    tense,
    text::Text,
    voice::between,
};

/// Longest sentence that is looked at, so that the work stays linear in a text without full stops.
const SENTENCE: usize = 120;
/// Most words of a question that merely asks for consent.
const TAG: usize = 4;
/// How far into a sentence its stance is told.
const SOON: usize = 3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    No,
    Nothing,
}

/// For each sentence where it stands, whether it asks, and what the next one makes of it.
#[derive(Debug)]
pub(super) struct Stance {
    sentences: Vec<(Span, Answer)>,
    accepting: Vec<usize>,
}

impl Stance {
    pub fn new(text: &Text, marks: &[Mark]) -> Self {
        let spans = sentences(text);
        let answers = spans.iter().skip(1).map(|next| answer(text, marks, *next));
        let answers: Vec<_> = answers.chain([Answer::Nothing]).collect();
        let accepting = marks
            .iter()
            .filter(|mark| mark.role == Role::Accepts && ends_here(text, mark.span.end))
            .map(|mark| mark.span.start)
            .collect();
        Self { sentences: spans.into_iter().zip(answers).collect(), accepting }
    }

    /// Whether the speaker owns what a report by others says, in the same sentence or the next one.
    pub fn accepts(&self, text: &Text, report: Span) -> bool {
        let last = text.tokens[report.end - 1].sentence;
        let at = self.sentences.partition_point(|(span, _)| span.end < report.end);
        let next = self.sentences.get(at).is_some_and(|(_, answer)| *answer == Answer::Yes);
        let later = self.accepting.partition_point(|accepts| *accepts < report.start);
        let same = self.accepting.get(later).is_some_and(|accepts| text.tokens[*accepts].sentence == last);
        next || same
    }

    /// The sentences that ask, or report others, and that the next one takes back.
    pub fn rejected(&self, text: &Text, reports: &[Span]) -> Vec<Span> {
        let reported = |span: &Span| {
            let before = reports.partition_point(|report| report.start < span.end);
            reports[..before].last().is_some_and(|report| report.touches(span))
        };
        self.sentences
            .iter()
            .filter(|(_, answer)| *answer == Answer::No)
            .map(|(span, _)| *span)
            .filter(|span| {
                asks(text, *span) || reported(span) || tense::past_end(text, span.start) > span.start
            })
            .collect()
    }

    /// The questions that the speaker does not answer with yes.
    pub fn asked(&self, text: &Text) -> Vec<Span> {
        self.sentences
            .iter()
            .filter(|(span, answer)| *answer != Answer::Yes && asks(text, *span))
            .map(|(span, _)| *span)
            .collect()
    }
}

fn sentences(text: &Text) -> Vec<Span> {
    let mut sentences: Vec<Span> = Vec::new();
    for (at, token) in text.tokens.iter().enumerate() {
        match sentences.last_mut() {
            Some(last)
                if text.tokens[last.start].sentence == token.sentence && at - last.start < SENTENCE =>
            {
                last.end = at + 1;
            }
            _ => sentences.push(Span { start: at, end: at + 1 }),
        }
    }
    sentences
}

/// Whether a sentence asks, and not merely for consent at its end ("…, you know?").
fn asks(text: &Text, span: Span) -> bool {
    let last = text.tokens[span.end - 1].commas;
    let tag = text.tokens[span.start..span.end].iter().rev().take_while(|token| token.commas == last).count();
    text.asks[text.tokens[span.start].sentence] && (tag > TAG || span.end - span.start <= 2 * TAG)
}

/// What a sentence says to the one before it.
fn answer(text: &Text, marks: &[Mark], span: Span) -> Answer {
    let soon = span.end.min(span.start + SOON);
    let first = text.tokens[span.start].word.plain.as_str();
    if matches!(first, "no" | "never" | "nope" | "nah" | "hardly" | "neither") {
        return Answer::No;
    }
    if matches!(
        first,
        "yes" | "yeah" | "yep" | "sure" | "absolutely" | "certainly" | "true" | "exactly" | "indeed"
    ) {
        return Answer::Yes;
    }
    for mark in between(marks, span.start, soon) {
        match mark.role {
            Role::Rejects if rejects_all(text, mark.span.end) => return Answer::No,
            Role::Accepts if ends_here(text, mark.span.end) => return Answer::Yes,
            _ => {}
        }
    }
    Answer::Nothing
}

/// Whether a clause ends before the word at `at`.
fn ends_here(text: &Text, at: usize) -> bool {
    let Some(next) = text.tokens.get(at) else { return true };
    let last = &text.tokens[at - 1];
    next.sentence != last.sentence
        || next.commas != last.commas
        || next.breaks != last.breaks
        || matches!(next.word.plain.as_str(), "and" | "but" | "about" | "there" | "of" | "because")
}

/// Whether a denial is of what stood before: nothing of its own follows.
fn rejects_all(text: &Text, end: usize) -> bool {
    ends_here(text, end)
        || text.tokens.get(end).is_some_and(|next| {
            matches!(
                next.word.plain.as_str(),
                "that"
                    | "this"
                    | "it"
                    | "like"
                    | "so"
                    | "them"
                    | "either"
                    | "any"
                    | "such"
                    | "here"
                    | "anymore"
                    | "i"
                    | "we"
                    | "my"
                    | "is"
                    | "as"
                    | "the"
                    | "therapy"
                    | "your"
            )
        })
}
