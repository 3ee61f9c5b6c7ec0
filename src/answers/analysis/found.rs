//! Where the steps of cues stand in one text.

use super::patterns::Span;

/// A set of pieces.
#[derive(Debug)]
pub(super) struct Set(Vec<u64>);

impl Set {
    pub fn new(pieces: usize) -> Self {
        Self(vec![0; pieces.div_ceil(64)])
    }

    pub fn insert(&mut self, piece: usize) {
        self.0[piece / 64] |= 1 << (piece % 64);
    }

    pub fn has(&self, piece: usize) -> bool {
        self.0[piece / 64] >> (piece % 64) & 1 == 1
    }

    /// Those in the set, rising.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(at, word)| {
            let others = |bits: &u64| Some(bits & (bits - 1)).filter(|bits| *bits > 0);
            let rest = std::iter::successors(Some(*word).filter(|bits| *bits > 0), others);
            rest.map(move |bits| at * 64 + bits.trailing_zeros() as usize)
        })
    }
}

/// The places of the pieces in a text.
#[derive(Debug)]
pub(super) struct Found {
    /// Those of one piece side by side, rising.
    spans: Vec<Span>,
    /// For each piece where its spans begin and end.
    bounds: Vec<[u32; 2]>,
}

impl Found {
    pub fn new(pieces: usize, found: &[(usize, Span)]) -> Self {
        let mut bounds = vec![[0_u32; 2]; pieces];
        let mut seen = Vec::new();
        for (piece, _) in found {
            let [_, end] = &mut bounds[*piece];
            if *end == 0 {
                seen.push(*piece);
            }
            *end += 1;
        }
        let mut free = 0;
        for piece in &seen {
            let [_, length] = bounds[*piece];
            bounds[*piece] = [free; 2];
            free += length;
        }
        let mut spans = vec![Span { start: 0, end: 0 }; found.len()];
        for (piece, span) in found {
            let [_, end] = &mut bounds[*piece];
            spans[*end as usize] = *span;
            *end += 1;
        }
        for piece in &seen {
            let [start, end] = bounds[*piece];
            spans[start as usize..end as usize].sort_unstable();
        }
        Self { spans, bounds }
    }

    /// The places of one piece, rising.
    pub fn of(&self, piece: usize) -> &[Span] {
        let [start, end] = self.bounds[piece];
        &self.spans[start as usize..end as usize]
    }
}
