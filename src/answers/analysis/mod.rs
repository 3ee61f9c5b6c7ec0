//! Suggests signals from the text of an answer.
//!
//! The words of the text, stemmed, are held against the cue phrases of the signals ([`check_cue`] says what those can say).
//! A place counts unless it is denied, or said by or of somebody else than the speaker. What denies and who speaks are rules
//! of the language in code; what shows a signal is data of the question set.
//!
//! *Invariants*: the same text gives the same suggestions; the work is linear in the text, whatever it is; nothing is kept
//! of it. Every quote is the text between its bounds.

mod assertion;
mod automaton;
mod classes;
mod cue;
mod english;
mod forms;
mod found;
mod ground;
mod language;
mod names;
mod patterns;
mod rules;
mod scope;
mod spelling;
mod stance;
mod tense;
mod text;
mod voice;
mod words;

use std::sync::Arc;

pub use cue::{CueError, MAX_CUE_LENGTH, check_cue};
pub use names::ModalityNames;

use crate::catalog::guidance::ConsultationSignal;
use cue::Cue;
use language::{Mark, Role};
use names::Shared;
use patterns::{Hit, Patterns, Span};
use scope::Denial;
use spelling::Spelling;
use text::Text;
use voice::Foreign;

/// Longest question whose answer "no" is looked for, in words.
const SENTENCE: usize = 60;
/// Most words from what is denied to the words after it that do so.
const SUBJECT: usize = 4;
/// The same where a whole clause is what is denied.
const CLAUSE: usize = 12;
/// Farther than any denial reaches, in words.
const FAR: usize = 60;

/// What suggests signals from the text of an answer to one question.
#[derive(Debug)]
pub struct Analyser {
    shared: Arc<Shared>,
    cues: Patterns,
    /// For each cue the number of its signal.
    signals: Vec<usize>,
    /// For each signal whether it is a good sign.
    positive: Vec<bool>,
    spelling: Spelling,
}

/// One signal with the words that suggest it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// Index in the question's list of signals.
    pub signal: usize,
    /// The text from `start` up to `end`.
    pub quote: String,
    /// First Unicode scalar value of the quote in the text.
    pub start: usize,
    /// The one after its last.
    pub end: usize,
}

/// What a text says of itself, for all signals alike.
struct Reading {
    text: Text,
    marks: Vec<Mark>,
    denials: Vec<Denial>,
    foreign: Foreign,
}

impl Analyser {
    /// Compiles the cue phrases of the `signals` of one question. `names` says how modalities are written.
    ///
    /// A cue phrase that [`check_cue`] refuses suggests nothing.
    #[must_use]
    pub fn new(signals: &[ConsultationSignal], names: &ModalityNames) -> Self {
        let mut cues = Vec::new();
        let mut of = Vec::new();
        for (number, signal) in signals.iter().enumerate() {
            for cue in signal.cue_phrases.iter().filter_map(|cue| Cue::parse(cue).ok()) {
                cues.push(cue);
                of.push(number);
            }
        }
        let cues = Patterns::new(&cues);
        let mut spelling = Spelling::default();
        spelling.learn(cues.stems());
        spelling.learn(names.shared.stems());
        let positive = signals.iter().map(|signal| signal.positive).collect();
        Self { shared: Arc::clone(&names.shared), cues, signals: of, positive, spelling }
    }

    /// Whether `text` is in the language of the cues, as far as can be told. Of another text nothing is suggested, and
    /// nothing that it does not show is missing.
    #[must_use]
    pub fn reads(&self, text: &str) -> bool {
        let known = |word: &str| words::words_of(word).iter().any(|word| self.spelling.knows(&word.stem));
        english::is_english(text, known)
    }

    /// The signals that `text` suggests, each once, in the order of the question's signals; none where it is not
    /// [read](Self::reads).
    #[must_use]
    pub fn suggest(&self, text: &str) -> Vec<Suggestion> {
        if !self.reads(text) {
            return Vec::new();
        }
        let reading = self.read(text);
        let (mut named, modalities) = self.shared.find(&reading.text);
        let own: Vec<_> =
            modalities.into_iter().filter(|(_, span)| reading.holds(*span, &[*span], true)).collect();
        named.pairs = names::pairs(&own);
        let mut hits = self.cues.find(&reading.text, &named);
        hits.retain(|hit| {
            let positive = self.positive[self.signals[hit.cue]];
            ground::is_grounded(&reading.text, &hit.own) && reading.holds(hit.span, &hit.own, positive)
        });
        let mut best: Vec<Option<Span>> = vec![None; self.positive.len()];
        for hit in self.without_parts_of_the_contrary(hits) {
            let best = &mut best[self.signals[hit.cue]];
            let sooner = |old: Span| (hit.span.start, old.end) < (old.start, hit.span.end);
            if best.is_none_or(sooner) {
                *best = Some(hit.span);
            }
        }
        let found = best.iter().enumerate().filter_map(|(signal, span)| Some((signal, (*span)?)));
        found.map(|(signal, span)| suggestion(signal, span, &reading.text, text)).collect()
    }

