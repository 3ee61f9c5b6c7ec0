//! Finds many cues in a text at once.
//!
//! Every run of words of every cue goes into one of two automata: runs without fillers are looked for in the text without
//! its fillers, the others in the whole text. What they find is joined step by step. A step is joined to the nearest end
//! of the step before it, as that has the shortest way, so each cue costs the number of places of its steps. Only cues
//! whose rarest step was found are looked at.

use std::collections::{BTreeMap, HashMap};

use super::{
    automaton::{Automaton, Row, Run, Vocabulary},
    cue::{Choice, Cue, Gap, Piece},
    found::{Found, Set},
    text::{Text, Token},
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
pub(super) const MAX_FILLERS: usize = 6;

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
    vocabulary: Vocabulary,
    whole: Automaton,
    loose: Automaton,
    cues: Vec<Vec<Link>>,
    /// For each piece the cues of which it is the rarest step.
    rarest: Vec<Vec<usize>>,
    /// Pieces that a name of the catalog can stand for, with the choice that it is.
    named: Vec<(usize, Choice)>,
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
            vocabulary: Vocabulary::default(),
            whole: Automaton::default(),
            loose: Automaton::default(),
            cues: Vec::new(),
            rarest: Vec::new(),
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
        let common = commonness(&patterns.pieces);
        patterns.rarest = vec![Vec::new(); patterns.pieces.len()];
        for (cue, links) in patterns.cues.iter().enumerate() {
            let steps = links.iter().filter(|link| !link.optional).map(|link| link.piece);
            if let Some(rarest) = steps.min_by_key(|piece| common[*piece]) {
                patterns.rarest[rarest].push(cue);
            }
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
                automaton.add(run, number, &mut self.vocabulary);
            }
        }
        let names = piece.iter().filter(|choice| !matches!(choice, Choice::Words(_)));
        self.named.extend(names.map(|choice| (number, choice.clone())));
        self.pieces.push(piece.clone());
        number
    }

    /// The stems of all cues.
    pub fn stems(&self) -> impl Iterator<Item = &str> {
        self.vocabulary.keys().map(String::as_str)
    }

    /// The places of all cues, in the order of the cues and of their ends.
    pub fn find(&self, text: &Text, named: &Named) -> Vec<Hit> {
        let rows = self.rows(text);
        let runs = [self.whole.find(text, &rows[0]), self.loose.find(text, &rows[1])];
        let runs: Vec<&[Run<'_>]> = runs.iter().flat_map(|runs| Run::same(runs)).collect();
        let cues = self.possible(text, named, &runs);
        // A common word stands for hundreds of pieces, of which almost all belong to cues that cannot be here.
        let mut wanted = Set::new(self.pieces.len());
        cues.iter().flat_map(|cue| &self.cues[*cue]).for_each(|link| wanted.insert(link.piece));
        let mut found = Vec::new();
        for (piece, choice) in self.named.iter().filter(|(piece, _)| wanted.has(*piece)) {
            found.extend(named.of(choice).iter().map(|span| (*piece, *span)));
        }
        for same in runs {
            let any: Vec<usize> = same[0].pieces().filter(|piece| wanted.has(*piece)).collect();
            for run in same {
                let written = run.as_written(text).filter(|piece| wanted.has(*piece));
                found.extend(any.iter().copied().chain(written).map(|piece| (piece, run.span)));
            }
        }
        let found = Found::new(self.pieces.len(), &found);
        let mut hits = Vec::new();
        for cue in cues {
            join(cue, &self.cues[cue], &found, text, &mut hits);
        }
        hits
    }

    /// The cues of which every step that must be is somewhere in the text, in order.
    fn possible(&self, text: &Text, named: &Named, runs: &[&[Run<'_>]]) -> Vec<usize> {
        let mut there = Set::new(self.pieces.len());
        let names = self.named.iter().filter(|(_, choice)| !named.of(choice).is_empty());
        names.for_each(|(piece, _)| there.insert(*piece));
        for same in runs {
            same[0].pieces().for_each(|piece| there.insert(piece));
            same.iter().flat_map(|run| run.as_written(text)).for_each(|piece| there.insert(piece));
        }
        let is_there =
            |cue: &&usize| self.cues[**cue].iter().all(|link| link.optional || there.has(link.piece));
        let mut cues: Vec<usize> =
            there.iter().flat_map(|piece| &self.rarest[piece]).filter(is_there).copied().collect();
        cues.sort_unstable();
        cues
    }

    /// The words of a text in the form in which cues are looked for: all of them, and those that are no fillers.
    fn rows(&self, text: &Text) -> [Row; 2] {
        let mut rows = [Row::default(), Row::default()];
        for (place, token) in text.tokens.iter().enumerate() {
            let number = self.vocabulary.get(&token.word.stem).copied().unwrap_or_default();
            rows[0].push(place, number);
            if !token.filler {
                rows[1].push(place, number);
            }
        }
        rows
    }
}

impl Named {
    fn of(&self, choice: &Choice) -> &[Span] {
        match choice {
            Choice::Words(_) => &[],
            Choice::Modality => &self.modalities,
            Choice::Modalities => &self.pairs,
            Choice::Problem => &self.problems,
        }
    }
}

/// For each piece how often it is likely to be found: as often as the commonest word that it can begin with. What is
/// common in cues is common in texts.
fn commonness(pieces: &[Piece]) -> Vec<usize> {
    fn first(choice: &Choice) -> Option<&str> {
        match choice {
            Choice::Words(run) => run.first().map(|word| word.word.stem.as_str()),
            _ => None,
        }
    }
    let mut common: HashMap<&str, usize> = HashMap::new();
    for stem in pieces.iter().flatten().filter_map(first) {
        *common.entry(stem).or_default() += 1;
    }
    let of = |choice| first(choice).and_then(|stem| common.get(stem)).copied().unwrap_or_default();
    pieces.iter().map(|piece| piece.iter().map(of).max().unwrap_or_default()).collect()
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
