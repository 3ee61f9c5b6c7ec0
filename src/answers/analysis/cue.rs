//! What a cue phrase can say, and its check.
//!
//! | written | matches |
//! | --- | --- |
//! | `build trust` | these words in any inflection, fillers ("really", "the", "together") between them |
//! | `=consistent` | the word as it is written, not its inflections |
//! | `(build\|earn\|win over)` | one of the alternatives |
//! | `[own\|very]` | one of the alternatives, or nothing |
//! | `..` | up to three words |
//! | `...` | up to ten words of the same sentence |
//! | `{modality}` | a name of a modality of the catalog |
//! | `{modalities}` | two different ones in one sentence or two, with what stands between them |
//! | `{problem}` | a name of a problem area of the catalog, or an everyday word for trouble |
//! | `{client}` | "you", "your", "the client", "people", "them" and the like |
//! | `{method}` | "method", "technique", "exercise", "programme" and the like |
//! | `{change}` | "change", "switch", "adapt" and the like |
//! | `{session}` | "session", "hour", "meeting" and the like |
//! | `{colleague}` | "colleague", "supervisor", "peer group" and the like |
//! | `{kin}` | a relative, a partner or a boss |
//! | `{body}` | a part of the body |
//! | `{number}`, `{day}` | a number in words from two to twenty, a day of the week |
//!
//! A filler that is written in the cue must stand in the text. Contractions are written out ("don't" is "do not").

use super::{
    classes,
    words::{Word, words_of},
};

/// Most characters of a cue.
pub const MAX_CUE_LENGTH: usize = 500;
/// Most parts of a cue that gaps, groups and names divide.
const MAX_STEPS: usize = 12;
/// Most alternatives of a group.
const MAX_ALTERNATIVES: usize = 128;
/// Most words of an alternative.
const MAX_WORDS: usize = 12;

/// Why a cue phrase cannot be used. None repeats the cue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CueError {
    #[error("is empty or names no word of its own")]
    Empty,
    #[error("is longer than {MAX_CUE_LENGTH} characters")]
    TooLong,
    #[error("has parts, alternatives or words beyond the limits")]
    TooComplex,
    #[error(
        "has a character other than small letters, digits, apostrophe, hyphen, space and the signs of cues"
    )]
    Character,
    #[error("has brackets that are not closed, not opened, nested or empty")]
    Brackets,
    #[error("begins or ends with a gap, or has two gaps in a row")]
    Gap,
    #[error("names something in braces that stands for nothing")]
    Name,
}

/// Checks a cue phrase of a question set.
///
/// # Errors
/// The first fault found.
pub fn check_cue(cue: &str) -> Result<(), CueError> {
    Cue::parse(cue).map(|_| ())
}

/// How far a step may stand from the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gap {
    /// Nothing but fillers between.
    None,
    Short,
    Long,
}

/// One word of a cue.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct CueWord {
    pub word: Word,
    pub exact: bool,
}

/// One thing that a step of a cue matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Choice {
    Words(Vec<CueWord>),
    Modality,
    Modalities,
    Problem,
}

impl Choice {
    /// Whether it has more than fillers.
    fn says_something(&self) -> bool {
        match self {
            Self::Words(run) => !run.iter().all(|word| word.word.says_nothing()),
            _ => true,
        }
    }
}

/// What a step of a cue matches: one of these.
pub(super) type Piece = Vec<Choice>;

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub gap: Gap,
    pub piece: Piece,
    pub optional: bool,
}

/// A parsed cue: at least one step that is not optional.
#[derive(Clone, Debug)]
pub(super) struct Cue {
    pub steps: Vec<Step>,
}

