//! Answers side by side. Pure.

use serde_json::Value;

use super::{
    mentions::Mentions,
    model::{
        ComparedAnswer, ComparedQuestion, ComparedSignal, ComparedTherapist, Comparison, ComparisonRequest,
        PlaceBasis, ShownBy, SpeaksTo,
    },
};
use crate::{
    answers::{
        coverage::Coverage,
        model::Answer,
        sets::{Question, Set, Sets},
        signals,
    },
    catalog::{
        guidance::{AnswerField, FieldKind, FieldVocabulary},
        model::Catalog,
    },
    directory::model::Therapist,
    fault::{Fault, nearest},
    id::Id,
};

/// What is wrong with a request beyond the form of its fields.
#[must_use]
pub fn faults(request: &ComparisonRequest, catalog: &Catalog, set: &Set) -> Vec<Fault> {
    let mut faults = Vec::new();
    twice(&request.therapist_ids, "/therapist_ids", &mut faults);
    twice(&request.problem_areas, "/problem_areas", &mut faults);
    for (at, code) in request.problem_areas.iter().enumerate() {
        if catalog.problem_area(code).is_none() {
            let known = catalog.problem_areas.iter().map(|area| area.code.as_str());
            let detail = "This is not a problem area of the catalog.";
            let fault = Fault::new(format!("/problem_areas/{at}"), "unknown_code", detail);
            faults.push(fault.suggest(nearest(code, known)));
        }
    }
    let questions = request.questions.as_deref().unwrap_or_default();
    twice(questions, "/questions", &mut faults);
    for (at, code) in questions.iter().enumerate() {
        if set.question(code).is_none() {
            let known = set.questions.iter().map(|question| question.spec.code.as_str());
            let detail = "This is not a question of the catalog's question set.";
            let fault = Fault::new(format!("/questions/{at}"), "unknown_code", detail);
            faults.push(fault.suggest(nearest(code, known)));
        }
    }
    faults
}

/// A fault for each therapist of the request that is not among those that the caller may see, once.
#[must_use]
pub fn unknown(request: &ComparisonRequest, visible: &[Therapist]) -> Vec<Fault> {
    let ids = &request.therapist_ids;
    let is_unknown = |(at, id): &(usize, &Id)| {
        visible.iter().all(|therapist| therapist.id != **id) && !ids[..*at].contains(id)
    };
    let fault = |(at, _)| {
        let detail = "Nobody whom you may see has this id.";
        Fault::new(format!("/therapist_ids/{at}"), "unknown_id", detail)
    };
    ids.iter().enumerate().filter(is_unknown).map(fault).collect()
}

/// A fault for each element that stands in the list before.
fn twice<T: PartialEq>(list: &[T], pointer: &str, faults: &mut Vec<Fault>) {
    for (at, one) in list.iter().enumerate() {
        if list[..at].contains(one) {
            faults.push(Fault::new(
                format!("{pointer}/{at}"),
                "duplicate",
                "This stands in the list already.",
            ));
        }
    }
}

/// The answers of these therapists to the questions of `set` that the request asks for, side by side in this order.
#[must_use]
pub fn compare(
    request: &ComparisonRequest,
    therapists: &[Therapist],
    set: &Set,
    sets: &Sets,
    mentions: &Mentions,
) -> Comparison {
    let is_asked = |question: &&Question| {
        request.questions.as_ref().is_none_or(|asked| asked.contains(&question.spec.code))
    };
    let compared = |question: &Question| {
        let answers = therapists.iter().map(|therapist| {
            let found = answer_to(therapist, &question.spec.code);
            found.map_or_else(
                || unanswered(therapist.id),
                |answer| answered(therapist.id, answer, question, sets, &request.problem_areas, mentions),
            )
        });
        let answers: Vec<ComparedAnswer> = answers.collect();
        ComparedQuestion {
            code: question.spec.code.clone(),
            wordings: question.spec.wordings.clone(),
            listen_for: question.spec.listen_for.clone(),
            signals: shown(question, &answers),
            answers,
        }
    };
    let questions: Vec<ComparedQuestion> = set.questions.iter().filter(is_asked).map(compared).collect();
    let has_answer = |question: &&ComparedQuestion, at: usize| question.answers[at].answer.is_some();
    let therapist = |(at, therapist): (usize, &Therapist)| ComparedTherapist {
        id: therapist.id,
        display_name: therapist.display_name.clone(),
        headline: therapist.headline.clone(),
        answered: questions.iter().filter(|question| has_answer(question, at)).count(),
    };
    Comparison {
        question_set: set.version.clone(),
        therapists: therapists.iter().enumerate().map(therapist).collect(),
        questions,
        not_medical_advice: true,
    }
}

fn answer_to<'a>(therapist: &'a Therapist, question: &str) -> Option<&'a Answer> {
    therapist.consultation_answers.as_ref()?.iter().find(|answer| answer.question == question)
}

const fn unanswered(therapist_id: Id) -> ComparedAnswer {
    ComparedAnswer {
        therapist_id,
        answer: None,
        coverage: None,
        missing: Vec::new(),
        read: true,
        speaks_to: Vec::new(),
    }
}

