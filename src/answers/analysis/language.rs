//! Rules of the language, written as cues: what denies, what only seems to, and who else is speaking.

use super::{
    cue::Cue,
    patterns::{Named, Patterns, Span},
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

const RULES: &[(Role, &[&str])] = &[
    (
        Role::Denies,
        &[
            "not",
            "never",
            "no",
            "none",
            "nobody",
            "no one",
            "nothing",
            "neither",
            "nor",
            "hardly",
            "barely",
            "scarcely",
            "rarely",
            "seldom",
            "no longer",
            "not any",
            "=rather =than",
            "instead of",
            "in place of",
            "as opposed to",
            "opposed to",
            "far from",
            "anything but",
            "(refuse|decline|unable) to",
            "(fail|failed) to",
            "avoid",
            "lack",
            "against",
            "beware of",
            "wary of",
            "suspicious of",
            "(mistake|wrong|harmful|dangerous|tempting|pointless|pity) to",
            "no point in",
            "(opposite|reverse) of",
            "(temptation|urge|impulse) to",
            "(rather|sooner) .. than",
            "more .. =than =to",
            "have no time for",
            "less about",
            "too (quick|fast|early|soon) to",
            "neither here nor",
            "(stay|steer) (away|clear) (of|from)",
            "(disagree|disapprove|tired|sick|afraid) .. of",
            "(stop|quit|gave up|give up) (use|do|believe)",
            "(better|kinder|wiser|other|worse) than",
            "anti",
            "as if",
            "as though",
            "pretend",
        ],
    ),
    (
        Role::Affirms,
        &[
            "(not|never) .. (hesitate|mind|afraid|shy|ashamed|scared|reluctant|too proud|above)",
            "(nothing|not anything) wrong (with|in|about)",
            "no (problem|issue|shame|harm|trouble|difficulty|question|doubt|wonder|objection|secret|surprise|hurry|rush)",
            "not (a|any|have a|have any|have) (problem|issue|difficulty|trouble|objection|qualms)",
            "can not help but",
            "not until",
            "no matter",
            "not to mention",
            "can not .. enough",
            "never .. enough",
            "not [at all|so|that|terribly|very] (unusual|uncommon|surprising|abnormal|strange|bad|impossible|wrong|unhelpful|unkind|rare)",
            "(not|never) forget",
            "why not",
            "if not",
            "or not",
            "no two",
            "no less",
            "not the only",
            "nothing .. more",
            "nothing .. =as",
            "(nothing|no one|nobody) .. (except|unless|apart from|but|other than)",
            "not [just] stop at",
            "not least",
            "last but not least",
            "not in vain",
            "not alone",
            "not sure (if|whether)",
            "do not worry",
            "is not it",
            "do not we",
            "do not you",
            "are not you",
            "have not we",
            "does not it",
            "will not we",
            "(not|never) (underestimate|overlook|neglect|ignore|skip|leave out|miss|lose sight of|lose|waste)",
            "not .. at the expense of",
            "no good .. without",
            "not be surprised",
            "(not|never) regret",
            "not to say",
            "(not|never) take .. for granted",
            "(not|never) be (a|any) (stranger|enemy)",
            "(not|never) (give up|quit|tire of)",
            "if i do not",
            "if i am not",
            "when i do not",
            "and if not",
            "if that is not",
            "if it is not",
            "if this is not",
            "if it does not",
            "if that does not",
            "if something is not",
            "when something is not",
            "if things are not",
            "whether or not",
            "not .. without",
            "nothing .. without",
            "no .. without",
            "never .. without",
            "not be able to .. without",
            "not (leave|abandon|drop|desert) {client}",
        ],
    ),
    (
        Role::NotOnly,
        &[
            "not (only|just|merely|simply|solely|purely|exclusively)",
            "not [be] (only|just|merely|simply|solely) about",
            "not (limit|restrict|confine) .. to",
            "not (all|everything) [be] about",
            "not (stop|end) (at|with)",
            "no mere",
        ],
    ),
    (Role::Without, &["without", "in the absence of"]),
    (
        Role::DeniesBefore,
        &[
            "be not (something|part|how|what i|where|my|our|for me|needed|necessary|important|on offer|on the menu|a thing|about)",
            "be never (something|part|my|needed|necessary|important)",
            "[really] (have|has|play) no (place|role|part)",
            "(be|are) (out of the question|off the table|useless|rubbish|nonsense|overrated|a myth|pointless|a waste of time)",
            "(do|does) not (work|matter|interest|exist|play|belong|come into)",
            "not (my thing|my style|my way|for me)",
            "(i|we) (do not|never) (do|use|offer|give|believe|like|need|work)",
            "never (work|matter)",
        ],
    ),
    (
        Role::Past,
        &[
            "(i|we|he|she|they|who) [always|often] =used to",
            "(early|earlier) (in my|on in my) (career|training|life|work)",
            "(years|long) ago",
            "in my (early|first|younger) (years|days|career|training)",
            "back then",
            "in the old days",
            "as a (young|new|junior) (therapist|counsellor|psychologist|trainee)",
            "when i (start|begin|train) .. i",
            "when i was (young|younger|a trainee|in training|training|a student|new)",
            "as a (student|trainee|beginner)",
        ],
    ),
    (
        Role::Others,
        &[
            "(some|many|other|most|certain|few|several|plenty of|those|these|lots of|too many|all|all the) .. (therapists|colleagues|counsellors|clinicians|practitioners|psychologists|psychotherapists|analysts|professionals|providers|coaches|healers|schools|websites|books|practices|clinics)",
            "(heard|hear|read|seen|met|known) .. (therapists|colleagues|counsellors|clinicians|practitioners|psychologists|people|others|coaches|some) .. (say|claim|promise|who|tell|boast|insist|swear|argue|think)",
            "(heard|hear|read) .. (claim|claims|it said|that therapy)",
            "(therapist|colleague|counsellor|clinician|practitioner|psychologist|coach|someone|somebody|anyone|anybody|those|person|people|one) (who|that) (say|claim|promise|guarantee|insist|swear|boast|brag|pretend|think|believe)",
            "(therapists|colleagues|counsellors|clinicians|practitioners|psychologists|coaches) (who|that)",
            "(my|our|your|their) (colleagues|peers) (spend|do|use|go|work|have|like|stick|get|may|might|still|swear|love)",
            "unlike (some|other|many|most|those|my)",
            "(if|when) (a|any|some|another) (therapist|counsellor|psychologist|coach|colleague|practitioner)",
            "(previous|former|last|old|ex|earlier|first) (therapist|counsellor|psychologist|analyst|shrink|practitioner)",
            "a (therapist|counsellor|psychologist|coach|practitioner) (may|might|can|could|will|would|should|must|who|that)",
            "(people|some|others|everyone) [often|sometimes|will|may|might|who] (say|claim|believe|argue|insist|swear) that",
            "(some|others|some people) (say|claim|believe|argue|insist|think|swear|call)",
            "be wary of (any|some)",
            "(old|traditional|classic|classical) (school|model|view|image|idea|stereotype|cliche) .. (be|say|hold|where|that)",
        ],
    ),
    (
        Role::Says,
        &[
            "(say|says|claim|think|believe|tell|argue|insist|promise|swear|boast|write|call|ask|chant|preach|shout|joke|announce|declare|mutter|answer|reply|advertise|warn|repeat|assure|wonder|complain|assume)",
        ],
    ),
    (
        Role::Peer,
        &[
            "(colleague|colleagues|lecturer|professor|teacher|trainer|tutor|mentor|boss|supervisor|guru|textbook|textbooks|book|books|website|advert|manual|therapists|counsellor|counsellors|friend|mother|father|aunt|uncle|psychiatrist|doctor|analyst|freud|school|schools|psychologist|psychologists|clinicians|practitioner|practitioners|coach|coaches)",
        ],
    ),
];

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