impl Cue {
    /// A cue of the words of `text`, whatever characters it has; none where it has no words.
    pub fn literal(text: &str, exact: bool) -> Option<Self> {
        let run: Vec<_> = text
            .split(|c: char| !(c.is_alphanumeric() || super::words::is_apostrophe(c)))
            .flat_map(words_of)
            .map(|word| CueWord { word, exact })
            .collect();
        let piece = (!run.is_empty()).then(|| vec![Choice::Words(run)])?;
        Some(Self { steps: vec![Step { gap: Gap::None, piece, optional: false }] })
    }

    pub fn parse(cue: &str) -> Result<Self, CueError> {
        if cue.chars().nth(MAX_CUE_LENGTH).is_some() {
            return Err(CueError::TooLong);
        }
        let mut parser = Parser::default();
        let mut rest = cue;
        while let Some(c) = rest.chars().next() {
            rest = match c {
                ' ' => &rest[1..],
                '.' => parser.gap(rest)?,
                '(' | '[' => parser.group(rest)?,
                '{' => parser.name(rest)?,
                ')' | ']' | '}' | '|' => return Err(CueError::Brackets),
                _ => {
                    let end = rest.find([' ', '.', '(', '[', '{', ')', ']', '}', '|']).unwrap_or(rest.len());
                    parser.run.extend(words(&rest[..end])?);
                    &rest[end..]
                }
            };
        }
        parser.finish()
    }
}

/// The words of a cue's word; several where it has a hyphen or is a contraction.
fn words(written: &str) -> Result<Vec<CueWord>, CueError> {
    let (exact, written) = written.strip_prefix('=').map_or((false, written), |rest| (true, rest));
    let allowed = |c: char| c.is_lowercase() || c.is_ascii_digit() || matches!(c, '\'' | '-');
    if !written.chars().all(allowed) {
        return Err(CueError::Character);
    }
    let words: Vec<_> = written.split('-').flat_map(words_of).map(|word| CueWord { word, exact }).collect();
    if words.is_empty() { Err(CueError::Empty) } else { Ok(words) }
}

struct Parser {
    steps: Vec<Step>,
    /// Words since the last other thing.
    run: Vec<CueWord>,
    gap: Gap,
}

impl Default for Parser {
    fn default() -> Self {
        Self { steps: Vec::new(), run: Vec::new(), gap: Gap::None }
    }
}

impl Parser {
    fn push(&mut self, piece: Piece, optional: bool) -> Result<(), CueError> {
        if self.steps.len() == MAX_STEPS {
            return Err(CueError::TooComplex);
        }
        self.steps.push(Step { gap: self.gap, piece, optional });
        self.gap = Gap::None;
        Ok(())
    }

    /// Makes a step of the words read.
    fn flush(&mut self) -> Result<(), CueError> {
        let run = std::mem::take(&mut self.run);
        match run.len() {
            0 => Ok(()),
            1..=MAX_WORDS => self.push(vec![Choice::Words(run)], false),
            _ => Err(CueError::TooComplex),
        }
    }

    fn gap<'a>(&mut self, rest: &'a str) -> Result<&'a str, CueError> {
        self.flush()?;
        let after = rest.trim_start_matches('.');
        if self.gap != Gap::None || self.steps.is_empty() || after.trim().is_empty() {
            return Err(CueError::Gap);
        }
        self.gap = match rest.len() - after.len() {
            2 => Gap::Short,
            3 => Gap::Long,
            _ => return Err(CueError::Gap),
        };
        Ok(after)
    }

    fn group<'a>(&mut self, rest: &'a str) -> Result<&'a str, CueError> {
        self.flush()?;
        let optional = rest.starts_with('[');
        let (inner, after) =
            rest[1..].split_once(if optional { ']' } else { ')' }).ok_or(CueError::Brackets)?;
        if inner.contains(['(', '[', ')', ']']) {
            return Err(CueError::Brackets);
        }
        let mut piece = Piece::new();
        for alternative in inner.split('|').map(str::trim) {
            match alternative.strip_prefix('{') {
                Some(name) => piece.extend(named(name.strip_suffix('}').ok_or(CueError::Brackets)?)?),
                None if alternative.contains(['{', '}']) => return Err(CueError::Brackets),
                None => piece.push(Choice::Words(run(alternative)?)),
            }
            if piece.len() > MAX_ALTERNATIVES {
                return Err(CueError::TooComplex);
            }
        }
        self.push(piece, optional)?;
        Ok(after)
    }

    fn name<'a>(&mut self, rest: &'a str) -> Result<&'a str, CueError> {
        self.flush()?;
        let (name, after) = rest[1..].split_once('}').ok_or(CueError::Brackets)?;
        self.push(named(name)?, false)?;
        Ok(after)
    }

    fn finish(mut self) -> Result<Cue, CueError> {
        self.flush()?;
        let says = |step: &Step| !step.optional && step.piece.iter().all(Choice::says_something);
        if self.steps.iter().any(says) { Ok(Cue { steps: self.steps }) } else { Err(CueError::Empty) }
    }
}

