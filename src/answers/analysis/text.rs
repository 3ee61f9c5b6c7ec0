//! A text as a row of words with what stands between them: sentences, breaks and quotation marks.

use unicode_normalization::char::is_combining_mark;
use unicode_segmentation::UnicodeSegmentation;

use super::{
    patterns::Span,
    words::{Word, is_apostrophe, words_of},
};

/// One word of a text. A contraction gives several, which share their place.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub word: Word,
    /// First and last scalar value in the text, the last one exclusive.
    pub start: usize,
    pub end: usize,
    /// Written in capitals only, at least two of them.
    pub capitals: bool,
    /// Read as the word that it was meant to be.
    pub mended: bool,
    /// Neither adds nor changes much, so that a cue matches over it.
    pub filler: bool,
    /// Number of its sentence.
    pub sentence: usize,
    /// Colons, semicolons, dashes and brackets before it, counted from the beginning of the text.
    pub breaks: usize,
    /// Commas before it, counted likewise.
    pub commas: usize,
    /// Words before it that are no fillers, counted likewise.
    pub solid: usize,
    /// Words before it that are neither fillers nor helping verbs, counted likewise.
    pub firm: usize,
}

/// Words between two quotation marks, the last one exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quotation {
    pub start: usize,
    pub end: usize,
}

impl Quotation {
    pub const fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }
}

/// A text, taken apart once and read by all rules.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub tokens: Vec<Token>,
    /// In order and apart from each other.
    pub quotations: Vec<Quotation>,
    /// For each sentence whether it asks.
    pub asks: Vec<bool>,
}

/// Longest quotation, in words; a mark without a partner within it is none.
const MAX_QUOTATION: usize = 150;

impl Text {
    /// Takes `text` apart in one pass. `mend` puts a word right that was written wrong, and says whether it was.
    pub fn new(text: &str, mend: impl Fn(&mut Word) -> bool) -> Self {
        let mut reader = Reader { asks: vec![false], ..Reader::default() };
        let mut after = None;
        for sentence in sentences(text) {
            for part in sentence.split_word_bounds() {
                reader.read(part, &mut after);
            }
            reader.end_sentence();
        }
        let Reader { mut tokens, quotations, asks, .. } = reader;
        tokens.iter_mut().for_each(|token| token.mended = mend(&mut token.word));
        Self { tokens, quotations, asks }
    }

    /// The end of the sentence in which the word `at` stands, at most `limit` words on.
    pub fn sentence_end(&self, at: usize, limit: usize) -> usize {
        let Some(first) = self.tokens.get(at) else { return at };
        let rest = &self.tokens[at..self.tokens.len().min(at.saturating_add(limit))];
        at + rest.iter().take_while(|token| token.sentence == first.sentence).count()
    }

    /// Whether the words `start..end` stand in one sentence without a colon, semicolon, dash or bracket between them.
    pub fn is_unbroken(&self, start: usize, end: usize) -> bool {
        match (self.tokens.get(start), end.checked_sub(1).and_then(|last| self.tokens.get(last))) {
            (Some(first), Some(last)) => first.sentence == last.sentence && first.breaks == last.breaks,
            _ => false,
        }
    }
}

/// The sentences of `text`; a line that goes on in the next one does not end its sentence.
fn sentences(text: &str) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut bounds = text.split_sentence_bound_indices().map(|(at, part)| at + part.len()).peekable();
    while let Some(end) = bounds.next() {
        let goes_on = bounds.peek().is_some() && is_wrapped(&text[start..end], &text[end..]);
        if !goes_on {
            sentences.push(&text[start..end]);
            start = end;
        }
    }
    sentences
}

/// Whether a line is cut within a sentence: one line break after no end of a sentence, a small letter after it.
fn is_wrapped(before: &str, after: &str) -> bool {
    let line = before.trim_end_matches(['\r', '\n']);
    let breaks = before[line.len()..].matches('\n').count();
    let open = line.trim_end().ends_with(|c: char| c.is_alphanumeric() || c == ',');
    let abbreviated = line.trim_end().ends_with("e.g.") || line.trim_end().ends_with("i.e.");
    (breaks == 1 && open || breaks == 0 && abbreviated)
        && after.trim_start_matches(' ').starts_with(char::is_lowercase)
}

/// An opened quotation: its mark and the first word after it.
#[derive(Clone, Copy, Debug)]
struct Opened {
    mark: char,
    start: usize,
}

#[derive(Debug, Default)]
struct Reader {
    tokens: Vec<Token>,
    quotations: Vec<Quotation>,
    asks: Vec<bool>,
    /// Scalar values read.
    at: usize,
    breaks: usize,
    commas: usize,
    solid: usize,
    firm: usize,
    opened: Option<Opened>,
}

