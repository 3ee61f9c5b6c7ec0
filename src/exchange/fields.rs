//! The columns that a CSV file of profiles may have: one table to read by, to write by and to document.

use Form::{Joined, List, Number, Text, Word, YesNo};

/// How a cell says a value. An empty cell says none.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    /// Free text, kept byte for byte.
    Text,
    /// A code, a date or an address: white space around it is dropped.
    Word,
    Number,
    YesNo,
    /// Texts, separated by `;`.
    List,
    /// Codes within a part of a thing, separated by `+`.
    Joined,
    /// Signals: the codes of those that are declared, as a list. What a text suggests is found anew.
    Signals,
    /// Things of several parts: the things are separated by `;`, the parts of each by `:`.
    Things(&'static Things),
    /// One such thing.
    Thing(&'static Things),
    /// An object of JSON, whose members stand in the row beside those of the other columns: what has no column.
    Members,
}

/// What the things of a list consist of.
#[derive(Debug)]
pub(super) struct Things {
    /// The parts in order. The last one takes the rest, colons too; later ones may be left out.
    pub(super) parts: &'static [(&'static str, Form)],
    /// A thing of one part is that text, and no object: a label that an import looks up.
    pub(super) bare: bool,
}

/// A field that has one column.
#[derive(Debug)]
pub(super) struct Field {
    /// The object of the row in which it stands; empty: the row itself.
    pub(super) object: &'static str,
    pub(super) name: &'static str,
    pub(super) form: Form,
}

impl Field {
    /// The name of its column.
    pub(super) fn column(&self) -> String {
        match self.object {
            "" => self.name.to_owned(),
            object => format!("{object}_{}", self.name),
        }
    }
}

/// A list of objects whose elements have a numbered group of columns each.
#[derive(Debug)]
pub(super) struct Group {
    /// The list's name in the row.
    pub(super) list: &'static str,
    /// What the columns begin with.
    pub(super) one: &'static str,
    /// How many elements a profile may have.
    pub(super) most: usize,
    pub(super) fields: &'static [(&'static str, Form)],
}

impl Group {
    /// The name of the column of a field of the element with this number, from 1.
    pub(super) fn column(&self, number: usize, field: &str) -> String {
        format!("{}_{number}_{field}", self.one)
    }
}

const fn own(name: &'static str, form: Form) -> Field {
    Field { object: "", name, form }
}

const fn of(object: &'static str, name: &'static str, form: Form) -> Field {
    Field { object, name, form }
}

/// The fields with one column, in the order in which they are written.
pub(super) const FIELDS: &[Field] = &[
    own("external_id", Text),
    own("source", Word),
    own("status", Word),
    of("name", "given", Text),
    of("name", "family", Text),
    of("name", "prefix", Text),
    of("name", "suffix", Text),
    own("credentials", List),
    own("pronouns", Text),
    own("gender", Word),
    own("profession", Word),
    own("npi", Word),
    own("headline", Text),
    own("bio", Text),
    own("website", Word),
    own("photo_url", Word),
    own("email", Word),
    own("phone", Word),
    of("contact_public", "email", YesNo),
    of("contact_public", "phone", YesNo),
    own("integration_style", Word),
    own("modalities", Form::Things(&MODALITIES)),
    own("problem_areas", Form::Things(&PROBLEM_AREAS)),
    of("style", "directiveness", Number),
    of("style", "emotional_intensity", Number),
    of("style", "past_focus", Number),
    of("style", "challenge", Number),
    own("homework", Word),
    own("measures_progress", YesNo),
    own("languages", List),
    own("age_groups", List),
    own("participants", List),
    own("communities", List),
    own("remote_jurisdictions", List),
    own("session_formats", List),
    of("sliding_scale", "offered", YesNo),
    of("sliding_scale", "minimum_amount", Number),
    of("sliding_scale", "currency", Word),
    own("insurance", List),
    of("free_consultation", "offered", YesNo),
    of("free_consultation", "minutes", Number),
    of("availability", "accepting", Word),
    of("availability", "next_opening_on", Word),
    of("availability", "waitlist_weeks", Number),
    of("availability", "times", List),
    own("confirmations", Form::Things(&CONFIRMATIONS)),
];

