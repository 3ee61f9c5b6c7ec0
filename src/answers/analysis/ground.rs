//! Whether a single word stands for what the speaker does, or in a sentence about something else.
//!
//! "Safe", "repair" and "flexible" are words of every trade. One that stands alone counts in a short sentence, near a word
//! of the work with people, or as what the speaker is or does.

use super::{patterns::Span, text::Text};

/// Words of a sentence that is short enough to be about the question that it answers.
const SHORT: usize = 8;
/// How far a word of the work may stand, and how far the beginning of a sentence is looked for.
const NEAR: usize = 25;
/// Most words from "I" to what the speaker does.
const DOES: usize = 4;

/// Whether the cue whose steps stand at `own` may be about the speaker's work.
pub(super) fn is_grounded(text: &Text, own: &[Span]) -> bool {
    let mut solid = own
        .iter()
        .flat_map(|own| own.start..own.end)
        .filter(|at| !text.tokens[*at].word.is_filler() && !text.tokens[*at].word.is_helper());
    let (Some(at), None) = (solid.next(), solid.next()) else { return true };
    let sentence = text.tokens[at].sentence;
    let start = (at.saturating_sub(NEAR)..at)
        .rev()
        .take_while(|before| text.tokens[*before].sentence == sentence)
        .last()
        .unwrap_or(at);
    let end = text.sentence_end(at, NEAR);
    end - start <= SHORT
        || text.tokens[start..end].iter().any(|token| is_of_the_work(&token.word.plain))
        || is_done_by_the_speaker(text, start, at)
}

fn is_of_the_work(plain: &str) -> bool {
    matches!(
        plain,
        "you"
            | "your"
            | "yours"
            | "yourself"
            | "client"
            | "clients"
            | "patient"
            | "patients"
            | "person"
            | "people"
            | "someone"
            | "somebody"
            | "us"
            | "therapy"
            | "therapist"
            | "therapeutic"
            | "psychotherapy"
            | "counselling"
            | "session"
            | "sessions"
            | "relationship"
            | "relationships"
            | "bond"
            | "trust"
            | "feelings"
            | "empathy"
            | "stuck"
            | "stuckness"
            | "technique"
            | "techniques"
            | "approach"
            | "approaches"
            | "talking"
            | "colleague"
            | "colleagues"
            | "supervision"
            | "supervisor"
            | "intervision"
            | "homework"
            | "worksheet"
            | "worksheets"
            | "breathing"
            | "tapping"
            | "emdr"
            | "cbt"
            | "mindfulness"
            | "holistic"
            | "rapport"
            | "alliance"
            | "rupture"
            | "transference"
            | "pain"
    )
}

/// "I stay flexible", but not "I sold the flexible hose".
fn is_done_by_the_speaker(text: &Text, start: usize, at: usize) -> bool {
    text.tokens[start.max(at.saturating_sub(DOES))..at]
        .iter()
        .rev()
        .map(|token| token.word.plain.as_str())
        .take_while(|plain| {
            !matches!(*plain, "a" | "an" | "the" | "my" | "our" | "this" | "that" | "in" | "on" | "at")
        })
        .any(|plain| matches!(plain, "i" | "we" | "me"))
}
