//! A stored profile as the matching engine reads it.

use crate::{
    answers::model::{Answer, Basis, Signal},
    catalog::model::Catalog,
    directory::{claims::Style, model::Therapist},
    matching::profile::{
        Claim, Declaration, Fee, License, Location, PRACTICE_QUESTIONS, PracticeAnswer, Profile, ShownSignal,
        SignalBasis,
    },
    vocabulary::LicenseStatus,
};

/// What matching knows of `therapist`. Codes that the catalog does not have any longer are left out.
#[must_use]
pub fn of(therapist: &Therapist, catalog: &Catalog) -> Profile {
    Profile {
        id: therapist.id,
        npi: therapist.npi.as_deref().and_then(|npi| npi.parse().ok()),
        modalities: therapist
            .modalities
            .iter()
            .filter_map(|claim| {
                let modality = u16::try_from(catalog.modality_index(&claim.code)?).ok()?;
                Some(Claim { modality, role: claim.role, level: claim.evidence_level })
            })
            .collect(),
        problem_areas: therapist
            .problem_areas
            .iter()
            .filter_map(|claim| {
                let problem_area = u16::try_from(catalog.problem_area_index(&claim.code)?).ok()?;
                Some(Declaration { problem_area, focus: claim.focus })
            })
            .collect(),
        style: axes(&therapist.style),
        homework: therapist.homework,
        gender: therapist.gender,
        languages: therapist.languages.clone(),
        communities: therapist.communities.clone(),
        age_groups: therapist.age_groups.clone(),
        participants: therapist.participants.clone(),
        session_formats: therapist.session_formats.clone(),
        insurance: therapist.insurance.clone(),
        times: therapist.availability.times.clone(),
        licenses: therapist
            .licenses
            .iter()
            .map(|license| License {
                jurisdiction: license.jurisdiction.clone(),
                active: license.status == LicenseStatus::Active,
                expires_on: license.expires_on,
            })
            .collect(),
        remote_jurisdictions: therapist.remote_jurisdictions.clone(),
        locations: therapist
            .locations
            .iter()
            .map(|location| Location {
                position: location.latitude.zip(location.longitude),
                region: location.region.clone(),
                country: location.country.clone(),
            })
            .collect(),
        fees: therapist
            .fees
            .iter()
            .map(|fee| Fee {
                participants: fee.participants,
                amount: fee.amount,
                currency: fee.currency.clone(),
            })
            .collect(),
        accepting: therapist.availability.accepting,
        next_opening_on: therapist.availability.next_opening_on,
        confirmed_at: therapist.confirmed_at,
        practice: practice(therapist.consultation_answers.as_deref().unwrap_or_default(), catalog),
    }
}

/// What the answers show, by question and whichever set they belong to. Their texts stay in the database.
fn practice(answers: &[Answer], catalog: &Catalog) -> [Option<PracticeAnswer>; 3] {
    PRACTICE_QUESTIONS.map(|question| {
        answers.iter().find(|answer| answer.question == question).map(|answer| shown(answer, catalog))
    })
}

fn shown(answer: &Answer, catalog: &Catalog) -> PracticeAnswer {
    let mut signals: Vec<&Signal> =
        answer.signals.iter().filter(|signal| signal.weight.is_finite()).collect();
    signals.sort_by_key(|signal| (&signal.code, signal.basis != Basis::Declared));
    signals.dedup_by_key(|signal| &signal.code);
    let sum = |basis| {
        let of_basis = signals.iter().filter(|signal| signal.basis == basis);
        of_basis.fold(0.0, |sum, signal| sum + signal.weight)
    };
    let questions = &catalog.guidance.consultation.questions;
    let question = questions.iter().find(|question| question.code == answer.question);
    // An operator's set may mean something else by a code of the catalog's: not where it counts the other way round.
    let place = |signal: &Signal| {
        let mut known = question?.signals.iter();
        u8::try_from(known.position(|spec| spec.code == signal.code && spec.positive == signal.positive)?)
            .ok()
    };
    let known = |signal: &&Signal| {
        let basis = match signal.basis {
            Basis::Declared => SignalBasis::Declared,
            Basis::Text => SignalBasis::Suggested,
        };
        Some(ShownSignal { signal: place(signal)?, basis })
    };
    PracticeAnswer {
        declared: sum(Basis::Declared),
        suggested: sum(Basis::Text),
        signals: signals.iter().filter_map(known).collect(),
    }
}

