//! Finds many cues in a text at once.
//!
//! Every run of words of every cue goes into one of two automata: runs without fillers are looked for in the text without
//! its fillers, the others in the whole text. What they find is joined step by step. A step is joined to the nearest end
//! of the step before it, as that has the shortest way, so each cue costs the number of places of its steps.

use std::collections::BTreeMap;

use aho_corasick::AhoCorasick;

use super::{
    cue::{Choice, Cue, CueWord, Gap, Piece},
    text::{Row, Text, Token},
};

/// Words `start..end` of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub start: usize,
    pub end: usize,
}

impl Span {
    pub const fn touches(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    pub const fn holds(&self, at: usize) -> bool {
        self.start <= at && at < self.end
    }
}

/// A place where a cue was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hit {
    /// Number of the cue.
    pub cue: usize,
    pub span: Span,
    /// The words of its steps, without those in gaps.
    pub own: Vec<Span>,
}

/// Where the names of the catalog stand in a text.
#[derive(Clone, Debug, Default)]
pub(super) struct Named {
    pub modalities: Vec<Span>,
    /// Two different modalities with what stands between them.
    pub pairs: Vec<Span>,
    pub problems: Vec<Span>,
}

/// Most words in a gap that are no fillers.
const SHORT_GAP: usize = 3;
const LONG_GAP: usize = 10;
/// Most fillers between words that stand side by side.
const MAX_FILLERS: usize = 6;

/// A run of words that stands for a piece, with the words that must be as written.
#[derive(Clone, Debug)]
struct Use {
    piece: usize,
    exact: Vec<(usize, String)>,
}

/// An automaton over stems, each followed by a space.
#[derive(Debug, Default)]
struct Automaton {
    runs: BTreeMap<String, Vec<Use>>,
    searcher: Option<AhoCorasick>,
    uses: Vec<Vec<Use>>,
}

impl Automaton {
    fn add(&mut self, run: &[CueWord], piece: usize) {
        let mut pattern = String::from(" ");
        let mut exact = Vec::new();
        for (at, word) in run.iter().enumerate() {
            pattern.push_str(&word.word.stem);
            pattern.push(' ');
            if word.exact {
                exact.push((at, word.word.plain.clone()));
            }
        }
        self.runs.entry(pattern).or_default().push(Use { piece, exact });
    }

    fn build(&mut self) {
        let (patterns, uses): (Vec<_>, Vec<_>) = std::mem::take(&mut self.runs).into_iter().unzip();
        // Fails only beyond billions of states.
        self.searcher = if patterns.is_empty() { None } else { AhoCorasick::new(&patterns).ok() };
        self.uses = uses;
    }

    /// Adds the places of all runs in the words of `row`, by piece.
    fn find(&self, text: &Text, row: &Row, found: &mut Vec<(usize, Span)>) {
        let Some(searcher) = &self.searcher else { return };
        for hit in searcher.find_overlapping_iter(&row.stems) {
            let first = row.word_at(hit.start());
            let last = row.word_at(hit.end() - 1) - 1;
            let span = Span { start: row.places[first], end: row.places[last] + 1 };
            let dense = last - first + 1 + MAX_FILLERS >= span.end - span.start;
            if !dense || !text.is_unbroken(span.start, span.end) {
                continue;
            }
            for one in &self.uses[hit.pattern().as_usize()] {
                let as_written =
                    |(at, plain): &(usize, String)| text.tokens[row.places[first + at]].word.plain == *plain;
                if one.exact.iter().all(as_written) {
                    found.push((one.piece, span));
                }
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Link {
    piece: usize,
    gap: Gap,
    optional: bool,
}

/// Compiled cues, numbered in the order in which they were given.
#[derive(Debug)]
pub(super) struct Patterns {
    pieces: Vec<Piece>,
    whole: Automaton,
    loose: Automaton,
    cues: Vec<Vec<Link>>,
    /// Pieces that a name of the catalog can stand for.
    named: Vec<usize>,
}

/// The places of the pieces in a text.
#[derive(Debug)]
struct Found {
    /// By piece, and those of one piece rising.
    spans: Vec<Span>,
    /// For each piece where its spans begin; at the end their number.
    starts: Vec<usize>,
}

impl Found {
    fn new(pieces: usize, found: &[(usize, Span)]) -> Self {
        let mut starts = vec![0; pieces + 1];
        for (piece, _) in found {
            starts[piece + 1] += 1;
        }
        for piece in 0..pieces {
            starts[piece + 1] += starts[piece];
        }
        let mut free = starts.clone();
        let mut spans = vec![Span { start: 0, end: 0 }; found.len()];
        for (piece, span) in found {
            spans[free[*piece]] = *span;
            free[*piece] += 1;
        }
        for piece in 0..pieces {
            spans[starts[piece]..starts[piece + 1]].sort_unstable();
        }
        Self { spans, starts }
    }

    /// The places of one piece, rising.
    fn of(&self, piece: usize) -> &[Span] {
        &self.spans[self.starts[piece]..self.starts[piece + 1]]
    }
}

/// How far a cue was matched, and over which part before.
#[derive(Clone, Copy, Debug)]
struct Reached {
    /// Where the cue began.
    start: usize,
    own: Span,
    /// Number of the part before, among all of the cue.
    before: Option<usize>,
}

impl Patterns {
    pub fn new<'a>(cues: impl IntoIterator<Item = &'a Cue>) -> Self {
        let mut numbers: BTreeMap<&Piece, usize> = BTreeMap::new();
        let mut patterns = Self {
            pieces: Vec::new(),
            whole: Automaton::default(),
            loose: Automaton::default(),
            cues: Vec::new(),
            named: Vec::new(),
        };
        for cue in cues {
            let links = cue
                .steps
                .iter()
                .map(|step| {
                    let piece = *numbers.entry(&step.piece).or_insert_with(|| patterns.add(&step.piece));
                    Link { piece, gap: step.gap, optional: step.optional }
                })
                .collect();
            patterns.cues.push(links);
        }
        patterns.whole.build();
        patterns.loose.build();
        patterns
    }

    fn add(&mut self, piece: &Piece) -> usize {
        let number = self.pieces.len();
        for choice in piece {
            if let Choice::Words(run) = choice {
                let filled = run.iter().any(|word| word.word.is_filler());
                let automaton = if filled { &mut self.whole } else { &mut self.loose };
                automaton.add(run, number);
            }
        }
        if piece.iter().any(|choice| !matches!(choice, Choice::Words(_))) {
            self.named.push(number);
        }
        self.pieces.push(piece.clone());
        number
    }

    /// The stems of all cues.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        let runs = self.pieces.iter().flatten().filter_map(|choice| match choice {
            Choice::Words(run) => Some(run),
            _ => None,
        });
        runs.flatten().map(|word| word.word.stem.as_str())
    }