impl Reader {
    /// Reads a part between two word bounds; `last` is the character before it.
    fn read(&mut self, part: &str, last: &mut Option<char>) {
        // "Stuck.We" and "and/or" are one word by the rules of Unicode or by a slip: cut at every mark.
        let mut word = String::new();
        let mut start = self.at;
        let mut chars = part.chars().peekable();
        while let Some(c) = chars.next() {
            let next = chars.peek().copied();
            let inner = is_apostrophe(c)
                && last.is_some_and(char::is_alphanumeric)
                && next.is_some_and(char::is_alphanumeric);
            if c.is_alphanumeric() || inner || !word.is_empty() && !c.is_ascii() && is_combining_mark(c) {
                if word.is_empty() {
                    start = self.at;
                }
                word.push(c);
            } else {
                self.push(&word, start);
                word.clear();
                self.mark(c, *last, next);
            }
            *last = Some(c);
            self.at += 1;
        }
        self.push(&word, start);
    }

    fn push(&mut self, written: &str, start: usize) {
        let mut letters = written.chars().filter(|c| c.is_alphabetic());
        let capitals = letters.clone().count() > 1 && letters.all(char::is_uppercase);
        for word in words_of(written) {
            self.add(word, start, capitals);
        }
    }

    fn add(&mut self, word: Word, start: usize, capitals: bool) {
        let (solid, firm) = (self.solid, self.firm);
        let filler = word.is_filler();
        self.solid += usize::from(!filler);
        self.firm += usize::from(!(filler || word.is_helper()));
        self.tokens.push(Token {
            word,
            start,
            end: self.at,
            capitals,
            mended: false,
            filler,
            sentence: self.asks.len() - 1,
            breaks: self.breaks,
            commas: self.commas,
            solid,
            firm,
        });
    }

    /// A character that is no part of a word.
    fn mark(&mut self, c: char, last: Option<char>, next: Option<char>) {
        let spaced = last.is_none_or(char::is_whitespace);
        match c {
            ',' | '\u{201a}' | '\u{3001}' | '\u{60c}' => self.commas += 1,
            ':' | ';' | '\u{2013}' | '\u{2014}' | '\u{2015}' | '(' | ')' | '[' | ']' | '\u{2026}' | '*'
            | '>' => {
                self.breaks += 1;
            }
            '-' if spaced || last == Some('-') => self.breaks += 1,
            '.' if last == Some('.') => self.breaks += 1,
            '.' if next.is_some_and(char::is_uppercase) && last.is_some_and(char::is_lowercase) => {
                self.end_sentence();
            }
            '.' if next.is_none_or(char::is_whitespace) && !self.is_after_abbreviation() => {
                self.end_sentence();
            }
            '?' => self.ask(),
            '!' => self.end_sentence(),
            '&' | '+' => self.sign("and"),
            '%' => self.sign("percent"),
            _ => {}
        }
        self.quote(c, last);
    }

    /// Whether a full stop may end an abbreviation rather than a sentence.
    fn is_after_abbreviation(&self) -> bool {
        let last = self.tokens.last().map_or("", |token| token.word.plain.as_str());
        last.len() < 2 || matches!(last, "dr" | "etc" | "mr" | "mrs" | "ms" | "prof" | "st" | "vs")
    }

    /// A sign that stands for a word.
    fn sign(&mut self, meaning: &str) {
        self.at += 1;
        for word in words_of(meaning) {
            self.add(word, self.at - 1, false);
        }
        self.at -= 1;
    }

    fn ask(&mut self) {
        if self.tokens.last().is_some_and(|token| token.sentence == self.asks.len() - 1) {
            if let Some(asks) = self.asks.last_mut() {
                *asks = true;
            }
            self.end_sentence();
        }
    }

    fn end_sentence(&mut self) {
        if self.tokens.last().is_some_and(|token| token.sentence == self.asks.len() - 1) {
            self.asks.push(false);
        }
    }

    fn quote(&mut self, c: char, last: Option<char>) {
        let after_word =
            last.is_some_and(|last| !last.is_whitespace() && !matches!(last, '(' | '[' | '\u{2014}'));
        if let Some(opened) = self.opened {
            let length = self.tokens.len() - opened.start;
            if length > MAX_QUOTATION {
                self.opened = None;
            } else if after_word && closes(opened.mark, c) {
                if length > 0 {
                    self.quotations.push(Quotation { start: opened.start, end: self.tokens.len() });
                }
                self.opened = None;
                return;
            }
        }
        let opens = match c {
            '\u{201c}' | '\u{201e}' | '\u{ab}' | '\u{201a}' => true,
            '"' | '\'' | '\u{2018}' | '`' => !after_word,
            _ => false,
        };
        // A quotation within a quotation belongs to the outer one.
        if opens && self.opened.is_none() {
            self.opened = Some(Opened { mark: c, start: self.tokens.len() });
        }
    }
}

const fn closes(open: char, c: char) -> bool {
    match open {
        '"' | '\u{201c}' | '\u{201e}' => matches!(c, '"' | '\u{201c}' | '\u{201d}'),
        '\u{ab}' => c == '\u{bb}',
        _ => matches!(c, '\'' | '\u{2019}' | '\u{2018}'),
    }
}
