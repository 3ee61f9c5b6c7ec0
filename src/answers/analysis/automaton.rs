//! Finds runs of words: the stems of a text, as codes, are searched for those of all cues at once.

use std::collections::{BTreeMap, HashMap};

use aho_corasick::AhoCorasick;
use foldhash::fast::FixedState;

use super::{
    cue::CueWord,
    patterns::{MAX_FILLERS, Span},
    text::Text,
};

/// The pieces that a run of words stands for.
#[derive(Clone, Debug, Default)]
struct Uses {
    /// However its words are bent.
    any: Vec<usize>,
    /// Where these of its words are as written.
    exact: Vec<(usize, Vec<(usize, String)>)>,
}

/// A run of words in a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run<'a> {
    /// Number of the run among those of its automaton.
    number: usize,
    uses: &'a Uses,
    pub span: Span,
    /// Where its words are in the text.
    places: &'a [usize],
}

impl<'a> Run<'a> {
    /// Those of the same words side by side, which stand for the same pieces.
    pub fn same(runs: &[Self]) -> impl Iterator<Item = &[Self]> {
        runs.chunk_by(|one, other| one.number == other.number)
    }

    /// The pieces that it stands for however its words are bent.
    pub fn pieces(&self) -> impl Iterator<Item = usize> {
        self.uses.any.iter().copied()
    }

    /// The pieces that it stands for here because of how its words are written.
    pub fn as_written(&self, text: &Text) -> impl Iterator<Item = usize> {
        let is_so = |(at, plain): &(usize, String)| text.tokens[self.places[*at]].word.plain == *plain;
        let exact = self.uses.exact.iter().filter(move |(_, words)| words.iter().all(is_so));
        exact.map(|(piece, _)| *piece)
    }
}

/// The stems of all cues, each with a number above 0.
pub(super) type Vocabulary = HashMap<String, u32, FixedState>;

/// Bytes of the code of a word. Each has a range of its own, so that no code is found across two words.
const CODE: usize = 3;

fn push_code(codes: &mut Vec<u8>, number: u32) {
    let [low, middle, high] = [number & 63, number >> 6 & 63, number >> 12 & 63];
    codes.extend([low, 64 + middle, 128 + high].map(|part| part.to_le_bytes()[0]));
}

/// An automaton over the codes of stems.
#[derive(Debug, Default)]
pub(super) struct Automaton {
    runs: BTreeMap<Vec<u8>, Uses>,
    searcher: Option<AhoCorasick>,
    uses: Vec<Uses>,
}

impl Automaton {
    pub fn add(&mut self, run: &[CueWord], piece: usize, vocabulary: &mut Vocabulary) {
        let mut pattern = Vec::new();
        let mut exact = Vec::new();
        for (at, word) in run.iter().enumerate() {
            let next = u32::try_from(vocabulary.len() + 1).unwrap_or(u32::MAX);
            push_code(&mut pattern, *vocabulary.entry(word.word.stem.clone()).or_insert(next));
            if word.exact {
                exact.push((at, word.word.plain.clone()));
            }
        }
        let uses = self.runs.entry(pattern).or_default();
        if exact.is_empty() {
            uses.any.push(piece);
        } else {
            uses.exact.push((piece, exact));
        }
    }

    pub fn build(&mut self) {
        let (patterns, uses): (Vec<_>, Vec<_>) = std::mem::take(&mut self.runs).into_iter().unzip();
        // Fails only beyond billions of states.
        self.searcher = if patterns.is_empty() { None } else { AhoCorasick::new(&patterns).ok() };
        self.uses = uses;
    }

    /// All runs of the row; the same ones side by side.
    pub fn find<'a>(&'a self, text: &Text, row: &'a Row) -> Vec<Run<'a>> {
        let Some(searcher) = &self.searcher else { return Vec::new() };
        let hits = searcher.find_overlapping_iter(&row.codes).map(|hit| {
            let (number, places) =
                (hit.pattern().as_usize(), &row.places[hit.start() / CODE..hit.end() / CODE]);
            let span = Span { start: places[0], end: places[places.len() - 1] + 1 };
            Run { number, uses: &self.uses[number], span, places }
        });
        let is_near = |run: &Run<'_>| {
            let dense = run.places.len() + MAX_FILLERS >= run.span.end - run.span.start;
            dense && text.is_unbroken(run.span.start, run.span.end)
        };
        let runs: Vec<_> = hits.filter(is_near).collect();
        let mut order: Vec<(usize, usize)> =
            runs.iter().enumerate().map(|(at, run)| (run.number, at)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, at)| runs[at]).collect()
    }
}

/// Codes of words, and for each word its number in the text.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    codes: Vec<u8>,
    places: Vec<usize>,
}

impl Row {
    pub fn push(&mut self, place: usize, number: u32) {
        push_code(&mut self.codes, number);
        self.places.push(place);
    }
}