    /// The places of all cues, in the order of the cues and of their ends.
    pub fn find(&self, text: &Text, named: &Named) -> Vec<Hit> {
        let mut found = Vec::new();
        for piece in &self.named {
            found.extend(named.find(&self.pieces[*piece]).map(|span| (*piece, span)));
        }
        self.whole.find(text, &text.whole, &mut found);
        self.loose.find(text, &text.loose, &mut found);
        let found = Found::new(self.pieces.len(), &found);
        let mut hits = Vec::new();
        for (cue, links) in self.cues.iter().enumerate() {
            if links.iter().all(|link| link.optional || !found.of(link.piece).is_empty()) {
                join(cue, links, &found, text, &mut hits);
            }
        }
        hits
    }
}

impl Named {
    fn find(&self, piece: &Piece) -> impl Iterator<Item = Span> {
        let spans = piece.iter().map(|choice| match choice {
            Choice::Words(_) => &[],
            Choice::Modality => self.modalities.as_slice(),
            Choice::Modalities => &self.pairs,
            Choice::Problem => &self.problems,
        });
        spans.flatten().copied()
    }
}

/// Joins the places of the steps of one cue.
fn join(cue: usize, links: &[Link], found: &Found, text: &Text, hits: &mut Vec<Hit>) {
    let mut all: Vec<Reached> = Vec::new();
    // Numbers in `all` of what the steps so far reached, by their ends. Empty before the first step that must be.
    let mut front: Vec<usize> = Vec::new();
    let mut begun = false;
    for link in links {
        let mut next: Vec<usize> = Vec::new();
        let mut nearest = 0;
        for span in found.of(link.piece) {
            while front.get(nearest).is_some_and(|at| all[*at].own.end <= span.start) {
                nearest += 1;
            }
            let before = nearest.checked_sub(1).map(|at| front[at]);
            let before = before.filter(|at| in_reach(text, all[*at].own.end, span.start, link.gap));
            if begun && before.is_none() {
                continue;
            }
            let start = before.map_or(span.start, |at| all[at].start);
            next.push(all.len());
            all.push(Reached { start, own: *span, before });
        }
        if link.optional {
            next.extend(front);
        } else {
            begun = true;
        }
        next.sort_by_key(|at| (all[*at].own.end, all[*at].start));
        front = next;
        if begun && front.is_empty() {
            return;
        }
    }
    for at in front {
        let span = Span { start: all[at].start, end: all[at].own.end };
        let mut own = vec![all[at].own];
        let mut before = all[at].before;
        while let Some(at) = before {
            own.push(all[at].own);
            before = all[at].before;
        }
        hits.push(Hit { cue, span, own });
    }
}

/// Whether a step may begin at `start` after one that ended at `end`.
fn in_reach(text: &Text, end: usize, start: usize, gap: Gap) -> bool {
    let tokens: &[Token] = &text.tokens;
    let (Some(last), Some(next)) = (end.checked_sub(1).and_then(|at| tokens.get(at)), tokens.get(start))
    else {
        return false;
    };
    let solid = next.solid - tokens[end].solid;
    let unbroken = last.breaks == next.breaks;
    last.sentence == next.sentence
        && match gap {
            Gap::None => next.firm == tokens[end].firm && unbroken && start - end <= MAX_FILLERS,
            Gap::Short => solid <= SHORT_GAP && unbroken,
            Gap::Long => solid <= LONG_GAP,
        }
}
