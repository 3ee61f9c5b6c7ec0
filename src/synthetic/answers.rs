//! What therapists answer to the questions that a client may ask: sentences of the tables, filled with what the profile
//! claims, and the structured fields that go with them.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    claims::Claims,
    draw::Draw,
    tables::{AnswerSentence, Tables},
    words::{Spoken, Subject},
};
use crate::{
    answers::model::{Answer, Signal},
    catalog::model::Phase,
    vocabulary::Homework,
};

/// The questions of the built-in set, in the order of their codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Question {
    Approaches,
    Relationship,
    Stuck,
}

impl Question {
    const ALL: [Self; 3] = [Self::Approaches, Self::Relationship, Self::Stuck];

    const fn code(self) -> &'static str {
        match self {
            Self::Approaches => "approaches_and_selection",
            Self::Relationship => "role_of_relationship",
            Self::Stuck => "when_stuck",
        }
    }
}

/// How somebody answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Good,
    Vague,
    Rigid,
}

impl Manner {
    /// The word for it in the tables.
    const fn code(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Vague => "vague",
            Self::Rigid => "rigid",
        }
    }
}

/// The answers of a profile: more than half of all profiles have none.
pub(super) fn draw(draw: &mut Draw, tables: &Tables, subject: &Subject<'_>) -> Option<Vec<Answer>> {
    if !draw.percent(45) {
        return None;
    }
    let count = draw.weighted(&[(1, 25), (2, 30), (3, 45)]);
    let mut asked = draw.several(count, &mut [4, 3, 3]);
    asked.sort_unstable();
    let spoken = subject.spoken(draw);
    let questions = asked.into_iter().filter_map(|at| Question::ALL.get(at));
    Some(questions.map(|question| answer(draw, tables, subject.claims, &spoken, *question)).collect())
}

fn answer(
    draw: &mut Draw,
    tables: &Tables,
    claims: &Claims,
    spoken: &Spoken<'_>,
    question: Question,
) -> Answer {
    let manner = draw.weighted(&[(Manner::Good, 66), (Manner::Vague, 20), (Manner::Rigid, 14)]);
    let mut said = Vec::new();
    let mut say = |draw: &mut Draw, manner: Manner, count| {
        let sentences = tables.answers(question.code(), manner.code());
        let chosen = draw.several(count, &mut vec![1; sentences.len()]);
        let sentences = chosen.into_iter().filter_map(|at| sentences.get(at));
        said.extend(sentences.filter_map(|sentence| Some((sentence, spoken.fill(sentence.text)?))));
    };
    match manner {
        Manner::Good => {
            let count = draw.weighted(&[(1, 1), (2, 4), (3, 4), (4, 2)]);
            say(draw, Manner::Good, count);
        }
        Manner::Vague => {
            let count = draw.weighted(&[(1, 3), (2, 2)]);
            say(draw, Manner::Vague, count);
        }
        Manner::Rigid => {
            say(draw, Manner::Rigid, 1);
            let count = draw.weighted(&[(0, 3), (1, 2)]);
            say(draw, Manner::Good, count);
        }
    }
    let (sentences, texts): (Vec<&AnswerSentence>, Vec<String>) = said.into_iter().unzip();
    // Some fill in the form alone.
    let text = if draw.percent(93) { texts.join(" ") } else { String::new() };
    Answer {
        question: question.code().to_owned(),
        question_set: None,
        language: (!text.is_empty()).then(|| "en".to_owned()),
        text,
        signals: declared(draw, &sentences),
        fields: if draw.percent(72) {
            fields(draw, tables, claims, question, manner, &sentences)
        } else {
            BTreeMap::new()
        },
        answered_at: None,
    }
}

/// Up to three of the signals that the sentences show; nobody declares what speaks against them.
fn declared(draw: &mut Draw, sentences: &[&AnswerSentence]) -> Vec<Signal> {
    let shown = each_once(
        sentences.iter().filter(|s| s.manner == Manner::Good.code()).flat_map(|s| s.signals.iter().copied()),
    );
    let count = draw.weighted(&[(0, 30), (1, 25), (2, 25), (3, 20)]);
    let mut chosen = draw.several(count, &mut vec![1; shown.len()]);
    chosen.sort_unstable();
    let codes = chosen.into_iter().filter_map(|at| shown.get(at));
    codes.map(|code| Signal::declared((*code).to_owned())).collect()
}