/// The words of one alternative.
fn run(alternative: &str) -> Result<Vec<CueWord>, CueError> {
    let mut run = Vec::new();
    for word in alternative.split(' ').filter(|word| !word.is_empty()) {
        run.extend(words(word)?);
    }
    match run.len() {
        0 => Err(CueError::Brackets),
        1..=MAX_WORDS => Ok(run),
        _ => Err(CueError::TooComplex),
    }
}

/// What a name in braces stands for.
fn named(name: &str) -> Result<Piece, CueError> {
    match name {
        "modality" => Ok(vec![Choice::Modality]),
        "modalities" => Ok(vec![Choice::Modalities]),
        "problem" => {
            let everyday = classes::PROBLEM.iter().map(|word| Ok(Choice::Words(run(word)?)));
            std::iter::once(Ok(Choice::Problem)).chain(everyday).collect()
        }
        _ => classes::words_of(name)
            .ok_or(CueError::Name)?
            .iter()
            .map(|word| Ok(Choice::Words(run(word)?)))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cues_are_read() {
        for cue in [
            "build trust",
            "i'd say ... (we are|we're) stuck",
            "=consistent",
            "[very|so] safe with {client}",
            "{modalities}",
            "for {problem} .. {modality}",
            "non-judgmental",
        ] {
            assert_eq!(check_cue(cue), Ok(()), "{cue}");
        }
        assert_eq!(Cue::parse("for {problem} .. {modality}").unwrap().steps.len(), 3);
    }

    #[test]
    fn faults_are_told() {
        let long = "a".repeat(MAX_CUE_LENGTH + 1);
        let many = vec!["trust"; MAX_STEPS + 1].join(" .. ");
        let wide = format!("({})", vec!["x"; MAX_ALTERNATIVES + 1].join("|"));
        for (cue, fault) in [
            ("", CueError::Empty),
            ("  ", CueError::Empty),
            ("the", CueError::Empty),
            ("[trust]", CueError::Empty),
            ("'", CueError::Empty),
            (long.as_str(), CueError::TooLong),
            (many.as_str(), CueError::TooComplex),
            (wide.as_str(), CueError::TooComplex),
            ("Trust", CueError::Character),
            ("trust!", CueError::Character),
            ("tr=ust", CueError::Character),
            ("(trust", CueError::Brackets),
            ("trust)", CueError::Brackets),
            ("(a|(b))", CueError::Brackets),
            ("(a|)", CueError::Brackets),
            ("a|b", CueError::Brackets),
            ("{client", CueError::Brackets),
            (".. trust", CueError::Gap),
            ("trust ..", CueError::Gap),
            ("build .... trust", CueError::Gap),
            ("build . trust", CueError::Gap),
            ("build .. ... trust", CueError::Gap),
            ("{clients}", CueError::Name),
        ] {
            assert_eq!(check_cue(cue), Err(fault), "{cue}");
        }
    }
}
