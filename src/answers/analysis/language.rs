//! Rules of the language, written as cues: what denies, what only seems to, and who else is speaking.

use super::{
    cue::Cue,
    patterns::{Named, Patterns, Span},
    rules::RULES,
    text::Text,
};

/// What a phrase does to the words around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Denies what follows.
    Denies,
    /// Looks like a denial and is none.
    Affirms,
    /// "Not only": affirms what follows.
    NotOnly,
    /// "Without": denies what follows, unless something else is denied with it.
    Without,
    /// Denies what stands directly before.
    DeniesBefore,
    /// What follows is no longer so.
    Past,
    /// Others say or do what follows.
    Others,
    /// Says or thinks: what follows in quotation marks is what its subject says.
    Says,
    /// A colleague or another person than the two who talk.
    Peer,
    /// Takes back what was asked, quoted or said by others just before.
    Rejects,
    /// Owns what others said just before.
    Accepts,
    /// What follows is only imagined or only tempting: no warning is drawn from it.
    Imagines,
}

/// A phrase with its role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub role: Role,
    pub span: Span,
}

#[derive(Debug)]
pub(super) struct Language {
    pub patterns: Patterns,
    roles: Vec<Role>,
}

impl Language {
    pub fn new() -> Self {
        let mut cues = Vec::new();
        let mut roles = Vec::new();
        for (role, phrases) in RULES {
            for phrase in phrases.iter().filter_map(|phrase| Cue::parse(phrase).ok()) {
                cues.push(phrase);
                roles.push(*role);
            }
        }
        Self { patterns: Patterns::new(&cues), roles }
    }

    /// The phrases in `text`, in order; a phrase that affirms hides the denials within it.
    pub fn find(&self, text: &Text) -> Vec<Mark> {
        let hits = self.patterns.find(text, &Named::default());
        let mut marks: Vec<_> =
            hits.into_iter().map(|hit| Mark { role: self.roles[hit.cue], span: hit.span }).collect();
        marks.sort_by_key(|mark| (mark.span.start, usize::MAX - mark.span.end));
        let mut kept: Vec<Mark> = Vec::new();
        // Ends of the last phrases that hide others, and of the last denial.
        let (mut hidden, mut denied) = (0, 0);
        for mark in marks {
            let hides = matches!(mark.role, Role::Affirms | Role::NotOnly);
            let denies = matches!(mark.role, Role::Denies | Role::Without);
            if hides {
                hidden = hidden.max(mark.span.end);
            }
            // "No longer" and the "no" in it are one denial.
            if denies && (mark.span.start < hidden || mark.span.start < denied) {
                continue;
            }
            if denies {
                denied = mark.span.end;
            }
            kept.push(mark);
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_can_be_read() {
        for (_, phrases) in RULES {
            for phrase in *phrases {
                assert_eq!(Cue::parse(phrase).err(), None, "{phrase}");
            }
        }
    }
}
