//! Answers without faults, as tests draw them: of the built-in question set and of an operator's own.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{
    analysis::ModalityNames,
    fields::{PHASES, ROLES, TRAINING_LEVELS},
    model::{Answer, Basis, Signal},
    sets::{Question, Set, Sets},
};
use crate::catalog::{
    guidance::{AnswerField, FieldKind, FieldVocabulary, QuestionSet},
    model::Catalog,
};

pub static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::embedded().unwrap());

/// The built-in set and an operator's, which has a field of every kind.
pub static SETS: LazyLock<Sets> = LazyLock::new(|| {
    let mut own = CATALOG.guidance.consultation.clone();
    (own.code, own.version) = ("my-clinic".to_owned(), 2);
    own.questions.truncate(1);
    let field = |(at, kind): (usize, FieldKind)| AnswerField {
        field: format!("own_{at}"),
        kind,
        description: "Own.".to_owned(),
        values: if kind == FieldKind::Code { vec!["slow".to_owned(), "fast".to_owned()] } else { Vec::new() },
        vocabulary: (kind == FieldKind::Codes).then_some(FieldVocabulary::Techniques),
        minimum: (kind == FieldKind::Integer).then_some(-5),
        maximum: (kind == FieldKind::Integer).then_some(5),
        max_length: (kind == FieldKind::Text).then_some(10),
    };
    let kinds = [
        FieldKind::Code,
        FieldKind::Codes,
        FieldKind::Boolean,
        FieldKind::Integer,
        FieldKind::Text,
        FieldKind::Approaches,
    ];
    own.questions[0].answer_fields = kinds.into_iter().enumerate().map(field).collect();
    own.questions[0].code = "pace".to_owned();
    Sets::built_in(&CATALOG).with(set(own))
});

fn set(spec: QuestionSet) -> Arc<Set> {
    Arc::new(Set::new(spec, &ModalityNames::new(&CATALOG)))
}

/// Answers of a profile, each question at most once, as a request may have them: with nulls, empty lists, and signals that
/// a text suggested once.
pub fn answers() -> impl Strategy<Value = Vec<Answer>> {
    let choices = prop::collection::vec(any::<u16>(), 1..200);
    let text = "[ -~\n\u{a0}é漢\u{1f600}]{0,40}";
    (choices, prop::collection::vec(text, 4)).prop_map(|(choices, texts)| {
        let mut draw = Draw { choices, at: 0 };
        let mut found = Vec::new();
        let questions = SETS.iter().flat_map(|set| set.questions.iter().map(move |question| (set, question)));
        for ((set, question), text) in questions.zip(texts) {
            if draw.below(4) > 0 {
                found.push(draw.answer(set, question, text));
            }
        }
        found
    })
}

struct Draw {
    choices: Vec<u16>,
    at: usize,
}

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.at += 1;
        // The place is mixed in, so that short lists do not give the same again and again.
        usize::from(self.choices[self.at % self.choices.len()].wrapping_add(self.at as u16 / 7)) % limit
    }

    fn pick<'k>(&mut self, known: &[&'k str]) -> &'k str {
        known[self.below(known.len())]
    }

    /// Some of them, each once.
    fn some(&mut self, known: &[&str], most: usize) -> Vec<Value> {
        let mut found: Vec<Value> = Vec::new();
        for _ in 0..self.below(most + 1) {
            let code = Value::from(self.pick(known));
            if !found.contains(&code) {
                found.push(code);
            }
        }
        found
    }

    fn answer(&mut self, set: &Set, question: &Question, mut text: String) -> Answer {
        let cue = question.spec.signals.iter().flat_map(|signal| &signal.cue_phrases);
        let cues: Vec<&str> = cue.map(String::as_str).collect();
        if self.below(2) == 0 && !cues.is_empty() {
            text = format!("{text} {}. {}", self.pick(&cues), self.pick(&cues));
        }
        let mut fields = BTreeMap::new();
        for spec in &question.spec.answer_fields {
            match self.below(4) {
                0 => {}
                1 => _ = fields.insert(spec.field.clone(), Value::Null),
                _ => _ = fields.insert(spec.field.clone(), self.value(spec)),
            }
        }
        let known: Vec<&str> = question.spec.signals.iter().map(|signal| signal.code.as_str()).collect();
        let declared = self.some(&known, 3).into_iter().filter_map(|code| code.as_str().map(str::to_owned));
        let mut signals: Vec<Signal> = declared.map(Signal::declared).collect();
        if self.below(2) == 0 {
            signals.push(Signal { basis: Basis::Text, ..Signal::declared("was_once".to_owned()) });
        }
        let is_built_in = set.version.code == "integrative-core";
        Answer {
            question: question.spec.code.clone(),
            question_set: (!is_built_in || self.below(2) == 0).then(|| set.version.clone()),
            text,
            language: (self.below(2) == 0).then(|| "en".to_owned()),
            fields,
            signals,
            answered_at: (self.below(2) == 0).then(|| "2026-11-01T10:00:00.123456789Z".parse().unwrap()),
        }
    }

    fn value(&mut self, spec: &AnswerField) -> Value {
        let known: Vec<&str> = match spec.vocabulary {
            None => spec.values.iter().map(String::as_str).collect(),
            Some(FieldVocabulary::Modalities) => listable(),
            Some(FieldVocabulary::ProblemAreas) => areas(),
            Some(FieldVocabulary::Techniques) => {
                CATALOG.techniques.iter().map(|technique| technique.code.as_str()).collect()
            }
            Some(FieldVocabulary::IntegrationStyles) => {
                CATALOG.integration_styles.iter().map(|term| term.code.as_str()).collect()
            }
            Some(FieldVocabulary::Phases) => CATALOG.phases.iter().map(|term| term.code.as_str()).collect(),
            Some(FieldVocabulary::Dimensions) => {
                CATALOG.dimensions.iter().map(|term| term.code.as_str()).collect()
            }
        };
        match spec.kind {
            FieldKind::Code => json!(self.pick(&known)),
            FieldKind::Codes => Value::from(self.some(&known, 4)),
            FieldKind::Boolean => json!(self.below(2) == 0),
            FieldKind::Integer => [json!(2), json!(4.0)][self.below(2)].clone(),
            FieldKind::Text => json!(["=1+1", " a;b ", "é\n\"x\"", "+1"][self.below(4)]),
            FieldKind::Approaches => {
                let modalities = self.some(&listable(), 4);
                modalities.into_iter().map(|modality| self.approach(&modality)).collect()
            }
        }
    }

    fn approach(&mut self, modality: &Value) -> Value {
        let mut approach = json!({"modality": modality});
        let members = [
            ("role", json!(self.pick(&ROLES))),
            ("phase", json!(self.pick(&PHASES))),
            ("used_for", Value::from(self.some(&areas(), 3))),
            ("share", [json!(0), json!(0.35), json!(1), json!(1e-7)][self.below(4)].clone()),
            ("training_level", json!(self.pick(&TRAINING_LEVELS))),
        ];
        for (name, value) in members {
            match self.below(3) {
                0 => {}
                1 => approach[name] = Value::Null,
                _ => approach[name] = value,
            }
        }
        approach
    }
}

fn listable() -> Vec<&'static str> {
    let listable = CATALOG.modalities.iter().filter(|modality| modality.directory_listable);
    listable.map(|modality| modality.code.as_str()).collect()
}

fn areas() -> Vec<&'static str> {
    CATALOG.problem_areas.iter().map(|area| area.code.as_str()).collect()
}