/// The lists whose elements have columns of their own, in the order in which they are written.
pub(super) const GROUPS: [Group; 4] = [
    Group {
        list: "licenses",
        one: "license",
        most: 50,
        fields: &[
            ("jurisdiction", Word),
            ("type", Text),
            ("number", Text),
            ("status", Word),
            ("expires_on", Word),
        ],
    },
    Group {
        list: "locations",
        one: "location",
        most: 20,
        fields: &[
            ("label", Text),
            ("line1", Text),
            ("line2", Text),
            ("city", Text),
            ("region", Word),
            ("postal_code", Text),
            ("country", Word),
            ("latitude", Number),
            ("longitude", Number),
            ("wheelchair_accessible", YesNo),
        ],
    },
    Group {
        list: "fees",
        one: "fee",
        most: 20,
        fields: &[("participants", Word), ("minutes", Number), ("amount", Number), ("currency", Word)],
    },
    Group {
        list: "consultation_answers",
        one: "consultation_answer",
        most: 20,
        fields: &[
            ("question", Word),
            ("question_set", Form::Thing(&QUESTION_SET)),
            ("language", Word),
            ("text", Text),
            ("signals", Form::Signals),
            ("answered_at", Word),
            ("approaches", Form::Things(&APPROACHES)),
            ("selection_principles", List),
            ("integration_type", Word),
            ("phases_used", List),
            ("homework", Word),
            ("dimensions_addressed", List),
            ("relationship_themes", List),
            ("centrality", Word),
            ("uses_here_and_now", YesNo),
            ("feedback_practice", Word),
            ("boundary_statement", Text),
            ("stuck_strategies", List),
            ("pivot_modalities", List),
            ("flexibility", Word),
            ("review_interval_sessions", Number),
            ("fields", Form::Members),
        ],
    },
];

/// The columns that every file has.
pub(super) const REQUIRED: [&str; 4] = ["external_id", "name_given", "name_family", "profession"];

const MODALITIES: Things = Things {
    parts: &[("code", Text), ("role", Text), ("evidence_level", Text), ("since", Number)],
    bare: true,
};

const PROBLEM_AREAS: Things = Things { parts: &[("code", Text), ("focus", Text)], bare: true };

const CONFIRMATIONS: Things =
    Things { parts: &[("field_group", Text), ("method", Text), ("confirmed_at", Text)], bare: false };

const QUESTION_SET: Things = Things { parts: &[("code", Text), ("version", Number)], bare: false };

const APPROACHES: Things = Things {
    parts: &[
        ("modality", Text),
        ("role", Text),
        ("phase", Text),
        ("used_for", Joined),
        ("share", Number),
        ("training_level", Text),
    ],
    bare: false,
};

#[cfg(test)]
mod tests {
    use super::*;

    /// The word of the documentation for it.
    fn word(form: Form) -> String {
        let parts = |things: &Things| {
            let parts: Vec<_> = things.parts.iter().map(|(name, _)| *name).collect();
            format!("`{}`", parts.join(":"))
        };
        match form {
            Text => "text".to_owned(),
            Word => "word".to_owned(),
            Number => "number".to_owned(),
            YesNo => "yes/no".to_owned(),
            List | Joined | Form::Signals => "list".to_owned(),
            Form::Things(things) => format!("list of {}", parts(things)),
            Form::Thing(things) => parts(things),
            Form::Members => "object".to_owned(),
        }
    }

    #[test]
    fn the_documentation_lists_these_columns() {
        let document = include_str!("../../docs/import-csv.md");
        let documented: Vec<String> = document
            .lines()
            .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
            .map(|(column, rest)| format!("{column}: {}", rest.split(" | ").next().unwrap()))
            .collect();
        let fields = FIELDS.iter().map(|field| format!("{}: {}", field.column(), word(field.form)));
        let of_group = |group: &'static Group| {
            let column = |(name, form): &(&str, Form)| format!("{}_N_{name}: {}", group.one, word(*form));
            group.fields.iter().map(column)
        };
        let known: Vec<String> = fields.chain(GROUPS.iter().flat_map(of_group)).collect();
        assert_eq!(documented, known);
        let most: Vec<String> = GROUPS.iter().map(|group| group.most.to_string()).collect();
        assert!(
            document.contains(&format!("from 1 to {}, {}, {} and {}.", most[0], most[1], most[2], most[3]))
        );
        assert!(REQUIRED.iter().all(|name| document.contains(&format!("`{name}`"))));
    }
}