/// An answer, held against the question of the set that it was given to, or else against `question`.
fn answered(
    therapist_id: Id,
    answer: &Answer,
    question: &Question,
    sets: &Sets,
    areas: &[String],
    mentions: &Mentions,
) -> ComparedAnswer {
    let own = sets.of(answer.question_set.as_ref()).and_then(|set| set.question(&answer.question));
    let question = own.unwrap_or(question);
    let signals = signals::of(question, &answer.text, &answer.signals);
    let Coverage { coverage, missing, read } = Coverage::of(question, &answer.text, &signals);
    ComparedAnswer {
        therapist_id,
        speaks_to: speaks_to(answer, &question.spec.answer_fields, areas, mentions),
        answer: Some(Answer { signals, ..answer.clone() }),
        coverage: read.then_some(coverage),
        missing,
        read,
    }
}

/// Each signal of the question with those whose answer shows it.
fn shown(question: &Question, answers: &[ComparedAnswer]) -> Vec<ComparedSignal> {
    let shown_by = |compared: &ComparedAnswer, code: &str| {
        let signal = compared.answer.as_ref()?.signals.iter().find(|signal| signal.code == code)?;
        Some(ShownBy {
            therapist_id: compared.therapist_id,
            basis: signal.basis,
            quote: signal.quote.clone(),
        })
    };
    let signals = question.spec.signals.iter().map(|spec| ComparedSignal {
        code: spec.code.clone(),
        label: spec.label.clone(),
        listen_for: spec.listen_for.clone(),
        positive: spec.positive,
        shown_by: answers.iter().filter_map(|compared| shown_by(compared, &spec.code)).collect(),
    });
    signals.collect()
}

/// Where the answer names these problem areas: for each the fields first, then the text.
fn speaks_to(
    answer: &Answer,
    fields: &[AnswerField],
    areas: &[String],
    mentions: &Mentions,
) -> Vec<SpeaksTo> {
    if areas.is_empty() {
        return Vec::new();
    }
    let named = mentions.find(&answer.text);
    let mut places = Vec::new();
    for area in areas {
        for field in fields {
            let modalities = answer.fields.get(&field.field).map(|value| in_field(value, field, area));
            places.extend(modalities.unwrap_or_default().into_iter().map(|modality| SpeaksTo {
                field: Some(field.field.clone()),
                modality,
                ..place(area, PlaceBasis::Field)
            }));
        }
        if let Some(mention) = named.iter().find(|mention| mention.area == area) {
            places.push(SpeaksTo {
                quote: Some(mention.quote.to_owned()),
                start: Some(mention.start),
                end: Some(mention.end),
                ..place(area, PlaceBasis::Text)
            });
        }
    }
    places
}

fn place(area: &str, basis: PlaceBasis) -> SpeaksTo {
    SpeaksTo {
        problem_area: area.to_owned(),
        basis,
        field: None,
        modality: None,
        quote: None,
        start: None,
        end: None,
    }
}

/// One entry for each place of the field that holds the code, with the modality that is used for it.
fn in_field(value: &Value, field: &AnswerField, area: &str) -> Vec<Option<String>> {
    let holds = |value: &Value| match value {
        Value::String(code) => code == area,
        Value::Array(codes) => codes.iter().any(|code| code == area),
        _ => false,
    };
    match (field.kind, field.vocabulary) {
        (FieldKind::Approaches, _) => {
            let approaches = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let used = approaches.iter().filter(|approach| holds(&approach["used_for"]));
            used.map(|approach| approach["modality"].as_str().map(str::to_owned)).collect()
        }
        (FieldKind::Code | FieldKind::Codes, Some(FieldVocabulary::ProblemAreas)) if holds(value) => {
            vec![None]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn fields_of_problem_areas_and_approaches_are_read_and_no_others() {
        let field = |kind: Value, vocabulary: Value| -> AnswerField {
            let field = json!({"field": "f", "type": kind, "description": "d", "vocabulary": vocabulary});
            serde_json::from_value(field).unwrap()
        };
        let approaches = field(json!("approaches"), Value::Null);
        let areas = field(json!("codes"), json!("problem_areas"));
        let area = field(json!("code"), json!("problem_areas"));
        let emdr = || Some("emdr".to_owned());
        for (field, value, expected) in [
            (
                &approaches,
                json!([{"modality": "emdr", "used_for": ["grief", "ptsd"]}, {"modality": "cbt"}]),
                vec![emdr()],
            ),
            (
                &approaches,
                json!([{"used_for": ["ptsd"]}, {"modality": "emdr", "used_for": ["ptsd"]}]),
                vec![None, emdr()],
            ),
            (&approaches, json!([{"modality": "emdr", "used_for": "grief"}, 1, null]), vec![]),
            (&approaches, json!({"used_for": ["ptsd"]}), vec![]),
            (&areas, json!(["grief", "ptsd"]), vec![None]),
            (&areas, json!(["grief"]), vec![]),
            (&area, json!("ptsd"), vec![None]),
            (&area, json!(true), vec![]),
            (&field(json!("codes"), json!("phases")), json!(["ptsd"]), vec![]),
            (&field(json!("text"), Value::Null), json!("ptsd"), vec![]),
        ] {
            assert_eq!(in_field(&value, field, "ptsd"), expected, "{value}");
        }
    }
}