    fn read(&self, text: &str) -> Reading {
        let text = Text::new(text, |word| {
            if !self.spelling.knows(&word.stem)
                && let Some(meant) = self.spelling.mend(&word.stem)
            {
                meant.clone_into(&mut word.stem);
                return true;
            }
            false
        });
        let marks = self.shared.language.find(&text);
        let denials = scope::denials(&text, &marks);
        let foreign = voice::foreign(&text, &marks);
        Reading { text, marks, denials, foreign }
    }

    /// "I decide for you" is no decision with you: a cue within a longer one of a signal of the other kind is left out.
    fn without_parts_of_the_contrary(&self, mut hits: Vec<Hit>) -> Vec<Hit> {
        // Longer ones first, so that whatever holds a place was seen before it.
        hits.sort_by_key(|hit| (hit.span.start, usize::MAX - hit.span.end, hit.cue));
        // For warnings and for good signs: the longest span up to here and its end.
        let mut reached: [Option<Span>; 2] = [None; 2];
        let mut kept = Vec::new();
        for hit in hits {
            let kind = usize::from(self.positive[self.signals[hit.cue]]);
            let span = hit.span;
            let within = reached[1 - kind].is_some_and(|other| span.end <= other.end && span != other);
            let own = &mut reached[kind];
            if own.is_none_or(|other| other.end < span.end) {
                *own = Some(span);
            }
            if !within {
                kept.push(hit);
            }
        }
        kept
    }
}

fn suggestion(signal: usize, span: Span, text: &Text, whole: &str) -> Suggestion {
    let (start, end) = (text.tokens[span.start].start, text.tokens[span.end - 1].end);
    let quote = whole.chars().skip(start).take(end - start).collect();
    Suggestion { signal, quote, start, end }
}

impl Reading {
    /// Whether the speaker says what stands at `span`; `own` are its words without gaps.
    fn holds(&self, span: Span, own: &[Span], positive: bool) -> bool {
        if self.foreign.touches(span, positive) {
            return false;
        }
        if !positive && !assertion::is_asserted(&self.text, span, own) {
            return false;
        }
        let first = self.denials.partition_point(|denial| denial.mark.start + FAR < span.start);
        let last = self.denials.partition_point(|denial| denial.mark.start < span.end);
        let denied = self.denials[first.min(last)..last]
            .iter()
            .filter(|denial| denial.concerns(span, own, positive))
            .count();
        denied % 2 == 0 && !self.is_denied_after(span) && !self.is_answered_no(span)
    }

    /// "Homework is not something I give", "keeping to a plan because I like it is not my way".
    fn is_denied_after(&self, span: Span) -> bool {
        let tokens = &self.text.tokens;
        let first = span.start == 0 || tokens[span.start - 1].sentence != tokens[span.start].sentence;
        let whole = first && tokens[span.start].word.plain.ends_with("ing");
        let far = if whole { CLAUSE } else { SUBJECT };
        let at = self.marks.partition_point(|mark| mark.span.start < span.end);
        self.marks[at..]
            .iter()
            .take_while(|mark| mark.span.start <= span.end + far)
            .filter(|mark| {
                mark.role == Role::DeniesBefore && self.text.is_unbroken(span.start, mark.span.end)
            })
            .any(|mark| {
                let between = &tokens[span.end..mark.span.start];
                whole
                    || tokens[span.end - 1].commas == tokens[mark.span.start].commas
                        && !between.iter().any(scope::parts)
            })
    }

    /// "Do I change course? No."
    fn is_answered_no(&self, span: Span) -> bool {
        let sentence = self.text.tokens[span.start].sentence;
        let end = self.text.sentence_end(span.start, SENTENCE);
        let answer = self.text.tokens.get(end).map(|token| token.word.plain.as_str());
        self.text.asks[sentence] && matches!(answer, Some("no" | "never" | "nope" | "nah" | "hardly"))
    }
}

impl Denial {
    /// Whether it denies what stands at `span`, for a signal that is `positive` or a warning.
    fn concerns(&self, span: Span, own: &[Span], positive: bool) -> bool {
        if own.iter().any(|own| own.touches(&self.mark)) {
            // "Not only CBT" does not say "only CBT"; other words of denial are what the cue is about.
            return self.only && self.mark.start < span.start;
        }
        let denies = if self.only { !(positive || self.also) } else { !(positive && self.conditional) };
        denies && (self.reach.holds(span.start) || span.holds(self.mark.start))
    }
}

#[cfg(test)]
mod cues_doc_tests;
#[cfg(test)]
mod tests;