fn axes(style: &Style) -> [Option<i8>; 4] {
    [style.directiveness, style.emotional_intensity, style.past_focus, style.challenge]
        .map(|axis| axis.and_then(|value| i8::try_from(value).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signal(code: &str, weight: f64, basis: Basis) -> Signal {
        Signal { basis, weight, positive: weight > 0.0, ..Signal::declared(code.to_owned()) }
    }

    fn answer(question: &str, signals: Vec<Signal>) -> Answer {
        let answer = serde_json::json!({"question": question, "text": "First we stabilize."});
        Answer { signals, ..serde_json::from_value(answer).unwrap() }
    }

    fn of_answers(answers: &[Answer]) -> [Option<PracticeAnswer>; 3] {
        practice(answers, &Catalog::embedded().unwrap())
    }

    /// The codes of the signals that the catalog knows, and what they rest on.
    fn known(question: usize, answer: &PracticeAnswer) -> Vec<(String, SignalBasis)> {
        let questions = Catalog::embedded().unwrap().guidance.consultation.questions;
        let question = questions.into_iter().find(|one| one.code == PRACTICE_QUESTIONS[question]).unwrap();
        let code = |shown: &ShownSignal| question.signals[usize::from(shown.signal)].code.clone();
        answer.shown().iter().map(|shown| (code(shown), shown.basis)).collect()
    }

    #[test]
    fn the_catalog_has_the_questions_that_count() {
        let asked = Catalog::embedded().unwrap().guidance.consultation.questions;
        let asked: Vec<_> = asked.iter().map(|question| question.code.as_str()).collect();
        assert_eq!(asked, PRACTICE_QUESTIONS);
    }

    #[test]
    fn declared_and_suggested_weights_are_summed_apart() {
        let signals = vec![
            signal("tries_other_techniques", 1.0, Basis::Text),
            signal("reviews_goals_progress", 0.5, Basis::Declared),
            signal("never_stuck", -1.0, Basis::Text),
            signal("names_it_openly", 0.5, Basis::Text),
        ];
        let [approaches, relationship, stuck] = of_answers(&[answer("when_stuck", signals)]);
        assert_eq!((approaches, relationship), (None, None));
        let stuck = stuck.unwrap();
        assert_eq!((stuck.declared, stuck.suggested), (0.5, 0.5));
        let code = |code: &str, basis| (code.to_owned(), basis);
        assert_eq!(
            known(2, &stuck),
            [
                code("tries_other_techniques", SignalBasis::Suggested),
                code("names_it_openly", SignalBasis::Suggested),
                code("reviews_goals_progress", SignalBasis::Declared),
                code("never_stuck", SignalBasis::Suggested),
            ]
        );
    }

    #[test]
    fn a_signal_counts_once_and_declared_before_suggested() {
        let twice = [Basis::Text, Basis::Declared, Basis::Text].map(|basis| signal("trust", 1.0, basis));
        let relationship = of_answers(&[answer("role_of_relationship", twice.to_vec())])[1].clone().unwrap();
        assert_eq!((relationship.declared, relationship.suggested), (1.0, 0.0));
        assert_eq!(known(1, &relationship), [("trust".to_owned(), SignalBasis::Declared)]);
    }

    #[test]
    fn signals_of_an_operators_set_count_without_a_word_for_them() {
        let signals = vec![
            signal("draws_a_map", 0.75, Basis::Declared),
            // The catalog's signal of this code is a positive one.
            signal("phased_work", -0.25, Basis::Declared),
            signal("shared_choice", 0.25, Basis::Declared),
        ];
        let approaches = of_answers(&[answer("approaches_and_selection", signals)])[0].clone().unwrap();
        assert_eq!((approaches.declared, approaches.suggested), (0.75, 0.0));
        assert_eq!(known(0, &approaches), [("shared_choice".to_owned(), SignalBasis::Declared)]);
    }

    #[test]
    fn an_answer_without_signals_is_an_answer_and_other_questions_are_none() {
        let answers = [answer("fees_and_cancellation", vec![signal("trust", 1.0, Basis::Declared)])];
        assert_eq!(of_answers(&answers), [None, None, None]);
        let answers = [answer("when_stuck", Vec::new())];
        assert_eq!(of_answers(&answers), [None, None, Some(PracticeAnswer::default())]);
    }

    #[test]
    fn weights_are_summed_in_the_order_of_codes() {
        let mut signals: Vec<_> = [("a", 0.1), ("b", 0.2), ("c", 0.3), ("d", -0.7)]
            .map(|(code, weight)| signal(code, weight, Basis::Text))
            .to_vec();
        let sum = |signals: &[Signal]| {
            let stuck = of_answers(&[answer("when_stuck", signals.to_vec())])[2].clone().unwrap();
            stuck.suggested.to_bits()
        };
        let in_order = sum(&signals);
        assert_eq!(in_order, (0.0_f64 + 0.1 + 0.2 + 0.3 - 0.7).to_bits());
        signals.reverse();
        assert_eq!(sum(&signals), in_order);
    }
}