/// The structured fields; none is there without a value.
fn fields(
    draw: &mut Draw,
    tables: &Tables,
    claims: &Claims,
    question: Question,
    manner: Manner,
    sentences: &[&AnswerSentence],
) -> BTreeMap<String, Value> {
    let shows = |signal: &str| sentences.iter().any(|sentence| sentence.signals.contains(&signal));
    let named = each_once(sentences.iter().flat_map(|sentence| sentence.codes.iter().copied()));
    let fields = match question {
        Question::Approaches => vec![
            ("approaches", approaches(draw, claims)),
            ("selection_principles", json!(named)),
            ("integration_type", json!(claims.integration_style)),
            ("phases_used", json!(if shows("phased_work") { &Phase::ALL[..] } else { &[] })),
            (
                "homework",
                // Who speaks of exercises does not say that there are none.
                json!(
                    claims.homework.filter(|h| *h != Homework::None || !shows("practical_skills_homework"))
                ),
            ),
            ("dimensions_addressed", json!(if shows("whole_person_view") { &DIMENSIONS[..] } else { &[] })),
        ],
        Question::Relationship => vec![
            ("relationship_themes", json!(named)),
            (
                "centrality",
                json!(match manner {
                    Manner::Good => draw.weighted(&[("central", 4), ("important", 5), ("supportive", 1)]),
                    Manner::Vague => draw.weighted(&[("important", 2), ("not_stated", 3)]),
                    Manner::Rigid => draw.weighted(&[("minor", 3), ("supportive", 1)]),
                }),
            ),
            ("uses_here_and_now", json!(draw.maybe(40, |_| shows("relationship_as_tool")))),
            (
                "feedback_practice",
                json!(draw.maybe(40, |draw| draw.weighted(&[
                    ("none", 2),
                    ("informal", 6),
                    ("formal_measures", 2)
                ]))),
            ),
            (
                "boundary_statement",
                json!(
                    draw.maybe(15, |draw| {
                        let known = tables.answers(question.code(), "boundary");
                        draw.pick(known).map(|sentence| sentence.text)
                    })
                    .flatten()
                ),
            ),
        ],
        Question::Stuck => vec![
            ("stuck_strategies", json!(named)),
            ("pivot_modalities", json!(pivots(draw, claims, &named))),
            (
                "flexibility",
                json!(match manner {
                    Manner::Good => draw.weighted(&[("high", 5), ("medium", 4)]),
                    Manner::Vague => "not_stated",
                    Manner::Rigid => draw.weighted(&[("low", 4), ("medium", 1)]),
                }),
            ),
            (
                "review_interval_sessions",
                json!(
                    draw.maybe(50, |draw| draw.weighted(&[(4, 2), (6, 4), (8, 3), (10, 2), (12, 3)]))
                        .filter(|_| shows("reviews_goals_progress"))
                ),
            ),
        ],
    };
    let says = |value: &Value| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty());
    fields
        .into_iter()
        .filter(|(_, value)| says(value))
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The dimensions that most who look at the whole person name.
const DIMENSIONS: [&str; 4] = ["cognitive", "affective", "behavioral", "somatic"];

/// The first modalities of the profile, each with what it is used for.
fn approaches(draw: &mut Draw, claims: &Claims) -> Value {
    let count = draw.weighted(&[(0, 3), (1, 2), (2, 4), (3, 2)]);
    let mut areas = claims.problem_areas.iter().map(|claim| claim.code.as_str());
    let approaches = claims.modalities.iter().take(count).map(|claim| {
        let used_for: Vec<&str> = areas.by_ref().take(draw.weighted(&[(0, 2), (1, 4), (2, 3)])).collect();
        let phase = draw.maybe(35, |draw| {
            draw.weighted(&[(Phase::Stabilization, 3), (Phase::Insight, 3), (Phase::Action, 4)])
        });
        let mut approach = json!({"modality": claim.code, "role": claim.role});
        if !used_for.is_empty() {
            approach["used_for"] = json!(used_for);
        }
        if let Some(phase) = phase {
            approach["phase"] = json!(phase);
        }
        approach
    });
    approaches.collect()
}

/// Those of the profile's modalities, but for the first, that somebody who changes the technique turns to.
fn pivots<'a>(draw: &mut Draw, claims: &'a Claims, strategies: &[&str]) -> Vec<&'a str> {
    let turns = strategies.iter().any(|code| matches!(*code, "change_technique" | "body_focused"));
    let count = if turns { draw.weighted(&[(0, 2), (1, 5), (2, 2)]) } else { 0 };
    claims.modalities.iter().skip(1).take(count).map(|claim| claim.code.as_str()).collect()
}

fn each_once(codes: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut found = Vec::new();
    for code in codes {
        if !found.contains(&code) {
            found.push(code);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{catalog::model::Catalog, synthetic::tests::rows};

    #[test]
    fn the_tables_know_the_codes_of_the_question_set() {
        let catalog = Catalog::embedded().unwrap();
        let questions = &catalog.guidance.consultation.questions;
        let asked: Vec<&str> = questions.iter().map(|question| question.code.as_str()).collect();
        assert_eq!(asked, Question::ALL.map(Question::code));
        for (question, field) in
            questions.iter().zip(["selection_principles", "relationship_themes", "stuck_strategies"])
        {
            let values = &question.answer_fields.iter().find(|known| known.field == field).unwrap().values;
            for manner in ["good", "vague", "rigid", "boundary"] {
                let sentences = Tables::get().answers(&question.code, manner);
                assert_eq!(sentences.is_empty(), manner == "boundary" && field != "relationship_themes");
                for sentence in sentences {
                    assert_eq!(sentence.manner, manner);
                    assert!(
                        sentence.codes.iter().all(|code| values.iter().any(|value| value == code)),
                        "{}",
                        sentence.text
                    );
                    for code in &sentence.signals {
                        let signal = question.signals.iter().find(|signal| signal.code == *code);
                        let positive = signal.map(|signal| signal.positive);
                        assert_eq!(positive, Some(manner == "good"), "{code}: {}", sentence.text);
                    }
                }
            }
        }
    }

    #[test]
    fn answers_are_as_varied_as_meant() {
        let rows = rows(2_000);
        let answers: Vec<&Answer> =
            rows.iter().filter_map(|row| row.consultation_answers.as_ref()).flatten().collect();
        let share = |holds: &dyn Fn(&Answer) -> bool| {
            answers.iter().filter(|answer| holds(answer)).count() as f64 * 100.0 / answers.len() as f64
        };
        let with_any = rows.iter().filter(|row| row.consultation_answers.is_some()).count() as f64 / 20.0;
        let shares = [
            ("profiles with answers", with_any, 41.0..49.0),
            ("without text", share(&|a| a.text.is_empty()), 4.0..11.0),
            ("three signals", share(&|a| a.signals.len() == 3), 7.0..18.0),
            ("no signal", share(&|a| a.signals.is_empty()), 40.0..60.0),
            ("without fields", share(&|a| a.fields.is_empty()), 22.0..38.0),
            ("when stuck", share(&|a| a.question == "when_stuck"), 28.0..38.0),
        ];
        for (what, share, range) in shares {
            println!("{what}: {share:.1} %");
            assert!(range.contains(&share), "{what}: {share:.1} %, not within {range:?}");
        }
        assert!(answers.iter().all(|answer| !answer.text.contains(['{', '}']) && answer.signals.len() <= 3));
        let texts: std::collections::BTreeSet<&str> =
            answers.iter().map(|answer| answer.text.as_str()).collect();
        println!("{} answers, {} texts", answers.len(), texts.len());
        assert!(texts.len() * 10 > answers.len() * 6);
    }

    #[test]
    fn fields_hold_what_the_question_set_allows() {
        let catalog = Catalog::embedded().unwrap();
        let listable: Vec<&str> =
            catalog.modalities.iter().filter(|m| m.directory_listable).map(|m| m.code.as_str()).collect();
        let known = |vocabulary: &Value, code: &str| match vocabulary.as_str().unwrap() {
            "modalities" => listable.contains(&code),
            "integration_styles" => catalog.integration_styles.iter().any(|term| term.code == code),
            "phases" => catalog.phases.iter().any(|term| term.code == code),
            "dimensions" => catalog.dimensions.iter().any(|term| term.code == code),
            other => panic!("{other}"),
        };
        let mut seen = std::collections::BTreeSet::new();
        for row in rows(2_000) {
            for answer in row.consultation_answers.iter().flatten() {
                let questions = &catalog.guidance.consultation.questions;
                let question = questions.iter().find(|question| question.code == answer.question).unwrap();
                for (name, value) in &answer.fields {
                    let spec = question.answer_fields.iter().find(|spec| spec.field == *name).unwrap();
                    seen.insert(name.clone());
                    let spec = serde_json::to_value(spec).unwrap();
                    let allowed = |code: &Value| {
                        let code = code.as_str().unwrap();
                        spec["values"]
                            .as_array()
                            .map_or_else(|| known(&spec["vocabulary"], code), |v| v.contains(&json!(code)))
                    };
                    let holds = match spec["type"].as_str().unwrap() {
                        "code" => allowed(value),
                        "codes" => value.as_array().unwrap().iter().all(allowed),
                        "boolean" => value.is_boolean(),
                        "integer" => (1..=200).contains(&value.as_i64().unwrap()),
                        "text" => !value.as_str().unwrap().is_empty(),
                        _ => value.as_array().unwrap().iter().all(|approach| {
                            let used = approach["used_for"].as_array().into_iter().flatten();
                            row.modalities.iter().any(|claim| approach["modality"] == *claim.code)
                                && used
                                    .into_iter()
                                    .all(|area| row.problem_areas.iter().any(|claim| *area == *claim.code))
                        }),
                    };
                    assert!(holds, "{name}: {value}");
                }
            }
        }
        let fields =
            catalog.guidance.consultation.questions.iter().flat_map(|question| &question.answer_fields);
        assert_eq!(seen.len(), fields.count(), "every field is there somewhere: {seen:?}");
    }
}
